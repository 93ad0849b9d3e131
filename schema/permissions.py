"""What the connected person may do; whether the caller may is told by the caller's own scopes."""

import strawberry

from jira_api import records
from resolvers import permissions as held
from schema.info import JunctureInfo


@strawberry.type(
    description="What the connected person may do with an issue, by the project's permission "
    "scheme and the issue's security; the workflow of a status may still refuse an edit."
)
class IssuePermissions:
    """What the connected person may do with an issue."""

    can_edit: bool = strawberry.field(description="Whether to change its fields.")
    can_transition: bool = strawberry.field(description="Whether to move it on in its workflow.")
    can_assign: bool = strawberry.field(description="Whether to give it to somebody.")
    can_comment: bool = strawberry.field(description="Whether to comment on it.")
    can_delete: bool = strawberry.field(description="Whether to delete it.")


@strawberry.type(description="What the connected person may do in a project.")
class ProjectPermissions:
    """What the connected person may do in a project."""

    can_browse: bool = strawberry.field(description="Whether to see it and its issues.")
    can_create_issues: bool = strawberry.field(description="Whether to make issues there.")
    can_administer: bool = strawberry.field(description="Whether to change how it is set up.")
    can_manage_sprints: bool = strawberry.field(
        description="Whether to make, start and complete sprints of its boards."
    )


@strawberry.type
class PermittedIssue:
    """An issue's permissions."""

    @strawberry.field(
        graphql_type=IssuePermissions | None,
        description="What the connected person may do with it; of many issues, in one call.",
    )
    async def permissions(
        root: strawberry.Parent[records.Issue], info: JunctureInfo
    ) -> held.IssuePermissions:
        """What the connected person may do with it."""
        return await held.load_issue_permissions(info.context, root)


@strawberry.type
class PermittedProject:
    """A project's permissions."""

    @strawberry.field(
        graphql_type=ProjectPermissions | None,
        description="What the connected person may do in it; of many projects, in one call.",
    )
    async def permissions(
        root: strawberry.Parent[records.Project], info: JunctureInfo
    ) -> held.ProjectPermissions:
        """What the connected person may do in it."""
        return await held.load_project_permissions(info.context, root)
