"""What the caller may do on a site, on the platform API: everything that people use daily.

Source: Atlassian's OpenAPI document, 2026-05 (Get my permissions).
"""

from typing import Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.world import JsonObject

_ADMINISTRATION: Final = frozenset({"ADMINISTER", "SYSTEM_ADMIN"})
"""What the person may not do: the sandbox has nothing to administer."""

# key, id, name
_GLOBAL: Final = (
    ("ADMINISTER", "0", "Administer Jira"),
    ("BULK_CHANGE", "33", "Bulk Change"),
    ("CREATE_SHARED_OBJECTS", "22", "Share dashboards and filters"),
    ("SYSTEM_ADMIN", "44", "Jira System Administrators"),
    ("USER_PICKER", "27", "Browse users and groups"),
)
_PROJECT: Final = (
    ("ADD_COMMENTS", "15", "Add Comments"),
    ("ASSIGNABLE_USER", "17", "Assignable User"),
    ("ASSIGN_ISSUES", "13", "Assign Issues"),
    ("BROWSE_PROJECTS", "10", "Browse Projects"),
    ("CLOSE_ISSUES", "18", "Close Issues"),
    ("CREATE_ATTACHMENTS", "19", "Create Attachments"),
    ("CREATE_ISSUES", "11", "Create Issues"),
    ("DELETE_ALL_COMMENTS", "36", "Delete All Comments"),
    ("DELETE_ISSUES", "16", "Delete Issues"),
    ("DELETE_OWN_COMMENTS", "37", "Delete Own Comments"),
    ("EDIT_ALL_COMMENTS", "34", "Edit All Comments"),
    ("EDIT_ISSUES", "12", "Edit Issues"),
    ("EDIT_OWN_COMMENTS", "35", "Edit Own Comments"),
    ("LINK_ISSUES", "21", "Link Issues"),
    ("MOVE_ISSUES", "25", "Move Issues"),
    ("RESOLVE_ISSUES", "14", "Resolve Issues"),
    ("SCHEDULE_ISSUES", "28", "Schedule Issues"),
    ("TRANSITION_ISSUES", "46", "Transition Issues"),
    ("WORK_ON_ISSUES", "20", "Work On Issues"),
)
_PERMISSIONS: Final[dict[str, JsonObject]] = {
    key: {
        "id": id_,
        "key": key,
        "name": name,
        "type": type_,
        "description": "",
        "havePermission": key not in _ADMINISTRATION,
    }
    for type_, rows in (("GLOBAL", _GLOBAL), ("PROJECT", _PROJECT))
    for key, id_, name in rows
}


def show_my_permissions(call: Call) -> JsonObject:
    """Answer GET mypermissions: those asked for, in a project or issue that must be there."""
    asked = [key for key in call.query.get("permissions", "").split(",") if key]
    if not asked:
        raise JiraError(400, ["The 'permissions' query parameter is required."])
    unknown = [key for key in asked if key not in _PERMISSIONS]
    if unknown:
        raise JiraError(400, [f"Unrecognized permission: {key}" for key in unknown])
    _check_context(call)
    return {"permissions": {key: _PERMISSIONS[key] for key in asked}}


def _check_context(call: Call) -> None:
    project = call.query.get("projectId") or call.query.get("projectKey")
    if project and call.data.find_project(project) is None:
        raise JiraError(404, [f"No project could be found with key '{project}'."])
    issue = call.query.get("issueId") or call.query.get("issueKey")
    if issue and call.data.find_issue(issue) is None:
        raise JiraError(404, ["Issue does not exist or you do not have permission to see it."])


ENDPOINTS: Final = (
    endpoint(
        "GET",
        "/rest/api/3/mypermissions",
        scopes("read:jira-work", "read:permission:jira"),
        show_my_permissions,
    ),
)
