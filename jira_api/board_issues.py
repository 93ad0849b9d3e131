"""The issues of a board and of its backlog.

Source: Jira Software Cloud REST, software 1.0, group Board, read 2026-11.
"""

from jira_api.client import JiraSession
from jira_api.issues import IssuePage, PageRequest, list_issues_below
from jira_api.json_values import as_object, get_int32
from jira_api.paths import NumericId, join_path


async def list_board_issues(
    session: JiraSession, board_id: NumericId, asked: PageRequest
) -> IssuePage:
    """A page of a board's issues that a JQL lets through, by rank unless it orders them.

    Raises:
        NotFoundError: no such board, or it is hidden.
        JiraApiError: the call failed.
    """
    return await list_issues_below(
        session, join_path("/rest/software/1.0/board/{}/issue", board_id), asked
    )


async def list_backlog_issues(
    session: JiraSession, board_id: NumericId, asked: PageRequest
) -> IssuePage:
    """A page of a backlog: what is not done and in no future or active sprint, by rank.

    Raises:
        RejectedError: the board has no backlog, or the JQL cannot be read.
        NotFoundError: no such board, or it is hidden.
        JiraApiError: the call failed.
    """
    return await list_issues_below(
        session, join_path("/rest/software/1.0/board/{}/backlog", board_id), asked
    )


async def count_board_issues(session: JiraSession, board_id: NumericId, *, jql: str) -> int:
    """About how many issues of a board a JQL lets through; all of them without one.

    Raises:
        JiraApiError: the call failed.
    """
    return await _count(
        session, join_path("/rest/software/1.0/board/{}/issue/approximate-count", board_id), jql
    )


async def count_backlog_issues(session: JiraSession, board_id: NumericId, *, jql: str) -> int:
    """About how many issues of a board's backlog a JQL lets through; all of them without one.

    Raises:
        JiraApiError: the call failed.
    """
    return await _count(
        session, join_path("/rest/software/1.0/board/{}/backlog/approximate-count", board_id), jql
    )


async def _count(session: JiraSession, path: str, jql: str) -> int:
    raw = await session.get(path, {"jql": jql} if jql else {})
    return get_int32(as_object(raw, "a count"), "count")
