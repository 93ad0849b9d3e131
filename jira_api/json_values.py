"""Reading untrusted JSON: each function takes what Jira sent and gives a typed value or refuses."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar

from jira_api.errors import InvalidResponseError

JsonValue: TypeAlias = Any
JsonObject: TypeAlias = Mapping[str, Any]
T = TypeVar("T")
_BEYOND_INT32 = 2**31
_log = logging.getLogger("juncture.jira")


def as_object(value: JsonValue, what: str) -> JsonObject:
    """The value as an object.

    Raises:
        InvalidResponseError: it is something else.
    """
    if not isinstance(value, dict):
        raise InvalidResponseError(f"Jira sent {_kind(value)} where {what} was expected.")
    return value


def as_list(value: JsonValue, what: str) -> Sequence[JsonValue]:
    """The value as a list; an absent one is empty.

    Raises:
        InvalidResponseError: it is something else.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidResponseError(f"Jira sent {_kind(value)} where {what} was expected.")
    return value


def as_listing(value: JsonValue, what: str) -> Sequence[JsonValue]:
    """The value as a list, which may be empty and must be there.

    Raises:
        InvalidResponseError: it is absent, or something else.
    """
    if value is None:
        raise InvalidResponseError(f"Jira sent nothing where {what} was expected.")
    return as_list(value, what)


def as_text(value: JsonValue, what: str) -> str:
    """The value as a text; a number is none.

    Raises:
        InvalidResponseError: it is something else.
    """
    if not isinstance(value, str):
        raise InvalidResponseError(f"Jira sent {_kind(value)} where {what} was expected.")
    return value


def get_text(raw: JsonObject, key: str) -> str:
    """A text that must be there; a number is read as its digits, since ids come in both forms.

    Raises:
        InvalidResponseError: it is absent or something else.
    """
    value = find_text(raw, key)
    if value is None:
        raise InvalidResponseError(f"Jira's answer lacks {key!r}.")
    return value


def find_text(raw: JsonObject, key: str) -> str | None:
    """A text that may be absent; a number is read as its digits.

    Raises:
        InvalidResponseError: it is neither text nor number.
    """
    value = raw.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidResponseError(f"Jira sent {_kind(value)} as {key!r}.")


def find_integer(raw: JsonObject, key: str) -> int | None:
    """A whole number of any size that may be absent.

    Raises:
        InvalidResponseError: it is something else.
    """
    value = raw.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InvalidResponseError(f"Jira sent {_kind(value)} as {key!r}.")


def get_int32(raw: JsonObject, key: str) -> int:
    """A whole number as GraphQL has them, which must be there.

    Raises:
        InvalidResponseError: it is absent, something else, or has more than 32 bits.
    """
    value = find_int32(raw, key)
    if value is None:
        raise InvalidResponseError(f"Jira's answer lacks {key!r}.")
    return value


def find_int32(raw: JsonObject, key: str) -> int | None:
    """A whole number as GraphQL has them, which may be absent.

    Raises:
        InvalidResponseError: it is something else, or has more than 32 bits.
    """
    value = find_integer(raw, key)
    if value is not None and not -_BEYOND_INT32 <= value < _BEYOND_INT32:
        raise InvalidResponseError(f"Jira sent a number of more than 32 bits as {key!r}.")
    return value


def find_boolean(raw: JsonObject, key: str) -> bool | None:
    """A truth value that may be absent.

    Raises:
        InvalidResponseError: it is something else.
    """
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise InvalidResponseError(f"Jira sent {_kind(value)} as {key!r}.")


def find_instant(raw: JsonObject, key: str) -> datetime | None:
    """An instant that may be absent, in UTC.

    Raises:
        InvalidResponseError: it cannot be read.
    """
    text = find_text(raw, key)
    return None if not text else parse_instant(text)


def parse_instant(text: str) -> datetime:
    """An instant in any of the forms that Jira's APIs write, in UTC.

    Raises:
        InvalidResponseError: it cannot be read.
    """
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidResponseError("Jira sent an instant that cannot be read.") from None


def find_date(raw: JsonObject, key: str) -> date | None:
    """A day that may be absent.

    Raises:
        InvalidResponseError: it cannot be read.
    """
    text = find_text(raw, key)
    return None if not text else parse_date(text)


def parse_date(text: str) -> date:
    """A day.

    Raises:
        InvalidResponseError: it cannot be read.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidResponseError("Jira sent a date that cannot be read.") from None


def find_or_none(
    read: Callable[[JsonObject, str], T | None], raw: JsonObject, key: str
) -> T | None:
    """What `read` finds under a key; None, and a line in the log, where it cannot be read.

    For parts that may be absent anyway: one odd value must not cost the records around it.
    """
    try:
        return read(raw, key)
    except InvalidResponseError:
        _log.warning("Jira sent %r in a form that cannot be read: it is taken for absent", key)
        return None


def find_object(raw: JsonObject, key: str) -> JsonObject | None:
    """An object that may be absent.

    Raises:
        InvalidResponseError: it is something else.
    """
    return find_record(raw, key, lambda found: found)


def find_record(raw: JsonObject, key: str, parse: Callable[[JsonObject], T]) -> T | None:
    """What `parse` makes of an object that may be absent."""
    value = raw.get(key)
    return None if value is None else parse(as_object(value, key))


def parse_records(raw: JsonObject, key: str, parse: Callable[[JsonObject], T]) -> tuple[T, ...]:
    """What `parse` makes of each element of a list; an absent list is empty."""
    return tuple(parse(as_object(item, key)) for item in as_list(raw.get(key), key))


def _kind(value: JsonValue) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "text",
        bool: "a truth value",
        type(None): "null",
    }
    return names.get(type(value), "a number")
