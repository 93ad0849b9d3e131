"""What a browser is told of a file that somebody attached, so that it can do no harm there.

A stranger may have chosen the name, the type and every byte. Nothing is run: what browsers could
read as a page or a program is sent as bytes to be saved, and all of it in a room without rights.
Source: RFC 6266; RFC 8187; Fetch and CSP of the W3C and WHATWG, read 2026-11.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from jira_api.attachments import Span
from jira_api.multipart import UNKNOWN_TYPE
from jira_api.records import Attachment
from resolvers.file_names import clean_filename

_SHOWN: Final = re.compile(
    r"image/(?:png|jpeg|gif|webp|avif|bmp)|(?:audio|video)/[a-z0-9][a-z0-9.-]{0,60}|text/plain"
)
"""What browsers show or play, and never run."""
_SAVED: Final = re.compile(r"text/csv|application/(?:pdf|zip|gzip|json|x-tar|x-7z-compressed)")
"""Told by its type, and only to be saved: a reader of PDF runs what is in it."""
_PLAYED: Final = re.compile(r"(?:audio|video)/.*")
_NO_RIGHTS: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
_ONLY_PLAYING: Final = (
    "sandbox allow-same-origin; default-src 'none'; media-src 'self'; frame-ancestors 'none'"
)
"""Browsers make a page of their own around it, which asks for the same address as a player."""
_ALWAYS: Final = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def describe_file(attachment: Attachment) -> dict[str, str]:
    """The headers of an attachment, whichever of its bytes are sent."""
    told = (attachment.mime_type or "").partition(";")[0].strip().lower()
    is_shown = _SHOWN.fullmatch(told) is not None
    is_named = is_shown or _SAVED.fullmatch(told) is not None
    kind = told if is_named else UNKNOWN_TYPE
    return {
        **_ALWAYS,
        "Content-Security-Policy": _ONLY_PLAYING if _PLAYED.fullmatch(kind) else _NO_RIGHTS,
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Disposition": _disposition(attachment.filename, is_shown=is_shown),
        "ETag": etag_of(attachment),
    }


def describe_part(span: Span | None, size_bytes: int) -> Mapping[str, str]:
    """The header that tells which bytes are sent; of all of them, none."""
    if span is None:
        return {}
    return {"Content-Range": f"bytes {span.first}-{span.last}/{size_bytes}"}


def etag_of(attachment: Attachment) -> str:
    """What stands for the bytes, which never change under one id."""
    return f'"attachment-{attachment.attachment_id}"'


def _disposition(filename: str, *, is_shown: bool) -> str:
    name = clean_filename(filename)
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
