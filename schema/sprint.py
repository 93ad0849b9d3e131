"""Sprints, and pages of them."""

from datetime import datetime

import strawberry

from jira_api import records
from resolvers.boards import find_numbered_board
from resolvers.issues import page_sprint_issues
from resolvers.pages import Page
from schema.arguments import After, First
from schema.board import Board
from schema.enums import SprintState
from schema.info import JunctureInfo
from schema.issue import IssueConnection
from schema.issue_inputs import Filter, OrderBy, question
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.selection import NODES, select_issue
from schema.sprint_progress import ProgressingSprint

Parent = strawberry.Parent[records.Sprint]


@node_type(records.Sprint, key="sprint_id", description="A sprint.")
class Sprint(ProgressingSprint, Node):
    """A sprint."""

    sprint_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="What people call it.")
    state: SprintState = strawberry.field(description="Where it stands.")
    goal: str | None = strawberry.field(description="What it is to reach.")
    start_at: datetime | None = strawberry.field(
        name="startDate", description="When it began or is to begin."
    )
    end_at: datetime | None = strawberry.field(name="endDate", description="When it is to end.")
    complete_at: datetime | None = strawberry.field(
        name="completeDate", description="When it was completed."
    )

    @strawberry.field(graphql_type=Board | None, description="The board that it was made on.")
    async def board(root: Parent, info: JunctureInfo) -> records.Board | None:
        """The board that it was made on."""
        if root.board_id is None:
            return None
        return await find_numbered_board(info.context, root.origin, root.board_id)

    @strawberry.field(
        graphql_type=IssueConnection | None,
        description="Its issues, newest first unless ordered otherwise.",
    )
    async def issues(
        root: Parent,
        info: JunctureInfo,
        filter: Filter = None,  # noqa: A002 - the contract's name
        order_by: OrderBy = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Issue]:
        """Its issues."""
        asked = question(condition=filter, order_by=order_by, first=first, after=after)
        return await page_sprint_issues(info.context, root, asked, select_issue(info, *NODES))


@strawberry.type(description="A sprint with its cursor.")
class SprintEdge:
    """A sprint with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Sprint = strawberry.field(description="The sprint.")


@strawberry.type(description="A page of sprints.")
class SprintConnection:
    """A page of sprints."""

    edges: list[SprintEdge] = strawberry.field(description="The sprints, each with its cursor.")
    nodes: list[Sprint] = strawberry.field(description="The sprints.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
