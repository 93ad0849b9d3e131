"""The issues of a board, and those of its backlog, in the board's own order."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

from jira_api.board_issues import (
    count_backlog_issues,
    count_board_issues,
    list_backlog_issues,
    list_board_issues,
)
from jira_api.client import JiraSession
from jira_api.errors import RejectedError
from jira_api.issue_filter import IssueFilter
from jira_api.issues import BULK_SIZE, IssuePage, PageRequest, fetch_issues
from jira_api.jql import bounded_condition
from jira_api.paths import NumericId
from jira_api.records import Board, BoardType, Issue
from resolvers.arguments import MOST_ISSUES, check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors
from resolvers.errors import BadUserInputError
from resolvers.issue_filters import resolve_condition
from resolvers.issue_searches import IssueSearch, begin_search
from resolvers.issues import IssueQuestion, Projection, gather_issues, list_jira_fields
from resolvers.loaders import LONGEST_QUERY_STRING
from resolvers.pages import Page

_LEAST = "key"


_List = Callable[[JiraSession, NumericId, PageRequest], Coroutine[Any, Any, IssuePage]]


class _Count(Protocol):
    def __call__(
        self, session: JiraSession, board_id: NumericId, *, jql: str
    ) -> Coroutine[Any, Any, int]: ...


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a board that holds issues: its name for cursors, and how it is read and counted."""

    name: str
    list_page: _List
    count: _Count


_ISSUES = _Part("issues", list_board_issues, count_board_issues)
_BACKLOG = _Part("backlog", list_backlog_issues, count_backlog_issues)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What of each issue; `is_split` where Jira's address has no room for the fields.

    Boards take no POST, so that the fields are fetched beside the list then.
    """

    fields: frozenset[str]
    has_names: bool
    is_split: bool

    @property
    def listed(self) -> frozenset[str]:
        """The fields to ask the list for."""
        return frozenset() if self.is_split else self.fields


@dataclass(frozen=True, slots=True)
class _Issues:
    """The issues of a part of a board, in pages of Jira's."""

    context: Context
    board: Board
    part: _Part
    wanted: _Wanted
    reconciled: tuple[NumericId, ...]

    async def load(self, jql: str, token: str | None, size: int) -> IssuePage:
        """The page that a token opens, with what is wanted of each issue."""
        label, board_id = self.board.origin.label, NumericId(self.board.board_id)
        session, wanted = self.context.session_of(self.board.origin), self.wanted
        asked = PageRequest(
            jql, wanted.listed, token, size, with_names=wanted.has_names, reconciled=self.reconciled
        )
        page = await self.context.calls.once(
            (label, self.part.name, board_id, asked),
            lambda: self.part.list_page(session, board_id, asked),
        )
        return await _fill(session, page, wanted) if wanted.is_split else page


async def _fill(session: JiraSession, page: IssuePage, wanted: _Wanted) -> IssuePage:
    """The same issues with their fields; those that went away in between are left out."""
    ids = [NumericId(issue.issue_id) for issue in page.issues]
    some = [ids[start : start + BULK_SIZE] for start in range(0, len(ids), BULK_SIZE)]
    fetched = await asyncio.gather(
        *(fetch_issues(session, each, wanted.fields, with_names=wanted.has_names) for each in some)
    )
    known = {issue.issue_id: issue for issues in fetched for issue in issues}
    return replace(page, issues=[known[each] for each in ids if each in known])


async def page_board_issues(
    context: Context, board: Board, question: IssueQuestion, projection: Projection
) -> Page[Issue]:
    """A page of a board's issues, by rank.

    Raises:
        BadUserInputError: an argument has another form, or the filter is too long for a board.
        JiraApiError: a call failed.
    """
    return await _page(context, board, _ISSUES, question, projection)


async def page_backlog(
    context: Context, board: Board, question: IssueQuestion, projection: Projection
) -> Page[Issue] | None:
    """A page of a board's backlog, by rank; None where the board has no backlog.

    Raises:
        BadUserInputError: an argument has another form, or the filter is too long for a board.
        JiraApiError: a call failed.
    """
    try:
        return await _page(context, board, _BACKLOG, question, projection)
    except RejectedError as error:
        if error.status != HTTPStatus.BAD_REQUEST or await _has_backlog(context, board, question):
            raise
    return None


async def _has_backlog(context: Context, board: Board, question: IssueQuestion) -> bool:
    """Whether a question that Jira refused was refused for something else than the board's kind."""
    if board.type is BoardType.SCRUM or question.after is not None:
        return True
    if question.condition == IssueFilter():
        return False
    session, board_id = context.session_of(board.origin), NumericId(board.board_id)
    try:
        await context.calls.once(
            (board.origin.label, "has backlog", board_id),
            lambda: list_backlog_issues(
                session, board_id, PageRequest("", frozenset(), token=None, size=1)
            ),
        )
    except RejectedError as error:
        return error.status != HTTPStatus.BAD_REQUEST
    return True


async def _page(
    context: Context,
    board: Board,
    part: _Part,
    question: IssueQuestion,
    projection: Projection,
) -> Page[Issue]:
    check_page_size(question.first, most=MOST_ISSUES)
    origin = board.origin
    condition = await resolve_condition(context, origin, question.condition)
    jql = _write(condition)
    search = IssueSearch(context, origin, condition, projection.path)
    query = f"{origin.label} board {board.board_id} {part.name} {jql}"
    cursors = Cursors(context.services.ring, query)
    position = await begin_search(search, cursors, question.after)
    fields = await list_jira_fields(context, origin, projection)
    is_split = _length(jql, fields) > LONGEST_QUERY_STRING
    wanted = _Wanted(fields, projection.has_names, is_split)

    listed = _Issues(context, board, part, wanted, position.reconciled)

    async def load(token: str | None, size: int) -> IssuePage:
        return await search.ask(_write, lambda jql: listed.load(jql, token, size))

    page = await gather_issues(load, cursors, position, question.first)
    return replace(page, count=_counter(search, board, part))


def _counter(search: IssueSearch, board: Board, part: _Part) -> Callable[[], Awaitable[int | None]]:
    context, label, board_id = search.context, board.origin.label, NumericId(board.board_id)
    session = context.session_of(board.origin)

    async def count() -> int:
        return await search.ask(
            _write,
            lambda jql: context.calls.once(
                (label, part.name, "count", board_id, jql),
                lambda: part.count(session, board_id, jql=jql),
            ),
            "approximateCount",
        )

    return count


def _write(condition: IssueFilter) -> str:
    """The filter without an order, so that the board's own is kept; empty where it asks nothing."""
    jql = "" if condition == IssueFilter() else bounded_condition(condition)
    if _length(jql, ()) > LONGEST_QUERY_STRING:
        raise BadUserInputError(
            "`filter` is too long for the issues of a board: Jira takes it as a part of an "
            f"address, of {LONGEST_QUERY_STRING} characters here. Narrow it, or filter the "
            "`issues` of the project.",
            argument="filter",
        )
    return jql


def _length(jql: str, fields: Collection[str]) -> int:
    return len(urlencode({"jql": jql, "fields": ",".join(fields) or _LEAST}))
