"""Histories: one issue's pages, some by their ids, and many issues' at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jira_api.changelogs import (
    ChangeItem,
    fetch_changes,
    join_changes,
    list_changes,
    read_changes,
)
from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.paths import NumericId
from tests.jira_api.builders import a_jira, a_user_payload, enter_new_site, says

ISSUE = NumericId("10042")
AT = datetime(2026, 1, 31, 11, 0, tzinfo=UTC)


def a_history(**changes: Any) -> dict[str, Any]:
    return {
        "id": "77",
        "author": a_user_payload(),
        "created": "2026-01-31T12:00:00.000+0100",
        "items": [
            {
                "field": "status",
                "fieldtype": "jira",
                "fieldId": "status",
                "from": "1",
                "fromString": "To Do",
                "to": 3,
                "toString": "Done",
            }
        ],
        **changes,
    }


def a_page(*histories: Any, **changes: Any) -> dict[str, Any]:
    return {"startAt": 0, "total": len(histories), "isLast": True, "values": histories, **changes}


async def test_a_history_is_read() -> None:
    jira = a_jira(says(200, a_page(a_history())))

    page = await read_changes(jira.session, ISSUE, start=0, size=50)

    (change,) = page.items
    assert (change.node_id, change.created_at) == ("10042.77", AT)
    assert change.author is not None
    assert change.author.display_name == "Ada"
    assert change.items == (ChangeItem("status", "1", "To Do", "3", "Done"),)
    assert (page.total, page.is_last) == (1, True)
    assert jira.paths == ["/rest/api/3/issue/10042/changelog"]
    assert jira.questions == [{"startAt": "0", "maxResults": "50"}]


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-01-31T12:00:00.000+0100", AT),
        (1_769_857_200, AT),
        (1_769_857_200_000, AT),
    ],
    ids=["text", "seconds", "milliseconds"],
)
async def test_an_instant_may_be_text_or_a_number(created: Any, expected: datetime) -> None:
    jira = a_jira(says(200, a_page(a_history(created=created))))

    page = await read_changes(jira.session, ISSUE, start=0, size=1)

    assert page.items[0].created_at == expected


async def test_what_a_history_may_lack_is_none() -> None:
    bare = {"id": 8, "created": 1_769_857_200, "items": [{"fieldId": "labels", "from": {}}]}
    jira = a_jira(says(200, a_page(bare, a_history(author={"accountId": 5.5}, items=None))))

    page = await read_changes(jira.session, ISSUE, start=0, size=2)

    assert [change.author for change in page.items] == [None, None]
    assert page.items[0].items == (ChangeItem("labels"),)
    assert page.items[1].items == ()


@pytest.mark.parametrize(
    "odd",
    [
        a_history(id=None),
        a_history(id="x"),
        a_history(created=None),
        a_history(created="soon"),
        a_history(created=10**400),
        a_history(created=True),
        a_history(items=[{}]),
        a_history(items=5),
    ],
    ids=["no id", "id", "no instant", "soon", "far", "truth", "item", "items"],
)
async def test_a_history_that_cannot_be_read_is_told(odd: Any) -> None:
    jira = a_jira(says(200, a_page(odd)))

    with pytest.raises(InvalidResponseError):
        await read_changes(jira.session, ISSUE, start=0, size=1)


async def test_histories_are_listed_by_their_ids() -> None:
    jira = a_jira(says(200, {"histories": [a_history()]}), says(404, {}))

    found = await list_changes(jira.session, ISSUE, [NumericId("77"), NumericId("78")])

    assert [change.change_id for change in found] == ["77"]
    assert jira.paths == ["/rest/api/3/issue/10042/changelog/list"]
    assert jira.bodies == [{"changelogIds": [77, 78]}]
    with pytest.raises(NotFoundError):
        await list_changes(jira.session, ISSUE, [])


async def test_many_issues_histories_are_asked_page_by_page() -> None:
    logs = [{"issueId": "1", "changeHistories": [a_history()]}]
    jira = a_jira(
        says(200, {"issueChangeLogs": logs, "nextPageToken": "more"}),
        says(200, {"issueChangeLogs": []}),
    )

    first = await fetch_changes(jira.session, [NumericId("1"), NumericId("2")], token=None)
    last = await fetch_changes(jira.session, [NumericId("1")], token=first.next_token)

    assert (list(first.by_issue), first.next_token) == (["1"], "more")
    assert (last.by_issue, last.next_token) == ({}, None)
    assert jira.bodies == [
        {"issueIdsOrKeys": ["1", "2"], "maxResults": 1_000},
        {"issueIdsOrKeys": ["1"], "maxResults": 1_000, "nextPageToken": "more"},
    ]


async def test_an_issue_whose_histories_cannot_be_read_costs_the_others_nothing() -> None:
    logs = [
        {"issueId": "1", "changeHistories": [{"id": "x"}]},
        {"issueId": "2", "changeHistories": [a_history()]},
        {"issueId": "2", "changeHistories": [a_history(id="76")]},
    ]
    jira = a_jira(says(200, {"issueChangeLogs": logs}))

    page = await fetch_changes(jira.session, [NumericId("1"), NumericId("2")], token=None)

    assert isinstance(join_changes([page.by_issue], "1"), InvalidResponseError)
    whole = join_changes([page.by_issue, page.by_issue], "2")
    assert not isinstance(whole, InvalidResponseError)
    assert [change.change_id for change in whole] == ["76", "76", "77", "77"]
    assert join_changes([page.by_issue], "3") == ()


async def test_the_sandbox_and_the_reader_agree() -> None:
    session, site = await enter_new_site()
    issues = site.add_issues(site.add_project("TEST"), 2)
    for issue in issues:
        site.add_history(issue, ("status", "To Do", "Done"), ("summary", None, "New"))
    ids = [NumericId(str(issue.id)) for issue in issues]

    page = await read_changes(session, ids[0], start=0, size=10)
    many = await fetch_changes(session, ids, token=None)
    some = await list_changes(session, ids[0], [NumericId(page.items[0].change_id)])

    assert tuple(page.items) == tuple(some) == many.by_issue[ids[0]]
    assert [item.to_text for item in page.items[0].items] == ["Done", "New"]
