"""What can be set when an issue is made or edited: createmeta and editmeta on the platform API.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.field_options import list_options
from sandbox.gateway import Call, endpoint, scopes
from sandbox.issue_changes import Screen
from sandbox.issue_fields import find_default_priority
from sandbox.issue_paths import get_issue
from sandbox.paging import Window, read_window
from sandbox.screens import Control, list_controls
from sandbox.shapes import describe_project_briefly
from sandbox.world import Issue, JsonObject, Project, SiteData

_CAP: Final = 200
_TYPE_PARTS: Final = (
    *("self", "id", "description", "iconUrl", "name", "subtask", "avatarId", "scope"),
    "hierarchyLevel",
)
_PROJECT_PARTS: Final = ("self", "id", "key", "name", "avatarUrls")
_CHOICES: Final = {"priority": "priorities", "resolution": "resolutions"}
_OF_PROJECT: Final = {"components": "components", "fixVersions": "versions", "versions": "versions"}


def page_issue_types(call: Call) -> JsonObject:
    """Answer GET issue/createmeta/{projectIdOrKey}/issuetypes."""
    window = read_window(call.query, cap=_CAP)
    types = [_describe_type(entry) for entry in _get_project(call).issue_types]
    return _build_page(window, "issueTypes", types)


def page_fields(call: Call) -> JsonObject:
    """Answer GET issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}."""
    window = read_window(call.query, cap=_CAP)
    project = _get_project(call)
    for issue_type in project.issue_types:
        if issue_type["id"] == call.path["type_id"]:
            screen = Screen(call.data, project, issue_type)
            return _build_page(window, "fields", list(_list_form_fields(screen)))
    raise JiraError(
        400, [f"The issue type with id '{call.path['type_id']}' is not in the project."]
    )


def show_form(call: Call) -> JsonObject:
    """Answer the old GET issue/createmeta, which wants all projects and types at once."""
    ids, keys = _read_names(call, "projectIds"), _read_names(call, "projectKeys")
    projects = [
        _describe_project(call, project)
        for project in call.data.projects.values()
        if not ids | keys or str(project.id) in ids or project.key in keys
    ]
    return {"expand": "projects", "projects": projects}


def show_edit_form(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/editmeta."""
    return describe_edit_form(call.data, get_issue(call))


def describe_edit_form(data: SiteData, issue: Issue) -> JsonObject:
    """What may be edited of an issue."""
    project = data.projects[issue.project_id]
    screen = Screen(data, project, issue.fields["issuetype"], issue)
    fields = {
        entry["id"]: describe_field(screen, entry, control)
        for entry, control in list_controls(data)
        if screen.shows(entry["id"])
    }
    entry = data.field_catalogue["comment"]
    fields["comment"] = _describe_entry(entry) | {"required": False, "operations": ["add"]}
    return {"fields": fields}


def describe_field(screen: Screen, entry: JsonObject, control: Control) -> JsonObject:
    """A field's metadata: whether it must be given, what it takes, and how it is changed."""
    name = entry["id"]
    is_subtask = screen.issue_type["subtask"]
    described = _describe_entry(entry) | {
        "required": bool(control.needed) or (name == "parent" and is_subtask),
        "operations": list(control.operations),
    }
    if screen.issue is None and name in ("priority", "reporter"):
        described["hasDefaultValue"] = True
    if screen.issue is None and name == "priority":
        described["defaultValue"] = find_default_priority(screen.data)
    allowed = _list_allowed(screen, entry)
    return described if allowed is None else described | {"allowedValues": allowed}


def _describe_entry(entry: JsonObject) -> JsonObject:
    return {
        "key": entry["id"],
        "name": entry["name"],
        "schema": entry["schema"],
        "hasDefaultValue": False,
    }


def _list_allowed(screen: Screen, entry: JsonObject) -> list[Any] | None:
    data, name = screen.data, entry["id"]
    if name == "issuetype":
        return list(screen.project.issue_types)
    if name in _CHOICES:
        return list(getattr(data, _CHOICES[name]).values())
    if name in _OF_PROJECT:
        entries = getattr(data, _OF_PROJECT[name]).values()
        return [one for one in entries if one["projectId"] == screen.project.id]
    schema = entry["schema"]
    if schema["type"].startswith("option") or schema.get("items") == "option":
        return list_options(data, entry)
    return None


def _list_form_fields(screen: Screen) -> Iterator[JsonObject]:
    data = screen.data
    project = describe_project_briefly(data.site, screen.project)
    yield _describe_entry(data.field_catalogue["project"]) | {
        "fieldId": "project",
        "required": True,
        "operations": ["set"],
        "allowedValues": [project],
    }
    for entry, control in list_controls(data):
        if not screen.shows(entry["id"]):
            continue
        yield describe_field(screen, entry, control) | {"fieldId": entry["id"]}


def _describe_type(entry: JsonObject) -> JsonObject:
    return {part: entry[part] for part in _TYPE_PARTS if part in entry}


def _describe_project(call: Call, project: Project) -> JsonObject:
    ids, names = _read_names(call, "issuetypeIds"), _read_names(call, "issuetypeNames")
    has_fields = "projects.issuetypes.fields" in _read_names(call, "expand")
    described = describe_project_briefly(call.data.site, project)
    types = []
    for entry in project.issue_types:
        if ids | names and entry["id"] not in ids and entry["name"] not in names:
            continue
        issue_type = _describe_type(entry)
        if has_fields:
            issue_type |= {"expand": "fields", "fields": _map_form(call, project, entry)}
        types.append(issue_type)
    return {part: described[part] for part in _PROJECT_PARTS} | {"issuetypes": types}


def _map_form(call: Call, project: Project, issue_type: JsonObject) -> JsonObject:
    # Here fields stand below their ids, which their entries do not repeat.
    fields = _list_form_fields(Screen(call.data, project, issue_type))
    return {field.pop("fieldId"): field for field in fields}


def _get_project(call: Call) -> Project:
    name = call.path["project"]
    project = call.data.find_project(name)
    if project is None:
        raise JiraError(400, [f"No project could be found with key '{name}'."])
    return project


def _read_names(call: Call, name: str) -> set[str]:
    return {part for entry in call.query.getlist(name) for part in entry.split(",") if part}


def _build_page(window: Window, name: str, entries: list[JsonObject]) -> JsonObject:
    return {
        "startAt": window.start_at,
        "maxResults": window.max_results,
        "total": len(entries),
        name: window.cut(entries),
    }


_READ: Final = scopes(
    "read:jira-work", "read:issue-meta:jira read:avatar:jira read:field-configuration:jira"
)
_READ_EDIT: Final = scopes("read:jira-work", "read:issue-meta:jira read:field-configuration:jira")

_ROOT: Final = "/rest/api/3/issue"
_TYPES: Final = f"{_ROOT}/createmeta/{{project}}/issuetypes"
ENDPOINTS: Final = (
    endpoint("GET", f"{_ROOT}/createmeta", _READ, show_form),
    endpoint("GET", _TYPES, _READ, page_issue_types),
    endpoint("GET", f"{_TYPES}/{{type_id}}", _READ, page_fields),
    endpoint("GET", f"{_ROOT}/{{id_or_key}}/editmeta", _READ_EDIT, show_edit_form),
)
