"""Comments, and pages of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from jira_api.comments import Comment as CommentRecord
from resolvers.comments import get_comments_issue, page_comments
from resolvers.pages import Page
from schema.arguments import After, First, page_size
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.people import User
from schema.rich_text import RichText
from schema.selection import select_issue

if TYPE_CHECKING:
    from schema.issue import Issue

OneIssue = Annotated["Issue", strawberry.lazy("schema.issue")]


@node_type(CommentRecord, key="node_id", description="What somebody wrote below an issue.")
class Comment(Node):
    """What somebody wrote below an issue."""

    comment_id: strawberry.ID = strawberry.field(description="Jira's id.")
    body: RichText = strawberry.field(description="The text.")
    author: User | None = strawberry.field(
        description="Who wrote it; null where nobody was signed in."
    )
    created_at: datetime = strawberry.field(name="created", description="When it was written.")
    updated_at: datetime = strawberry.field(name="updated", description="When it last changed.")
    is_public: bool = strawberry.field(
        description="False where Jira keeps it from customers, or where it is for one group or "
        "role alone."
    )

    @strawberry.field(graphql_type=OneIssue, description="Where it stands.")
    async def issue(root: strawberry.Parent[CommentRecord], info: JunctureInfo) -> records.Issue:
        """Where it stands."""
        return await get_comments_issue(info.context, root, select_issue(info, ()))


@strawberry.type(description="A comment with its cursor.")
class CommentEdge:
    """A comment with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Comment = strawberry.field(description="The comment.")


@strawberry.type(description="A page of comments.")
class CommentConnection:
    """A page of comments."""

    edges: list[CommentEdge] = strawberry.field(description="The comments, each with its cursor.")
    nodes: list[Comment] = strawberry.field(description="The comments.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int | None = strawberry.field(
        description="How many there are in all; null where Jira does not tell."
    )


@strawberry.type
class IssueComments:
    """What people say about an issue."""

    @strawberry.field(
        graphql_type=CommentConnection | None,
        description="What people wrote below it, the oldest first unless turned round.",
    )
    async def comments(
        root: strawberry.Parent[records.Issue],
        info: JunctureInfo,
        *,
        newest_first: Annotated[
            bool | None, strawberry.argument(description="Whether to begin with the newest.")
        ] = False,
        first: First = 50,
        after: After = None,
    ) -> Page[CommentRecord]:
        """What people wrote below it."""
        return await page_comments(
            info.context,
            root,
            is_newest_first=newest_first is True,
            first=page_size(first),
            after=after,
        )
