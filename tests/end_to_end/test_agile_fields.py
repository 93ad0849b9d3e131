"""Sprints and story points: found by their type, read with the issue, written by one name."""

from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from sandbox.field_builder import ESTIMATE, KINDS
from sandbox.world import SPRINT_FIELD, STORY_POINTS_FIELD, Project
from tests.support.gateway import Gateway, count_calls

READ = "key sprint { sprintId name state } sprints { sprintId state } storyPoints"
UPDATE = """
mutation Update($input: UpdateIssueInput!) {
  updateIssue(input: $input) {
    issue { sprint { name } storyPoints } errors { code message path }
  }
}
"""
CREATE = """
mutation Create($input: CreateIssueInput!) {
  createIssue(input: $input) {
    issue { key sprint { name } storyPoints }
    errors { code message path ... on FieldError { fieldId fieldName } }
  }
}
"""
ACME = {"externalId": "acme"}


async def read(gateway: Gateway, key: str, selection: str = READ) -> Any:
    answer = await gateway.ask_connection(f'issue(idOrKey: "{key}") {{ {selection} }}')
    return answer["issue"]


async def update(gateway: Gateway, key: str, **changes: Any) -> Any:
    given = {"connection": ACME, "issue": key, **changes}
    return (await gateway.ask(UPDATE, {"input": given})).data["updateIssue"]


async def create(gateway: Gateway, **given: Any) -> Any:
    issue = {"project": {"key": "TEST"}, "issueType": {"name": "Task"}, "summary": "New", **given}
    answer = await gateway.ask(CREATE, {"input": {"connection": ACME, "issue": issue}})
    return answer.data["createIssue"]


def answer_with(gateway: Gateway, key: str, value: Any) -> None:
    """Let Jira answer an issue with this as its sprints."""
    body = {"id": "10000", "key": key, "fields": {SPRINT_FIELD: value}}
    gateway.answer_instead(f"/issue/{key}", 200, json=body)


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    return site.add_project("TEST")


