"""Spellings of instants: the platform's, the agile API's and HTTP's."""

import re
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Final

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    _DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
)


def format_instant(at: datetime) -> str:
    """The platform's form, such as 2026-01-31T12:00:00.000+0000."""
    return _format_milliseconds(at) + "+0000"


def format_agile_instant(at: datetime) -> str:
    """The agile API's form, such as 2026-01-31T12:00:00.000Z."""
    return _format_milliseconds(at) + "Z"


def format_http_date(at: datetime) -> str:
    """The form of HTTP's headers, such as Sat, 31 Jan 2026 12:00:00 GMT."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def parse_instant(text: str) -> datetime:
    """An instant in either form; one without an offset counts as UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def parse_day(text: str) -> date:
    """A day as people may write it, yyyy-MM-dd; Python alone would take weeks as well.

    Raises:
        ValueError: for anything else.
    """
    _check_form(_DAY, text)
    return date.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    """An instant as people may write it: a day, a time and an offset.

    Raises:
        ValueError: for anything else.
    """
    _check_form(_MOMENT, text)
    return datetime.fromisoformat(text)


def _check_form(form: re.Pattern[str], text: str) -> None:
    if not form.fullmatch(text):
        raise ValueError(text)


def _format_milliseconds(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
