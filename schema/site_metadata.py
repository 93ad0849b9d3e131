"""What a site defines for itself."""

from datetime import date

import strawberry

from jira_api import records
from resolvers.projects import find_component_lead
from schema.enums import StatusCategory
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.people import User


@node_type(records.IssueType, key="issue_type_id", description="What kind of work an issue is.")
class IssueType(Node):
    """What kind of work an issue is."""

    issue_type_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="In the language of the connected person.")
    icon_url: str | None = strawberry.field(description="A small picture.")
    is_subtask: bool = strawberry.field(description="Whether it lives below another issue.")
    hierarchy_level: int | None = strawberry.field(
        description="-1 for sub-tasks, 0 for everyday work, 1 for epics, more above."
    )


@node_type(records.Status, key="status_id", description="A step of a workflow.")
class Status(Node):
    """A step of a workflow."""

    status_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="In the language of the connected person.")
    category: StatusCategory = strawberry.field(description="The stage it belongs to.")


@node_type(records.Priority, key="priority_id", description="How much an issue matters.")
class Priority(Node):
    """How much an issue matters."""

    priority_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="In the language of the connected person.")
    icon_url: str | None = strawberry.field(description="A small picture.")


@node_type(records.Resolution, key="resolution_id", description="How an issue was settled.")
class Resolution(Node):
    """How an issue was settled."""

    resolution_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="In the language of the connected person.")
    description: str | None = strawberry.field(description="What the site says of it.")


@node_type(records.Component, key="component_id", description="A part of a project.")
class Component(Node):
    """A part of a project."""

    component_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="Its name, unique in the project.")
    description: str | None = strawberry.field(description="What the project says of it.")

    @strawberry.field(
        graphql_type=User | None,
        description="Who leads it. Several of a project are one call, one alone is a call too.",
    )
    async def lead(
        root: strawberry.Parent[records.Component], info: JunctureInfo
    ) -> records.User | None:
        """Who leads it."""
        return await find_component_lead(info.context, root)


@node_type(records.Version, key="version_id", description="A release of a project.")
class Version(Node):
    """A release of a project."""

    version_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="Its name, unique in the project.")
    is_released: bool = strawberry.field(description="Whether it is out.")
    is_archived: bool = strawberry.field(description="Whether it is hidden from lists.")
    release_date: date | None = strawberry.field(description="When it is or was due out.")


@node_type(records.Field, key="field_id", description="A field of the site.")
class Field(Node):
    """A field of the site."""

    field_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="Neither unique nor lasting.")
    is_custom: bool = strawberry.field(description="Whether the site added it.")
    type: str = strawberry.field(description="The type of Jira's schema, such as string or array.")
