"""The fields of an issue made in code, with a default for each.

Source: the shape of issues in Atlassian's OpenAPI document of the platform, 2026-05.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, Protocol, TypedDict

from sandbox.adf import build_document
from sandbox.formats import format_instant
from sandbox.shapes import describe_project_briefly
from sandbox.world import Issue, JsonObject, Project, SiteData, Sprint, User

NamedKind = Literal["components", "versions"]

_FIRST_INSTANT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_DEFAULT_PRIORITY: Final = "Medium"
_VERSION_PARTS: Final = ("self", "id", "description", "name", "archived", "released")
_COMPONENT_PARTS: Final = ("self", "id", "name", "description")


class IssueOptions(TypedDict, total=False):
    """What an issue may be given beside its project; catalogue entries go by name."""

    summary: str
    description: str | JsonObject | None
    issue_type: str
    status: str
    priority: str | None
    resolution: str | None
    assignee: User | None
    reporter: User
    labels: Sequence[str]
    components: Sequence[str]
    fix_versions: Sequence[str]
    affected_versions: Sequence[str]
    parent: Issue
    sprints: Sequence[Sprint]
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    due_on: date | None
    rank: int
    is_flagged: bool
    custom: Mapping[str, Any]


class FieldSource(Protocol):
    """What the fields need of the site they are for."""

    @property
    def data(self) -> SiteData:
        """The site's catalogues."""

    @property
    def person(self) -> User:
        """Who reports what nobody else is named for."""

    def build_user_value(self, user: User) -> JsonObject:
        """A user as issues hold it."""

    def find_or_add_named(self, kind: NamedKind, project: Project, name: str) -> JsonObject:
        """A component or version of the project."""


def build_fields(
    source: FieldSource, project: Project, default_summary: str, options: IssueOptions
) -> JsonObject:
    """Every system field of a new issue, and each custom field as null."""
    data = source.data
    status = _pick(project.statuses, options.get("status"), default=0)
    return build_blank_fields(data, project) | {
        "summary": options.get("summary", default_summary),
        "description": _build_text(options.get("description")),
        "issuetype": _pick(project.issue_types, options.get("issue_type", "Task"), default=0),
        "status": status,
        "priority": _pick_priority(data, options),
        "labels": list(options.get("labels", ())),
        "components": _pick_named(source, project, "components", options.get("components", ())),
        "fixVersions": _pick_named(source, project, "versions", options.get("fix_versions", ())),
        "versions": _pick_named(source, project, "versions", options.get("affected_versions", ())),
        **_build_people(source, options),
        **_build_dates(data, options, is_done=status["statusCategory"]["key"] == "done"),
    }


def build_blank_fields(data: SiteData, project: Project) -> JsonObject:
    """The fields of an issue that nobody gave a value yet, in the project's first status."""
    custom = {id_: None for id_, entry in data.field_catalogue.items() if entry["custom"]}
    return custom | {
        "description": None,
        "environment": None,
        "project": describe_project_briefly(data.site, project),
        "status": project.statuses[0],
        "priority": find_default_priority(data),
        "labels": [],
        "components": [],
        "fixVersions": [],
        "versions": [],
        "assignee": None,
        "duedate": None,
        "resolution": None,
        "resolutiondate": None,
        "subtasks": [],
        "issuelinks": [],
        "attachment": [],
        "comment": {"comments": [], "maxResults": 0, "total": 0, "startAt": 0},
        "votes": {"votes": 0, "hasVoted": False},
        "watches": {"watchCount": 0, "isWatching": False},
    }


def find_default_priority(data: SiteData) -> JsonObject | None:
    """What an issue has unless told: Medium, or the site's first one where there is none."""
    priorities = data.priorities.values()
    return _find_by_name(priorities, _DEFAULT_PRIORITY) or next(iter(priorities), None)


def describe_named(kind: NamedKind, entry: JsonObject) -> JsonObject:
    """A component or version as issues hold it."""
    parts = _COMPONENT_PARTS if kind == "components" else _VERSION_PARTS
    return {part: entry[part] for part in parts if part in entry}


def _build_people(source: FieldSource, options: IssueOptions) -> JsonObject:
    assignee = options.get("assignee")
    reporter = source.build_user_value(options.get("reporter", source.person))
    return {
        "assignee": None if assignee is None else source.build_user_value(assignee),
        "reporter": reporter,
        "creator": reporter,
    }


def _build_dates(data: SiteData, options: IssueOptions, *, is_done: bool) -> JsonObject:
    created_at = options.get("created_at", _FIRST_INSTANT + timedelta(hours=len(data.issues)))
    updated_at = options.get("updated_at", created_at)
    resolved_at = options.get("resolved_at", updated_at if is_done else None)
    resolution = options.get("resolution", "Done" if is_done else None)
    due_on = options.get("due_on")
    return {
        "created": format_instant(created_at),
        "updated": format_instant(updated_at),
        "resolutiondate": None if resolved_at is None else format_instant(resolved_at),
        "resolution": _find_by_name(data.resolutions.values(), resolution),
        "duedate": None if due_on is None else due_on.isoformat(),
    }


def _build_text(text: str | JsonObject | None) -> JsonObject | None:
    return build_document(text) if isinstance(text, str) else text


def _pick_priority(data: SiteData, options: IssueOptions) -> JsonObject | None:
    return _find_by_name(data.priorities.values(), options.get("priority", _DEFAULT_PRIORITY))


def _pick(entries: Sequence[JsonObject], name: str | None, *, default: int) -> JsonObject:
    return _find_by_name(entries, name) or entries[default]


def _find_by_name(entries: Iterable[JsonObject], name: str | None) -> JsonObject | None:
    return next((entry for entry in entries if entry["name"] == name), None)


def _pick_named(
    source: FieldSource, project: Project, kind: NamedKind, names: Sequence[str]
) -> list[JsonObject]:
    entries = [source.find_or_add_named(kind, project, name) for name in names]
    return [describe_named(kind, entry) for entry in entries]
