from typing import Any

import pytest

from jira_api.embedded_lists import (
    COMMENTS,
    WORKLOGS,
    EmbeddedLists,
    cut_page,
    fetch_embedded_lists,
)
from jira_api.errors import InvalidResponseError
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from tests.jira_api.builders import a_jira, says
from tests.jira_api.test_comments import a_comment
from tests.jira_api.test_worklogs import a_worklog

ISSUE = NumericId("10010")


def comments(*days: int, **envelope: Any) -> dict[str, Any]:
    listed = [
        a_comment(number, created=f"2026-05-{day:02}T10:00:00.000+0000")
        for number, day in enumerate(days, start=1)
    ]
    return {"startAt": 0, "total": len(days), "comments": listed, **envelope}


async def read(**fields: Any) -> EmbeddedLists:
    issue = {"id": ISSUE, "key": "TEST-1", "fields": fields}
    jira = a_jira(says(200, {"issues": [issue]}))
    found = await fetch_embedded_lists(jira.session, [ISSUE], {WORKLOGS, COMMENTS})
    assert jira.bodies == [{"issueIdsOrKeys": [ISSUE], "fields": ["comment", "worklog"]}]
    return found[ISSUE]


async def test_what_came_whole_is_there_in_its_order() -> None:
    worklogs = {"startAt": 0, "total": 1, "worklogs": [a_worklog(7, issueId=None)]}

    lists = await read(comment=comments(1, 2, 3), worklog=worklogs)

    assert lists.comments is not None
    assert [comment.comment_id for comment in lists.comments.items] == ["1", "2", "3"]
    assert {comment.issue_key for comment in lists.comments.items} == {"TEST-1"}
    assert lists.worklogs is not None
    assert [worklog.node_id for worklog in lists.worklogs.items] == ["10010.7"]


async def test_an_empty_list_is_whole() -> None:
    assert (await read(comment=comments())).comments == OffsetPage((), is_last=True, total=0)


@pytest.mark.parametrize(
    ("total", "size", "is_newest_first", "expected"),
    [
        (3, 2, False, (["1", "2"], False, 3)),
        (3, 3, False, (["1", "2", "3"], True, 3)),
        (3, 2, True, (["3", "2"], False, 3)),
        (9, 3, False, (["1", "2", "3"], False, 9)),
        (9, 4, False, None),
        (9, 1, True, None),
    ],
)
async def test_a_page_is_cut_from_what_surely_holds_it(
    total: int,
    size: int,
    is_newest_first: bool,  # noqa: FBT001 - a parameter of the table
    expected: tuple[list[str], bool, int] | None,
) -> None:
    known = (await read(comment=comments(1, 2, 3, total=total))).comments

    page = cut_page(known, size, is_newest_first=is_newest_first)

    told = page and ([each.comment_id for each in page.items], page.is_last, page.total)
    assert told == expected


@pytest.mark.parametrize(
    "page",
    [
        None,
        {},
        "x",
        comments(1, total=2),
        comments(2, 1, total=3),
        comments(1, 2, total=1),
        comments(1, 2, total=None),
        comments(1, 2, startAt=1),
        comments(1, 2, startAt=None),
        comments(2, 1),
        comments(1, 1),
        comments(1, comments=[{"id": "1"}]),
        comments(1, comments=None),
    ],
    ids=str,
)
async def test_what_may_lack_something_or_has_no_certain_order_is_none(page: Any) -> None:
    assert await read(comment=page) == EmbeddedLists(None, None)


async def test_an_answer_without_issues_is_refused() -> None:
    with pytest.raises(InvalidResponseError):
        await fetch_embedded_lists(a_jira(says(200, {})).session, [ISSUE], {COMMENTS})
