"""What a new issue of a project asks for."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from jira_api import field_metadata, records
from resolvers.forms import list_project_form
from schema.field_metadata import FieldMetadata
from schema.info import JunctureInfo


@strawberry.type
class ProjectForms:
    """What a new issue asks for."""

    @strawberry.field(
        graphql_type=list[FieldMetadata] | None,
        description="What creating an issue of this type asks for: required and optional fields.",
    )
    async def create_fields(
        root: strawberry.Parent[records.Project],
        info: JunctureInfo,
        issue_type_id: Annotated[
            strawberry.ID, strawberry.argument(description="Jira's id, or a global id.")
        ],
    ) -> Sequence[field_metadata.FieldMetadata]:
        """What a new issue of a type asks for."""
        return await list_project_form(info.context, root, issue_type_id)
