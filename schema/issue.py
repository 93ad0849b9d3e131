"""Issues, and pages of them."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from jira_api import records
from jira_api.custom_values import CustomValue
from resolvers import pages
from resolvers.custom_fields import find_custom_value, list_custom_values
from schema.attachments import AttachedIssue
from schema.comments import IssueComments
from schema.custom_fields import CustomFieldValue
from schema.info import JunctureInfo
from schema.issue_forms import IssueForms
from schema.issue_relations import IssueRelations
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.people import User
from schema.permissions import PermittedIssue
from schema.project import Project
from schema.rich_text import RichText
from schema.site_metadata import Component, IssueType, Priority, Resolution, Status, Version
from schema.worklogs import IssueWorklogs


@strawberry.type(description="Estimates and time spent, as Jira writes them and in seconds.")
class TimeTracking:
    """Estimates and time spent."""

    original_estimate: str | None = strawberry.field(description="Such as 3h 20m.")
    remaining_estimate: str | None = strawberry.field(description="Such as 3h 20m.")
    time_spent: str | None = strawberry.field(description="Such as 3h 20m.")
    original_estimate_seconds: int | None = strawberry.field(description="In seconds.")
    remaining_estimate_seconds: int | None = strawberry.field(description="In seconds.")
    time_spent_seconds: int | None = strawberry.field(description="In seconds.")


@node_type(records.Issue, key="issue_id", description="A piece of work.")
class Issue(
    IssueComments, IssueWorklogs, IssueForms, PermittedIssue, IssueRelations, AttachedIssue, Node
):
    """A piece of work."""

    issue_id: strawberry.ID = strawberry.field(description="Jira's id, which never changes.")
    key: str = strawberry.field(description="Such as PROJ-1; changes when the issue moves.")
    url: str = strawberry.field(description="The page that people open.")
    summary: str = strawberry.field(description="One line on what it is about.")
    description: RichText | None = strawberry.field(description="What it is about.")
    environment: RichText | None = strawberry.field(description="Where it shows.")
    issue_type: IssueType = strawberry.field(description="What kind of work it is.")
    status: Status = strawberry.field(description="Where it stands.")
    priority: Priority | None = strawberry.field(description="How much it matters.")
    resolution: Resolution | None = strawberry.field(description="How it was settled.")
    project: Project = strawberry.field(description="Where it lives.")
    labels: list[str] = strawberry.field(description="Words put on it.")
    components: list[Component] = strawberry.field(description="The parts it touches.")
    fix_versions: list[Version] = strawberry.field(description="The releases it is for.")
    affected_versions: list[Version] = strawberry.field(description="The releases it is in.")
    assignee: User | None = strawberry.field(description="Who works on it.")
    reporter: User | None = strawberry.field(description="Who reported it.")
    creator: User | None = strawberry.field(description="Who wrote it down.")
    created_at: datetime = strawberry.field(name="created", description="When it was made.")
    updated_at: datetime = strawberry.field(name="updated", description="When it last changed.")
    resolved_at: datetime | None = strawberry.field(
        name="resolved", description="When it was settled."
    )
    due_date: date | None = strawberry.field(description="When it is due.")
    time_tracking: TimeTracking | None = strawberry.field(description="Estimates and time spent.")
    watch_count: int | None = strawberry.field(description="How many people watch it.")
    vote_count: int | None = strawberry.field(description="How many people want it.")

    @strawberry.field(
        graphql_type=CustomFieldValue | None,
        description="A custom field's value, by the field's id or name.",
    )
    async def custom_field(
        root: strawberry.Parent[records.Issue],
        info: JunctureInfo,
        id_or_name: Annotated[
            str,
            strawberry.argument(
                description="customfield_10016 or Story Points; an ambiguous name is an error "
                "that lists the ids."
            ),
        ],
    ) -> CustomValue | None:
        """A custom field's value."""
        return await find_custom_value(info.context, root, id_or_name)

    @strawberry.field(
        graphql_type=list[CustomFieldValue] | None,
        description="The custom fields of the site that have a value here.",
    )
    async def custom_fields(
        root: strawberry.Parent[records.Issue], info: JunctureInfo
    ) -> list[CustomValue]:
        """Every custom field that has a value."""
        return await list_custom_values(info.context, root)


@strawberry.type(description="An issue with its cursor.")
class IssueEdge:
    """An issue with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Issue = strawberry.field(description="The issue.")


@strawberry.type(description="A page of issues.")
class IssueConnection:
    """A page of issues."""

    edges: list[IssueEdge] = strawberry.field(description="The issues, each with its cursor.")
    nodes: list[Issue] = strawberry.field(description="The issues.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")

    @strawberry.field(description="About how many there are in all; a call of its own.")
    async def approximate_count(
        root: strawberry.Parent[pages.Page[records.Issue]],
    ) -> int | None:
        """About how many there are in all."""
        return None if root.count is None else await root.count()
