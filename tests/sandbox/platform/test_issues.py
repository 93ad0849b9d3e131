from typing import Any

import pytest

from sandbox.catalogue import HEAVY_FIELDS
from sandbox.world import EPIC_LINK_FIELD, SPRINT_FIELD
from tests.sandbox.visitors import a_guest

BULK = "/rest/api/3/issue/bulkfetch"


async def test_an_issue_carries_all_its_fields_unless_told() -> None:
    guest = await a_guest()
    issue = guest.site.add_issue(guest.site.add_project("TEST"), summary="Hello")

    answer = await guest.read(f"/rest/api/3/issue/{issue.key}")

    assert (answer["id"], answer["key"]) == (str(issue.id), "TEST-1")
    assert answer["self"] == f"https://acme.atlassian.example/rest/api/3/issue/{issue.id}"
    assert answer["fields"]["summary"] == "Hello"
    assert answer["fields"]["comment"]["total"] == 0


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("summary,status", {"summary", "status"}),
        (["summary", "labels"], {"summary", "labels"}),
        ("summary,unknown", {"summary"}),
    ],
    ids=["comma list", "repeated", "unknown"],
)
async def test_only_the_fields_asked_for_come(fields: Any, names: set[str]) -> None:
    guest = await a_guest()
    guest.site.add_issue(guest.site.add_project("TEST"))

    answer = await guest.read("/rest/api/3/issue/TEST-1", fields=fields)

    assert answer["fields"].keys() == names


async def test_exclusions_and_wildcards_combine() -> None:
    guest = await a_guest()
    guest.site.add_issue(guest.site.add_project("TEST"))

    everything = await guest.read("/rest/api/3/issue/TEST-1", fields="*all")
    without = await guest.read("/rest/api/3/issue/TEST-1", fields="-comment")
    navigable = await guest.read("/rest/api/3/issue/TEST-1", fields="*navigable,-summary")

    all_names = everything["fields"].keys()
    assert without["fields"].keys() == all_names - {"comment"}
    assert navigable["fields"].keys() == all_names - HEAVY_FIELDS - {"summary"}


async def test_an_unknown_issue_is_a_404() -> None:
    guest = await a_guest()

    response = await guest.get("/rest/api/3/issue/TEST-1")

    assert (response.status_code, response.json()) == (
        404,
        {
            "errorMessages": ["Issue does not exist or you do not have permission to see it."],
            "errors": {},
        },
    )


async def test_a_moved_issue_answers_under_its_old_key_with_its_new_one() -> None:
    guest = await a_guest()
    old, new = guest.site.add_project("OLD"), guest.site.add_project("NEW")
    guest.site.move_issue(guest.site.add_issue(old), new)

    answer = await guest.read("/rest/api/3/issue/OLD-1", fields="project")

    assert (answer["key"], answer["fields"]["project"]["key"]) == ("NEW-1", "NEW")


async def test_a_sub_task_and_its_parent_name_each_other() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    story = guest.site.add_issue(project, issue_type="Story")
    guest.site.add_issue(project, issue_type="Sub-task", parent=story)

    child = await guest.read("/rest/api/3/issue/TEST-2")
    parent = await guest.read("/rest/api/3/issue/TEST-1")

    assert child["fields"]["parent"]["key"] == "TEST-1"
    stub = child["fields"]["parent"]["fields"]
    assert stub.keys() == {"summary", "status", "priority", "issuetype"}
    assert [entry["key"] for entry in parent["fields"]["subtasks"]] == ["TEST-2"]
    assert child["fields"][EPIC_LINK_FIELD] is None


async def test_a_child_of_an_epic_has_it_as_parent_and_epic_link() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    epic = guest.site.add_issue(project, issue_type="Epic")
    guest.site.add_issue(project, parent=epic)

    fields = (await guest.read("/rest/api/3/issue/TEST-2"))["fields"]

    assert (fields["parent"]["key"], fields[EPIC_LINK_FIELD]) == ("TEST-1", "TEST-1")


