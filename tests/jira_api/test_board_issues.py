from dataclasses import replace
from typing import Any

import pytest

from jira_api.board_issues import (
    count_backlog_issues,
    count_board_issues,
    list_backlog_issues,
    list_board_issues,
)
from jira_api.errors import InvalidResponseError
from jira_api.issues import PageRequest
from jira_api.paths import NumericId
from tests.jira_api.builders import a_jira, an_issue_payload, enter_new_site, says

BOARD = NumericId("4")
ALL = PageRequest("", frozenset(), token=None, size=50)
LISTS = {"issue": list_board_issues, "backlog": list_backlog_issues}
COUNTS = {"issue": count_board_issues, "backlog": count_backlog_issues}


@pytest.mark.parametrize("part", LISTS)
async def test_a_page_is_asked_for_by_address_and_names_the_next(part: str) -> None:
    page = {"issues": [an_issue_payload()], "isLast": False, "nextPageToken": "next"}
    jira = a_jira(says(200, page))

    asked = PageRequest("labels = a", frozenset({"status", "key"}), token="now", size=7)
    found = await LISTS[part](jira.session, BOARD, asked)

    assert [issue.key for issue in found.issues] == ["SHOP-7"]
    assert found.next_token == "next"
    assert jira.paths == [f"/rest/software/1.0/board/4/{part}"]
    assert jira.questions == [
        {"jql": "labels = a", "fields": "key,status", "maxResults": "7", "nextPageToken": "now"}
    ]


@pytest.mark.parametrize("part", LISTS)
async def test_without_a_filter_no_jql_is_sent_so_that_the_order_stays(part: str) -> None:
    jira = a_jira(says(200, {"issues": [], "isLast": True}), says(200, {"count": 5}))

    await LISTS[part](jira.session, BOARD, ALL)
    counted = await COUNTS[part](jira.session, BOARD, jql="")

    assert counted == 5
    assert jira.questions == [{"fields": "key", "maxResults": "50"}, {}]
    assert jira.paths[1] == f"/rest/software/1.0/board/4/{part}/approximate-count"


@pytest.mark.parametrize("body", [[], {}, {"count": "5"}, {"count": 2**31}])
@pytest.mark.parametrize("part", COUNTS)
async def test_what_is_no_count_is_refused(part: str, body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await COUNTS[part](jira.session, BOARD, jql="labels = a")


async def test_the_sandbox_keeps_the_boards_order() -> None:
    session, site = await enter_new_site()
    project = site.add_project("TEST")
    sprint = site.add_sprint(site.add_board(project), state="active")
    for rank, sprints in ((3, []), (1, [sprint]), (2, [])):
        site.add_issue(project, rank=rank, sprints=sprints)
    board = NumericId("1")

    two = replace(ALL, size=2)
    issues = await list_board_issues(session, board, two)
    rest = await list_board_issues(session, board, replace(two, token=issues.next_token))
    waiting = await list_backlog_issues(session, board, ALL)

    assert [issue.key for issue in (*issues.issues, *rest.issues)] == ["TEST-2", "TEST-3", "TEST-1"]
    assert [issue.key for issue in waiting.issues] == ["TEST-3", "TEST-1"]
    assert await count_board_issues(session, board, jql="") == 3
    assert await count_backlog_issues(session, board, jql='key = "TEST-1"') == 1
