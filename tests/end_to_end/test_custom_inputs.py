"""Every kind of custom field is written in its simplest form, and cleared."""

from typing import Any

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.field_builder import ESTIMATE, KINDS
from sandbox.world import SPRINT_FIELD, STORY_POINTS_FIELD
from tests.support.gateway import Gateway

UPDATE = """
mutation Update($input: UpdateIssueInput!) {
  updateIssue(input: $input) {
    issue { customFields { __typename field { name } } }
    errors { code message path ... on FieldError { fieldName } }
  }
}
"""


async def update(gateway: Gateway, changes: list[dict[str, Any]]) -> Any:
    given = {"connection": {"externalId": "acme"}, "issue": "TEST-1", "customFields": changes}
    return (await gateway.ask(UPDATE, {"input": given})).data["updateIssue"]


async def test_every_kind_is_written_simply_and_cleared(
    built_once: Gateway, site: SiteBuilder
) -> None:
    ada, bob = site.add_user("Ada"), site.add_user("Bob")
    project = site.add_project("TEST")
    issue = site.add_issue(project)
    sprint = site.add_sprint(site.add_board(project), state="active")
    for name in ("1.0", "2.0"):
        site.find_or_add_named("versions", project, name)
    site.add_field("Reviewers", "array/user", f"{KINDS}multiuserpicker")
    site.add_field("Found in", "version", f"{KINDS}version")
    site.add_field("Fixed in", "array/version", f"{KINDS}multiversion")
    site.add_field("Mood", "option", f"{KINDS}radiobuttons", options=["Good", "Bad"])
    site.add_field("Story point estimate", *ESTIMATE)
    values: dict[str, Any] = {
        "Story Points": 5,
        "Story point estimate": 2.5,
        "Risk": "High",
        "Mood": "Good",
        "Platforms": ["Web", {"value": "iOS"}],
        "Region": ["Europe", "Finland"],
        "Reviewer": ada.account_id,
        "Reviewers": [ada.account_id, {"accountId": bob.account_id}],
        "Found in": "1.0",
        "Fixed in": ["1.0", "2.0"],
        "Target date": "2026-05-17",
        "Deployed at": "2026-05-17T10:00:00+02:00",
        "Acceptance criteria": "It lands\n\nIt stays",
        "Design link": "https://design.example/1",
        "Customer": "Ada",
        "Keywords": ["red", "blue"],
        "Team": "36885b3c-1bf0-4f85-a357-c5b858c31de4",
        "Sprint": str(sprint.id),
    }

    written = await update(built_once, [{"field": k, "value": v} for k, v in values.items()])
    held = dict(site.data.issues[issue.id].fields)
    cleared = await update(built_once, [{"field": each, "value": None} for each in values])

    assert (written["errors"], cleared["errors"]) == ([], [])
    types = {each["field"]["name"]: each["__typename"] for each in written["issue"]["customFields"]}
    assert types.keys() == {*values, "Rank"}
    assert types["Region"] == types["Mood"] == "OptionFieldValue"
    assert types["Reviewers"] == "UserFieldValue"
    assert types["Fixed in"] == types["Team"] == types["Sprint"] == "RawFieldValue"
    assert held[catalogue.REGION_FIELD]["child"]["value"] == "Finland"
    assert held[catalogue.DEPLOYED_AT_FIELD] == "2026-05-17T08:00:00.000+0000"
    assert [each["value"] for each in held[catalogue.PLATFORMS_FIELD]] == ["Web", "iOS"]
    left = {each["field"]["name"] for each in cleared["issue"]["customFields"]}
    # A list that is empty is a value, as Jira has it.
    assert left <= {"Rank", "Platforms", "Reviewers", "Fixed in", "Keywords"}


async def test_what_does_not_fit_is_told_by_the_name_of_each_field(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    values = {
        "Story Points": "many", "Risk": "Immense", "Region": ["Europe", "Japan"],
        "Reviewer": "nobody", "Target date": "tomorrow", "Deployed at": "soon",
        "Design link": "no link", "Sprint": "next",
    }  # fmt: skip

    payload = await update(built_once, [{"field": k, "value": v} for k, v in values.items()])

    told = {each["fieldName"]: each["path"][-1] for each in payload["errors"]}
    assert told == {name: str(number) for number, name in enumerate(values)}
    assert {each["code"] for each in payload["errors"]} == {"JIRA_VALIDATION"}


async def test_a_name_in_another_case_will_do_and_an_id_too(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))
    changes: list[dict[str, Any]] = [
        {"field": "story POINTS", "value": 1},
        {"field": catalogue.CUSTOMER_FIELD, "value": "Ada"},
    ]

    payload = await update(built_once, changes)

    held = site.data.issues[issue.id].fields
    assert payload["errors"] == []
    assert (held[STORY_POINTS_FIELD], held[catalogue.CUSTOMER_FIELD]) == (1.0, "Ada")
    assert held[SPRINT_FIELD] is None
