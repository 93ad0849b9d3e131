"""What the caller may do on a site, on the platform API: everything that people use daily.

A site can withhold some of it from the person, in a project or on an issue.
Source: Atlassian's OpenAPI document, 2026-05 (Get my permissions, Get bulk permissions).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.world import PERSON_ACCOUNT_ID, Issue, JsonObject, Project, SiteData

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
    ("ADMINISTER_PROJECTS", "23", "Administer Projects"),
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
    ("MANAGE_SPRINTS_PERMISSION", "-1", "Manage sprints"),
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
    project, issue = _read_context(call)
    return {
        "permissions": {
            key: _PERMISSIONS[key]
            | {"havePermission": is_granted(call.data, key, project=project, issue=issue)}
            for key in asked
        }
    }


def check_permissions(call: Call) -> JsonObject:
    """Answer POST permissions/check: where the person has which of the permissions asked for."""
    body = call.read_object()
    if not body.keys() <= _BODY_NAMES:
        raise JiraError(400, [_INVALID_BODY])
    if body.get("accountId") not in (None, PERSON_ACCOUNT_ID):
        raise JiraError(403, ["Only Jira administrators can perform this operation."])
    global_asked = _read_names(body, "globalPermissions", _GLOBAL_KEYS)
    questions = body.get("projectPermissions") or []
    if not isinstance(questions, list) or not all(isinstance(each, dict) for each in questions):
        raise JiraError(400, [_INVALID_BODY])
    return {
        "globalPermissions": [key for key in global_asked if is_granted(call.data, key)],
        "projectPermissions": [row for each in questions for row in _answer(call.data, each)],
    }


def is_granted(
    data: SiteData, key: str, *, project: Project | None = None, issue: Issue | None = None
) -> bool:
    """Whether the person has a permission: all but administration, where it is not withheld."""
    places = [("project", project.id)] if project else []
    if issue is not None:
        places += [("project", issue.project_id), ("issue", issue.id)]
    is_withheld = any(key in data.withheld.get(place, ()) for place in places)
    return key not in _ADMINISTRATION and not is_withheld


def _read_context(call: Call) -> tuple[Project | None, Issue | None]:
    named = call.query.get("projectId") or call.query.get("projectKey")
    project = call.data.find_project(named) if named else None
    if named and project is None:
        raise JiraError(404, [f"No project could be found with key '{named}'."])
    wanted = call.query.get("issueId") or call.query.get("issueKey")
    issue = call.data.find_issue(wanted) if wanted else None
    if wanted and issue is None:
        raise JiraError(404, ["Issue does not exist or you do not have permission to see it."])
    return project, issue


def _answer(data: SiteData, question: JsonObject) -> Iterator[JsonObject]:
    asked = _read_names(question, "permissions", _PROJECT_KEYS)
    if not asked or not question.keys() <= _QUESTION_NAMES:
        raise JiraError(400, ["At least one project permission must be provided."])
    projects = _find_all(question, "projects", data.projects.get)
    issues = _find_all(question, "issues", data.issues.get)
    for key in asked:
        yield {
            "permission": key,
            "issues": [each.id for each in issues if is_granted(data, key, issue=each)],
            "projects": [each.id for each in projects if is_granted(data, key, project=each)],
        }


def _read_names(body: JsonObject, name: str, known: Iterable[str]) -> list[str]:
    asked = body.get(name) or []
    if not isinstance(asked, list):
        raise JiraError(400, [_INVALID_BODY])
    names = [str(each) for each in asked if each]
    unknown = [each for each in names if each not in known]
    if unknown:
        raise JiraError(400, errors=dict.fromkeys(unknown, "Unrecognized permission"))
    return names


def _find_all(question: JsonObject, name: str, find: Callable[[Any], Any]) -> Sequence[Any]:
    """The things of the ids that there are; those of others are passed over."""
    asked = question.get(name) or []
    if not isinstance(asked, list) or not all(isinstance(each, int) for each in asked):
        raise JiraError(400, [_INVALID_BODY])
    found = [thing for each in asked if (thing := find(each)) is not None]
    if len(found) > _MOST_CHECKED:
        raise JiraError(400, [f"At most {_MOST_CHECKED} {name} can be checked."])
    return found


_MOST_CHECKED: Final = 1_000
_INVALID_BODY: Final = "Invalid request payload. Refer to the REST API documentation."
_BODY_NAMES: Final = frozenset({"accountId", "globalPermissions", "projectPermissions"})
_QUESTION_NAMES: Final = frozenset({"permissions", "issues", "projects"})
_GLOBAL_KEYS: Final = frozenset(key for key, _, _ in _GLOBAL)
_PROJECT_KEYS: Final = frozenset(key for key, _, _ in _PROJECT)
_READ: Final = scopes("read:jira-work", "read:permission:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/mypermissions", _READ, show_my_permissions),
    # The document lists no classic scope, and says that this one is needed since June 2024.
    endpoint("POST", "/rest/api/3/permissions/check", _READ, check_permissions),
)
