"""Jira's paging by offset where the items stand under a name of their own.

Such a page does not tell whether it is the last one, but as a rule how many items there are in
all. Where it does not, or where it counts fewer than it has shown, the list goes on until a page
is empty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jira_api.client import JiraSession, QueryParameters
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonObject, as_listing, as_object, find_int32, find_or_none
from jira_api.pages import OffsetPage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NamedList(Generic[T]):
    """A list that Jira keeps below a path: what it is called, and how an item is read.

    `identify` gives what is different in each item.
    """

    path: str
    name: str
    parse: Callable[[JsonObject], T]
    identify: Callable[[T], str]


async def read_named_page(
    session: JiraSession,
    listed: NamedList[T],
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
    found: dict[str, T] = {}
    begun = start
    while True:
        asked = {**parameters, "startAt": begun, "maxResults": size - len(found)}
        raw = as_object(await session.get(listed.path, asked), "a page")
        items = _read_items(raw, listed)
        begun += len(items)
        total = _find_total(raw, begun)
        is_last = not items or total == begun
        known = len(found)
        # What somebody adds meanwhile moves the rest on: an item may come a second time.
        found.update((listed.identify(item), item) for item in items)
        if is_last or len(found) >= size:
            cut = tuple(found.values())[:size]
            return OffsetPage(cut, is_last and len(found) <= size, total)
        if len(found) == known:
            raise InvalidResponseError("Jira repeats the items of a list instead of ending it.")


def _read_items(raw: JsonObject, listed: NamedList[T]) -> Sequence[T]:
    items = as_listing(raw.get(listed.name), f"a page's {listed.name}")
    return [listed.parse(as_object(item, "an item")) for item in items]


def _find_total(raw: JsonObject, seen: int) -> int | None:
    """How many there are in all; None where Jira does not tell, or tells fewer than were seen."""
    total = find_or_none(find_int32, raw, "total")
    return total if total is not None and total >= seen else None
