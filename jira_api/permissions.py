"""What the connected person may do with issues and projects, many of them in one call.

Source: Jira Cloud platform REST v3, Get bulk permissions, read 2026-11: 1,000 issues and 1,000
projects at most; numbers that Jira does not know are left out of its answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonObject, as_list, as_listing, as_object, get_text
from jira_api.paths import NumericId

MOST_CHECKED = 1_000


class IssuePermission(StrEnum):
    """A permission that is asked of issues, by Jira's key."""

    EDIT = "EDIT_ISSUES"
    TRANSITION = "TRANSITION_ISSUES"
    ASSIGN = "ASSIGN_ISSUES"
    COMMENT = "ADD_COMMENTS"
    DELETE = "DELETE_ISSUES"


class ProjectPermission(StrEnum):
    """A permission that is asked of projects, by Jira's key."""

    BROWSE = "BROWSE_PROJECTS"
    CREATE_ISSUES = "CREATE_ISSUES"
    ADMINISTER = "ADMINISTER_PROJECTS"
    MANAGE_SPRINTS = "MANAGE_SPRINTS_PERMISSION"


@dataclass(frozen=True, slots=True)
class Grants:
    """The permissions that the person has, by the numbers of issues and of projects."""

    by_issue: Mapping[str, Collection[str]] = field(default_factory=dict)
    by_project: Mapping[str, Collection[str]] = field(default_factory=dict)


async def check_permissions(
    session: JiraSession,
    *,
    issues: Sequence[NumericId],
    projects: Sequence[NumericId],
    project_permissions: Collection[ProjectPermission] = tuple(ProjectPermission),
) -> Grants:
    """Which of the permissions the person has, up to `MOST_CHECKED` issues and projects each.

    Raises:
        RejectedError: Jira does not know one of the permissions; `field_errors` names it.
        JiraApiError: the call failed.
    """
    asked = [
        {"permissions": list(permissions), kind: [int(each) for each in numbers]}
        for kind, permissions, numbers in (
            ("issues", tuple(IssuePermission), issues),
            ("projects", project_permissions, projects),
        )
        if numbers
    ]
    raw = await session.post_query("/rest/api/3/permissions/check", {"projectPermissions": asked})
    listed = as_listing(as_object(raw, "permissions").get("projectPermissions"), "permissions")
    rows = [as_object(each, "a permission") for each in listed]
    return Grants(_group(rows, "issues"), _group(rows, "projects"))


def _group(rows: Sequence[JsonObject], kind: str) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for row in rows:
        permission = get_text(row, "permission")
        for number in as_list(row.get(kind), kind):
            if not isinstance(number, int):
                raise InvalidResponseError(f"Jira sent something that is no number as {kind!r}.")
            held.setdefault(str(number), set()).add(permission)
    return held
