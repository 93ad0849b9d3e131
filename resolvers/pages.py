"""One page of a list, forward only, with a cursor behind every item."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jira_api.pages import OffsetPage
from resolvers.cursors import Cursors, Position

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page lies."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An item with its cursor."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items with the place behind each; cursors are written only where they are asked for."""

    nodes: Sequence[T]
    positions: Sequence[Position]
    cursors: Cursors
    has_next: bool
    has_previous: bool
    total_count: int | None = None
    count: Callable[[], Awaitable[int | None]] | None = None

    @property
    def edges(self) -> list[Edge[T]]:
        """The items, each with its cursor."""
        pairs = zip(self.nodes, self.positions, strict=True)
        return [Edge(self.cursors.write(position), node) for node, position in pairs]

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies; an empty page has no cursors."""
        write = self.cursors.write
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=write(self.positions[0]) if self.positions else None,
            end_cursor=write(self.positions[-1]) if self.positions else None,
        )


def page_at(found: OffsetPage[T], cursors: Cursors, *, start: int) -> Page[T]:
    """A page of a list that Jira pages by offset."""
    return Page(
        nodes=found.items,
        positions=[Position(None, start + i + 1) for i in range(len(found.items))],
        cursors=cursors,
        has_next=not found.is_last,
        has_previous=start > 0,
        total_count=found.total,
    )
