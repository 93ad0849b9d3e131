"""Jira's spellings of instants: the platform's and the agile API's."""

from datetime import UTC, datetime


def format_instant(at: datetime) -> str:
    """The platform's form, such as 2026-01-31T12:00:00.000+0000."""
    return _format_milliseconds(at) + "+0000"


def format_agile_instant(at: datetime) -> str:
    """The agile API's form, such as 2026-01-31T12:00:00.000Z."""
    return _format_milliseconds(at) + "Z"


def parse_instant(text: str) -> datetime:
    """An instant in either form; one without an offset counts as UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _format_milliseconds(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
