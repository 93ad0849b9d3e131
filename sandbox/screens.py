"""Which fields people may set, and what each does with the values it gets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox import field_values as values
from sandbox.errors import FieldValueError
from sandbox.field_values import Reader, Target
from sandbox.world import EPIC_LINK_FIELD, SPRINT_FIELD, JsonObject, SiteData

LIST_OPERATIONS: Final = ("add", "set", "remove")


@dataclass(frozen=True, slots=True)
class Control:
    """How one field is written.

    `read` gives the whole value of what is set, or with `is_list` one entry of it. Null becomes
    `empty`, unless `needed` says why there must be a value.
    """

    read: Reader
    is_list: bool = False
    needed: str = ""

    @property
    def operations(self) -> tuple[str, ...]:
        """What `update` may do with the field."""
        return LIST_OPERATIONS if self.is_list else ("set",)

    @property
    def empty(self) -> Any:
        """What null makes of the field."""
        return [] if self.is_list else None


_SYSTEM: Final = {
    "summary": Control(values.read_summary, needed=values.MISSING_SUMMARY),
    "issuetype": Control(values.read_issue_type, needed="The issue type selected is invalid."),
    "parent": Control(values.read_parent),
    "description": Control(values.read_document),
    "environment": Control(values.read_document),
    "priority": Control(values.read_priority),
    "labels": Control(values.read_label, is_list=True),
    "assignee": Control(values.read_assignee),
    "reporter": Control(values.read_reporter, needed="Reporter is required."),
    "components": Control(values.read_component, is_list=True),
    "fixVersions": Control(values.read_version, is_list=True),
    "versions": Control(values.read_version, is_list=True),
    "duedate": Control(values.read_day),
    "resolution": Control(values.read_resolution),
}
ONLY_ON_THE_WAY: Final = frozenset({"resolution"})
"""Fields that can be set between two statuses alone."""
_BY_ID: Final = {
    SPRINT_FIELD: Control(values.read_sprint_id),
    EPIC_LINK_FIELD: Control(values.read_epic_key),
}
_BY_KIND: Final = {"textarea": values.read_document, "url": values.read_url}
_BY_TYPE: Final[dict[str, Reader]] = {
    "number": values.read_number,
    "string": values.read_line,
    "date": values.read_day,
    "datetime": values.read_moment,
    "option": values.read_option,
    "option-with-child": values.read_cascade,
    "user": values.read_user,
    "version": values.read_version,
    "team": values.read_team,
}
_BY_ITEMS: Final[dict[str, Reader]] = {
    "string": values.read_label,
    "option": values.read_option,
    "user": values.read_user,
    "version": values.read_version,
}


def find_control(data: SiteData, name: str) -> Control | None:
    """How a field is written; None for one that is on no screen."""
    if name in _SYSTEM:
        return _SYSTEM[name]
    field = data.field_catalogue.get(name)
    return None if field is None or not field["custom"] else _find_custom(field)


def list_controls(data: SiteData) -> Iterator[tuple[JsonObject, Control]]:
    """The fields of the screens for creating and editing, with how each is written."""
    for name in (*_SYSTEM, *(name for name in data.field_catalogue if name not in _SYSTEM)):
        control = None if name in ONLY_ON_THE_WAY else find_control(data, name)
        if control is not None:
            yield data.field_catalogue[name], control


def read_value(control: Control, target: Target, value: Any) -> Any:
    """What the issue holds once a value was set.

    Raises:
        FieldValueError: the field does not take it.
    """
    if value is None:
        if control.needed:
            raise FieldValueError(control.needed)
        return control.empty
    if not control.is_list:
        return control.read(target, value)
    if not isinstance(value, list):
        raise FieldValueError("data was not an array")
    return drop_doubles([control.read(target, entry) for entry in value])


def drop_doubles(entries: list[Any]) -> list[Any]:
    """The entries in order, each once."""
    kept: list[Any] = []
    for entry in entries:
        if entry not in kept:
            kept.append(entry)
    return kept


def _find_custom(field: JsonObject) -> Control | None:
    if field["id"] in _BY_ID:
        return _BY_ID[field["id"]]
    schema = field["schema"]
    kind = schema["custom"].rpartition(":")[2]
    if schema["type"] == "array":
        entry = _BY_ITEMS.get(schema["items"])
        return None if entry is None else Control(entry, is_list=True)
    read = _BY_KIND.get(kind) or _BY_TYPE.get(schema["type"])
    return None if read is None else Control(read)
