"""Searches for issues: what they ask Jira, and what is done where Jira refuses it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from jira_api.errors import JiraApiError, RejectedError
from jira_api.issue_filter import IssueFilter, iter_filters, map_filters
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Origin
from oauth.errors import OAuthError
from resolvers.changes.recent_writes import list_recent_writes
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.issue_filters import name_inputs
from resolvers.loaders import IssueKeyAndFields

_NOTHING = IssueFilter(none_of=IssueFilter())
_REFERENCES = ("ids_or_keys", "parent_ids_or_keys")
T = TypeVar("T")
Write = Callable[[IssueFilter], str]
"""A condition as JQL."""


@dataclass(slots=True)
class IssueSearch:
    """One search, whose condition was resolved; `path` is that of the field it is for.

    Jira refuses a query that names an issue it does not know. The search goes on without such an
    issue, which costs calls only where there is one.
    """

    context: Context
    origin: Origin
    condition: IssueFilter
    path: tuple[str | int, ...]

    async def ask(self, write: Write, call: Callable[[str], Awaitable[T]], *below: str) -> T:
        """What Jira answers to the condition; `below` leads from the search's field to its own.

        Raises:
            RejectedError: Jira cannot read the query, or knows nothing of a name in it.
            JiraApiError: the call failed.
        """
        try:
            return await self._send(write, call, below)
        except RejectedError as error:
            known = await self._without_unknown()
            if known is None:
                raise name_inputs(error, self.condition) from None
        self.condition = known
        try:
            return await self._send(write, call, below)
        except RejectedError as error:
            raise name_inputs(error, self.condition) from None

    async def _send(
        self, write: Write, call: Callable[[str], Awaitable[T]], below: tuple[str, ...]
    ) -> T:
        jql = write(self.condition)
        if jql:  # the issues of a board are asked for without any, where nothing narrows them
            self.context.note_jql((*self.path, *below), jql)
        return await call(jql)

    async def _without_unknown(self) -> IssueFilter | None:
        """The condition without the issues that Jira does not know; None where it knows all."""
        named = _list_references(self.condition, _REFERENCES)
        load = self.context.issues.load
        keys = [IssueKeyAndFields(self.origin.label, each, frozenset()) for each in named]
        try:
            found = await asyncio.gather(*map(load, keys))
        except (JiraApiError, OAuthError):
            return None
        unknown = {key.id_or_key for key, issue in zip(keys, found, strict=True) if issue is None}
        if not unknown:
            return None
        return map_filters(self.condition, lambda each: _leave_out(each, unknown))


async def begin_search(search: IssueSearch, cursors: Cursors, after: str | None) -> Position:
    """Where a page begins; the first one of a list tells which issues were just written.

    Jira wants the same ones named on every page, so the cursors carry them on. Those that the
    search asks for by id or key come first.

    Raises:
        BadUserInputError: the cursor is broken, or of another query.
    """
    position = cursors.read(after)
    if after is not None:
        return position
    asked = _list_references(search.condition, ["ids_or_keys"])
    recent = await list_recent_writes(search.context, search.origin, asked)
    return replace(position, reconciled=recent)


def _list_references(condition: IssueFilter, names: Collection[str]) -> list[NumericId | IssueKey]:
    """What the lists of these names hold, in a filter and in those inside of it."""
    named = [
        IssueKey(text)
        for each in iter_filters(condition)
        for name in names
        for text in getattr(each, name) or ()
    ]
    return list(dict.fromkeys(named))


def _leave_out(condition: IssueFilter, unknown: Collection[str]) -> IssueFilter:
    """A filter without some issues; where a list names no other one, it finds nothing."""
    changed: dict[str, Any] = {}
    for name in _REFERENCES:
        given = getattr(condition, name)
        left = [text for text in given or () if text not in unknown]
        if given is not None and len(left) < len(given):
            changed[name] = left or None
            if not left:
                changed["all_of"] = [*(condition.all_of or ()), _NOTHING]
    return replace(condition, **changed)
