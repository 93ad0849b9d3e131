"""Comments as an issue holds them: all of them in its `comment` field, the oldest first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sandbox.formats import format_instant
from sandbox.world import Issue, JsonObject, Site

FIRST_COMMENT_ID: Final = 10000


def build_comment(
    site: Site,
    issue: Issue,
    comment_id: int,
    *,
    author: JsonObject,
    body: JsonObject,
    at: datetime,
) -> JsonObject:
    """A new comment; `body` is a document."""
    written_at = format_instant(at)
    return {
        "self": f"{site.url}/rest/api/3/issue/{issue.id}/comment/{comment_id}",
        "id": str(comment_id),
        "author": author,
        "body": body,
        "updateAuthor": author,
        "created": written_at,
        "updated": written_at,
        "jsdPublic": True,
    }


def list_comments(issue: Issue) -> list[JsonObject]:
    """The comments of an issue, the oldest first."""
    page: JsonObject | None = issue.fields.get("comment")
    comments: list[Any] = [] if page is None else page["comments"]
    return comments


def with_comments(issue: Issue, comments: Sequence[JsonObject]) -> Issue:
    """The issue with these comments instead of its own."""
    count = len(comments)
    page: JsonObject = issue.fields.get("comment") or {"startAt": 0}
    page = page | {"comments": list(comments), "maxResults": count, "total": count}
    return replace(issue, fields={**issue.fields, "comment": page})
