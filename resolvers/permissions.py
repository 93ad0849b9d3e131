"""What the connected person may do with an issue or in a project."""

from dataclasses import dataclass

from jira_api.permissions import IssuePermission, ProjectPermission
from jira_api.records import Issue, Project
from resolvers.context import Context
from resolvers.permission_loader import PermissionKey, Place


@dataclass(frozen=True, slots=True)
class IssuePermissions:
    """What the person may do with an issue."""

    can_edit: bool
    can_transition: bool
    can_assign: bool
    can_comment: bool
    can_delete: bool


@dataclass(frozen=True, slots=True)
class ProjectPermissions:
    """What the person may do in a project."""

    can_browse: bool
    can_create_issues: bool
    can_administer: bool
    can_manage_sprints: bool


async def load_issue_permissions(context: Context, issue: Issue) -> IssuePermissions:
    """What the person may do with an issue; of many issues, in one call.

    Raises:
        JiraApiError: the call failed.
    """
    key = PermissionKey(issue.origin.label, Place.ISSUE, issue.issue_id)
    held = await context.permissions.load(key)
    return IssuePermissions(
        can_edit=IssuePermission.EDIT in held,
        can_transition=IssuePermission.TRANSITION in held,
        can_assign=IssuePermission.ASSIGN in held,
        can_comment=IssuePermission.COMMENT in held,
        can_delete=IssuePermission.DELETE in held,
    )


async def load_project_permissions(context: Context, project: Project) -> ProjectPermissions:
    """What the person may do in a project; of many projects, in one call.

    Raises:
        JiraApiError: the call failed.
    """
    key = PermissionKey(project.origin.label, Place.PROJECT, project.project_id)
    held = await context.permissions.load(key)
    return ProjectPermissions(
        can_browse=ProjectPermission.BROWSE in held,
        can_create_issues=ProjectPermission.CREATE_ISSUES in held,
        can_administer=ProjectPermission.ADMINISTER in held,
        can_manage_sprints=ProjectPermission.MANAGE_SPRINTS in held,
    )
