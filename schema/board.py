"""Boards, and pages of them."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from resolvers.boards import list_board_sprints, page_board_sprints, supports_sprints
from resolvers.pages import Page
from schema.arguments import After, First, States, chosen_states, page_size
from schema.board_contents import BoardContents
from schema.enums import BoardType, SprintState
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.project import Project

if TYPE_CHECKING:
    from schema.sprint import Sprint, SprintConnection

Parent = strawberry.Parent[records.Board]
Sprints = Annotated["SprintConnection", strawberry.lazy("schema.sprint")]
OneSprint = Annotated["Sprint", strawberry.lazy("schema.sprint")]


@node_type(records.Board, key="board_id", description="A scrum, kanban or team-managed board.")
class Board(BoardContents, Node):
    """A board."""

    board_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="What people call it.")
    type: BoardType = strawberry.field(description="How it is worked with.")
    is_private: bool | None = strawberry.field(description="Whether only some may see it.")
    project: Project | None = strawberry.field(
        description="Where it lives; null where it belongs to a person."
    )

    @strawberry.field(
        description="Whether it has sprints; true for a team-managed board that could not be asked."
    )
    async def supports_sprints(root: Parent, info: JunctureInfo) -> bool:
        """Whether it has sprints."""
        return await supports_sprints(info.context, root)

    @strawberry.field(
        graphql_type=Sprints | None,
        description="Its sprints in Jira's order; null where it has none at all.",
    )
    async def sprints(
        root: Parent,
        info: JunctureInfo,
        states: States = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Sprint] | None:
        """Its sprints."""
        return await page_board_sprints(
            info.context,
            root,
            states=chosen_states(states),
            first=page_size(first),
            after=after,
        )

    @strawberry.field(
        graphql_type=list[OneSprint] | None,
        description="Its active sprints; null where it has no sprints at all.",
    )
    async def active_sprints(root: Parent, info: JunctureInfo) -> list[records.Sprint] | None:
        """Its active sprints."""
        return await list_board_sprints(info.context, root, {SprintState.ACTIVE})


@strawberry.type(description="A board with its cursor.")
class BoardEdge:
    """A board with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Board = strawberry.field(description="The board.")


@strawberry.type(description="A page of boards.")
class BoardConnection:
    """A page of boards."""

    edges: list[BoardEdge] = strawberry.field(description="The boards, each with its cursor.")
    nodes: list[Board] = strawberry.field(description="The boards.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
