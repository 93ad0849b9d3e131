"""Moving issues through their project's workflow on the platform API.

Every status is open from every other, and what a builder added from everywhere. Going to a status
that is done brings up a screen and sets a resolution; leaving for one that is not takes it away.
Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sandbox.create_metadata import describe_field
from sandbox.errors import JiraError
from sandbox.formats import format_instant
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_changes import Changes, Screen, read_changes, read_part
from sandbox.issue_edits import save_changes
from sandbox.issue_paths import get_issue
from sandbox.screens import find_control
from sandbox.world import Issue, JsonObject, SiteData, Way

_DEFAULT_RESOLUTION: Final = "Done"
_SCREEN: Final = frozenset({"resolution", "assignee", "fixVersions"})
_NO_SCREEN: Final[frozenset[str]] = frozenset()


def list_transitions(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/transitions."""
    issue = get_issue(call)
    wanted = call.query.get("transitionId")
    has_fields = "transitions.fields" in call.query.get("expand", "").split(",")
    transitions = [
        _describe(issue, way) | (_describe_screen(call.data, issue, way) if has_fields else {})
        for way in _list_open(call.data, issue)
        if wanted in (None, way.id)
    ]
    return {"expand": "transitions", "transitions": transitions}


def describe_transitions(data: SiteData, issue: Issue) -> list[JsonObject]:
    """The transitions of an issue, without their screens."""
    return [_describe(issue, way) for way in _list_open(data, issue)]


def transition_issue(call: Call) -> Answer:
    """Answer POST issue/{idOrKey}/transitions."""
    data, issue, body = call.data, get_issue(call), call.read_object()
    way = _get_way(data, issue, read_part(body, "transition").get("id"))
    changes = read_changes(_build_screen(data, issue, way), body)
    changes.check()
    changes.values["status"] = way.status
    _resolve(call, issue, changes)
    save_changes(data, issue, changes, at=call.now)
    return Answer(204)


def _list_open(data: SiteData, issue: Issue) -> Iterator[Way]:
    # Places in the workflow make the ids, as Jira numbers them.
    statuses = data.projects[issue.project_id].statuses
    for place, status in enumerate(statuses, start=1):
        if status["id"] != issue.fields["status"]["id"]:
            screen = _SCREEN if _is_done(status) else _NO_SCREEN
            yield Way(f"{place}1", status["name"], status, screen)
    for place, way in enumerate(data.ways.get(issue.project_id, ()), start=len(statuses) + 1):
        yield replace(way, id=f"{place}1")


def _get_way(data: SiteData, issue: Issue, asked: Any) -> Way:
    if asked is None:
        raise JiraError(400, ["Missing 'transition' identifier"])
    if not str(asked).isdecimal():
        raise JiraError(400, ["'transition' identifier must be an integer"])
    for way in _list_open(data, issue):
        if way.id == str(asked):
            return way
    raise JiraError(400, [f"Transition id '{asked}' is not valid for this issue."])


def _resolve(call: Call, issue: Issue, changes: Changes) -> None:
    if not _is_done(changes.values["status"]):
        changes.values |= {"resolution": None, "resolutiondate": None}
        return
    before = issue.fields.get("resolution")
    resolution = changes.values.get("resolution") or before or _find_resolution(call.data)
    changes.values["resolution"] = resolution
    if issue.fields.get("resolutiondate") is None or resolution != before:
        changes.values["resolutiondate"] = format_instant(call.now)


def _find_resolution(data: SiteData) -> JsonObject | None:
    resolutions = data.resolutions.values()
    named = [entry for entry in resolutions if entry["name"] == _DEFAULT_RESOLUTION]
    return next(iter([*named, *resolutions]), None)


def _is_done(status: JsonObject) -> bool:
    return bool(status["statusCategory"]["key"] == "done")


def _build_screen(data: SiteData, issue: Issue, way: Way) -> Screen:
    project = data.projects[issue.project_id]
    return Screen(data, project, issue.fields["issuetype"], issue, names=way.screen)


def _describe(issue: Issue, way: Way) -> JsonObject:
    return {
        "id": way.id,
        "name": way.name,
        "to": way.status,
        "hasScreen": bool(way.screen),
        "isGlobal": True,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": way.status["id"] == issue.fields["status"]["id"],
    }


def _describe_screen(data: SiteData, issue: Issue, way: Way) -> JsonObject:
    screen = _build_screen(data, issue, way)
    fields = {}
    for name in sorted(screen.names or ()):
        control = find_control(data, name)
        assert control is not None
        fields[name] = describe_field(screen, data.field_catalogue[name], control)
    return {"fields": fields}


_READ: Final = scopes(
    "read:jira-work", "read:issue.transition:jira read:status:jira read:field-configuration:jira"
)
_WRITE: Final = scopes("write:jira-work", "write:issue:jira write:issue.property:jira")

_PATH: Final = "/rest/api/3/issue/{id_or_key}/transitions"
ENDPOINTS: Final = (
    endpoint("GET", _PATH, _READ, list_transitions),
    endpoint("POST", _PATH, _WRITE, transition_issue),
)
