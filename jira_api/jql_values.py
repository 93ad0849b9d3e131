"""Values as JQL takes them: quoted, or checked numbers, never pasted.

Instants go out as epoch milliseconds: a date in text form would be read in the time zone of the
connected person's profile.

Source: Atlassian's JQL reference (operators, fields, reserved characters of text search), read
2026-11.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from jira_api.errors import InvalidArgumentError
from jira_api.paths import shorten

UNKNOWN_TO_JQL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
"""Characters that JQL does not take, in quotes or outside: control characters, halves of pairs, and
what Unicode reserves as no character."""
T = TypeVar("T")
_MOST_VALUES = 1_000
_LONGEST_VALUE = 1_000
_EPOCH = datetime.fromtimestamp(0, tz=UTC)
_TEXT_OPERATORS = re.compile(r'([+\-&|!(){}\[\]^"~*?\\:/])')
_TEXT_WORDS = re.compile(r"\b(?:AND|OR|NOT|TO)\b")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of JQL; `optional_field` is what it is about, where an issue can lack that."""

    text: str
    optional_field: str | None = None


def quote_text(value: str) -> str:
    """A value as a JQL string.

    Raises:
        InvalidArgumentError: it is empty, too long, or has control characters.
    """
    return _quote(_checked(value))


def quote_words(text: str) -> str:
    """Words that a text is searched for, none of them an operator of the search.

    Raises:
        InvalidArgumentError: there are none, too many, or there are control characters.
    """
    return _quote(_escape_operators(_checked(text)))


def quote_phrase(text: str) -> str:
    """Words that a text is searched for as they stand, one behind the other.

    Raises:
        InvalidArgumentError: there are none, too many, or there are control characters.
    """
    return _quote(f'"{_escape_operators(_checked(text))}"')


def write_value(value: T, write: Callable[[T], str], *, name: str) -> str:
    """A value of the input that callers know by `name`.

    Raises:
        InvalidArgumentError: it has another form; the message tells the input.
    """
    try:
        return write(value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error.message} It stands in `{name}`.") from None


def write_values(
    values: Sequence[T] | None, write: Callable[[T], str], *, name: str
) -> list[str] | None:
    """Each value of the list that callers know by `name`; None where no list was given.

    Raises:
        InvalidArgumentError: the list is empty or too long, or a value has another form; the
            message tells the input.
    """
    if values is None:
        return None
    if not 1 <= len(values) <= _MOST_VALUES:
        raise InvalidArgumentError(f"`{name}` takes 1 to {_MOST_VALUES} values.")
    return [write_value(value, write, name=name) for value in values]


def write_number(text: str) -> str:
    """A number; the full stop of one with a fraction is a reserved character outside of quotes.

    Raises:
        InvalidArgumentError: it is none.
    """
    if _NUMBER.fullmatch(text) is None:
        raise InvalidArgumentError(f"{shorten(text)!r} is not a number such as 3 or 2.5.")
    return quote_text(text) if "." in text else text


def write_instant(instant: datetime) -> str:
    """Epoch milliseconds, the same in every time zone.

    Raises:
        InvalidArgumentError: it has no time zone.
    """
    if instant.tzinfo is None:
        raise InvalidArgumentError("An instant needs a time zone.")
    return str((instant - _EPOCH) // timedelta(milliseconds=1))


def write_day(day: date) -> str:
    """A day, which is the same in every time zone where a field holds days."""
    return quote_text(day.isoformat())


def parse_instant(text: str) -> datetime:
    """An instant as the scalar `DateTime` writes it.

    Raises:
        InvalidArgumentError: it is none, or has no time zone.
    """
    with suppress(ValueError):
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant
    raise InvalidArgumentError(
        f"{shorten(text)!r} is not an instant with its time zone such as 2026-01-31T12:00:00Z."
    )


def parse_day(text: str) -> date:
    """A day as the scalar `Date` writes it.

    Raises:
        InvalidArgumentError: it is none.
    """
    if _DAY.fullmatch(text) is not None:
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise InvalidArgumentError(f"{shorten(text)!r} is not a day such as 2026-01-31.")


def _checked(value: str) -> str:
    if not value.strip() or len(value) > _LONGEST_VALUE or UNKNOWN_TO_JQL.search(value):
        raise InvalidArgumentError(
            f"{shorten(value)!r} cannot be searched for: 1 to {_LONGEST_VALUE} characters, "
            "none of them a control character or one that Unicode reserves."
        )
    return value


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _escape_operators(text: str) -> str:
    # Only in capitals are these words operators; the search itself ignores case.
    words = _TEXT_WORDS.sub(lambda word: word[0].lower(), text)
    return _TEXT_OPERATORS.sub(r"\\\1", words)
