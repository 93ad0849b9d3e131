"""Worklogs, and pages of them."""

from datetime import datetime

import strawberry

from jira_api import records
from jira_api.worklogs import Worklog as WorklogRecord
from resolvers.pages import Page
from resolvers.worklogs import page_worklogs
from schema.arguments import After, First, page_size
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.people import User
from schema.rich_text import RichText


@node_type(WorklogRecord, key="node_id", description="Work that somebody logged on an issue.")
class Worklog(Node):
    """Work that somebody logged on an issue."""

    worklog_id: strawberry.ID = strawberry.field(description="Jira's id.")
    author: User | None = strawberry.field(
        description="Who logged it; null where nobody was signed in."
    )
    started_at: datetime = strawberry.field(name="started", description="When the work began.")
    time_spent: str = strawberry.field(description="Such as 3h 20m.")
    time_spent_seconds: int = strawberry.field(description="In seconds, whole minutes of them.")
    comment: RichText | None = strawberry.field(description="What was done.")


@strawberry.type(description="A worklog with its cursor.")
class WorklogEdge:
    """A worklog with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Worklog = strawberry.field(description="The worklog.")


@strawberry.type(description="A page of worklogs.")
class WorklogConnection:
    """A page of worklogs."""

    edges: list[WorklogEdge] = strawberry.field(description="The worklogs, each with its cursor.")
    nodes: list[Worklog] = strawberry.field(description="The worklogs.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int | None = strawberry.field(
        description="How many there are in all; null where Jira does not tell."
    )


@strawberry.type
class IssueWorklogs:
    """What people spent on an issue."""

    @strawberry.field(
        graphql_type=WorklogConnection | None,
        description="The work logged on it, what was written down first in front; an error where "
        "the site does not track time.",
    )
    async def worklogs(
        root: strawberry.Parent[records.Issue],
        info: JunctureInfo,
        first: First = 50,
        after: After = None,
    ) -> Page[WorklogRecord]:
        """The work logged on it."""
        return await page_worklogs(info.context, root, first=page_size(first), after=after)
