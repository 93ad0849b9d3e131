"""Which bytes of a file a request asks for.

Source: RFC 9110, section 14 (Range Requests), read 2026-11.
"""

import re
from typing import Final

from jira_api.attachments import Span

_ONE_RANGE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*")


class RangeUnsatisfiableError(Exception):
    """None of the bytes that were asked for is there."""


def find_span(header: str | None, size_bytes: int) -> Span | None:
    """The one range that a `Range` header names, cut at the file's end; None means all bytes.

    Several ranges, another unit and what cannot be read are answered with all of them, as a server
    may.

    Raises:
        RangeUnsatisfiableError: it lies beyond the end.
    """
    match = _ONE_RANGE.fullmatch(header) if header else None
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        span = Span(max(size_bytes - int(suffix), 0), size_bytes - 1)
    else:
        span = Span(int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1)
        if last and int(last) < int(first):
            return None
    if span.first > span.last:
        raise RangeUnsatisfiableError
    return span
