"""What an issue's custom fields tell that every site has, and what can be set on it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import field_metadata, records
from jira_api import transitions as ways
from resolvers.agile_fields import find_current_sprint, find_story_points, list_sprints
from resolvers.forms import list_issue_form, list_issue_transitions
from schema.field_metadata import FieldMetadata, Transition
from schema.info import JunctureInfo
from schema.selection import select_names

if TYPE_CHECKING:
    from schema.sprint import Sprint

Parent = strawberry.Parent[records.Issue]
OneSprint = Annotated["Sprint", strawberry.lazy("schema.sprint")]


@strawberry.type
class IssueForms:
    """Sprints, story points, and what can be set."""

    @strawberry.field(
        graphql_type=OneSprint | None,
        description="The sprint that it is planned for, active or next; null in the backlog, and "
        "once its sprint is closed.",
    )
    async def sprint(root: Parent, info: JunctureInfo) -> records.Sprint | None:
        """The sprint that it is planned for."""
        return await find_current_sprint(info.context, root)

    @strawberry.field(
        graphql_type=list[OneSprint] | None,
        description="Every sprint that it is or was in, in Jira's order.",
    )
    async def sprints(root: Parent, info: JunctureInfo) -> list[records.Sprint]:
        """Every sprint that it is or was in."""
        return await list_sprints(info.context, root)

    @strawberry.field(
        description="How much work it is, from whichever of the site's story point fields has a "
        "number."
    )
    async def story_points(root: Parent, info: JunctureInfo) -> float | None:
        """How much work it is."""
        return await find_story_points(info.context, root)

    @strawberry.field(
        graphql_type=list[Transition] | None,
        description="The ways that are open to the connected person. Those of up to 100 issues "
        "are one call; with `fields`, it is a call for each issue.",
    )
    async def transitions(root: Parent, info: JunctureInfo) -> Sequence[ways.Transition]:
        """The ways that are open."""
        with_fields = "fields" in select_names(info, (), type_name="Transition")
        return await list_issue_transitions(info.context, root, with_fields=with_fields)

    @strawberry.field(
        graphql_type=list[FieldMetadata] | None,
        description="What the connected person may edit; a call for each 25 issues.",
    )
    async def edit_fields(
        root: Parent, info: JunctureInfo
    ) -> Sequence[field_metadata.FieldMetadata]:
        """What may be edited."""
        return await list_issue_form(info.context, root)
