"""Comments: pages of an issue's, several by id, written and taken away.

Source: Jira Cloud platform REST v3, Issue comments, read 2026-11.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from jira_api.client import JiraSession
from jira_api.decoding import Decoder
from jira_api.documents.from_text import document_of_text
from jira_api.documents.rich_text import RichText
from jira_api.entity_properties import bears_marker, marking
from jira_api.errors import InvalidArgumentError, InvalidResponseError
from jira_api.issue_parts import PartId, known_issue_id, read_made, read_number, sort_out
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_boolean,
    find_instant,
    find_object,
    find_or_none,
    find_record,
    find_text,
    get_text,
    parse_instant,
)
from jira_api.named_pages import NamedList, read_named_page
from jira_api.pages import OffsetPage
from jira_api.paths import IssueKey, NumericId, join_path
from jira_api.records import Origin, User

_LIST = "/rest/api/3/issue/{}/comment"
_ONE = "/rest/api/3/issue/{}/comment/{}"
_ISSUE_OF = re.compile(r"/issue/([1-9][0-9]{0,18})/comment/")
_WALK_SIZE = 100


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue; nobody is its author where it was written without signing in.

    `is_public` is False where Jira keeps it from customers, or where it is for one group or role
    alone. `issue_key` is known where the comment was read from its issue.
    """

    origin: Origin
    issue_id: str
    comment_id: str
    body: RichText
    author: User | None
    created_at: datetime
    updated_at: datetime
    is_public: bool
    issue_key: str | None = None

    @property
    def node_id(self) -> str:
        """What names it across the site: Jira asks for its issue too."""
        return f"{self.issue_id}.{self.comment_id}"


def read_comment(
    decode: Decoder, raw: JsonObject, *, issue_id: str | None = None, issue_key: str | None = None
) -> Comment:
    """A comment as Jira sends it; where its issue is not named, its own address tells it.

    Raises:
        InvalidResponseError: a part that Jira promises is not there or is of another type.
    """
    created_at = parse_instant(get_text(raw, "created"))
    return Comment(
        origin=decode.origin,
        issue_id=issue_id or _issue_of(raw),
        comment_id=read_number(raw),
        body=_body(raw),
        author=find_or_none(lambda part, key: find_record(part, key, decode.user), raw, "author"),
        created_at=created_at,
        updated_at=find_or_none(find_instant, raw, "updated") or created_at,
        is_public=find_boolean(raw, "jsdPublic") is not False and not raw.get("visibility"),
        issue_key=issue_key,
    )


async def list_comments(
    session: JiraSession,
    issue_id: NumericId,
    *,
    issue_key: str,
    is_newest_first: bool,
    start: int,
    size: int,
) -> OffsetPage[Comment]:
    """Comments of an issue by the time they were made.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: a call failed.
    """

    def parse(raw: JsonObject) -> Comment:
        return read_comment(session.decode, raw, issue_id=issue_id, issue_key=issue_key)

    listed = NamedList(join_path(_LIST, issue_id), "comments", parse, lambda c: c.comment_id)
    order = {"orderBy": "-created" if is_newest_first else "created"}
    return await read_named_page(session, listed, order, start=start, size=size)


