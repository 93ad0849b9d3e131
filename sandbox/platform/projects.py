"""Projects, their statuses, components and versions on the platform API.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.paging import build_page_bean, read_window
from sandbox.shapes import describe_project
from sandbox.world import JsonObject, Project, SiteData

_CAP: Final = 100
_KEY_CAP: Final = 50


def list_projects(call: Call) -> list[JsonObject]:
    """Answer GET project: all of them at once, the deprecated way that clients still go."""
    projects = sorted(call.data.projects.values(), key=lambda project: project.key)
    expand = _read_expand(call)
    return [describe_project(call.data, project, expand=expand) for project in projects]


def search_projects(call: Call) -> JsonObject:
    """Answer GET project/search."""
    window = read_window(call.query, cap=_CAP)
    matches = [project for project in call.data.projects.values() if _is_wanted(call, project)]
    _sort(call.data, matches, call.query.get("orderBy", "key"))
    expand = _read_expand(call)
    values = [
        describe_project(call.data, project, expand=expand) for project in window.cut(matches)
    ]
    return build_page_bean(f"{call.api_url}/project/search", window, len(matches), values)


def show_project(call: Call) -> JsonObject:
    """Answer GET project/{idOrKey}: everything a list would expand, and what it leaves out."""
    project = get_project(call)
    always = ("description", "lead", "issueTypes", "url")
    expand = {*always, *_read_expand(call)}
    return describe_project(call.data, project, expand=expand) | {
        "assigneeType": "UNASSIGNED",
        "components": _list_named(call.data, project, "components"),
        "versions": _list_named(call.data, project, "versions"),
        "roles": {},
    }


def list_statuses(call: Call) -> list[JsonObject]:
    """Answer GET project/{idOrKey}/statuses: the statuses by issue type."""
    project = get_project(call)
    parts = ("self", "id", "name", "subtask")
    return [
        {part: issue_type[part] for part in parts} | {"statuses": list(project.statuses)}
        for issue_type in project.issue_types
    ]


def list_components(call: Call) -> list[JsonObject]:
    """Answer GET project/{idOrKey}/components."""
    return _list_named(call.data, get_project(call), "components")


def list_versions(call: Call) -> list[JsonObject]:
    """Answer GET project/{idOrKey}/versions."""
    return _list_named(call.data, get_project(call), "versions")


def show_component(call: Call) -> JsonObject:
    """Answer GET component/{id}."""
    id_ = call.path["id"]
    return _get_entry(call.data.components, id_, f"The component with id {id_} does not exist.")


def show_version(call: Call) -> JsonObject:
    """Answer GET version/{id}."""
    id_ = call.path["id"]
    return _get_entry(call.data.versions, id_, f"Could not find version for id '{id_}'")


def get_project(call: Call) -> Project:
    """The project the path names.

    Raises:
        JiraError: 404.
    """
    name = call.path["id_or_key"]
    project = call.data.find_project(name)
    if project is None:
        raise JiraError(404, [f"No project could be found with key '{name}'."])
    return project


def _is_wanted(call: Call, project: Project) -> bool:
    query = call.query
    ids, keys = query.getlist("id"), query.getlist("keys")
    if len(ids) > _KEY_CAP or len(keys) > _KEY_CAP:
        raise JiraError(400, [f"At most {_KEY_CAP} project ids or keys may be given."])
    text = query.get("query", "").lower()
    named = text in project.name.lower() or text in project.key.lower()
    if ids and str(project.id) not in ids:
        return False
    if keys and project.key not in {key.upper() for key in keys}:
        return False
    return named and query.get("typeKey", project.type_key) == project.type_key


def _sort(data: SiteData, projects: list[Project], order_by: str) -> None:
    name = order_by.lstrip("+-")
    keys: dict[str, Callable[[Project], Any]] = {
        "key": lambda project: project.key,
        "name": lambda project: (project.name.lower(), project.id),
        "owner": lambda project: project.lead.display_name if project.lead else "",
        "category": lambda project: project.category["name"] if project.category else "",
        "issueCount": lambda project: len(data.issue_ids_by_project.get(project.id, ())),
        "lastIssueUpdatedDate": lambda project: max(
            (issue.fields["updated"] for issue in data.project_issues(project.id)), default=""
        ),
    }
    if name not in keys:
        raise JiraError(400, [f"The orderBy parameter '{order_by}' is not supported."])
    projects.sort(key=keys[name], reverse=order_by.startswith("-"))


def _read_expand(call: Call) -> Collection[str]:
    return [name for entry in call.query.getlist("expand") for name in entry.split(",")]


def _list_named(data: SiteData, project: Project, kind: str) -> list[JsonObject]:
    entries: dict[str, JsonObject] = getattr(data, kind)
    return [entry for entry in entries.values() if entry["projectId"] == project.id]


def _get_entry(entries: dict[str, JsonObject], id_: str, message: str) -> JsonObject:
    if id_ not in entries:
        raise JiraError(404, [message])
    return entries[id_]


_READ_PROJECT: Final = scopes(
    "read:jira-work",
    "read:project:jira read:issue-type:jira read:project.property:jira read:user:jira "
    "read:application-role:jira read:avatar:jira read:group:jira read:issue-type-hierarchy:jira "
    "read:project-category:jira read:project-version:jira read:project.component:jira",
)
_READ_STATUSES: Final = scopes(
    "read:jira-work", "read:issue-status:jira read:status:jira read:issue-type:jira"
)
_READ_COMPONENTS: Final = scopes(
    "read:jira-work",
    "read:project.component:jira read:user:jira read:project:jira read:application-role:jira "
    "read:group:jira read:avatar:jira",
)
_READ_VERSIONS: Final = scopes("read:jira-work", "read:project-version:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/project", _READ_PROJECT, list_projects),
    endpoint("GET", "/rest/api/3/project/search", _READ_PROJECT, search_projects),
    endpoint("GET", "/rest/api/3/project/{id_or_key}", _READ_PROJECT, show_project),
    endpoint("GET", "/rest/api/3/project/{id_or_key}/statuses", _READ_STATUSES, list_statuses),
    endpoint(
        "GET", "/rest/api/3/project/{id_or_key}/components", _READ_COMPONENTS, list_components
    ),
    endpoint("GET", "/rest/api/3/project/{id_or_key}/versions", _READ_VERSIONS, list_versions),
    endpoint("GET", "/rest/api/3/component/{id}", _READ_COMPONENTS, show_component),
    endpoint("GET", "/rest/api/3/version/{id}", _READ_VERSIONS, show_version),
)
