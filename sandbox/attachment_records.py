"""Attachments as an issue holds them, in its `attachment` field, and the bytes behind each.

Bytes that nobody gave are made up from the attachment's id as they are read: an archive's
attachments have contents of the size it tells, and large ones take no room.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sandbox.formats import format_instant
from sandbox.world import Issue, JsonObject, Site, SiteData

FIRST_ATTACHMENT_ID: Final = 10000
CHUNK_BYTES: Final = 65_536
_PATTERN_BYTES: Final = 65_521
"""A prime, so that no two pieces of one content are alike where pieces are a power of two."""
_KNOWN: Final = "attachments"


def build_attachment(
    site: Site,
    attachment_id: int,
    *,
    author: JsonObject,
    filename: str,
    mime_type: str,
    size: int,
    at: datetime,
) -> JsonObject:
    """A new attachment as issues show it."""
    root = f"{site.url}/rest/api/3/attachment"
    return {
        "self": f"{root}/{attachment_id}",
        "id": str(attachment_id),
        "filename": filename,
        "author": author,
        "created": format_instant(at),
        "size": size,
        "mimeType": mime_type,
        "content": f"{root}/content/{attachment_id}",
    }


def list_attachments(issue: Issue) -> list[JsonObject]:
    """The attachments of an issue, the oldest first."""
    attachments: list[Any] = issue.fields.get("attachment") or []
    return attachments


def with_attachments(issue: Issue, attachments: Sequence[JsonObject]) -> Issue:
    """The issue with these attachments instead of its own."""
    return replace(issue, fields={**issue.fields, "attachment": list(attachments)})


def find_attachment(data: SiteData, attachment_id: str) -> tuple[Issue, JsonObject] | None:
    """An attachment with the issue that holds it."""
    known: Mapping[str, tuple[Issue, JsonObject]] | None = data.memory.get(_KNOWN)
    if known is None:
        known = {
            attachment["id"]: (issue, attachment)
            for issue in data.issues.values()
            for attachment in list_attachments(issue)
        }
        data.memory[_KNOWN] = known
    return known.get(attachment_id)


async def iter_content(
    data: SiteData, attachment: JsonObject, start: int, end: int
) -> AsyncIterator[bytes]:
    """The bytes of an attachment from `start` up to but not including `end`, in pieces."""
    given = data.files.get(attachment["id"])
    block = b"" if given is not None else _build_block(data.site, attachment["id"])
    for first in range(start, end, CHUNK_BYTES):
        last = min(first + CHUNK_BYTES, end)
        if given is not None:
            yield given[first:last]
        else:
            offset = first % _PATTERN_BYTES
            yield block[offset : offset + last - first]


def build_content(data: SiteData, attachment: JsonObject) -> bytes:
    """All bytes of an attachment, for whoever compares them."""
    size = int(attachment["size"])
    given = data.files.get(attachment["id"])
    if given is not None:
        return given
    pattern = _build_block(data.site, attachment["id"])[:_PATTERN_BYTES]
    return (pattern * (size // _PATTERN_BYTES + 1))[:size]


def _build_block(site: Site, attachment_id: str) -> bytes:
    """The pattern twice and a little more, so that a piece may begin anywhere in it."""
    seed = f"{site.cloud_id}/{attachment_id}".encode()
    pattern = hashlib.shake_256(seed).digest(_PATTERN_BYTES)
    return pattern * 2 + pattern[:CHUNK_BYTES]
