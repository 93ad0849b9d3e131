"""The records the sandbox serves and the store that keeps them: everything lives in memory.

A `World` holds sites; a Jira site has one `SiteData`, which keeps records and their indexes.
Issues are replaced whole by `put_issue`, so that a reader never sees half a change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

JsonObject = dict[str, Any]
BoardKind = Literal["scrum", "kanban", "simple"]
SprintState = Literal["future", "active", "closed"]

SANDBOX_ORIGIN: Final = "https://sandbox-origin.invalid"
"""Stands in stored URLs for the sandbox's own origin; answers carry the one they were asked at."""

PERSON_ACCOUNT_ID: Final = "5b10a2844c20165700ede21f"
"""The one person who consents, on every site."""

SPRINT_FIELD: Final = "customfield_10020"
EPIC_LINK_FIELD: Final = "customfield_10014"
RANK_FIELD: Final = "customfield_10019"
STORY_POINTS_FIELD: Final = "customfield_10016"


def utc_now() -> datetime:
    """The machine's clock: the default where no other is handed in."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One Atlassian tenant; one without Jira holds Confluence alone."""

    cloud_id: str
    name: str
    url: str
    has_jira: bool = True


@dataclass(frozen=True, slots=True)
class User:
    """An account as one site shows it."""

    account_id: str
    display_name: str
    is_active: bool = True
    account_type: str = "atlassian"
    time_zone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project; `category` and the catalogue entries are kept as Jira's JSON."""

    id: int
    key: str
    name: str
    lead: User | None = None
    is_team_managed: bool = False
    type_key: str = "software"
    description: str = ""
    url: str | None = None
    category: JsonObject | None = None
    issue_types: tuple[JsonObject, ...] = ()
    statuses: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A board over one project's issues."""

    id: int
    name: str
    kind: BoardKind
    project_id: int
    has_sprints: bool


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint; other boards than its origin may show it too (`SiteData.share_sprint`)."""

    id: int
    name: str
    state: SprintState
    origin_board_id: int
    goal: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    complete_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; `fields` is Jira's platform JSON without what sprints and epics derive.

    `epic` is the agile API's epic object. `sprint_ids` runs from the oldest to the current one.
    """

    id: int
    key: str
    project_id: int
    fields: Mapping[str, Any]
    rank: str
    sprint_ids: tuple[int, ...] = ()
    epic: JsonObject | None = None
    is_flagged: bool = False


@dataclass(slots=True)
class SiteData:
    """Everything one Jira site holds, with the indexes that reads need."""

    site: Site
    users: dict[str, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    board_sprints: dict[int, list[int]] = field(default_factory=dict)
    issue_types: dict[str, JsonObject] = field(default_factory=dict)
    statuses: dict[str, JsonObject] = field(default_factory=dict)
    priorities: dict[str, JsonObject] = field(default_factory=dict)
    resolutions: dict[str, JsonObject] = field(default_factory=dict)
    components: dict[str, JsonObject] = field(default_factory=dict)
    versions: dict[str, JsonObject] = field(default_factory=dict)
    field_catalogue: dict[str, JsonObject] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    issue_ids_by_key: dict[str, int] = field(default_factory=dict)
    issue_ids_by_project: dict[int, set[int]] = field(default_factory=dict)
    issue_ids_by_sprint: dict[int, set[int]] = field(default_factory=dict)
    memory: dict[object, Any] = field(default_factory=dict)
    """What readers worked out from the issues (texts, known values); emptied by every write."""

    def put_issue(self, issue: Issue) -> None:
        """Add an issue or replace the one with its id; older keys keep resolving to it."""
        before = self.issues.get(issue.id)
        if before is not None:
            self.issue_ids_by_project[before.project_id].discard(issue.id)
            for sprint_id in before.sprint_ids:
                self.issue_ids_by_sprint[sprint_id].discard(issue.id)
        self.issues[issue.id] = issue
        self.issue_ids_by_key[issue.key] = issue.id
        self.issue_ids_by_project.setdefault(issue.project_id, set()).add(issue.id)
        for sprint_id in issue.sprint_ids:
            self.issue_ids_by_sprint.setdefault(sprint_id, set()).add(issue.id)
        self.memory.clear()

    def find_issue(self, id_or_key: str) -> Issue | None:
        """The issue of an id, a key, or a key it bore before it moved."""
        if id_or_key.isdecimal():
            return self.issues.get(int(id_or_key))
        issue_id = self.issue_ids_by_key.get(id_or_key.upper())
        return None if issue_id is None else self.issues[issue_id]

    def list_issues(self, ids: Iterable[int] | None = None) -> list[Issue]:
        """Issues in id order: those of the ids, or all."""
        wanted = self.issues if ids is None else ids
        return [self.issues[issue_id] for issue_id in sorted(wanted)]

    def find_project(self, id_or_key: str) -> Project | None:
        """The project of an id or a key, whatever the key's case."""
        if id_or_key.isdecimal():
            return self.projects.get(int(id_or_key))
        key = id_or_key.upper()
        return next((p for p in self.projects.values() if p.key == key), None)

    def put_sprint(self, sprint: Sprint) -> None:
        """Add or replace a sprint and show it on the board it comes from."""
        self.sprints[sprint.id] = sprint
        self.share_sprint(sprint.id, sprint.origin_board_id)
        self.memory.clear()

    def share_sprint(self, sprint_id: int, board_id: int) -> None:
        """Show a sprint on one more board."""
        shown = self.board_sprints.setdefault(board_id, [])
        if sprint_id not in shown:
            shown.append(sprint_id)

    def list_sprints(self, board_id: int) -> list[Sprint]:
        """The sprints a board shows, in id order."""
        return [self.sprints[i] for i in sorted(self.board_sprints.get(board_id, ()))]

    def project_issues(self, project_id: int) -> list[Issue]:
        """The issues of a project in id order."""
        return self.list_issues(self.issue_ids_by_project.get(project_id, set()))


@dataclass(slots=True)
class World:
    """Every site the person belongs to, in the order the consent page shows them."""

    sites: dict[str, Site] = field(default_factory=dict)
    data: dict[str, SiteData] = field(default_factory=dict)

    def add_site(self, site: Site) -> SiteData | None:
        """Add a site; returns its empty data, or None where the site has no Jira."""
        self.sites[site.cloud_id] = site
        if not site.has_jira:
            return None
        data = SiteData(site)
        self.data[site.cloud_id] = data
        return data
