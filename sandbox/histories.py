"""What became of an issue: a history for each change that the API made, the oldest first.

Source: `Changelog` and `ChangeDetails` of Atlassian's OpenAPI document, 2026-05; the names and
values of items as in recorded change logs of Jira Cloud.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sandbox.adf import read_text
from sandbox.formats import format_instant
from sandbox.link_records import list_entries
from sandbox.shapes import describe_user
from sandbox.world import (
    EPIC_LINK_FIELD,
    PERSON_ACCOUNT_ID,
    RANK_FIELD,
    SPRINT_FIELD,
    Issue,
    JsonObject,
    SiteData,
    User,
)

FIRST_HISTORY_ID: Final = 10000

_SYSTEM_FIELDS: Final[Mapping[str, str]] = {
    "summary": "summary",
    "description": "description",
    "environment": "environment",
    "issuetype": "issuetype",
    "status": "status",
    "priority": "priority",
    "resolution": "resolution",
    "assignee": "assignee",
    "reporter": "reporter",
    "duedate": "duedate",
    "timespent": "timespent",
    "timeestimate": "timeestimate",
    "timeoriginalestimate": "timeoriginalestimate",
}
"""Fields whose changes are one item, with the name that the item tells."""

_LISTS: Final[Mapping[str, str]] = {
    "components": "Component",
    "fixVersions": "Fix Version",
    "versions": "Version",
    "attachment": "Attachment",
}
"""Fields whose changes are an item for each entry that came or went."""

_DERIVED: Final = frozenset({EPIC_LINK_FIELD, RANK_FIELD, SPRINT_FIELD})
_NAMES: Final = ("displayName", "name", "value", "filename", "key")
Side = tuple[str | None, str | None]
"""A value by its id, and in words."""
_NOTHING: Final[Side] = (None, None)


def note_change(data: SiteData, before: Issue, after: Issue, *, at: datetime) -> None:
    """Keep what the person changed just now; a change of nothing that histories tell is none."""
    items = [*_compare_fields(data, before, after), *_compare_places(data, before, after)]
    if items:
        add_history(data, after.id, items, author=data.users[PERSON_ACCOUNT_ID], at=at)


def add_history(
    data: SiteData, issue_id: int, items: Sequence[JsonObject], *, author: User, at: datetime
) -> JsonObject:
    """One more history of an issue."""
    history: JsonObject = {
        "id": str(data.take_id("history", FIRST_HISTORY_ID)),
        "author": describe_user(data.site, author),
        "created": format_instant(at),
        "items": list(items),
    }
    data.histories.setdefault(issue_id, []).append(history)
    return history


def list_histories(data: SiteData, issue: Issue) -> list[JsonObject]:
    """The histories of an issue, the oldest first."""
    return sorted(data.histories.get(issue.id, ()), key=lambda history: history["created"])


def build_item(name: str, before: Side, after: Side, *, field_id: str | None = None) -> JsonObject:
    """One field's change; what Jira tells no id of has none."""
    custom = (field_id or "").startswith("customfield_")
    item: JsonObject = {"field": name, "fieldtype": "custom" if custom else "jira"}
    if field_id is not None:
        item["fieldId"] = field_id
    sides = zip(("from", "fromString", "to", "toString"), (*before, *after), strict=True)
    # The document knows no null: what there is not is left out.
    return item | {key: text for key, text in sides if text is not None}


def _compare_fields(data: SiteData, before: Issue, after: Issue) -> Iterator[JsonObject]:
    for name in sorted(before.fields.keys() | after.fields.keys()):
        old, new = before.fields.get(name), after.fields.get(name)
        if old == new or name in _DERIVED:
            continue
        if name == "labels":
            yield build_item(name, ("", " ".join(old or ())), ("", " ".join(new or ())))
        elif name in _LISTS:
            yield from _compare_lists(name, old or (), new or ())
        elif name in _SYSTEM_FIELDS:
            told = _SYSTEM_FIELDS[name]
            yield build_item(told, _tell(old), _tell(new), field_id=name)
        elif name.startswith("customfield_"):
            told = data.field_catalogue.get(name, {}).get("name", name)
            yield build_item(told, _tell(old), _tell(new), field_id=name)


def _compare_lists(
    name: str, old: Sequence[JsonObject], new: Sequence[JsonObject]
) -> Iterator[JsonObject]:
    left = {entry["id"]: entry for entry in old}
    right = {entry["id"]: entry for entry in new}
    for id_ in sorted(left.keys() - right.keys()):
        yield build_item(_LISTS[name], _tell(left[id_]), _NOTHING, field_id=name)
    for id_ in sorted(right.keys() - left.keys()):
        yield build_item(_LISTS[name], _NOTHING, _tell(right[id_]), field_id=name)


def _compare_places(data: SiteData, before: Issue, after: Issue) -> Iterator[JsonObject]:
    """What stands beside the fields, or is derived: parent, sprints, links, key."""
    if before.parent_id != after.parent_id:
        sides = [_tell_key(each.fields.get("parent")) for each in (before, after)]
        yield build_item("IssueParentAssociation", *sides)
    if before.sprint_ids != after.sprint_ids:
        sides = [_tell_sprints(data, each) for each in (before, after)]
        yield build_item("Sprint", *sides, field_id=SPRINT_FIELD)
    left = {entry["id"]: entry for entry in list_entries(before)}
    right = {entry["id"]: entry for entry in list_entries(after)}
    for id_ in sorted(left.keys() - right.keys()):
        yield build_item("Link", _tell_link(left[id_]), _NOTHING)
    for id_ in sorted(right.keys() - left.keys()):
        yield build_item("Link", _NOTHING, _tell_link(right[id_]))
    if before.key != after.key:
        yield build_item("Key", (None, before.key), (None, after.key))


def _tell(value: Any) -> Side:
    if value is None:
        return _NOTHING
    if isinstance(value, list):
        sides = [_tell(entry) for entry in value]
        ids = [id_ for id_, _ in sides if id_ is not None]
        return f"[{', '.join(ids)}]", ",".join(words or "" for _, words in sides)
    if isinstance(value, float):
        return None, f"{value:g}"
    if not isinstance(value, dict):
        return None, str(value)
    if value.get("type") == "doc":
        return None, read_text(value)
    id_ = value.get("accountId", value.get("id"))
    words = next((str(value[name]) for name in _NAMES if name in value), None)
    return (None if id_ is None else str(id_)), words


def _tell_key(stub: JsonObject | None) -> Side:
    return _NOTHING if stub is None else (stub["id"], stub["key"])


def _tell_sprints(data: SiteData, issue: Issue) -> Side:
    sprints = [data.sprints[id_] for id_ in issue.sprint_ids]
    return ", ".join(str(each.id) for each in sprints), ", ".join(each.name for each in sprints)


def _tell_link(entry: JsonObject) -> Side:
    is_outward = "outwardIssue" in entry
    other = entry["outwardIssue" if is_outward else "inwardIssue"]
    words = entry["type"]["outward" if is_outward else "inward"]
    return other["key"], f"This issue {words} {other['key']}"
