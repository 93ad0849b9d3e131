"""What Jira takes as a custom field's value, made from what people write.

Source: Jira Cloud platform REST v3, the issue field reference, read 2026-11.
"""

import math
from collections.abc import Callable

from jira_api.documents.characters import check_characters
from jira_api.documents.check import check_document
from jira_api.documents.from_text import document_of_text
from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonValue
from jira_api.records import Field


def write_value(field: Field, value: JsonValue) -> JsonValue:
    """A value in the form that the field's schema asks for.

    A text will do for a choice (its value), a person (the account id), a version or a component
    (its name) and a document (paragraphs); lists take such texts too. Everything else goes to Jira
    as it is, and None empties the field.

    Raises:
        InvalidArgumentError: a document that is none, or a value that JSON or Jira cannot hold.
    """
    _check_json(value)
    if value is None:
        return None
    if field.is_document:
        return document_of_text(value) if isinstance(value, str) else check_document(value)
    if field.type == "array" and isinstance(value, list):
        return [_wrap(field.items, each) for each in value]
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
    wrap = _WRAPPINGS.get(kind or "")
    return wrap(value) if wrap is not None and isinstance(value, str) else value


def _under(name: str) -> Callable[[str], JsonValue]:
    return lambda text: {name: text}


_WRAPPINGS = {
    "option": _under("value"),
    "option-with-child": _under("value"),
    "user": _under("accountId"),
    "version": _under("name"),
    "component": _under("name"),
    "priority": _under("name"),
    "group": _under("name"),
}
