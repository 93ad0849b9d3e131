"""DateTime, Date and JSON."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import Undefined
from strawberry.types.scalar import ScalarDefinition

from jira_api.errors import InvalidResponseError
from resolvers.errors import BadUserInputError

Json = NewType("Json", object)

_SHOWN = 40
_DEEPEST_JSON = 200
_MOST_PARTS = 100_000
_MOST_CHARACTERS = 2_000_000


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadUserInputError(
            f"{str(value)[:_SHOWN]!r} is no DateTime: write it as 2026-01-31T12:00:00Z, with a "
            "time zone."
        )
    return instant


def _read_day(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise BadUserInputError(
            f"{str(value)[:_SHOWN]!r} is no Date: write it as 2026-01-31."
        ) from None


def _write_json(value: Any) -> Any:
    if _is_too_deep(value):
        raise InvalidResponseError(f"Jira sent JSON that nests more than {_DEEPEST_JSON} deep.")
    return value


def _same(value: Any) -> Any:
    return value


def read_json(value: Any) -> Any:
    """A JSON value as a caller gave it, without the variables that were not given.

    Its bounds are checked here and not where GraphQL reads the literal: an error there would take
    the answers of the mutations before it away.

    Raises:
        BadUserInputError: it is too large, or nests too deep.
    """
    _check_size(value)
    if _is_too_deep(value):
        raise BadUserInputError(f"JSON may nest {_DEEPEST_JSON} deep, and this goes deeper.")
    return _without_undefined(value)


def _check_size(value: Any) -> None:
    """Refuse what is large only because it names one variable over and over."""
    parts, characters, pending = 0, 0, [value]
    while pending:
        each = pending.pop()
        parts += 1
        characters += len(each) if isinstance(each, str) else 0
        characters += sum(map(len, each)) if isinstance(each, dict) else 0
        if parts > _MOST_PARTS or characters > _MOST_CHARACTERS:
            raise BadUserInputError(
                f"JSON may have {_MOST_PARTS:,} values and {_MOST_CHARACTERS:,} characters."
            )
        pending.extend(_list_inner(each))


def _without_undefined(value: Any) -> Any:
    """The value with variables that were not given left out of objects, and null in lists."""
    if isinstance(value, dict):
        return {k: _without_undefined(v) for k, v in value.items() if v is not Undefined}
    if isinstance(value, list):
        return [_without_undefined(each) for each in value]
    return None if value is Undefined else value


def _is_too_deep(value: Any) -> bool:
    """Whether writing the value as text could exhaust the stack, which ends the whole answer."""
    level = [value]
    for _ in range(_DEEPEST_JSON):
        level = [inner for each in level for inner in _list_inner(each)]
        if not level:
            return False
    return True


def _list_inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in ISO 8601 with its time zone; answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_write_instant,
        parse_value=_read_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day in ISO 8601, such as 2026-01-31.",
        serialize=date.isoformat,
        parse_value=_read_day,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as Jira or the caller wrote it.",
        serialize=_write_json,
        parse_value=_same,
    ),
}
