"""What Jira's answers are read into: frozen records with plain attributes.

An attribute that the request did not ask for is None, or empty where it is a tuple: a projection
decides what is asked, so a reader only meets what it selected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from jira_api.documents.rich_text import RichText
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonValue
from jira_api.paths import CloudId


class StatusCategory(Enum):
    """Jira's three stages of work."""

    TO_DO = "new"
    IN_PROGRESS = "indeterminate"
    DONE = "done"
    UNKNOWN = "undefined"


class BoardType(Enum):
    """How a board is worked with; SIMPLE is a team-managed one."""

    SCRUM = "scrum"
    KANBAN = "kanban"
    SIMPLE = "simple"
    UNKNOWN = "unknown"


class SprintState(Enum):
    """Where a sprint stands."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """The site that a record came from, and the caller's own label for the link to it.

    The label is carried through untouched, so that a caller with many links knows each record's.
    """

    cloud_id: CloudId
    site_url: str
    label: str


@dataclass(frozen=True, slots=True)
class User:
    """A person or an app; `account_id` is Jira's only key for them."""

    origin: Origin
    account_id: str
    display_name: str
    is_active: bool
    username: str | None = None
    email_address: str | None = None
    avatar_url: str | None = None
    account_type: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A step of a workflow."""

    origin: Origin
    status_id: str
    name: str
    category: StatusCategory


@dataclass(frozen=True, slots=True)
class Priority:
    """How much an issue matters."""

    origin: Origin
    priority_id: str
    name: str
    icon_url: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """How an issue was settled."""

    origin: Origin
    resolution_id: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class IssueType:
    """What kind of work an issue is; `hierarchy_level` is -1 for sub-tasks, 1 for epics."""

    origin: Origin
    issue_type_id: str
    name: str
    is_subtask: bool
    icon_url: str | None = None
    hierarchy_level: int | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a project; `is_whole` where its lead is known, be it that there is none.

    `project_id` is None where that of the issue which carries it was not asked for.
    """

    origin: Origin
    component_id: str
    name: str
    description: str | None = None
    lead: User | None = None
    is_whole: bool = False
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A release of a project."""

    origin: Origin
    version_id: str
    name: str
    is_released: bool
    is_archived: bool
    release_date: date | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on an issue; `author` is None where Jira tells of none."""

    origin: Origin
    attachment_id: str
    filename: str
    size_bytes: int
    created_at: datetime
    mime_type: str | None = None
    author: User | None = None


@dataclass(frozen=True, slots=True)
class ProjectDetails:
    """What an embedded project lacks and a project's own endpoint tells.

    `components` and `versions` are None where the endpoint was the search for projects.
    """

    description: str | None
    category: str | None
    is_private: bool | None
    is_archived: bool | None
    lead: User | None
    issue_types: tuple[IssueType, ...] | None
    components: tuple[Component, ...] | None
    versions: tuple[Version, ...] | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project; `details` is None where Jira embedded it in an issue or a board."""

    origin: Origin
    project_id: str
    key: str
    name: str
    avatar_url: str | None = None
    type: str | None = None
    details: ProjectDetails | None = None

    @property
    def url(self) -> str:
        """The page that people open."""
        return f"{self.origin.site_url}/browse/{self.key}"


@dataclass(frozen=True, slots=True)
class Board:
    """A scrum, kanban or team-managed board."""

    origin: Origin
    board_id: str
    name: str
    type: BoardType
    is_private: bool | None = None
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint; `board_id` is the board that it was made on."""

    origin: Origin
    sprint_id: str
    name: str
    state: SprintState
    goal: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    complete_at: datetime | None = None
    board_id: str | None = None


@dataclass(frozen=True, slots=True)
class TimeTracking:
    """Estimates and time spent, in Jira's short form such as `3h 20m` and in seconds."""

    original_estimate: str | None = None
    remaining_estimate: str | None = None
    time_spent: str | None = None
    original_estimate_seconds: int | None = None
    remaining_estimate_seconds: int | None = None
    time_spent_seconds: int | None = None


class LinkDirection(Enum):
    """Whether a link leads to the issue that holds it, or away from it."""

    INWARD = "inwardIssue"
    OUTWARD = "outwardIssue"


@dataclass(frozen=True, slots=True)
class IssueLinkType:
    """A kind of links: its name, and how it reads from either end."""

    origin: Origin
    link_type_id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class IssueStub:
    """An issue as another one shows it, with no more than the Jira fields named in `held`."""

    issue: "Issue"
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class IssueLink:
    """A link as the issue `issue_id` holds it; `stub` is the other end, None where it is hidden."""

    origin: Origin
    issue_id: str
    link_id: str
    type: IssueLinkType
    direction: LinkDirection
    stub: IssueStub | None = None

    @property
    def node_id(self) -> str:
        """What the link is found again by: the issue that holds it, and the link itself."""
        return f"{self.issue_id}.{self.link_id}"

    @property
    def relation(self) -> str:
        """The words between the issue that holds it and the other end."""
        is_outward = self.direction is LinkDirection.OUTWARD
        return self.type.outward if is_outward else self.type.inward


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, as far as it was asked for; `custom_values` maps custom field ids to raw values.

    `field_names` are the names of its fields by id, None where they were not asked for.
    A text that could not be read has the error in its place: raised by whoever asks for it, it
    costs nothing else of the issue.
    """

    origin: Origin
    issue_id: str
    key: str
    summary: str | None = None
    description: RichText | InvalidResponseError | None = None
    environment: RichText | InvalidResponseError | None = None
    issue_type: IssueType | None = None
    status: Status | None = None
    priority: Priority | None = None
    resolution: Resolution | None = None
    project: Project | None = None
    labels: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    fix_versions: tuple[Version, ...] = ()
    affected_versions: tuple[Version, ...] = ()
    assignee: User | None = None
    reporter: User | None = None
    creator: User | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    due_date: date | None = None
    time_tracking: TimeTracking | None = None
    watch_count: int | None = None
    vote_count: int | None = None
    attachments: tuple[Attachment, ...] | InvalidResponseError = ()
    parent: IssueStub | None = None
    subtasks: tuple[IssueStub, ...] = ()
    links: tuple[IssueLink, ...] | InvalidResponseError = ()
    custom_values: Mapping[str, JsonValue] | None = None
    field_names: Mapping[str, str] | None = None

    @property
    def url(self) -> str:
        """The page that people open."""
        return f"{self.origin.site_url}/browse/{self.key}"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a site.

    `type` and `items` are the types of Jira's schema (`array` of `items`), `custom_type` is the
    key of the custom field's kind, such as `com.pyxis.greenhopper.jira:gh-sprint`. `name` is in the
    language of the connected person, `untranslated_name` in Jira's own.
    """

    origin: Origin
    field_id: str
    name: str
    is_custom: bool
    type: str
    items: str | None = None
    custom_type: str | None = None
    untranslated_name: str | None = None

    @property
    def is_document(self) -> bool:
        """Whether its values are Atlassian documents."""
        return (self.custom_type or "").endswith(":textarea")


@dataclass(frozen=True, slots=True)
class AccessibleSite:
    """A site that a grant opens, with the scopes that it opens it for."""

    cloud_id: CloudId
    name: str
    url: str
    scopes: tuple[str, ...]
    avatar_url: str | None = None
