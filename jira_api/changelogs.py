"""What became of issues: the histories of one, some of one by their ids, and those of many.

Source: Jira Cloud platform REST v3 (Issues: changelogs, bulk fetch changelogs), read 2026-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from jira_api.client import JiraSession
from jira_api.decoding import Decoder
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_or_none,
    find_record,
    find_text,
    get_text,
    parse_instant,
    parse_records,
)
from jira_api.pages import OffsetPage, read_page
from jira_api.paths import NumericId, join_path
from jira_api.records import Origin, User

BULK_SIZE = 1_000
_HISTORIES_A_PAGE = 1_000
_PATH = "/rest/api/3/issue/{}/changelog"
_SOME = "/rest/api/3/issue/{}/changelog/list"
_IN_MILLISECONDS = 100_000_000_000
"""A larger number is no second of this age, so it counts milliseconds."""


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One field's change; `field` is its name, the texts are what people saw."""

    field: str
    from_value: str | None = None
    from_text: str | None = None
    to_value: str | None = None
    to_text: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changed of an issue at once."""

    origin: Origin
    issue_id: str
    change_id: str
    created_at: datetime
    author: User | None
    items: tuple[ChangeItem, ...]

    @property
    def node_id(self) -> str:
        """What the change is found again by: its issue, and the change itself."""
        return f"{self.issue_id}.{self.change_id}"


Changes = tuple[Change, ...] | InvalidResponseError
"""Histories of one issue, or the error in their place where one of them cannot be read."""


@dataclass(frozen=True, slots=True)
class ChangesOfMany:
    """A page of the histories of many issues, by issue id; an issue without any is absent.

    An issue's histories may go on on the next page, which there is where `next_token` is given.
    """

    by_issue: Mapping[str, Changes]
    next_token: str | None


async def read_changes(
    session: JiraSession, issue_id: NumericId, *, start: int, size: int
) -> OffsetPage[Change]:
    """`size` histories of an issue from `start`, the oldest first.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: a call failed.
    """
    parse = partial(_parse_change, session.decode, issue_id)
    return await read_page(session, join_path(_PATH, issue_id), parse, {}, start=start, size=size)


async def list_changes(
    session: JiraSession, issue_id: NumericId, change_ids: Sequence[NumericId]
) -> Sequence[Change]:
    """Histories of an issue by their ids, without those that it has not.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: the call failed.
    """
    body = {"changelogIds": [int(change_id) for change_id in change_ids]}
    raw = await session.post_query(join_path(_SOME, issue_id), body)
    listed = as_listing(as_object(raw, "histories").get("histories"), "a list of histories")
    return tuple(
        _parse_change(session.decode, issue_id, as_object(each, "a history")) for each in listed
    )


async def fetch_changes(
    session: JiraSession, issue_ids: Sequence[NumericId], *, token: str | None
) -> ChangesOfMany:
    """Histories of up to `BULK_SIZE` issues, page by page over all of them.

    Raises:
        JiraApiError: the call failed.
    """
    body: dict[str, JsonValue] = {
        "issueIdsOrKeys": list(issue_ids),
        "maxResults": _HISTORIES_A_PAGE,
    }
    if token is not None:
        body["nextPageToken"] = token
    raw = as_object(await session.post_query("/rest/api/3/changelog/bulkfetch", body), "a page")
    listed = as_listing(raw.get("issueChangeLogs"), "a list of changelogs")
    by_issue: dict[str, Changes] = {}
    for each in (as_object(entry, "an issue's changelog") for entry in listed):
        issue_id = get_text(each, "issueId")
        by_issue[issue_id] = _join(by_issue.get(issue_id, ()), _parse_log(session, issue_id, each))
    return ChangesOfMany(by_issue, find_text(raw, "nextPageToken") or None)


def join_changes(pages: Sequence[Mapping[str, Changes]], issue_id: str) -> Changes:
    """What several pages hold of an issue, the oldest first."""
    joined: Changes = ()
    for page in pages:
        joined = _join(joined, page.get(issue_id, ()))
    if isinstance(joined, InvalidResponseError):
        return joined
    return tuple(sorted(joined, key=lambda change: (change.created_at, int(change.change_id))))


def _join(left: Changes, right: Changes) -> Changes:
    if isinstance(left, InvalidResponseError):
        return left
    return right if isinstance(right, InvalidResponseError) else left + right


def _parse_log(session: JiraSession, issue_id: str, raw: JsonObject) -> Changes:
    try:
        parse = partial(_parse_change, session.decode, issue_id)
        return parse_records(raw, "changeHistories", parse)
    except InvalidResponseError as error:
        return error


def _parse_change(decode: Decoder, issue_id: str, raw: JsonObject) -> Change:
    change_id = get_text(raw, "id")
    if not change_id.isdecimal():
        raise InvalidResponseError("Jira sent a history whose id is no number.")
    return Change(
        origin=decode.origin,
        issue_id=issue_id,
        change_id=change_id,
        created_at=_parse_created(raw.get("created")),
        author=find_or_none(
            lambda holder, key: find_record(holder, key, decode.user), raw, "author"
        ),
        items=parse_records(raw, "items", _parse_item),
    )


def _parse_item(raw: JsonObject) -> ChangeItem:
    sides = (find_or_none(find_text, raw, key) for key in ("from", "fromString", "to", "toString"))
    return ChangeItem(find_text(raw, "field") or get_text(raw, "fieldId"), *sides)


def _parse_created(value: JsonValue) -> datetime:
    """An instant as text, or as a number since 1970: the bulk endpoint's example has seconds."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            seconds = value / 1_000 if abs(value) >= _IN_MILLISECONDS else value
            return datetime.fromtimestamp(seconds, tz=UTC)
        except (ValueError, OverflowError, OSError):
            raise InvalidResponseError("Jira sent an instant that cannot be read.") from None
    if not isinstance(value, str):
        raise InvalidResponseError("Jira's answer lacks 'created'.")
    return parse_instant(value)
