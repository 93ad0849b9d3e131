"""Jira's paging by offset, told apart by what came back, never by what was asked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jira_api.client import JiraSession, QueryParameters
from jira_api.errors import InvalidResponseError, RejectedError
from jira_api.json_values import (
    JsonObject,
    as_listing,
    as_object,
    find_boolean,
    find_int32,
    find_or_none,
)

MOST_PAGES = 1_000
"""Of one walk: far more boards or sprints than a site has, so the list must be broken."""

_BAD_REQUEST = 400
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OffsetPage(Generic[T]):
    """Some consecutive items from an offset; `total` where Jira tells it."""

    items: Sequence[T]
    is_last: bool
    total: int | None = None


async def read_page(
    session: JiraSession,
    path: str,
    parse: Callable[[JsonObject], T],
    parameters: QueryParameters,
    *,
    start: int,
    size: int,
) -> OffsetPage[T]:
    """`size` items from `start`, over as many calls as Jira's own page size makes needed.

    Raises:
        InvalidResponseError: an answer has another form, or repeats what came before.
        JiraApiError: a call failed.
    """
    listed = _OffsetList(session, path, parse, parameters)
    return await listed.complete(await listed.ask(start, size), start=start, size=size)


async def find_page(
    session: JiraSession,
    path: str,
    parse: Callable[[JsonObject], T],
    parameters: QueryParameters,
    *,
    size: int,
) -> OffsetPage[T] | None:
    """The first `size` items, as `read_page`; None where Jira refuses the first call with 400.

    Raises:
        InvalidResponseError: an answer has another form, or repeats what came before.
        JiraApiError: a call failed, or a later one was refused.
    """
    listed = _OffsetList(session, path, parse, parameters)
    try:
        begun = await listed.ask(0, size)
    except RejectedError as error:
        if error.status != _BAD_REQUEST:
            raise
        return None
    return await listed.complete(begun, start=0, size=size)


async def walk_pages(
    load: Callable[[int], Awaitable[OffsetPage[T] | None]], identify: Callable[[T], str]
) -> list[T] | None:
    """All items, each once, of what `load` reads page by page from an offset.

    None where the first page is None: what is paged does not exist.

    Raises:
        InvalidResponseError: the list does not end.
    """
    found: dict[str, T] = {}
    start = 0
    for _ in range(MOST_PAGES):
        page = await load(start)
        if page is None:
            return None
        known = len(found)
        found.update((identify(item), item) for item in page.items)
        if page.is_last:
            return list(found.values())
        if len(found) == known:
            raise InvalidResponseError("Jira repeats the pages of a list instead of ending it.")
        start += len(page.items)
    raise InvalidResponseError(f"Jira's list does not end within {MOST_PAGES} pages.")


@dataclass(frozen=True, slots=True)
class _OffsetList(Generic[T]):
    session: JiraSession
    path: str
    parse: Callable[[JsonObject], T]
    parameters: QueryParameters

    async def ask(self, start: int, size: int) -> OffsetPage[T]:
        """What one call gives: as much as Jira likes."""
        asked = {**self.parameters, "startAt": start, "maxResults": size}
        raw = as_object(await self.session.get(self.path, asked), "a page")
        listed = as_listing(raw.get("values"), "a page's values")
        items = tuple(self.parse(as_object(item, "a value")) for item in listed)
        # `total` may be wrong, so a page that does not call itself the last is followed by another.
        is_last = bool(find_boolean(raw, "isLast")) or not items
        return OffsetPage(items, is_last, find_or_none(find_int32, raw, "total"))

    async def complete(self, begun: OffsetPage[T], *, start: int, size: int) -> OffsetPage[T]:
        """`size` items from `start`, of which `begun` has the first."""
        items, page = list(begun.items), begun
        while not page.is_last and len(items) < size:
            page = await self.ask(start + len(items), size - len(items))
            if not page.is_last and all(item in items for item in page.items):
                raise InvalidResponseError("Jira repeats the items of a list instead of ending it.")
            items.extend(page.items)
        return OffsetPage(items[:size], page.is_last and len(items) <= size, page.total)
