"""Fields of forms, and the ways that an issue can be moved."""

import strawberry

from jira_api import transitions
from schema.node import Node, node_type
from schema.scalars import Json
from schema.site_metadata import Status


@strawberry.type(description="A field of a form, and what it takes.")
class FieldMetadata:
    """A field of a form."""

    field_id: strawberry.ID = strawberry.field(description="Such as customfield_10016.")
    name: str = strawberry.field(description="In the language of the connected person.")
    is_required: bool = strawberry.field(description="Whether it has to be given.")
    type: str = strawberry.field(description="Such as number, or array of option.")
    allowed_values: Json | None = strawberry.field(
        description="A list of what it takes, as Jira describes each; null where any value will do."
    )
    has_default: bool = strawberry.field(
        description="Whether Jira fills it in where nothing is given."
    )


@node_type(
    transitions.Transition,
    key="node_id",
    description="A way from an issue's present status to another.",
)
class Transition(Node):
    """A way from an issue's present status to another."""

    transition_id: strawberry.ID = strawberry.field(
        description="Jira's number in the workflow of this issue; others may mean something else."
    )
    name: str = strawberry.field(description="In the language of the connected person.")
    to: Status = strawberry.field(description="Where it leads.")
    is_available: bool = strawberry.field(description="Whether it can be taken now.")
    fields: list[FieldMetadata] | None = strawberry.field(
        description="What can be given on the way; empty where there is no screen."
    )
