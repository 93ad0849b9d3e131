"""Worklogs: pages of an issue's, several by id, written and taken away.

Source: Jira Cloud platform REST v3, Issue worklogs, read 2026-11.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jira_api.client import JiraSession
from jira_api.decoding import Decoder
from jira_api.documents.rich_text import RichText
from jira_api.entity_properties import bears_marker, marking
from jira_api.errors import InvalidResponseError
from jira_api.issue_parts import PartId, known_issue_id, read_made, read_number, sort_out
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_or_none,
    find_record,
    find_text,
    get_int32,
    get_text,
    parse_instant,
)
from jira_api.named_pages import NamedList, read_named_page
from jira_api.pages import OffsetPage
from jira_api.paths import IssueKey, NumericId, join_path
from jira_api.records import Origin, User

_LIST = "/rest/api/3/issue/{}/worklog"
_ONE = "/rest/api/3/issue/{}/worklog/{}"
_WALK_SIZE = 5_000
_MINUTE, _HOUR = 60, 3_600


@dataclass(frozen=True, slots=True)
class Worklog:
    """Work logged on an issue; nobody is its author where it was logged without signing in.

    A comment that could not be read has the error in its place.
    """

    origin: Origin
    issue_id: str
    worklog_id: str
    author: User | None
    created_at: datetime
    started_at: datetime
    time_spent: str
    time_spent_seconds: int
    comment: RichText | InvalidResponseError | None = None

    @property
    def node_id(self) -> str:
        """What names it across the site: Jira asks for its issue too."""
        return f"{self.issue_id}.{self.worklog_id}"


@dataclass(frozen=True, slots=True)
class Work:
    """What is written of a worklog; None leaves a part as it is."""

    seconds: int | None = None
    started_at: datetime | None = None
    comment: JsonObject | None = None


def read_worklog(decode: Decoder, raw: JsonObject, *, issue_id: str | None = None) -> Worklog:
    """A worklog as Jira sends it, which tells its issue unless that is known.

    Raises:
        InvalidResponseError: a part that Jira promises is not there or is of another type.
    """
    seconds = get_int32(raw, "timeSpentSeconds")
    started_at = parse_instant(get_text(raw, "started"))
    created = find_or_none(find_text, raw, "created")
    return Worklog(
        origin=decode.origin,
        issue_id=issue_id or get_text(raw, "issueId"),
        worklog_id=read_number(raw),
        author=find_or_none(lambda part, key: find_record(part, key, decode.user), raw, "author"),
        created_at=parse_instant(created) if created else started_at,
        started_at=started_at,
        time_spent=find_or_none(find_text, raw, "timeSpent") or _short_form(seconds),
        time_spent_seconds=seconds,
        comment=_comment(raw),
    )


async def list_worklogs(
    session: JiraSession, issue_id: NumericId, *, start: int, size: int
) -> OffsetPage[Worklog]:
    """Worklogs of an issue by the time they were written, the oldest first.

    Raises:
        NotFoundError: the issue is absent or hidden, or the site does not track time.
        JiraApiError: a call failed.
    """

    def parse(raw: JsonObject) -> Worklog:
        return read_worklog(session.decode, raw, issue_id=issue_id)

    listed = NamedList(join_path(_LIST, issue_id), "worklogs", parse, lambda w: w.worklog_id)
    return await read_named_page(session, listed, {}, start=start, size=size)


async def get_worklog(
    session: JiraSession, issue: NumericId | IssueKey, worklog_id: NumericId
) -> Worklog:
    """One worklog of an issue.

    Raises:
        NotFoundError: the issue or the worklog is absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path(_ONE, issue, worklog_id))
    return _read(session, issue, raw)


