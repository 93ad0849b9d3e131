"""What ties an issue to others and to its past."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from jira_api.changelogs import Change
from resolvers.changelogs import page_changes
from resolvers.pages import Page
from resolvers.relations import find_related, page_subtasks
from schema.arguments import After, First, page_size
from schema.changelog import ChangelogConnection
from schema.info import JunctureInfo
from schema.issue_links import IssueLink
from schema.selection import NODES, select_issue

if TYPE_CHECKING:
    from schema.issue import Issue, IssueConnection

Parent = strawberry.Parent[records.Issue]
OneIssue = Annotated["Issue", strawberry.lazy("schema.issue")]
Issues = Annotated["IssueConnection", strawberry.lazy("schema.issue")]


@strawberry.type
class IssueRelations:
    """Other issues, and the past."""

    links: list[IssueLink] | None = strawberry.field(
        description="The issues it is linked with, in Jira's order."
    )

    @strawberry.field(
        graphql_type=OneIssue | None,
        description="The issue above it, an epic or the issue of a sub-task; null where there is "
        "none, or it is hidden. What Jira shows of it here (summary, status, priority, issue type) "
        "costs no call.",
    )
    async def parent(root: Parent, info: JunctureInfo) -> records.Issue | None:
        """The issue above it."""
        return await find_related(info.context, root.parent, select_issue(info, ()))

    @strawberry.field(
        graphql_type=Issues | None,
        description="Its sub-tasks, in Jira's order, without those that are hidden. What Jira "
        "shows of them here (summary, status, priority, issue type) costs no call.",
    )
    async def subtasks(
        root: Parent, info: JunctureInfo, first: First = 50, after: After = None
    ) -> Page[records.Issue]:
        """Its sub-tasks."""
        selected = select_issue(info, *NODES)
        return await page_subtasks(
            info.context, root, selected, first=page_size(first), after=after
        )

    @strawberry.field(
        graphql_type=ChangelogConnection | None,
        description="What was changed of it, the oldest first. The first pages of several issues "
        "are asked for together.",
    )
    async def changelog(
        root: Parent, info: JunctureInfo, first: First = 50, after: After = None
    ) -> Page[Change]:
        """What was changed of it."""
        return await page_changes(info.context, root, first=page_size(first), after=after)
