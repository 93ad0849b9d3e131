"""What stands on a board: its columns, its issues, and its backlog."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from resolvers import board_columns
from resolvers.board_columns import load_board_columns
from resolvers.board_issues import page_backlog, page_board_issues
from resolvers.pages import Page
from schema.arguments import After, First
from schema.info import JunctureInfo
from schema.issue_inputs import Filter, question
from schema.selection import NODES, select_issue, select_names
from schema.site_metadata import Status

if TYPE_CHECKING:
    from schema.issue import IssueConnection

Parent = strawberry.Parent[records.Board]
Issues = Annotated["IssueConnection", strawberry.lazy("schema.issue")]


@strawberry.type(description="A column of a board.")
class BoardColumn:
    """A column of a board."""

    name: str = strawberry.field(description="What people call it.")
    statuses: list[Status] = strawberry.field(
        description="The statuses whose issues stand in it; those that no workflow uses any more "
        "are left out."
    )
    fewest: int | None = strawberry.field(
        name="min", description="The fewest issues that it should hold."
    )
    most: int | None = strawberry.field(
        name="max", description="The most issues that it should hold."
    )


@strawberry.type
class BoardContents:
    """What stands on a board."""

    @strawberry.field(
        graphql_type=list[BoardColumn] | None,
        description="Its columns from left to right; needs a scope of its own.",
    )
    async def columns(root: Parent, info: JunctureInfo) -> Sequence[board_columns.BoardColumn]:
        """Its columns from left to right."""
        selected = select_names(info, (), type_name="BoardColumn")
        return await load_board_columns(info.context, root, has_statuses="statuses" in selected)

    @strawberry.field(
        graphql_type=Issues | None,
        description="What is not done and in no sprint to come, by rank; null where the board has "
        "no backlog.",
    )
    async def backlog(
        root: Parent,
        info: JunctureInfo,
        filter: Filter = None,  # noqa: A002 - the contract's name
        first: First = 50,
        after: After = None,
    ) -> Page[records.Issue] | None:
        """What is not done and in no sprint to come."""
        asked = question(condition=filter, order_by=None, first=first, after=after)
        return await page_backlog(info.context, root, asked, select_issue(info, *NODES))

    @strawberry.field(graphql_type=Issues | None, description="Its issues, by rank.")
    async def issues(
        root: Parent,
        info: JunctureInfo,
        filter: Filter = None,  # noqa: A002 - the contract's name
        first: First = 50,
        after: After = None,
    ) -> Page[records.Issue]:
        """Its issues."""
        asked = question(condition=filter, order_by=None, first=first, after=after)
        return await page_board_issues(info.context, root, asked, select_issue(info, *NODES))
