"""Jira's paging by offset, told apart by what came back, never by what was asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jira_api.client import JiraSession, QueryParameters
from jira_api.json_values import (
    JsonObject,
    as_object,
    find_boolean,
    find_integer,
    parse_records,
)

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
        JiraApiError: a call failed.
    """
    items: list[T] = []
    while True:
        asked = {**parameters, "startAt": start + len(items), "maxResults": size - len(items)}
        page = _parse_page(as_object(await session.get(path, asked), "a page"), parse)
        items.extend(page.items)
        is_last = page.is_last or not page.items
        if is_last or len(items) >= size:
            return OffsetPage(items[:size], is_last and len(items) <= size, page.total)


def _parse_page(raw: JsonObject, parse: Callable[[JsonObject], T]) -> OffsetPage[T]:
    # `total` may be wrong, so a page that does not call itself the last is followed by another.
    is_last = bool(find_boolean(raw, "isLast"))
    return OffsetPage(parse_records(raw, "values", parse), is_last, find_integer(raw, "total"))
