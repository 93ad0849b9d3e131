from typing import Any

import pytest

from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_form, a_writer, create

SEARCH = "/rest/api/3/search/jql"


async def search(guest: Guest, jql: str = "project = TEST", **body: Any) -> list[str]:
    answer = await guest.send(SEARCH, {"jql": jql, "fields": ["summary"]} | body)
    return [issue["fields"]["summary"] for issue in answer["issues"]]


async def count(guest: Guest) -> int:
    answer = await guest.send("/rest/api/3/search/approximate-count", {"jql": "project = TEST"})
    total = answer["count"]
    assert isinstance(total, int)
    return total


async def test_a_new_issue_is_read_at_once_and_found_later() -> None:
    guest, project = await a_writer()
    board = guest.site.add_board(project)
    lists = (
        f"/rest/agile/1.0/board/{board.id}/issue",
        f"/rest/software/1.0/board/{board.id}/issue",
    )

    key = await create(guest)
    bulk = await guest.send(f"{ISSUE}/bulkfetch", {"issueIdsOrKeys": [key]})
    early = (await search(guest), await count(guest))
    early_lists = [len((await guest.read(path))["issues"]) for path in lists]
    guest.visitor.clock.advance(seconds=1)
    late = (await search(guest), await count(guest))
    late_lists = [len((await guest.read(path))["issues"]) for path in lists]

    assert [issue["key"] for issue in bulk["issues"]] == [key]
    assert (early, early_lists) == (([], 0), [0, 0])
    assert (late, late_lists) == ((["One"], 1), [1, 1])


async def test_a_change_and_a_deletion_are_seen_later() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, summary="First")
    guest.site.add_issue(project, summary="Second")

    await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Changed"}})
    await guest.delete(f"{ISSUE}/TEST-2")
    early = await search(guest)
    guest.visitor.clock.advance(seconds=1)

    assert early == ["First", "Second"]
    assert await search(guest) == ["Changed"]


async def test_changes_show_in_the_order_they_were_made() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, summary="First")
    seen = []

    for summary in ("Second", "Third"):
        await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": summary}})
        guest.visitor.clock.advance(milliseconds=600)
        seen += await search(guest)
    guest.visitor.clock.advance(milliseconds=600)

    assert [*seen, *await search(guest)] == ["First", "Second", "Third"]


async def test_reconciled_issues_are_seen_at_once_by_that_search_alone() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project, summary="First")
    gone = guest.site.add_issue(project, summary="Gone")
    await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Changed"}})
    await guest.delete(f"{ISSUE}/TEST-2")
    await create(guest, summary="New")

    reconciled = await search(guest, reconcileIssues=[issue.id, gone.id])
    by_query = await guest.read(
        SEARCH, jql="project = TEST", fields="summary", reconcileIssues=[issue.id, gone.id]
    )

    assert reconciled == ["Changed"]
    assert [entry["fields"]["summary"] for entry in by_query["issues"]] == ["Changed"]
    assert await search(guest) == ["First", "Gone"]
    assert await search(guest, "key = TEST-2") == ["Gone"]


async def test_board_lists_reconcile_too() -> None:
    guest, project = await a_writer()
    board = guest.site.add_board(project)
    created = (await guest.post(ISSUE, a_form())).json()

    answer = await guest.read(
        f"/rest/software/1.0/board/{board.id}/issue", reconcileIssues=created["id"]
    )

    assert [issue["key"] for issue in answer["issues"]] == [created["key"]]


@pytest.mark.parametrize(
    "asked", [list(range(51)), ["x"], [-1], "1"], ids=["too many", "text", "negative", "no list"]
)
async def test_what_cannot_be_reconciled_is_a_400(asked: Any) -> None:
    guest, _ = await a_writer()

    body = {"jql": "project = TEST", "reconcileIssues": asked}
    assert (await guest.post(SEARCH, body)).status_code == 400


async def test_the_lag_can_be_set() -> None:
    guest, _ = await a_writer()
    http = guest.visitor.http
    await create(guest)

    answer = await http.post("/__sandbox__/search-lag", json={"seconds": 0})
    at_once = await search(guest)
    await http.post("/__sandbox__/search-lag", json={"seconds": 60})
    await create(guest, summary="Two")
    guest.visitor.clock.advance(seconds=59)
    early = await search(guest)
    guest.visitor.clock.advance(seconds=1)

    assert answer.json() == {"seconds": 0}
    assert (at_once, early) == (["One"], ["One"])
    assert await search(guest) == ["One", "Two"]


async def test_what_is_built_is_seen_at_once_even_over_a_change_that_waits() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project, summary="First")
    await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Changed"}})

    guest.site.add_comment(issue, "Built")

    assert await search(guest) == ["Changed"]


async def test_a_new_issue_can_be_named_in_a_query_before_it_is_found() -> None:
    guest, _ = await a_writer()
    key = await create(guest)

    assert await search(guest, f"key = {key}") == []


async def test_a_text_that_changed_is_found_by_its_new_words() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, summary="Alpha")
    before = await search(guest, "summary ~ alpha")

    await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Beta"}})
    guest.visitor.clock.advance(seconds=1)

    assert before == ["Alpha"]
    assert await search(guest, "summary ~ alpha") == []
    assert await search(guest, "summary ~ beta") == ["Beta"]
