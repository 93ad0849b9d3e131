"""What a write asks to change on an issue, read from its `fields` and `update`.

Source: `IssueUpdateDetails` of Atlassian's OpenAPI document, 2026-05; refusals as in field_values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.errors import FieldValueError, JiraError
from sandbox.field_values import Target, check_document
from sandbox.screens import ONLY_ON_THE_WAY, Control, drop_doubles, find_control, read_value
from sandbox.world import EPIC_LINK_FIELD, Issue, JsonObject, Project, SiteData

INVALID_BODY: Final = "Invalid request payload. Refer to the REST API documentation and try again."
_COMMENT_ONLY_ADDS: Final = (
    "Field with id 'comment' and name 'Comment' does not support operation '{0}' "
    "Supported operation(s) are: 'add'"
)


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a write is made: on an issue, or on the form for a new one.

    `names` are the fields that stand on it; None for all but those of transitions.
    """

    data: SiteData
    project: Project
    issue_type: JsonObject
    issue: Issue | None = None
    names: frozenset[str] | None = None

    def shows(self, name: str) -> bool:
        """Whether a field stands on the screen."""
        if self.names is not None:
            return name in self.names
        return name not in ONLY_ON_THE_WAY and self.data.has_field(name, self.project.id)

    def read(self, name: str) -> Any:
        """The value that a field has so far."""
        return None if self.issue is None else self.issue.fields.get(name)


@dataclass(slots=True)
class Changes:
    """New values by field, documents to add as comments, and what cannot be, by field."""

    values: JsonObject = field(default_factory=dict)
    comments: list[JsonObject] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, error: FieldValueError) -> None:
        """Keep why a field's value cannot be."""
        self.errors.setdefault(error.field or name, error.message)

    def check(self) -> None:
        """Stop where anything was refused.

        Raises:
            JiraError: 400.
        """
        if self.errors:
            raise JiraError(400, errors=self.errors)


def read_changes(
    screen: Screen, body: Mapping[str, Any], *, skip: frozenset[str] = frozenset()
) -> Changes:
    """Everything a body asks for but the fields to skip, with what is wrong about it.

    Raises:
        JiraError: 400 where the body itself is malformed.
    """
    fields, update = read_part(body, "fields"), read_part(body, "update")
    changes = Changes()
    for name in fields.keys() & update.keys():
        message = f"Field '{name}' cannot appear in both 'fields' and 'update'"
        changes.errors[name] = message
    if "issuetype" in fields and "issuetype" not in skip:
        screen = _change_type(screen, fields["issuetype"], changes)
    for name, value in fields.items():
        if name not in skip | changes.errors.keys():
            _read_field(screen, name, value, changes)
    for name, operations in update.items():
        if name not in changes.errors:
            _read_operations(screen, name, operations, changes)
    return changes


def read_part(body: Mapping[str, Any], name: str) -> JsonObject:
    """The object below a name of a body; {} without one.

    Raises:
        JiraError: 400 for anything else.
    """
    part = body.get(name)
    if part is not None and not isinstance(part, dict):
        raise JiraError(400, [INVALID_BODY])
    return part or {}


def _change_type(screen: Screen, value: Any, changes: Changes) -> Screen:
    # The new type decides which parents fit.
    _read_field(screen, "issuetype", value, changes)
    return replace(screen, issue_type=changes.values.get("issuetype", screen.issue_type))


def _read_field(screen: Screen, name: str, value: Any, changes: Changes) -> None:
    try:
        control = _get_control(screen, name)
        changes.values[_place(name)] = read_value(control, _aim(screen, name), value)
    except FieldValueError as error:
        changes.refuse(name, error)


def _place(name: str) -> str:
    # The old link to an epic and the parent are one thing by now.
    return "parent" if name == EPIC_LINK_FIELD else name


def _get_control(screen: Screen, name: str) -> Control:
    control = find_control(screen.data, name) if screen.shows(name) else None
    if control is None:
        raise FieldValueError(
            f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        )
    return control


def _aim(screen: Screen, name: str) -> Target:
    entry = screen.data.field_catalogue[name]
    return Target(screen.data, screen.project, screen.issue_type, entry, screen.issue)


def _read_operations(screen: Screen, name: str, operations: Any, changes: Changes) -> None:
    try:
        for operation in _list_operations(operations):
            _operate(screen, name, operation, changes)
    except FieldValueError as error:
        changes.refuse(name, error)


def _list_operations(operations: Any) -> list[tuple[str, Any]]:
    if not isinstance(operations, list):
        raise FieldValueError("data was not an array")
    if not all(isinstance(operation, dict) for operation in operations):
        raise FieldValueError("data was not an object")
    return [pair for operation in operations for pair in operation.items()]


def _operate(screen: Screen, name: str, operation: tuple[str, Any], changes: Changes) -> None:
    verb, value = operation
    if name == "comment":
        changes.comments.append(_read_comment(verb, value))
        return
    control = _get_control(screen, name)
    target = _aim(screen, name)
    if verb not in control.operations:
        supported = ",".join(control.operations)
        raise FieldValueError(
            f"Field with id '{name}' and name '{target.field['name']}' does not support "
            f"operation '{verb}' Supported operation(s) are: '{supported}'"
        )
    if verb == "set":
        changes.values[_place(name)] = read_value(control, target, value)
        return
    entries = changes.values.get(name, screen.read(name)) or []
    entry = control.read(target, value)
    others = [other for other in entries if not _is_same(other, entry)]
    changes.values[name] = others if verb == "remove" else drop_doubles([*entries, entry])


def _is_same(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        name = "id" if "id" in left else "accountId"
        return bool(left.get(name) == right.get(name))
    return bool(left == right)


def _read_comment(verb: str, value: Any) -> JsonObject:
    if verb != "add":
        raise FieldValueError(_COMMENT_ONLY_ADDS.format(verb))
    body = value.get("body") if isinstance(value, dict) else None
    return check_document(body)
