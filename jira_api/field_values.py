"""What Jira takes as a custom field's value, made from what people write.

Source: Jira Cloud platform REST v3, the issue field reference; Atlassian's "Team field in Jira REST
API"; read 2026-11.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from jira_api.documents.characters import check_characters
from jira_api.documents.check import check_document
from jira_api.documents.from_text import document_of_text
from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonValue
from jira_api.paths import is_numeric_id
from jira_api.records import Field

_CASCADE_DEPTH = 2
Write = Callable[[JsonValue], JsonValue]


def write_value(field: Field, value: JsonValue) -> JsonValue:
    """A value in the form that the field's schema asks for.

    A text will do for a choice (its value), a person (the account id), a version or a component
    (its name), a project (its key), an instant (ISO 8601), a team (its id), a sprint (its number)
    and a document (paragraphs); lists take such texts too, and one value for a list of one. A
    cascading choice is written as `["A", "B"]` too. Everything else goes to Jira as it is, and None
    empties the field.

    Raises:
        InvalidArgumentError: a document that is none, or a value that JSON or Jira cannot hold.
    """
    _check_json(value)
    if value is None:
        return None
    kind = (field.custom_type or "").rpartition(":")[2]
    if field.is_document:
        return document_of_text(value) if isinstance(value, str) else check_document(value)
    if kind in _BY_CUSTOM_TYPE:
        return _BY_CUSTOM_TYPE[kind](value)
    if field.type == "array":
        listed = value if isinstance(value, list) else [value]
        return [_wrap(field.items, each) for each in listed]
    return _wrap(field.type, value)


def _check_json(value: JsonValue) -> None:
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            pending += [*part, *part.values()]
        elif isinstance(part, list):
            pending += part
        elif isinstance(part, str):
            check_characters(part, "the value")
        elif isinstance(part, float) and not math.isfinite(part):
            raise InvalidArgumentError("the value holds a number that JSON cannot carry.")


def _wrap(kind: str | None, value: JsonValue) -> JsonValue:
    write = _BY_TYPE.get(kind or "")
    return value if write is None else write(value)


def _under(name: str) -> Write:
    return lambda value: {name: value} if isinstance(value, str) else value


def _cascade(value: JsonValue) -> JsonValue:
    """A choice with the one below it, each by its text or as Jira takes it."""
    if isinstance(value, str):
        return {"value": value}
    if isinstance(value, list) and 1 <= len(value) <= _CASCADE_DEPTH:
        first, *below = (_cascade(each) for each in value)
        if not below:
            return first
        return {**first, "child": below[0]} if isinstance(first, dict) else value
    if isinstance(value, dict) and isinstance(value.get("child"), str):
        return {**value, "child": {"value": value["child"]}}
    return value


def _instant(value: JsonValue) -> JsonValue:
    """An instant as Jira reads it: with milliseconds, and an offset without a colon."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is None or instant.tzinfo is None:
            return value
        written = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return value
    return written.removesuffix("+00:00") + "+0000"


def _number_of_sprint(value: JsonValue) -> JsonValue:
    """A sprint's number, from what the field itself holds as well: a list of sprints."""
    if isinstance(value, list) and len(value) == 1:
        return _number_of_sprint(value[0])
    if isinstance(value, dict) and "id" in value:
        return _number_of_sprint(value["id"])
    return int(value) if isinstance(value, str) and is_numeric_id(value) else value


def _id_of_team(value: JsonValue) -> JsonValue:
    return value["id"] if isinstance(value, dict) and "id" in value else value


_BY_CUSTOM_TYPE: Mapping[str, Write] = {
    "gh-sprint": _number_of_sprint,
    "atlassian-team": _id_of_team,
    "rm-teams-custom-field-team": _id_of_team,
}
_BY_TYPE: Mapping[str, Write] = {
    "option": _under("value"),
    "option-with-child": _cascade,
    "user": _under("accountId"),
    "version": _under("name"),
    "component": _under("name"),
    "priority": _under("name"),
    "group": _under("name"),
    "project": _under("key"),
    "datetime": _instant,
}
