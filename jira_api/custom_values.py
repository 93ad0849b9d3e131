"""Values of custom fields, typed by the field's schema; what does not fit stays raw JSON.

Source: Jira Cloud platform REST v3, `JsonTypeBean` and the issue field reference, read 2026-11.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from jira_api.decoding import Decoder
from jira_api.documents.rich_text import RichText
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonValue,
    as_list,
    as_object,
    as_text,
    find_text,
    get_text,
    parse_date,
    parse_instant,
)
from jira_api.records import Field, User


@dataclass(frozen=True, slots=True)
class FieldOption:
    """A choice; `child` is the second level of a cascading select."""

    option_id: str | None
    value: str
    child: "FieldOption | None" = None


@dataclass(frozen=True, slots=True)
class TextValue:
    """A line of text, a URL, or several words joined by a comma and a space."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number."""

    field: Field
    number: float


@dataclass(frozen=True, slots=True)
class DateValue:
    """A day."""

    field: Field
    day: date


@dataclass(frozen=True, slots=True)
class DateTimeValue:
    """An instant."""

    field: Field
    date_time: datetime


@dataclass(frozen=True, slots=True)
class UserValue:
    """One person or several."""

    field: Field
    users: Sequence[User]


@dataclass(frozen=True, slots=True)
class OptionValue:
    """One choice or several."""

    field: Field
    options: Sequence[FieldOption]


@dataclass(frozen=True, slots=True)
class RichTextValue:
    """A document."""

    field: Field
    rich_text: RichText


@dataclass(frozen=True, slots=True)
class RawValue:
    """Whatever Jira sent, where no other kind fits."""

    field: Field
    json: JsonValue


CustomValue: TypeAlias = (
    TextValue
    | NumberValue
    | DateValue
    | DateTimeValue
    | UserValue
    | OptionValue
    | RichTextValue
    | RawValue
)


def type_value(decode: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    """The value by its field's schema; raw where the schema is unknown or the value betrays it."""
    read = _READERS.get(_kind(field))
    if read is None:
        return RawValue(field, raw)
    try:
        return read(decode, field, raw)
    except InvalidResponseError:
        return RawValue(field, raw)


def _kind(field: Field) -> str:
    if field.type == "array":
        return f"array of {field.items}"
    return "document" if field.is_document else field.type


def _text(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return TextValue(field, as_text(raw, "a text"))


def _texts(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    words = [as_text(each, "a word") for each in as_list(raw, "words")]
    return TextValue(field, ", ".join(words))


def _number(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return RawValue(field, raw)
    try:
        return NumberValue(field, float(raw))
    except OverflowError:
        return RawValue(field, raw)


def _date(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return DateValue(field, parse_date(as_text(raw, "a text")))


def _date_time(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return DateTimeValue(field, parse_instant(as_text(raw, "a text")))


def _user(decode: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return UserValue(field, (decode.user(as_object(raw, "a user")),))


def _users(decode: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    found = [decode.user(as_object(each, "a user")) for each in as_list(raw, "users")]
    return UserValue(field, tuple(found))


def _option(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return OptionValue(field, (_parse_option(raw),))


def _options(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return OptionValue(field, tuple(_parse_option(each) for each in as_list(raw, "options")))


def _document(_: Decoder, field: Field, raw: JsonValue) -> CustomValue:
    return RichTextValue(field, RichText(as_object(raw, "an Atlassian document")))


def _parse_option(raw: JsonValue, *, is_child: bool = False) -> FieldOption:
    option = as_object(raw, "an option")
    child = option.get("child")
    if is_child and child is not None:
        raise InvalidResponseError("Jira sent an option of a third level.")
    return FieldOption(
        option_id=find_text(option, "id"),
        value=get_text(option, "value"),
        child=None if child is None else _parse_option(child, is_child=True),
    )


_READERS: dict[str, Callable[[Decoder, Field, JsonValue], CustomValue]] = {
    "string": _text,
    "array of string": _texts,
    "number": _number,
    "date": _date,
    "datetime": _date_time,
    "user": _user,
    "array of user": _users,
    "option": _option,
    "option-with-child": _option,
    "array of option": _options,
    "document": _document,
}