async def test_the_sprint_field_follows_the_sprint() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    sprint = guest.site.add_sprint(guest.site.add_board(project), state="active", name="Now")
    guest.site.add_issue(project, sprints=[sprint])
    guest.site.add_issue(project)

    planned = await guest.read("/rest/api/3/issue/TEST-1", fields=SPRINT_FIELD)
    unplanned = await guest.read("/rest/api/3/issue/TEST-2", fields=SPRINT_FIELD)

    (value,) = planned["fields"][SPRINT_FIELD]
    assert (value["name"], value["state"], value["boardId"]) == ("Now", "active", 1)
    assert unplanned["fields"] == {SPRINT_FIELD: None}


async def test_links_show_at_both_ends_and_comments_as_documents() -> None:
    guest = await a_guest()
    first, second = guest.site.add_issues(guest.site.add_project("TEST"), 2)
    guest.site.add_link(first, second)
    guest.site.add_comment(first, "Hello")

    ends = [
        (await guest.read(f"/rest/api/3/issue/{key}"))["fields"] for key in ("TEST-1", "TEST-2")
    ]

    assert ends[0]["issuelinks"][0]["outwardIssue"]["key"] == "TEST-2"
    assert ends[1]["issuelinks"][0]["inwardIssue"]["key"] == "TEST-1"
    (comment,) = ends[0]["comment"]["comments"]
    assert comment["body"]["content"][0]["content"][0]["text"] == "Hello"


async def test_a_bulk_fetch_answers_in_id_order_without_what_it_does_not_know() -> None:
    guest = await a_guest()
    issues = guest.site.add_issues(guest.site.add_project("TEST"), 3)

    answer = await guest.send(
        BULK, {"issueIdsOrKeys": ["TEST-3", str(issues[0].id), "TEST-3", "TEST-99", "99"]}
    )

    assert [issue["key"] for issue in answer["issues"]] == ["TEST-1", "TEST-3"]
    assert answer["issueErrors"] == []
    assert "summary" in answer["issues"][0]["fields"]
    assert "comment" not in answer["issues"][0]["fields"]


async def test_what_is_no_id_or_key_stands_in_the_errors() -> None:
    guest = await a_guest()

    answer = await guest.send(BULK, {"issueIdsOrKeys": ["no key"], "fields": ["summary"]})

    assert answer["issues"] == []
    assert [error["id"] for error in answer["issueErrors"]] == ["no key"]


@pytest.mark.parametrize(
    ("count", "changes", "status"),
    [
        (100, {}, 200),
        (101, {}, 400),
        (101, {"fields": ["summary"]}, 200),
        (1000, {"fields": ["summary"]}, 200),
        (1001, {"fields": ["summary"]}, 400),
        (101, {"fields": ["summary", "comment"]}, 400),
        (101, {"fields": ["*all"]}, 400),
        (101, {"fields": ["summary"], "expand": ["changelog"]}, 400),
        (101, {"fields": ["summary"], "expand": ["names"]}, 200),
        (101, {"fields": [f"customfield_{n}" for n in range(101)]}, 400),
        (0, {}, 400),
    ],
    ids=[
        "hundred",
        "more without fields",
        "more of one field",
        "thousand",
        "beyond",
        "heavy field",
        "wildcard",
        "heavy expand",
        "light expand",
        "too many fields",
        "none",
    ],
)
async def test_a_bulk_fetch_of_light_fields_may_be_ten_times_larger(
    count: int, changes: dict[str, Any], status: int
) -> None:
    guest = await a_guest()
    body = {"issueIdsOrKeys": [str(number) for number in range(count)]} | changes

    assert (await guest.post(BULK, body)).status_code == status


@pytest.mark.parametrize(
    "body",
    [{}, {"issueIdsOrKeys": "TEST-1"}, {"issueIdsOrKeys": ["TEST-1"], "startAt": 0}],
    ids=["empty", "no list", "unknown property"],
)
async def test_a_bulk_fetch_outside_the_contract_is_a_400(body: dict[str, Any]) -> None:
    guest = await a_guest()

    assert (await guest.post(BULK, body)).status_code == 400
