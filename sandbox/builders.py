"""Worlds made in code, for the generator and for tests.

A `WorldBuilder` adds sites; a Jira site's `SiteBuilder` adds what lives there. Everything has a
default, so that a test names only what its rule is about:

    world = WorldBuilder()
    site = world.add_site("Acme")
    project = site.add_project("TEST")
    site.add_boards(project, 120)
    site.add_issues(project, 250)
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    site.add_issue(project, summary="Login fails", sprints=[sprint], priority=None)
    application = create_application(world.world)

Objects returned are snapshots: a link, comment or move made later shows in the site's data.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypedDict, Unpack

from sandbox.adf import build_document
from sandbox.attachment_builder import AttachmentBuilder
from sandbox.catalogue import (
    FLAGGED_FIELD,
    build_issue_type,
    build_option,
    build_status,
    fill_catalogues,
)
from sandbox.comment_records import FIRST_COMMENT_ID, build_comment, list_comments, with_comments
from sandbox.field_builder import FieldBuilder
from sandbox.issue_fields import IssueOptions, NamedKind, build_fields
from sandbox.link_records import fill_link_types
from sandbox.permission_builder import PermissionBuilder
from sandbox.relation_builder import RelationBuilder
from sandbox.relatives import is_epic
from sandbox.shapes import describe_issue_stub, describe_project_briefly, describe_user
from sandbox.worklog_records import FIRST_WORKLOG_ID, Work, build_worklog, log_work
from sandbox.world import (
    EPIC_LINK_FIELD,
    FIRST_ISSUE_ID,
    PERSON_ACCOUNT_ID,
    PERSON_EMAIL,
    RANK_FIELD,
    Board,
    BoardKind,
    Issue,
    JsonObject,
    Project,
    Site,
    SiteData,
    Sprint,
    SprintState,
    User,
    World,
)

_NAMESPACE: Final = uuid.UUID("5f1c8a0e-6d0b-4c1f-9d53-0a6f6d9be001")
_FIRST_INSTANT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_SPRINT_LENGTH: Final = timedelta(days=14)
_TEAM_LEVELS: Final = (("Epic", 1), ("Task", 0), ("Subtask", -1))
_TEAM_STATUSES: Final = (("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done"))


class ProjectOptions(TypedDict, total=False):
    """What a project may be given beside its key; without `lead` the person leads it."""

    name: str
    lead: User | None
    is_team_managed: bool
    description: str
    url: str
    category: str


class SprintOptions(TypedDict, total=False):
    """What a sprint may be given beside its board and state."""

    name: str
    goal: str | None
    start_at: datetime
    shared_with: Sequence[Board]


class BoardOptions(TypedDict, total=False):
    """What a board may be given beside its kind; `limits` as `Board` has them."""

    has_backlog: bool
    limits: Mapping[str, tuple[int | None, int | None]]


@dataclass(slots=True)
class WorldBuilder:
    """Adds sites to a world."""

    world: World = field(default_factory=World)

    def add_site(self, name: str = "Acme", *, url: str = "", cloud_id: str = "") -> "SiteBuilder":
        """A Jira site; its address and cloud id follow from its name unless given."""
        site = self._build_site(name, url, cloud_id, has_jira=True)
        data = self.world.add_site(site)
        assert data is not None
        return SiteBuilder(data)

    def add_confluence_site(self, name: str = "Docs", *, url: str = "", cloud_id: str = "") -> Site:
        """A site that holds Confluence alone."""
        site = self._build_site(name, url, cloud_id, has_jira=False)
        self.world.add_site(site)
        return site

    def _build_site(self, name: str, url: str, cloud_id: str, *, has_jira: bool) -> Site:
        address = url or f"https://{name.lower().replace(' ', '-')}.atlassian.example"
        return Site(cloud_id or str(uuid.uuid5(_NAMESPACE, address)), name, address, has_jira)


@dataclass(slots=True)
class SiteBuilder(PermissionBuilder, RelationBuilder, AttachmentBuilder, FieldBuilder):
    """Adds users, projects, boards, sprints and issues to one Jira site."""

    data: SiteData
    person: User = field(init=False)
    _user_json: dict[str, JsonObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the site with the usual catalogues and the person who consents."""
        fill_catalogues(self.data)
        fill_link_types(self.data)
        self.person = User(
            PERSON_ACCOUNT_ID,
            "Sandbox Person",
            time_zone="Europe/Berlin",
            email=PERSON_EMAIL,
        )
        self.data.users[self.person.account_id] = self.person

    def set_time_zone(self, name: str) -> None:
        """The zone of the person's profile, in which dates of a query are read."""
        self.person = replace(self.person, time_zone=name)
        self.data.users[self.person.account_id] = self.person

    def add_user(self, name: str, *, is_active: bool = True, email: str | None = None) -> User:
        """A user; the account id follows from the site, the name, and how many bore it before."""
        seed = f"{self.data.site.url}/{name}"
        while (account_id := uuid.uuid5(_NAMESPACE, seed).hex[:24]) in self.data.users:
            seed += "+"
        user = User(account_id, name, is_active, time_zone="Etc/UTC", email=email)
        self.data.users[account_id] = user
        return user

    def add_project(self, key: str, **options: Unpack[ProjectOptions]) -> Project:
        """A project; a team-managed one gets issue types and statuses of its own."""
        project_id = self.data.take_id("project", 10000)
        is_team_managed = options.get("is_team_managed", False)
        types, statuses = self._own_catalogue(project_id) if is_team_managed else self._shared()
        project = Project(
            id=project_id,
            key=key,
            name=options.get("name", f"Project {key}"),
            lead=options.get("lead", self.person),
            is_team_managed=is_team_managed,
            description=options.get("description", ""),
            url=options.get("url"),
            category=self._build_category(options.get("category")),
            issue_types=types,
            statuses=statuses,
        )
        self.data.projects[project_id] = project
        return project

    def add_board(
        self,
        project: Project,
        *,
        kind: BoardKind = "scrum",
        name: str = "",
        has_sprints: bool | None = None,
        **options: Unpack[BoardOptions],
    ) -> Board:
        """A board; unless told, scrum boards have sprints and others have none."""
        board_id = self.data.take_id("board", 1)
        board = Board(
            id=board_id,
            name=name or f"{project.key} board {board_id}",
            kind=kind,
            project_id=project.id,
            has_sprints=kind == "scrum" if has_sprints is None else has_sprints,
            has_backlog=options.get("has_backlog", True),
            limits=options.get("limits", {}),
        )
        self.data.boards[board_id] = board
        return board

    def add_boards(self, project: Project, count: int, *, kind: BoardKind = "scrum") -> list[Board]:
        """Many boards of one kind, in id order."""
        return [self.add_board(project, kind=kind) for _ in range(count)]

    def add_sprint(
        self, board: Board, *, state: SprintState = "future", **options: Unpack[SprintOptions]
    ) -> Sprint:
        """A sprint of two weeks with the dates its state calls for."""
        sprint_id = self.data.take_id("sprint", 1)
        start_at = options.get("start_at", _FIRST_INSTANT + _SPRINT_LENGTH * sprint_id)
        end_at = start_at + _SPRINT_LENGTH
        sprint = Sprint(
            id=sprint_id,
            name=options.get("name", f"Sprint {sprint_id}"),
            state=state,
            origin_board_id=board.id,
            goal=options.get("goal"),
            start_at=None if state == "future" else start_at,
            end_at=None if state == "future" else end_at,
            complete_at=end_at if state == "closed" else None,
            created_at=start_at - timedelta(days=1),
        )
        self.data.put_sprint(sprint)
        for other in options.get("shared_with", ()):
            self.data.share_sprint(sprint_id, other.id)
        return sprint

    def add_issue(self, project: Project, **options: Unpack[IssueOptions]) -> Issue:
        """An issue with the next key of its project."""
        key = self.data.take_key(project)
        issue_id = self.data.take_id("issue", FIRST_ISSUE_ID)
        rank = f"0|i{options.get('rank', issue_id):07d}:"
        parent = options.get("parent")
        is_epic_child = parent is not None and is_epic(parent)
        is_flagged = options.get("is_flagged", False)
        fields = build_fields(self, project, f"Issue {key}", options)
        fields |= {RANK_FIELD: rank, **options.get("custom", {})}
        if is_flagged:
            fields[FLAGGED_FIELD] = [self.build_option("10019", "Impediment")]
        if parent is not None:
            fields["parent"] = describe_issue_stub(self.data.site, parent)
            fields[EPIC_LINK_FIELD] = parent.key if is_epic_child else None
        issue = Issue(
            id=issue_id,
            key=key,
            project_id=project.id,
            fields=fields,
            rank=rank,
            sprint_ids=tuple(sprint.id for sprint in options.get("sprints", ())),
            is_flagged=is_flagged,
        )
        self.data.put_issue(issue)
        return issue

    def add_issues(
        self, project: Project, count: int, **options: Unpack[IssueOptions]
    ) -> list[Issue]:
        """Many issues alike, in id order."""
        return [self.add_issue(project, **options) for _ in range(count)]

    def add_comment(self, issue: Issue, text: str, *, author: User | None = None) -> JsonObject:
        """A comment at the end of an issue's."""
        current = self.data.issues[issue.id]
        comment_id = self.data.take_id("comment", FIRST_COMMENT_ID)
        comment = build_comment(
            self.data.site,
            current,
            comment_id,
            author=self.build_user_value(author or self.person),
            body=build_document(text),
            at=_FIRST_INSTANT + timedelta(minutes=comment_id),
        )
        self.data.put_issue(with_comments(current, [*list_comments(current), comment]))
        return comment

    def add_worklog(
        self, issue: Issue, seconds: int, *, text: str | None = None, author: User | None = None
    ) -> JsonObject:
        """Work logged on an issue, after what was logged before."""
        current = self.data.issues[issue.id]
        worklog_id = self.data.take_id("worklog", FIRST_WORKLOG_ID)
        at = _FIRST_INSTANT + timedelta(minutes=worklog_id)
        worklog = build_worklog(
            self.data.site,
            current,
            worklog_id,
            Work(seconds, at, None if text is None else build_document(text)),
            author=self.build_user_value(author or self.person),
            at=at,
        )
        self.data.put_issue(log_work(current, worklog))
        return worklog

    def move_issue(self, issue: Issue, project: Project) -> Issue:
        """Move an issue to another project; its old key keeps resolving to it."""
        key = self.data.take_key(project)
        current = self.data.issues[issue.id]
        moved = replace(
            current,
            key=key,
            project_id=project.id,
            fields={
                **current.fields,
                "project": describe_project_briefly(self.data.site, project),
            },
        )
        self.data.put_issue(moved)
        return moved

    def build_option(self, option_id: str, value: str) -> JsonObject:
        """The value of a select field."""
        return build_option(self.data.site.url, option_id, value)

    def build_user_value(self, user: User) -> JsonObject:
        """A user as issues hold it; one object a user, shared by all issues."""
        if user.account_id not in self._user_json:
            self._user_json[user.account_id] = describe_user(self.data.site, user)
        return self._user_json[user.account_id]

    def find_or_add_named(self, kind: NamedKind, project: Project, name: str) -> JsonObject:
        """A component or version of a project, added where it is missing."""
        entries: dict[str, JsonObject] = getattr(self.data, kind)
        for entry in entries.values():
            if entry["name"] == name and entry["projectId"] == project.id:
                return entry
        entry_id = str(self.data.take_id(kind, 10000))
        singular = kind.removesuffix("s")
        entry = {
            "self": f"{self.data.site.url}/rest/api/3/{singular}/{entry_id}",
            "id": entry_id,
            "name": name,
            "description": "",
            "projectId": project.id,
        }
        if kind == "components":
            entry |= {"project": project.key, "assigneeType": "PROJECT_DEFAULT"}
            entry |= {"isAssigneeTypeValid": True, "realAssigneeType": "PROJECT_DEFAULT"}
        else:
            entry |= {"archived": False, "released": False}
        entries[entry_id] = entry
        return entry

    def _shared(self) -> tuple[tuple[JsonObject, ...], tuple[JsonObject, ...]]:
        types = tuple(entry for entry in self.data.issue_types.values() if "scope" not in entry)
        statuses = tuple(entry for entry in self.data.statuses.values() if "scope" not in entry)
        return types, statuses

    def _own_catalogue(
        self, project_id: int
    ) -> tuple[tuple[JsonObject, ...], tuple[JsonObject, ...]]:
        scope = {"type": "PROJECT", "project": {"id": str(project_id)}}
        url = self.data.site.url
        types, statuses = [], []
        for name, level in _TEAM_LEVELS:
            type_id = str(self.data.take_id("team catalogue", 10100))
            types.append(build_issue_type(url, type_id, name, level=level) | {"scope": scope})
        for name, category in _TEAM_STATUSES:
            status_id = str(self.data.take_id("team catalogue", 10100))
            status = build_status(url, status_id, name, category=category)
            statuses.append(status | {"scope": scope})
        self.data.issue_types |= {entry["id"]: entry for entry in types}
        self.data.statuses |= {entry["id"]: entry for entry in statuses}
        return tuple(types), tuple(statuses)

    def _build_category(self, name: str | None) -> JsonObject | None:
        if name is None:
            return None
        self_url = f"{self.data.site.url}/rest/api/3/projectCategory/10000"
        return {"self": self_url, "id": "10000", "name": name, "description": ""}
