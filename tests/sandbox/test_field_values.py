from typing import Any

import pytest

from sandbox import catalogue
from sandbox.world import RANK_FIELD, SPRINT_FIELD, STORY_POINTS_FIELD
from tests.sandbox.writing import (
    ISSUE,
    a_document,
    a_form,
    a_writer,
    create,
    list_errors,
    read_fields,
)

NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NO_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("summary", 1, "Operation value must be a string"),
        ("summary", "a\nb", "The summary is invalid because it contains newline characters."),
        ("summary", "a" * 256, "Summary can't exceed 255 characters."),
        ("description", "text", NOT_A_DOCUMENT),
        ("environment", [], NOT_A_DOCUMENT),
        ("description", {"type": "doc", "version": 1, "content": [{"type": "x"}]}, "INVALID_INPUT"),
        (
            "description",
            a_document("a" * 32_768),
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
        ),
        ("priority", {"name": "Nope"}, "Priority name 'Nope' is not valid"),
        ("priority", {"id": "99"}, "Priority id '99' is not valid"),
        ("priority", {}, "Could not find valid 'id' or 'name' in Priority object."),
        ("priority", "High", "data was not an object"),
        ("labels", "a", "data was not an array"),
        ("labels", ["a b"], "The label 'a b' contains spaces which is invalid."),
        ("labels", [1], "Operation value must be a string"),
        ("labels", ["a" * 256], f"The label '{'a' * 256}' exceeds the limit of 255 characters."),
        ("components", [{"name": "Nope"}], "Component name 'Nope' is not valid"),
        ("components", [{"name": "Elsewhere"}], "Component name 'Elsewhere' is not valid"),
        ("fixVersions", [{"id": "1"}], "Version id '1' is not valid"),
        ("versions", ["1.0"], "data was not an object"),
        ("assignee", {"accountId": "u"}, "User 'u' cannot be assigned issues."),
        ("assignee", "u", "data was not an object"),
        ("reporter", {"accountId": "u"}, "The reporter specified is not a user."),
        ("reporter", None, "Reporter is required."),
        ("duedate", "2026-02-30", "Error parsing date string: 2026-02-30"),
        ("duedate", "2026-W01-1", "Error parsing date string: 2026-W01-1"),
        ("duedate", "20260101", "Error parsing date string: 20260101"),
        ("duedate", "2026-1-1", "Error parsing date string: 2026-1-1"),
        ("duedate", "2026-01-01T00:00", "Error parsing date string: 2026-01-01T00:00"),
        ("duedate", 20260201, "Operation value must be a string"),
        (RANK_FIELD, "0|i:", NO_SCREEN.format(RANK_FIELD)),
        (STORY_POINTS_FIELD, "3", "Operation value must be a number"),
        (STORY_POINTS_FIELD, True, "Operation value must be a number"),
        (catalogue.RISK_FIELD, {"value": "Nope"}, "Option value 'Nope' is not valid"),
        (catalogue.RISK_FIELD, {"id": "1"}, "Option id '1' is not valid"),
        (catalogue.RISK_FIELD, {"id": None}, "Option id 'null' is not valid"),
        (catalogue.RISK_FIELD, "High", "Specify a valid 'id' or 'value' for Risk"),
        (catalogue.PLATFORMS_FIELD, {"value": "Web"}, "data was not an array"),
        (catalogue.PLATFORMS_FIELD, [{"value": "No"}], "Option value 'No' is not valid"),
        (
            catalogue.REGION_FIELD,
            {"value": "Europe", "child": {"value": "Japan"}},
            "Option value 'Japan' is not valid",
        ),
        (catalogue.REVIEWER_FIELD, {"accountId": "u"}, "Specify a valid value for user"),
        (catalogue.TARGET_DATE_FIELD, "soon", "Error parsing date string: soon"),
        (catalogue.DEPLOYED_AT_FIELD, "soon", "Error parsing time: soon"),
        (catalogue.DEPLOYED_AT_FIELD, "2026-W01-1", "Error parsing time: 2026-W01-1"),
        (catalogue.DEPLOYED_AT_FIELD, "2026-01-01T12:00", "Error parsing time: 2026-01-01T12:00"),
        (
            catalogue.DEPLOYED_AT_FIELD,
            "0001-01-01T00:00:00.000+0500",
            "Error parsing time: 0001-01-01T00:00:00.000+0500",
        ),
        (SPRINT_FIELD, "5", "Number value expected as the Sprint id."),
        (SPRINT_FIELD, 5, "Issue can be assigned only active or future sprints."),
        (STORY_POINTS_FIELD, 10**400, "Operation value must be a number"),
        (catalogue.CRITERIA_FIELD, "text", NOT_A_DOCUMENT),
        (catalogue.DESIGN_LINK_FIELD, "no link", "Not a valid URL"),
        (catalogue.DESIGN_LINK_FIELD, "http://[", "Not a valid URL"),
        (catalogue.CUSTOMER_FIELD, 1, "Operation value must be a string"),
        (
            catalogue.CUSTOMER_FIELD,
            "a" * 256,
            "The entered text is too long. It exceeds the allowed limit of 255 characters.",
        ),
        (
            catalogue.KEYWORDS_FIELD,
            ["tax free"],
            "The label 'tax free' contains spaces which is invalid.",
        ),
        (catalogue.TEAM_FIELD, {"id": "team-1"}, "Operation value must be a string"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_value_that_a_field_does_not_take_is_refused_in_jiras_words(
    name: str, value: Any, message: str
) -> None:
    guest, _ = await a_writer()
    other = guest.site.add_project("OTHER")
    guest.site.find_or_add_named("components", other, "Elsewhere")

    response = await guest.post(ISSUE, a_form(**{name: value}))

    assert list_errors(response) == {name: message}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (STORY_POINTS_FIELD, 3, 3.0),
        (catalogue.TARGET_DATE_FIELD, "2026-12-31", "2026-12-31"),
        (catalogue.TARGET_DATE_FIELD, "", None),
        (
            catalogue.DEPLOYED_AT_FIELD,
            "2026-01-31T12:00:00.000+0200",
            "2026-01-31T10:00:00.000+0000",
        ),
        (catalogue.CRITERIA_FIELD, a_document(), a_document()),
        (catalogue.DESIGN_LINK_FIELD, "https://example.com/1", "https://example.com/1"),
        (catalogue.CUSTOMER_FIELD, "Initech", "Initech"),
        (catalogue.CUSTOMER_FIELD, "", None),
        (catalogue.KEYWORDS_FIELD, ["a", "b", "a"], ["a", "b"]),
        (catalogue.KEYWORDS_FIELD, None, []),
        (catalogue.TEAM_FIELD, "team-9", {"id": "team-9", "name": "team-9"}),
        ("summary", "a" * 255, "a" * 255),
    ],
)
async def test_a_value_is_kept_as_jira_shows_it(name: str, value: Any, shown: Any) -> None:
    guest, _ = await a_writer()

    key = await create(guest, **{name: value})

    assert (await read_fields(guest, key))[name] == shown


