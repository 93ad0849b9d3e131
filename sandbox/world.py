"""The records the sandbox serves and the store that keeps them: everything lives in memory.

A `World` holds sites; a Jira site has one `SiteData`, which keeps records and their indexes.
Issues are replaced whole, so that a reader never sees half a change. What people write through
the API (`write_issue`, `delete_issue`) searches learn of later; what builders and archives put in
place (`put_issue`) is seen at once.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sandbox.ids import find_id

JsonObject = dict[str, Any]
BoardKind = Literal["scrum", "kanban", "simple"]
SprintState = Literal["future", "active", "closed"]

SANDBOX_ORIGIN: Final = "https://sandbox-origin.invalid"
"""Stands in stored URLs for the sandbox's own origin; answers carry the one they were asked at."""

PERSON_ACCOUNT_ID: Final = "5b10a2844c20165700ede21f"
"""The one person who consents, on every site."""

PERSON_EMAIL: Final = "sandbox.person@example.com"
"""The name that person's API tokens are used with."""

FIRST_ISSUE_ID: Final = 10000

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
    """A board over a project's issues; `limits` has a column's fewest and most, by its name."""

    id: int
    name: str
    kind: BoardKind
    project_id: int
    has_sprints: bool
    has_backlog: bool = True
    limits: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict, hash=False)


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

    The parent and the ends of links in `fields` are stubs as they were once, and `subtasks` holds
    those of other sites' making alone: readers see the present ones. `epic` is the agile API's
    epic object where it is not the parent's. `sprint_ids` runs from the oldest to the current one.
    """

    id: int
    key: str
    project_id: int
    fields: Mapping[str, Any]
    rank: str
    sprint_ids: tuple[int, ...] = ()
    epic: JsonObject | None = None
    is_flagged: bool = False

    @property
    def parent_id(self) -> int | None:
        """The id of the issue above this one."""
        parent = self.fields.get("parent")
        return None if parent is None else int(parent["id"])


@dataclass(frozen=True, slots=True)
class Way:
    """A transition of a workflow: where it leads, and the fields of its screen."""

    id: str
    name: str
    status: JsonObject
    screen: frozenset[str] = frozenset()


@dataclass(slots=True)
class IssueIndex:
    """Issues with the indexes that reads need."""

    issues: dict[int, Issue] = field(default_factory=dict, init=False)
    issue_ids_by_key: dict[str, int] = field(default_factory=dict, init=False)
    issue_ids_by_project: dict[int, set[int]] = field(default_factory=dict, init=False)
    issue_ids_by_sprint: dict[int, set[int]] = field(default_factory=dict, init=False)
    child_ids_by_parent: dict[int, set[int]] = field(default_factory=dict, init=False)
    memory: dict[object, Any] = field(default_factory=dict, init=False)
    """What readers worked out from the issues (texts, known values); emptied by every write."""

    def store(self, issue: Issue) -> None:
        """Add an issue or replace the one with its id; older keys keep resolving to it."""
        self._unlist(issue.id)
        self.issues[issue.id] = issue
        self.issue_ids_by_key[issue.key] = issue.id
        self.issue_ids_by_project.setdefault(issue.project_id, set()).add(issue.id)
        for sprint_id in issue.sprint_ids:
            self.issue_ids_by_sprint.setdefault(sprint_id, set()).add(issue.id)
        if issue.parent_id is not None:
            self.child_ids_by_parent.setdefault(issue.parent_id, set()).add(issue.id)
        self.memory.clear()

    def drop(self, issue_id: int) -> None:
        """Forget an issue and every key it ever bore; one that is not there changes nothing."""
        self._unlist(issue_id)
        self.issues.pop(issue_id, None)
        for key in [key for key, id_ in self.issue_ids_by_key.items() if id_ == issue_id]:
            del self.issue_ids_by_key[key]
        self.memory.clear()

    def find_issue(self, id_or_key: str) -> Issue | None:
        """The issue of an id, a key, or a key it bore before it moved."""
        number = find_id(id_or_key)
        if number is not None:
            return self.issues.get(number)
        issue_id = self.issue_ids_by_key.get(id_or_key.upper())
        return None if issue_id is None else self.issues[issue_id]

    def list_issues(self, ids: Iterable[int] | None = None) -> list[Issue]:
        """Issues in id order: those of the ids, or all."""
        wanted = self.issues if ids is None else ids
        return [self.issues[issue_id] for issue_id in sorted(wanted)]

    def list_children(self, issue_id: int) -> list[Issue]:
        """The issues that name an issue as their parent, in id order."""
        return self.list_issues(self.child_ids_by_parent.get(issue_id, ()))

    def project_issues(self, project_id: int) -> list[Issue]:
        """The issues of a project in id order."""
        return self.list_issues(self.issue_ids_by_project.get(project_id, set()))

    def _unlist(self, issue_id: int) -> None:
        before = self.issues.get(issue_id)
        if before is None:
            return
        self.issue_ids_by_project[before.project_id].discard(issue_id)
        for sprint_id in before.sprint_ids:
            self.issue_ids_by_sprint[sprint_id].discard(issue_id)
        if before.parent_id is not None:
            self.child_ids_by_parent[before.parent_id].discard(issue_id)


@dataclass(frozen=True, slots=True)
class _Write:
    """A change that searches have not seen yet; `issue` is None for a deletion."""

    at: datetime
    issue_id: int
    issue: Issue | None


@dataclass(slots=True)
class SearchIndex(IssueIndex):
    """The issues as searches see them, which learn of changes late."""

    _unseen: deque[_Write] = field(default_factory=deque, init=False)

    def note(self, write: _Write) -> None:
        """Remember a change until it is time to show it."""
        self._unseen.append(write)

    def forget(self, issue_id: int) -> None:
        """Drop what waits for an issue, since something newer is shown already."""
        self._unseen = deque(write for write in self._unseen if write.issue_id != issue_id)

    def catch_up(self, until: datetime) -> None:
        """Show the changes made until an instant, in their order."""
        while self._unseen and self._unseen[0].at <= until:
            self._show(self._unseen.popleft())

    @contextmanager
    def reconciled(self, ids: Collection[int]) -> Iterator[None]:
        """Show what waits for some issues for the time of one search."""
        waiting = [write for write in self._unseen if write.issue_id in ids]
        before = {write.issue_id: self.issues.get(write.issue_id) for write in waiting}
        keys = dict(self.issue_ids_by_key)
        for write in waiting:
            self._show(write)
        try:
            yield
        finally:
            for issue_id, issue in before.items():
                self.drop(issue_id)
                if issue is not None:
                    self.store(issue)
            if before:
                self.issue_ids_by_key = keys

    def _show(self, write: _Write) -> None:
        if write.issue is None:
            self.drop(write.issue_id)
        else:
            self.store(write.issue)


@dataclass(slots=True)
class SiteData(IssueIndex):
    """Everything one Jira site holds, with the indexes that reads need."""

    site: Site
    users: dict[str, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    board_sprints: dict[int, list[int]] = field(default_factory=dict)
    withheld: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    """The permissions that the person lacks, by kind (project or issue) and id."""
    unassignable: dict[int, frozenset[str]] = field(default_factory=dict)
    """The accounts that nothing can be assigned to, by project."""
    ways: dict[int, tuple[Way, ...]] = field(default_factory=dict)
    """Transitions by project, beside those from every status to every other."""
    issue_types: dict[str, JsonObject] = field(default_factory=dict)
    statuses: dict[str, JsonObject] = field(default_factory=dict)
    priorities: dict[str, JsonObject] = field(default_factory=dict)
    resolutions: dict[str, JsonObject] = field(default_factory=dict)
    components: dict[str, JsonObject] = field(default_factory=dict)
    versions: dict[str, JsonObject] = field(default_factory=dict)
    field_catalogue: dict[str, JsonObject] = field(default_factory=dict)
    field_options: dict[str, list[JsonObject]] = field(default_factory=dict)
    field_projects: dict[str, frozenset[int]] = field(default_factory=dict)
    """The projects whose issues have a custom field, where it is not one of all."""
    link_types: dict[str, JsonObject] = field(default_factory=dict)
    histories: dict[int, list[JsonObject]] = field(default_factory=dict)
    watchers: dict[int, list[str]] = field(default_factory=dict)
    entity_properties: dict[tuple[str, str], JsonObject] = field(default_factory=dict)
    """Values that apps keep by the kind and id of what they are on, each by its key."""
    files: dict[str, bytes] = field(default_factory=dict)
    """The bytes of attachments by id; those of others are made up as they are read."""
    has_attachments: bool = True
    attachment_limit: int = 100 * 1024 * 1024
    searched: SearchIndex = field(default_factory=SearchIndex)
    _next_ids: dict[str, int] = field(default_factory=dict)

    def put_issue(self, issue: Issue) -> None:
        """Add an issue or replace the one with its id, for every reader at once."""
        self._keep(issue)
        self.searched.forget(issue.id)
        self.searched.store(issue)

    def write_issue(self, issue: Issue, *, at: datetime) -> None:
        """Add or replace an issue as the API does: searches see it later."""
        self._keep(issue)
        self.searched.note(_Write(at, issue.id, issue))

    def delete_issue(self, issue_id: int, *, at: datetime) -> None:
        """Delete an issue and its keys; searches see that later."""
        self.drop(issue_id)
        self.histories.pop(issue_id, None)
        self.watchers.pop(issue_id, None)
        self.searched.note(_Write(at, issue_id, None))

    def take_id(self, kind: str, first: int) -> int:
        """The next id of a kind of record; ids of what was deleted are not given again."""
        taken = self._next_ids.get(kind, first)
        self._next_ids[kind] = taken + 1
        return taken

    def take_key(self, project: Project) -> str:
        """The next key of a project."""
        return f"{project.key}-{self.take_id(_name_numbers(project.key), 1)}"

    def reserve_id(self, kind: str, taken: int) -> None:
        """Count on from an id that came from elsewhere, where it is the highest so far."""
        self._next_ids[kind] = max(self._next_ids.get(kind, 0), taken + 1)

    def find_project(self, id_or_key: str) -> Project | None:
        """The project of an id or a key, whatever the key's case."""
        number = find_id(id_or_key)
        if number is not None:
            return self.projects.get(number)
        key = id_or_key.upper()
        return next((p for p in self.projects.values() if p.key == key), None)

    def put_sprint(self, sprint: Sprint) -> None:
        """Add or replace a sprint and show it on the board it comes from."""
        self.sprints[sprint.id] = sprint
        self.reserve_id("sprint", sprint.id)
        self.share_sprint(sprint.id, sprint.origin_board_id)
        self.searched.memory.clear()

    def share_sprint(self, sprint_id: int, board_id: int) -> None:
        """Show a sprint on one more board."""
        shown = self.board_sprints.setdefault(board_id, [])
        if sprint_id not in shown:
            shown.append(sprint_id)

    def has_field(self, name: str, project_id: int) -> bool:
        """Whether the issues of a project have a field; a custom one may be gone."""
        if not name.startswith("customfield_"):
            return True
        is_own = project_id in self.field_projects.get(name, (project_id,))
        return is_own and name in self.field_catalogue

    def list_sprints(self, board_id: int) -> list[Sprint]:
        """The sprints a board shows, in id order."""
        return [self.sprints[i] for i in sorted(self.board_sprints.get(board_id, ()))]

    def _keep(self, issue: Issue) -> None:
        self.store(issue)
        self.reserve_id("issue", issue.id)
        project_key, _, number = issue.key.rpartition("-")
        self.reserve_id(_name_numbers(project_key), int(number))


def _name_numbers(project_key: str) -> str:
    return f"issue of {project_key}"


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