async def get_comment(
    session: JiraSession, issue: NumericId | IssueKey, comment_id: NumericId
) -> Comment:
    """One comment of an issue.

    Raises:
        NotFoundError: the issue or the comment is absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path(_ONE, issue, comment_id))
    return _read(session, issue, raw)


async def fetch_comments(
    session: JiraSession, wanted: Collection[PartId]
) -> Mapping[PartId, Comment | InvalidResponseError]:
    """Comments of any issues, 1,000 at most, without those that Jira does not know.

    What cannot be read has its error in its place.

    Raises:
        JiraApiError: a call failed.
    """
    listed = await _fetch(session, [part.number for part in wanted], {})
    return sort_out(
        listed,
        wanted,
        find_issue=_find_issue,
        read=lambda raw, issue_id: read_comment(session.decode, raw, issue_id=issue_id),
    )


async def find_marked_comment(
    session: JiraSession, issue: NumericId | IssueKey, *, marker: JsonValue, since: datetime
) -> Comment | None:
    """The comment of an issue that bears a marker, made at an instant of Jira's clock or later.

    Nobody else's comment bears it, so that authors are not looked at. What was written is seen at
    once: comments are not read from Jira's search.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: a call failed.
    """
    listed = NamedList(join_path(_LIST, issue), "comments", _id_and_age, lambda pair: pair[0])
    start = 0
    while True:
        page = await read_named_page(
            session, listed, {"orderBy": "-created"}, start=start, size=_WALK_SIZE
        )
        recent = [number for number, at in page.items if at >= since]
        for raw in await _fetch(session, recent, {"expand": "properties"}):
            if bears_marker(raw, marker):
                return _read(session, issue, raw)
        if page.is_last or len(recent) < len(page.items):
            return None
        start += len(page.items)


async def create_comment(
    session: JiraSession,
    issue: NumericId | IssueKey,
    body: JsonObject,
    *,
    marker: JsonValue | None = None,
) -> Comment:
    """A new comment; the call is never repeated where Jira may have heard it.

    Raises:
        NotFoundError: the issue is absent or hidden.
        RejectedError: Jira refuses the text.
        OutcomeUnknownError: the answer was lost or cannot be read; there may be a comment.
        JiraApiError: the call failed, and there is no comment.
    """
    raw = await session.post(join_path(_LIST, issue), {"body": body, **marking(marker)})
    return read_made("comment", lambda: _read(session, issue, raw))


async def edit_comment(
    session: JiraSession, issue: NumericId | IssueKey, comment_id: NumericId, body: JsonObject
) -> Comment:
    """Give a comment another text.

    Raises:
        NotFoundError: the issue or the comment is absent or hidden.
        RejectedError: Jira refuses the text.
        JiraApiError: the call failed.
    """
    raw = await session.put_and_read(join_path(_ONE, issue, comment_id), {"body": body})
    return _read(session, issue, raw)


async def delete_comment(
    session: JiraSession, issue: NumericId | IssueKey, comment_id: NumericId
) -> None:
    """Take a comment away.

    Raises:
        NotFoundError: the issue or the comment is absent or hidden.
        OutcomeUnknownError: an answer was lost, and then there was no such comment.
        JiraApiError: the call failed.
    """
    await session.delete(join_path(_ONE, issue, comment_id), was_there=False)


def _read(session: JiraSession, issue: NumericId | IssueKey, raw: JsonValue) -> Comment:
    """What Jira answered about a comment of an issue."""
    parts, issue_id = as_object(raw, "a comment"), known_issue_id(issue)
    return read_comment(session.decode, parts, issue_id=issue_id)


async def _fetch(
    session: JiraSession, comment_ids: Collection[NumericId], parameters: Mapping[str, str]
) -> list[JsonObject]:
    found: dict[str, JsonObject] = {}
    missing = list(dict.fromkeys(comment_ids))
    while missing:
        body = {"ids": [int(each) for each in missing]}
        raw = await session.post_query("/rest/api/3/comment/list", body, parameters)
        page = as_object(raw, "a page of comments")
        items = [as_object(each, "a comment") for each in as_listing(page.get("values"), "values")]
        found.update((get_text(item, "id"), item) for item in items)
        if not items or find_boolean(page, "isLast") is not False:
            break
        missing = [each for each in missing if each not in found]
    return list(found.values())


def _id_and_age(raw: JsonObject) -> tuple[NumericId, datetime]:
    return read_number(raw), parse_instant(get_text(raw, "created"))


def _body(raw: JsonObject) -> RichText:
    """The document; what is none, is told in the log and has the words that it holds, or none.

    Every comment promises a text: an error in its place would take the whole page away.
    """
    document = find_or_none(find_object, raw, "body")
    if document is not None:
        return RichText(document)
    body = raw.get("body")
    try:
        return RichText(document_of_text(body if isinstance(body, str) else ""))
    except InvalidArgumentError:
        return RichText(document_of_text(""))


def _issue_of(raw: JsonObject) -> str:
    found = _find_issue(raw)
    if found is None:
        raise InvalidResponseError("Jira sent a comment that does not tell its issue.")
    return found


def _find_issue(raw: JsonObject) -> str | None:
    """The issue that the address of a comment tells, for nothing else in it does."""
    found = _ISSUE_OF.search(find_or_none(find_text, raw, "self") or "")
    return None if found is None else found[1]