async def test_choices_are_kept_with_their_names() -> None:
    guest, _ = await a_writer()
    ada = guest.site.add_user("Ada")

    key = await create(
        guest,
        **{
            catalogue.RISK_FIELD: {"id": "10300"},
            catalogue.PLATFORMS_FIELD: [{"value": "Web"}, {"id": "10302"}],
            catalogue.REGION_FIELD: {"value": "Asia", "child": {"value": "Japan"}},
            catalogue.REVIEWER_FIELD: {"accountId": ada.account_id},
        },
    )

    fields = await read_fields(guest, key)
    assert fields[catalogue.RISK_FIELD]["value"] == "High"
    assert [option["value"] for option in fields[catalogue.PLATFORMS_FIELD]] == ["Web", "iOS"]
    assert "children" not in fields[catalogue.REGION_FIELD]
    assert fields[catalogue.REGION_FIELD]["child"]["value"] == "Japan"
    assert fields[catalogue.REVIEWER_FIELD]["displayName"] == "Ada"


async def test_a_team_has_the_name_that_other_issues_know_it_by() -> None:
    guest, project = await a_writer()
    team = {"id": "team-1", "name": "Checkout"}
    guest.site.add_issue(project, custom={catalogue.TEAM_FIELD: team})

    key = await create(guest, **{catalogue.TEAM_FIELD: "team-1"})

    assert (await read_fields(guest, key))[catalogue.TEAM_FIELD] == team


async def test_the_flag_shows_on_boards() -> None:
    guest, project = await a_writer()
    board = guest.site.add_board(project)
    await create(guest, **{catalogue.FLAGGED_FIELD: [{"value": "Impediment"}]})
    guest.visitor.clock.advance(seconds=1)

    (issue,) = (await guest.read(f"/rest/agile/1.0/board/{board.id}/issue"))["issues"]

    assert issue["fields"]["flagged"] is True


@pytest.mark.parametrize(
    "body",
    [
        b'{"fields": {"summary": "\\ud800"}}',
        b'{"fields": {"x": ' + b"[" * 100_000 + b"}}",
        b'{"fields": {"x": NaN}}',
        b'{"fields": {"x": 1e999}}',
        b'{"fields": {"x": ' + b"9" * 5_000 + b"}}",
    ],
    ids=["half a character", "too deep", "not a number", "infinite", "too many digits"],
)
async def test_what_no_answer_could_carry_is_no_json(body: bytes) -> None:
    guest, _ = await a_writer()
    visitor = guest.visitor
    address = f"/ex/jira/{guest.site.data.site.cloud_id}{ISSUE}"

    response = await visitor.http.post(address, content=body, headers=visitor.headers)

    assert response.status_code == 400