async def test_an_issue_has_its_sprints_in_order_and_is_planned_for_the_open_one(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    board = site.add_board(project)
    old, now, next_one = (site.add_sprint(board, state=s) for s in ("closed", "active", "future"))
    points = {STORY_POINTS_FIELD: 5.0}
    for sprints in ([old, now], [old], [next_one], []):
        site.add_issue(project, sprints=sprints, custom=points)

    found = {key: await read(built_once, key) for key in ("TEST-1", "TEST-2", "TEST-3", "TEST-4")}

    assert found["TEST-1"] == {
        "key": "TEST-1",
        "sprint": {"sprintId": str(now.id), "name": now.name, "state": "ACTIVE"},
        "sprints": [
            {"sprintId": str(old.id), "state": "CLOSED"},
            {"sprintId": str(now.id), "state": "ACTIVE"},
        ],
        "storyPoints": 5.0,
    }
    assert (found["TEST-2"]["sprint"], len(found["TEST-2"]["sprints"])) == (None, 1)
    assert found["TEST-3"]["sprint"]["state"] == "FUTURE"
    assert (found["TEST-4"]["sprint"], found["TEST-4"]["sprints"]) == (None, [])


async def test_they_come_with_the_issues_whatever_is_asked_of_the_sprints(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    sprint = site.add_sprint(site.add_board(project), state="active", goal="Ship")
    site.add_issues(project, 50, sprints=[sprint], custom={STORY_POINTS_FIELD: 1.0})
    whole = "id sprintId name state goal startDate endDate completeDate"

    wanted = f"sprint {{ {whole} }} sprints {{ {whole} }} storyPoints"
    page = await built_once.ask_connection(f"issues(first: 50) {{ nodes {{ {wanted} }} }}")

    assert [each["sprint"]["goal"] for each in page["issues"]["nodes"]] == ["Ship"] * 50
    assert count_calls(built_once) == {
        "GET /rest/api/3/field": 1,
        "POST /rest/api/3/search/jql": 1,
    }


async def test_without_such_fields_there_is_nothing_and_no_error(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issue = site.add_issue(project, custom={STORY_POINTS_FIELD: 5.0})
    site.remove_field(SPRINT_FIELD)
    site.remove_field(STORY_POINTS_FIELD)

    found = await read(built_once, issue.key)
    refused = [
        await update(built_once, issue.key, storyPoints=1.0),
        await update(built_once, issue.key, sprintId="1"),
    ]

    assert found == {"key": "TEST-1", "sprint": None, "sprints": [], "storyPoints": None}
    errors = [each["errors"] for each in refused]
    assert [(e["code"], e["path"]) for (e,) in errors] == [
        ("BAD_USER_INPUT", ["input", "storyPoints"]),
        ("BAD_USER_INPUT", ["input", "sprintId"]),
    ]
    assert all("the site has no field for" in e["message"] for (e,) in errors)


async def test_fields_that_cannot_be_read_leave_the_issue_well(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issue = site.add_issue(project)
    built_once.answer_instead("/rest/api/3/field", 403, json={"errorMessages": ["No."]})

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ issue(idOrKey: "{issue.key}") {{ key '
        "sprint { name } sprints { name } storyPoints } } }"
    )

    assert answer.codes == ["FORBIDDEN"] * 3
    assert answer.body["data"]["connection"]["issue"] == {
        "key": "TEST-1", "sprint": None, "sprints": None, "storyPoints": None,
    }  # fmt: skip


async def test_older_forms_of_a_sprint_are_read_and_one_that_is_none_is_left_out(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issue = site.add_issue(project)
    java_text = (
        "com.atlassian.greenhopper.service.sprint.Sprint@5b3[id=7,rapidViewId=1,state=ACTIVE,"
        "name=A, b=c,goal=<null>,startDate=2026-01-05T09:00:00.000Z,endDate=<null>]"
    )
    answer_with(
        built_once,
        issue.key,
        [
            java_text,
            {"id": 8, "name": "Least", "state": "FUTURE"},
            8,
            "rubbish",
            {"id": 999, "state": "active"},
            {"name": "Without a number"},
        ],
    )

    found = await read(built_once, issue.key, "sprints { sprintId name state startDate goal }")

    assert [(each["sprintId"], each["name"], each["state"]) for each in found["sprints"]] == [
        ("7", "A, b=c", "ACTIVE"),
        ("8", "Least", "FUTURE"),
    ]
    assert found["sprints"][0]["startDate"] == "2026-01-05T09:00:00Z"


@pytest.mark.parametrize("value", ["many", True, None, [], {"value": 3}, 10**400])
async def test_story_points_that_are_no_number_are_none(
    built_once: Gateway, site: SiteBuilder, project: Project, value: Any
) -> None:
    issue = site.add_issue(project)
    body = {"id": "10000", "key": issue.key, "fields": {STORY_POINTS_FIELD: value}}
    built_once.answer_instead(f"/issue/{issue.key}", 200, json=body)

    assert await read(built_once, issue.key, "storyPoints") == {"storyPoints": None}


async def test_of_two_fields_the_one_with_a_value_counts_and_the_one_of_the_form_is_written(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    team = site.add_project("TEAM", is_team_managed=True)
    estimate = site.add_field("Story point estimate", *ESTIMATE, projects=[team])
    site.limit_field(STORY_POINTS_FIELD, project)
    classic = site.add_issue(project, custom={STORY_POINTS_FIELD: 3.0})
    modern = site.add_issue(team, custom={estimate: 8.0})

    read_points = [await read(built_once, each.key, "storyPoints") for each in (classic, modern)]
    written = [await update(built_once, each.key, storyPoints=13.0) for each in (classic, modern)]
    made = [
        await create(built_once, project={"key": key}, storyPoints=2.0) for key in ("TEST", "TEAM")
    ]

    assert read_points == [{"storyPoints": 3.0}, {"storyPoints": 8.0}]
    assert [each["issue"]["storyPoints"] for each in written] == [13.0, 13.0]
    assert [each["issue"]["storyPoints"] for each in made] == [2.0, 2.0]
    held = [site.data.issues[each.id].fields for each in (classic, modern)]
    assert (held[0][STORY_POINTS_FIELD], held[1][estimate]) == (13.0, 13.0)


async def test_story_points_of_another_language_are_known_by_their_own_name(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issue = site.add_issue(project, custom={STORY_POINTS_FIELD: 5.0})
    entry = site.data.field_catalogue[STORY_POINTS_FIELD]
    told = [{**entry, "name": "Storypunkte", "untranslatedName": "Story Points"}]
    built_once.answer_instead("/rest/api/3/field", 200, json=told)

    assert await read(built_once, issue.key, "storyPoints") == {"storyPoints": 5.0}


async def test_on_a_site_of_another_language_the_english_names_find_them_by_type(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    sprint = site.add_sprint(site.add_board(project), state="active")
    issue = site.add_issue(project, sprints=[sprint])
    site.rename_field(SPRINT_FIELD, "Étape")
    query = 'customField(idOrName: "Sprint") { field { name } ... on RawFieldValue { json } }'

    before = await read(built_once, issue.key, query)
    changes = [{"field": "sprint", "value": None}]
    payload = await update(built_once, issue.key, customFields=changes)

    assert before["customField"]["field"] == {"name": "Étape"}
    assert before["customField"]["json"][0]["id"] == sprint.id
    assert payload == {"issue": {"sprint": None, "storyPoints": None}, "errors": []}


@pytest.mark.parametrize("is_global", [False, True], ids=["number", "global id"])
async def test_sprint_and_points_are_written_and_taken_away(
    built_once: Gateway, site: SiteBuilder, project: Project, *, is_global: bool
) -> None:
    sprint = site.add_sprint(site.add_board(project), state="active", name="Now")
    found = await built_once.ask_connection(f'sprint(sprintId: "{sprint.id}") {{ id }}')
    named = found["sprint"]["id"] if is_global else str(sprint.id)

    made = await create(built_once, sprintId=named, storyPoints=3.0)
    key = made["issue"]["key"]
    emptied = await update(built_once, key, sprintId=None, storyPoints=None)
    back = await update(built_once, key, sprintId=named)

    assert made["issue"] == {"key": key, "sprint": {"name": "Now"}, "storyPoints": 3.0}
    assert emptied["issue"] == {"sprint": None, "storyPoints": None}
    assert back["issue"] == {"sprint": {"name": "Now"}, "storyPoints": None}
    # One field for story points: no form has to tell which.
    assert not any("meta" in call for call in built_once.calls())


async def test_a_field_is_written_once_whatever_it_is_called(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issue = site.add_issue(project)
    twice = [{"field": "Story Points", "value": 3}]

    payload = await update(built_once, issue.key, storyPoints=5.0, customFields=twice)

    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "customFields", "0"])
    assert "given twice" in error["message"]


async def test_a_closed_sprint_is_refused_in_jiras_words_by_the_fields_name(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    closed = site.add_sprint(site.add_board(project), state="closed")

    payload = await create(built_once, sprintId=str(closed.id))

    (error,) = payload["errors"]
    assert (error["code"], error["fieldName"], error["path"]) == (
        "JIRA_VALIDATION", "Sprint", ["input", "issue", "sprintId"],
    )  # fmt: skip
    assert "active or future" in error["message"]


@pytest.mark.parametrize("sprint_id", ["", "0", "1.5", "../1", "abc"])
async def test_what_is_no_sprint_is_refused_before_any_call(
    built_once: Gateway, project: Project, sprint_id: str
) -> None:
    payload = await update(built_once, "TEST-1", sprintId=sprint_id)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "sprintId"])
    ]
    assert built_once.calls() == []


async def test_a_team_is_found_by_either_type(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    field_id = site.add_field("Squad", "team", f"{KINDS}atlassian-team")
    issue = site.add_issue(project, custom={field_id: {"id": "t-1", "name": "Rockets"}})
    query = 'customField(idOrName: "Squad") { ... on RawFieldValue { json } }'

    before = await read(built_once, issue.key, query)
    # What the field holds can be given back as it is.
    changes = [{"field": "Squad", "value": before["customField"]["json"]}]
    payload = await update(built_once, issue.key, customFields=changes)

    assert before["customField"]["json"] == {"id": "t-1", "name": "Rockets"}
    assert payload["errors"] == []
