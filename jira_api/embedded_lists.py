"""Comments and worklogs of many issues at once, as far as issues carry them.

Jira puts a part of both lists into an issue's fields, and `total` beside them. Its documents do not
say which part that is, nor how many: so a list counts only where it tells that it begins with the
first, and its dates tell that this is the oldest.
Source: Jira Cloud platform REST v3, Issues (bulkfetch), read 2026-11.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from jira_api.client import JiraSession
from jira_api.comments import Comment, read_comment
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    as_listing,
    as_object,
    find_int32,
    find_object,
    get_text,
    parse_records,
)
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from jira_api.worklogs import Worklog, read_worklog

COMMENTS = "comment"
WORKLOGS = "worklog"
T = TypeVar("T", Comment, Worklog)


@dataclass(frozen=True, slots=True)
class EmbeddedLists:
    """What an issue carries, the oldest first; None for a list whose place or order is in doubt."""

    comments: OffsetPage[Comment] | None
    worklogs: OffsetPage[Worklog] | None


def cut_page(
    known: OffsetPage[T] | None, size: int, *, is_newest_first: bool = False
) -> OffsetPage[T] | None:
    """The first `size` items of a list, from either end; None where it does not hold them all."""
    if known is None or (not known.is_last and (is_newest_first or size > len(known.items))):
        return None
    items = known.items[::-1] if is_newest_first else known.items
    return OffsetPage(items[:size], known.is_last and len(items) <= size, known.total)


async def fetch_embedded_lists(
    session: JiraSession, issue_ids: Collection[NumericId], fields: Collection[str]
) -> Mapping[str, EmbeddedLists]:
    """By issue id, of up to 100 issues; `fields` are of `COMMENTS` and `WORKLOGS`.

    Raises:
        JiraApiError: the call failed.
    """
    body = {"issueIdsOrKeys": list(issue_ids), "fields": sorted(fields)}
    raw = await session.post_query("/rest/api/3/issue/bulkfetch", body)
    listed = as_listing(as_object(raw, "issues").get("issues"), "a list of issues")
    issues = [as_object(each, "an issue") for each in listed]
    return {get_text(each, "id"): _read_lists(session, each) for each in issues}


def _read_lists(session: JiraSession, issue: JsonObject) -> EmbeddedLists:
    issue_id, key = get_text(issue, "id"), get_text(issue, "key")
    decode = session.decode
    return EmbeddedLists(
        _read_list(
            issue,
            COMMENTS,
            "comments",
            lambda raw: read_comment(decode, raw, issue_id=issue_id, issue_key=key),
        ),
        _read_list(
            issue, WORKLOGS, "worklogs", lambda raw: read_worklog(decode, raw, issue_id=issue_id)
        ),
    )


def _read_list(
    issue: JsonObject, field: str, name: str, read: Callable[[JsonObject], T]
) -> OffsetPage[T] | None:
    try:
        page = find_object(find_object(issue, "fields") or {}, field) or {}
        items = parse_records(page, name, read)
        start, total = find_int32(page, "startAt"), find_int32(page, "total")
    except InvalidResponseError:
        return None
    if start != 0 or total is None or total < len(items):
        return None
    is_whole = total == len(items)
    if not _is_in_order([item.created_at for item in items], is_whole=is_whole):
        return None
    return OffsetPage(items, is_whole, total)


def _is_in_order(instants: Sequence[datetime], *, is_whole: bool) -> bool:
    """Whether each is later than the one before: then either direction is beyond doubt.

    Of a part, one alone tells no direction.
    """
    is_told = is_whole or len(instants) > 1
    return is_told and all(left < right for left, right in pairwise(instants))
