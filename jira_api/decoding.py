"""From Jira's JSON to records.

Source: the response schemas of Jira Cloud platform v3 and Jira Software 1.0, read 2026-11.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import TypeVar

from jira_api.attachment_decoding import read_attachments
from jira_api.documents.rich_text import RichText
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_list,
    as_text,
    find_boolean,
    find_date,
    find_instant,
    find_int32,
    find_object,
    find_or_none,
    find_record,
    find_text,
    get_text,
    parse_records,
)
from jira_api.records import (
    Board,
    BoardType,
    Component,
    Field,
    Issue,
    IssueType,
    Origin,
    Priority,
    Project,
    ProjectDetails,
    Resolution,
    Sprint,
    SprintState,
    Status,
    StatusCategory,
    TimeTracking,
    User,
    Version,
)
from jira_api.relations import find_stub, list_stubs, parse_links

E = TypeVar("E", bound=Enum)
R = TypeVar("R")


class Decoder:
    """Reads the answers of one site; each method takes one JSON object.

    Raises:
        InvalidResponseError: from every method, where a part that Jira promises is not there or
            is of another type. Dates, counts and estimates that may be absent are then absent.
    """

    __slots__ = ("origin",)

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    def user(self, raw: JsonObject) -> User:
        account_id = get_text(raw, "accountId")
        is_active = find_boolean(raw, "active")
        return User(
            origin=self.origin,
            account_id=account_id,
            display_name=find_text(raw, "displayName") or account_id,
            is_active=True if is_active is None else is_active,
            username=find_text(raw, "name"),
            email_address=find_text(raw, "emailAddress") or None,
            avatar_url=_avatar_url(raw),
            account_type=find_text(raw, "accountType"),
            time_zone=find_text(raw, "timeZone"),
        )

    def status(self, raw: JsonObject) -> Status:
        category = find_object(raw, "statusCategory")
        key = find_text(category, "key") if category else None
        return Status(
            origin=self.origin,
            status_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            category=_member(StatusCategory, key, StatusCategory.UNKNOWN),
        )

    def priority(self, raw: JsonObject) -> Priority:
        return Priority(
            origin=self.origin,
            priority_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            icon_url=find_text(raw, "iconUrl"),
        )

    def resolution(self, raw: JsonObject) -> Resolution:
        return Resolution(
            origin=self.origin,
            resolution_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            description=find_text(raw, "description") or None,
        )

    def issue_type(self, raw: JsonObject) -> IssueType:
        return IssueType(
            origin=self.origin,
            issue_type_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            is_subtask=bool(find_boolean(raw, "subtask")),
            icon_url=find_text(raw, "iconUrl"),
            hierarchy_level=find_int32(raw, "hierarchyLevel"),
        )

    def component(self, raw: JsonObject) -> Component:
        """A component as issues and projects carry it, as a rule without its lead."""
        return Component(
            origin=self.origin,
            component_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            description=find_text(raw, "description") or None,
            lead=find_record(raw, "lead", self.user),
        )

    def whole_component(self, raw: JsonObject) -> Component:
        """A component as its own endpoints give it: without a lead, it has none."""
        return replace(self.component(raw), is_whole=True)

    def version(self, raw: JsonObject) -> Version:
        return Version(
            origin=self.origin,
            version_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            is_released=bool(find_boolean(raw, "released")),
            is_archived=bool(find_boolean(raw, "archived")),
            release_date=find_or_none(find_date, raw, "releaseDate"),
        )

    def embedded_project(self, raw: JsonObject) -> Project:
        """A project as issues carry it."""
        return Project(
            origin=self.origin,
            project_id=get_text(raw, "id"),
            key=get_text(raw, "key"),
            name=get_text(raw, "name"),
            avatar_url=_avatar_url(raw),
            type=find_text(raw, "projectTypeKey"),
        )

    def project(self, raw: JsonObject) -> Project:
        """A project as its own endpoints give it."""
        category = find_object(raw, "projectCategory")
        return Project(
            origin=self.origin,
            project_id=get_text(raw, "id"),
            key=get_text(raw, "key"),
            name=get_text(raw, "name"),
            avatar_url=_avatar_url(raw),
            type=find_text(raw, "projectTypeKey"),
            details=ProjectDetails(
                description=find_text(raw, "description") or None,
                category=find_text(category, "name") if category else None,
                is_private=find_boolean(raw, "isPrivate"),
                is_archived=bool(find_boolean(raw, "archived")),
                lead=find_record(raw, "lead", self.user),
                issue_types=_listed(raw, "issueTypes", self.issue_type),
                components=_listed(raw, "components", self.component),
                versions=_listed(raw, "versions", self.version),
            ),
        )

    def board(self, raw: JsonObject) -> Board:
        location = find_object(raw, "location") or {}
        return Board(
            origin=self.origin,
            board_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            type=_member(BoardType, find_text(raw, "type"), BoardType.UNKNOWN),
            is_private=find_boolean(raw, "isPrivate"),
            project=self._located_project(location) if location.get("projectId") else None,
        )

    def sprint(self, raw: JsonObject) -> Sprint:
        return Sprint(
            origin=self.origin,
            sprint_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            state=_member(SprintState, find_text(raw, "state"), SprintState.UNKNOWN),
            goal=find_text(raw, "goal") or None,
            start_at=find_or_none(find_instant, raw, "startDate"),
            end_at=find_or_none(find_instant, raw, "endDate"),
            complete_at=find_or_none(find_instant, raw, "completeDate"),
            board_id=find_or_none(find_text, raw, "originBoardId"),
        )

    def field(self, raw: JsonObject) -> Field:
        schema = find_object(raw, "schema") or {}
        return Field(
            origin=self.origin,
            field_id=get_text(raw, "id"),
            name=get_text(raw, "name"),
            is_custom=bool(find_boolean(raw, "custom")),
            type=find_text(schema, "type") or "any",
            items=find_text(schema, "items"),
            custom_type=find_text(schema, "custom"),
            untranslated_name=find_or_none(find_text, raw, "untranslatedName"),
        )

    def issue(self, raw: JsonObject) -> Issue:
        fields = find_object(raw, "fields") or {}
        issue_id = get_text(raw, "id")
        return Issue(
            origin=self.origin,
            issue_id=issue_id,
            key=get_text(raw, "key"),
            summary=find_text(fields, "summary"),
            description=_document(fields, "description"),
            environment=_document(fields, "environment"),
            issue_type=find_record(fields, "issuetype", self.issue_type),
            status=find_record(fields, "status", self.status),
            priority=find_record(fields, "priority", self.priority),
            resolution=find_record(fields, "resolution", self.resolution),
            project=find_record(fields, "project", self.embedded_project),
            labels=_texts(fields.get("labels")),
            components=self._components_of_issue(fields),
            fix_versions=parse_records(fields, "fixVersions", self.version),
            affected_versions=parse_records(fields, "versions", self.version),
            assignee=find_record(fields, "assignee", self.user),
            reporter=find_record(fields, "reporter", self.user),
            creator=find_record(fields, "creator", self.user),
            created_at=find_instant(fields, "created"),
            updated_at=find_instant(fields, "updated"),
            resolved_at=find_or_none(find_instant, fields, "resolutiondate"),
            due_date=find_or_none(find_date, fields, "duedate"),
            time_tracking=_time_tracking(fields),
            watch_count=_count(fields, "watches", "watchCount"),
            vote_count=_count(fields, "votes", "votes"),
            attachments=read_attachments(fields, self.origin, self.user),
            parent=find_stub(fields, "parent", self.issue),
            subtasks=list_stubs(fields, "subtasks", self.issue),
            links=parse_links(self.origin, issue_id, fields, "issuelinks", self.issue),
            custom_values={k: v for k, v in fields.items() if k.startswith("customfield_")},
            field_names=find_or_none(find_object, raw, "names"),
        )

    def _components_of_issue(self, fields: JsonObject) -> tuple[Component, ...]:
        listed = parse_records(fields, "components", self.component)
        project = find_object(fields, "project") if listed else None
        if project is None:
            return listed
        return tuple(replace(each, project_id=get_text(project, "id")) for each in listed)

    def _located_project(self, location: JsonObject) -> Project:
        return Project(
            origin=self.origin,
            project_id=get_text(location, "projectId"),
            key=get_text(location, "projectKey"),
            name=find_text(location, "projectName") or get_text(location, "projectKey"),
            type=find_text(location, "projectTypeKey"),
            avatar_url=find_text(location, "avatarURI"),
        )


def _listed(raw: JsonObject, key: str, parse: Callable[[JsonObject], R]) -> tuple[R, ...] | None:
    return parse_records(raw, key, parse) if key in raw else None


def _member(kind: type[E], value: str | None, unknown: E) -> E:
    try:
        return kind(value)
    except ValueError:
        return unknown


def _avatar_url(raw: JsonObject) -> str | None:
    urls = find_object(raw, "avatarUrls") or {}
    return find_text(urls, "48x48")


def _document(fields: JsonObject, key: str) -> RichText | InvalidResponseError | None:
    """The document; where there is something else, the error in its place, for that field alone."""
    try:
        return find_record(fields, key, RichText)
    except InvalidResponseError as error:
        return error


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(as_text(item, "a label") for item in as_list(value, "a list of labels"))


def _time_tracking(fields: JsonObject) -> TimeTracking | None:
    raw = find_or_none(find_object, fields, "timetracking")
    if not raw:
        return None
    return TimeTracking(
        original_estimate=find_or_none(find_text, raw, "originalEstimate"),
        remaining_estimate=find_or_none(find_text, raw, "remainingEstimate"),
        time_spent=find_or_none(find_text, raw, "timeSpent"),
        original_estimate_seconds=find_or_none(find_int32, raw, "originalEstimateSeconds"),
        remaining_estimate_seconds=find_or_none(find_int32, raw, "remainingEstimateSeconds"),
        time_spent_seconds=find_or_none(find_int32, raw, "timeSpentSeconds"),
    )


def _count(fields: JsonObject, key: str, part: str) -> int | None:
    raw = find_or_none(find_object, fields, key)
    return None if raw is None else find_or_none(find_int32, raw, part)