async def fetch_worklogs(
    session: JiraSession, wanted: Collection[PartId]
) -> Mapping[PartId, Worklog | InvalidResponseError]:
    """Worklogs of any issues, 1,000 at most, without those that Jira does not know.

    What cannot be read has its error in its place.

    Raises:
        JiraApiError: the call failed.
    """
    body = {"ids": [int(number) for number in dict.fromkeys(part.number for part in wanted)]}
    raw = await session.post_query("/rest/api/3/worklog/list", body)
    return sort_out(
        [as_object(each, "a worklog") for each in as_listing(raw, "a list of worklogs")],
        wanted,
        find_issue=lambda each: find_or_none(find_text, each, "issueId"),
        read=lambda each, issue_id: read_worklog(session.decode, each, issue_id=issue_id),
    )


async def find_marked_worklog(
    session: JiraSession, issue: NumericId | IssueKey, *, marker: JsonValue
) -> Worklog | None:
    """The worklog of an issue that bears a marker.

    Nobody else's worklog bears it, so that neither authors nor instants are looked at. What was
    written is seen at once: worklogs are not read from Jira's search.

    Raises:
        NotFoundError: the issue is absent or hidden, or the site does not track time.
        JiraApiError: a call failed.
    """
    listed = NamedList(join_path(_LIST, issue), "worklogs", lambda raw: raw, read_number)
    start = 0
    while True:
        page = await read_named_page(
            session, listed, {"expand": "properties"}, start=start, size=_WALK_SIZE
        )
        for raw in page.items:
            if bears_marker(raw, marker):
                return _read(session, issue, raw)
        if page.is_last:
            return None
        start += len(page.items)


async def create_worklog(
    session: JiraSession,
    issue: NumericId | IssueKey,
    work: Work,
    *,
    marker: JsonValue | None = None,
) -> Worklog:
    """A new worklog, which lowers the issue's estimate; the call is never repeated in doubt.

    Raises:
        NotFoundError: the issue is absent or hidden.
        RejectedError: Jira refuses a part; its words stand by Jira's name of the part.
        OutcomeUnknownError: the answer was lost or cannot be read; there may be a worklog.
        JiraApiError: the call failed, and there is no worklog.
    """
    raw = await session.post(join_path(_LIST, issue), {**_write(work), **marking(marker)})
    return read_made("worklog", lambda: _read(session, issue, raw))


async def edit_worklog(
    session: JiraSession, issue: NumericId | IssueKey, worklog_id: NumericId, work: Work
) -> Worklog:
    """Change what is given of a worklog; the issue's estimate moves by the difference.

    Raises:
        NotFoundError: the issue or the worklog is absent or hidden.
        RejectedError: Jira refuses a part; its words stand by Jira's name of the part.
        JiraApiError: the call failed.
    """
    raw = await session.put_and_read(join_path(_ONE, issue, worklog_id), _write(work))
    return _read(session, issue, raw)


async def delete_worklog(
    session: JiraSession, issue: NumericId | IssueKey, worklog_id: NumericId
) -> None:
    """Take a worklog away; the issue's estimate rises again.

    Raises:
        NotFoundError: the issue or the worklog is absent or hidden.
        OutcomeUnknownError: an answer was lost, and then there was no such worklog.
        JiraApiError: the call failed.
    """
    await session.delete(join_path(_ONE, issue, worklog_id), was_there=False)


def _read(session: JiraSession, issue: NumericId | IssueKey, raw: JsonValue) -> Worklog:
    """What Jira answered about a worklog of an issue."""
    parts, issue_id = as_object(raw, "a worklog"), known_issue_id(issue)
    return read_worklog(session.decode, parts, issue_id=issue_id)


def _write(work: Work) -> JsonObject:
    started_at = work.started_at and _write_instant(work.started_at)
    parts = {"timeSpentSeconds": work.seconds, "started": started_at, "comment": work.comment}
    return {name: part for name, part in parts.items() if part is not None}


def _write_instant(at: datetime) -> str:
    """An instant in the one form that Jira takes here: milliseconds, no colon in the offset."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "+0000"


def _comment(raw: JsonObject) -> RichText | InvalidResponseError | None:
    try:
        return find_record(raw, "comment", RichText)
    except InvalidResponseError as error:
        return error


def _short_form(seconds: int) -> str:
    """A time as Jira writes it, in hours and minutes: how long a day is, the site alone knows."""
    hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes or not hours else ""]
    return " ".join(filter(None, parts))
