"""How an instant is kept in a column: text, so that both engines store and compare it alike.

The form is fixed in width and always UTC, so that comparing the text compares the instants.
"""

from datetime import UTC, datetime


def write_instant(instant_at: datetime) -> str:
    """The text an instant is stored as, to the microsecond.

    Raises:
        ValueError: The instant is naive, so that nobody knows which moment it means.
    """
    if instant_at.tzinfo is None:
        raise ValueError("A naive datetime cannot be stored; pass one with a time zone.")
    return instant_at.astimezone(UTC).isoformat(timespec="microseconds")


def write_optional_instant(instant_at: datetime | None) -> str | None:
    return None if instant_at is None else write_instant(instant_at)


def read_instant(text: str) -> datetime:
    """The aware UTC instant that `write_instant` stored."""
    return datetime.fromisoformat(text).astimezone(UTC)


def read_optional_instant(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)
