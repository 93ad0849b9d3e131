from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.world import PERSON_ACCOUNT_ID
from tests.sandbox.visitors import Guest, a_guest
from tests.sandbox.writing import ISSUE, a_document, a_writer

PATH = f"{ISSUE}/TEST-1/changelog"
BULK = "/rest/api/3/changelog/bulkfetch"


async def a_reader(*counts: int) -> Guest:
    """A guest of a site whose issues have so many histories each."""
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    for count in counts:
        issue = guest.site.add_issue(project)
        for number in range(count):
            guest.site.add_history(issue, ("summary", f"{number}", f"{number + 1}"))
    return guest


def list_items(page: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("field", "from", "fromString", "to", "toString")
    return [
        tuple(item.get(key) for key in keys)
        for history in page["values"]
        for item in history["items"]
    ]


async def test_every_write_stands_in_the_history_of_its_issue() -> None:
    guest, project = await a_writer()
    board = guest.site.add_board(project, kind="scrum")
    guest.site.add_sprint(board, state="future", name="Next")
    epic = guest.site.add_issue(project, issue_type="Epic")
    guest.site.find_or_add_named("components", project, "API")
    issue = guest.site.add_issue(project, summary="Old", description="Was", labels=["a"])
    path = f"{ISSUE}/{issue.key}"
    fields = {
        "summary": "New",
        "description": a_document("Is"),
        "labels": ["b", "c"],
        "priority": {"name": "High"},
        "components": [{"name": "API"}],
        "customfield_10016": 5,
        "customfield_10020": 1,
        "parent": {"key": epic.key},
    }

    await guest.put(path, {"fields": fields})
    await guest.put(f"{path}/assignee", {"accountId": PERSON_ACCOUNT_ID})
    await guest.post(f"{path}/comment", {"body": a_document()})

    page = await guest.read(f"{path}/changelog")
    assert list_items(page) == [
        ("Component", None, None, "10000", "API"),
        ("Story Points", None, None, None, "5"),
        ("description", None, "Was", None, "Is"),
        ("labels", "", "a", "", "b c"),
        ("priority", "3", "Medium", "2", "High"),
        ("summary", None, "Old", None, "New"),
        ("IssueParentAssociation", None, None, "10000", epic.key),
        ("Sprint", "", "", "1", "Next"),
        ("assignee", None, None, PERSON_ACCOUNT_ID, "Sandbox Person"),
    ]
    assert {history["author"]["accountId"] for history in page["values"]} == {PERSON_ACCOUNT_ID}
    assert {history["created"] for history in page["values"]} == {"2026-06-01T12:00:00.000+0000"}


async def test_a_write_that_changes_nothing_is_no_history() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, summary="Same")

    await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Same"}})

    assert (await guest.read(PATH))["total"] == 0


async def test_histories_go_with_their_issue() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    guest.site.add_history(issue, ("summary", "a", "b"))

    await guest.delete(f"{ISSUE}/TEST-1")

    assert guest.site.data.histories == {}


async def test_histories_come_in_pages_of_a_hundred_the_oldest_first() -> None:
    guest = await a_reader(101)

    first = await guest.read(PATH, maxResults=500)
    last = await guest.read(PATH, startAt=100)

    assert (len(first["values"]), first["total"], first["isLast"]) == (100, 101, False)
    assert [item[4] for item in list_items(first)] == [str(n) for n in range(1, 101)]
    assert (len(last["values"]), last["isLast"]) == (1, True)


async def test_histories_are_listed_by_their_ids() -> None:
    guest = await a_reader(3)
    ids = [int(history["id"]) for history in (await guest.read(PATH))["values"]]

    answer = await guest.send(f"{PATH}/list", {"changelogIds": [ids[2], ids[0], 7]})

    assert [int(history["id"]) for history in answer["histories"]] == [ids[0], ids[2]]
    assert (await guest.post(f"{PATH}/list", {"changelogIds": ["1"]})).status_code == 400


async def test_many_issues_histories_are_one_list_by_date() -> None:
    guest = await a_reader(3, 0, 3)
    issue = guest.site.data.list_issues()[2]
    early = datetime(2025, 1, 1, tzinfo=UTC)
    guest.site.add_history(issue, ("summary", "x", "y"), at=early)
    body: dict[str, Any] = {"issueIdsOrKeys": ["TEST-1", "TEST-2", "10002", "TEST-9"]}

    whole = await guest.send(BULK, body)
    first = await guest.send(BULK, {**body, "maxResults": 2})
    rest = await guest.send(BULK, {**body, "nextPageToken": first["nextPageToken"]})

    assert [(log["issueId"], len(log["changeHistories"])) for log in whole["issueChangeLogs"]] == [
        ("10002", 4),
        ("10000", 3),
    ]
    assert "nextPageToken" not in whole
    assert [log["issueId"] for log in first["issueChangeLogs"]] == ["10002", "10000"]
    assert sum(len(log["changeHistories"]) for log in rest["issueChangeLogs"]) == 5


async def test_many_issues_histories_are_narrowed_by_field() -> None:
    guest = await a_reader(1)
    issue = guest.site.data.list_issues()[0]
    guest.site.add_history(issue, ("status", "To Do", "Done"))

    answer = await guest.send(BULK, {"issueIdsOrKeys": ["10000"], "fieldIds": ["status"]})

    (log,) = answer["issueChangeLogs"]
    assert [item["field"] for each in log["changeHistories"] for item in each["items"]] == [
        "status"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": ["TEST-1"] * 1_001},
        {"issueIdsOrKeys": ["TEST-1"], "fieldIds": ["a"] * 11},
        {"issueIdsOrKeys": ["TEST-1"], "maxResults": 0},
        {"issueIdsOrKeys": ["TEST-1"], "issueKeys": []},
        {"issueIdsOrKeys": ["TEST-1"], "nextPageToken": "none"},
    ],
    ids=["nothing", "no issue", "issues", "fields", "size", "name", "token"],
)
async def test_what_cannot_be_fetched_is_refused(body: dict[str, Any]) -> None:
    guest = await a_reader(1)

    assert (await guest.post(BULK, body)).status_code == 400
