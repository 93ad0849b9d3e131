"""Values that people give to an issue's fields, checked and turned into what the issue holds.

Each reader gets a `Target` and the JSON value, never null, and raises Jira's sentence for what
the field does not take.
Source: refusals of Jira Cloud as public issue trackers quote them, 2018 to 2026.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.adf import read_text
from sandbox.adf_rules import is_document, is_valid
from sandbox.errors import FieldValueError
from sandbox.field_options import list_options
from sandbox.formats import format_instant, parse_day, parse_moment
from sandbox.issue_fields import NamedKind, describe_named
from sandbox.shapes import describe_issue_stub, describe_user
from sandbox.world import Issue, JsonObject, Project, SiteData, User

LONGEST_SUMMARY: Final = 255
LONGEST_LINE: Final = 255
LONGEST_TEXT: Final = 32_767
NOT_A_DOCUMENT: Final = (
    "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
)
INVALID_DOCUMENT: Final = "INVALID_INPUT"
MISSING_SUMMARY: Final = "You must specify a summary of the issue."
MISPLACED_PARENT: Final = "Given parent work item does not belong to appropriate hierarchy."
AUTOMATIC: Final = "-1"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a value is to go: a field of the catalogue, on an issue of a type in a project.

    `issue` is None while the issue is being made.
    """

    data: SiteData
    project: Project
    issue_type: JsonObject
    field: JsonObject
    issue: Issue | None = None


Reader = Callable[[Target, Any], Any]


def read_summary(_target: Target, value: Any) -> str:
    """One line of at most 255 characters."""
    text = read_string(_target, value)
    if not text.strip():
        raise FieldValueError(MISSING_SUMMARY)
    if "\n" in text or "\r" in text:
        raise FieldValueError("The summary is invalid because it contains newline characters.")
    if len(text) > LONGEST_SUMMARY:
        raise FieldValueError(f"Summary can't exceed {LONGEST_SUMMARY} characters.")
    return text


def read_string(_target: Target, value: Any) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise FieldValueError("Operation value must be a string")
    return value


def read_line(target: Target, value: Any) -> str | None:
    """The text of a single-line field; "" clears it."""
    text = read_string(target, value)
    if len(text) > LONGEST_LINE:
        raise _too_long(LONGEST_LINE)
    return text or None


def read_url(target: Target, value: Any) -> str | None:
    """An address with a scheme and a host."""
    text = read_string(target, value)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise FieldValueError("Not a valid URL") from None
    if text and not (parts.scheme and parts.netloc):
        raise FieldValueError("Not a valid URL")
    return text or None


def read_document(_target: Target, value: Any) -> JsonObject:
    """An Atlassian document."""
    return check_document(value)


def check_document(value: Any) -> JsonObject:
    """An Atlassian document for a field or a comment.

    Raises:
        FieldValueError: it is none, it is broken, or its text is too long.
    """
    if not is_document(value):
        raise FieldValueError(NOT_A_DOCUMENT)
    if not is_valid(value):
        raise FieldValueError(INVALID_DOCUMENT)
    if len(read_text(value)) > LONGEST_TEXT:
        raise _too_long(LONGEST_TEXT)
    document: JsonObject = value
    return document


def read_number(_target: Target, value: Any) -> float:
    """A finite number."""
    try:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        number = float(value) if is_number else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldValueError("Operation value must be a number")
    return number


def read_day(target: Target, value: Any) -> str | None:
    """A day as yyyy-MM-dd; "" clears it."""
    text = read_string(target, value)
    try:
        return parse_day(text).isoformat() if text else None
    except ValueError:
        raise FieldValueError(f"Error parsing date string: {text}") from None


def read_moment(target: Target, value: Any) -> str | None:
    """An instant with its offset; "" clears it."""
    text = read_string(target, value)
    try:
        return format_instant(parse_moment(text)) if text else None
    except (ValueError, OverflowError):
        raise FieldValueError(f"Error parsing time: {text}") from None


def read_label(target: Target, value: Any) -> str:
    """One label, without spaces."""
    label = read_string(target, value)
    if any(sign.isspace() for sign in label) or not label:
        raise FieldValueError(f"The label '{label}' contains spaces which is invalid.")
    if len(label) > LONGEST_LINE:
        raise FieldValueError(
            f"The label '{label}' exceeds the limit of {LONGEST_LINE} characters."
        )
    return label


def read_issue_type(target: Target, value: Any) -> JsonObject:
    """One of the project's issue types, on the same side of sub-tasks as before."""
    found = find_issue_type(target.project, value)
    if found is None or (target.issue and found["subtask"] != target.issue_type["subtask"]):
        raise FieldValueError("The issue type selected is invalid.")
    return found


def find_issue_type(project: Project, value: Any) -> JsonObject | None:
    """The issue type that an object names by id or name."""
    return _find_named(project.issue_types, value) if isinstance(value, dict) else None


def read_priority(target: Target, value: Any) -> JsonObject:
    """One of the site's priorities, by id or name."""
    return _get_named(target.data.priorities.values(), value, "Priority")


def read_resolution(target: Target, value: Any) -> JsonObject:
    """One of the site's resolutions, by id or name."""
    return _get_named(target.data.resolutions.values(), value, "Resolution")


def read_component(target: Target, value: Any) -> JsonObject:
    """One of the project's components, by id or name."""
    return _read_of_project(target, "components", value)


def read_version(target: Target, value: Any) -> JsonObject:
    """One of the project's versions, by id or name."""
    return _read_of_project(target, "versions", value)


def read_assignee(target: Target, value: Any) -> JsonObject | None:
    """A user who can be given work; a null account id for nobody, -1 for the project's lead."""
    account_id = _read_account_id(value)
    if account_id is None:
        return None
    lead = target.project.lead
    user = lead if account_id == AUTOMATIC else target.data.users.get(account_id)
    if account_id == AUTOMATIC and lead is None:
        return None
    if user is None or not user.is_active:
        raise FieldValueError(f"User '{account_id}' cannot be assigned issues.")
    return describe_user(target.data.site, user)


def read_reporter(target: Target, value: Any) -> JsonObject:
    """A user of the site."""
    user = _find_user(target, value)
    if user is None:
        raise FieldValueError("The reporter specified is not a user.")
    return describe_user(target.data.site, user)


def read_user(target: Target, value: Any) -> JsonObject:
    """A user of the site, in a field of the site's own making."""
    user = _find_user(target, value)
    if user is None:
        raise FieldValueError("Specify a valid value for user")
    return describe_user(target.data.site, user)


def read_option(target: Target, value: Any) -> JsonObject:
    """One of the field's options, by id or value."""
    return _without_children(_get_option(target, list_options(target.data, target.field), value))


def read_cascade(target: Target, value: Any) -> JsonObject:
    """An option and, below `child`, one of those under it."""
    option = _get_option(target, list_options(target.data, target.field), value)
    chosen = _without_children(option)
    if value.get("child") is not None:
        chosen["child"] = _get_option(target, option.get("children", []), value["child"])
    return chosen


def read_team(target: Target, value: Any) -> JsonObject:
    """A team by its id, with the name the site's issues know it by."""
    team_id = read_string(target, value)
    for issue in target.data.issues.values():
        team: JsonObject = issue.fields.get(target.field["id"]) or {}
        if team.get("id") == team_id:
            return team
    return {"id": team_id, "name": team_id}


def read_sprint_id(target: Target, value: Any) -> int:
    """The id of a sprint that is not closed, as a number."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    sprint = target.data.sprints.get(value) if is_number else None
    if not is_number:
        raise FieldValueError("Number value expected as the Sprint id.")
    if sprint is None or sprint.state == "closed":
        raise FieldValueError("Issue can be assigned only active or future sprints.")
    return sprint.id


def read_parent(target: Target, value: Any) -> JsonObject:
    """The issue right above, by id or key; a sub-task's is in the same project."""
    if not isinstance(value, dict):
        raise FieldValueError("data was not an object")
    return _place_under(target, str(value.get("id") or value.get("key") or ""))


def read_epic_key(target: Target, value: Any) -> JsonObject:
    """The epic above, by its key."""
    return _place_under(target, read_string(target, value))


def _place_under(target: Target, name: str) -> JsonObject:
    parent = target.data.find_issue(name)
    if parent is None:
        raise FieldValueError("Could not find issue by id or key.", field="parent")
    level = target.issue_type["hierarchyLevel"]
    is_right_above = parent.fields["issuetype"]["hierarchyLevel"] == level + 1
    is_near = level >= 0 or parent.project_id == target.project.id
    if not is_right_above or not is_near:
        raise FieldValueError(MISPLACED_PARENT, field="parentId")
    return describe_issue_stub(target.data.site, parent)


def _read_of_project(target: Target, kind: NamedKind, value: Any) -> JsonObject:
    entries: dict[str, JsonObject] = getattr(target.data, kind)
    own = [entry for entry in entries.values() if entry["projectId"] == target.project.id]
    label = "Component" if kind == "components" else "Version"
    return describe_named(kind, _get_named(own, value, label))


def _get_named(entries: Iterable[JsonObject], value: Any, label: str) -> JsonObject:
    if not isinstance(value, dict):
        raise FieldValueError("data was not an object")
    found = _find_named(entries, value)
    if found is not None:
        return found
    by = "id" if value.get("id") is not None else "name"
    if value.get(by) is None:
        raise FieldValueError(f"Could not find valid 'id' or 'name' in {label} object.")
    raise FieldValueError(f"{label} {by} '{value[by]}' is not valid")


def _find_named(entries: Iterable[JsonObject], value: JsonObject) -> JsonObject | None:
    by = "id" if value.get("id") is not None else "name"
    wanted = str(value.get(by)).lower()
    return next((entry for entry in entries if entry[by].lower() == wanted), None)


def _find_user(target: Target, value: Any) -> User | None:
    account_id = _read_account_id(value)
    return None if account_id is None else target.data.users.get(account_id)


def _read_account_id(value: Any) -> str | None:
    if not isinstance(value, dict):
        raise FieldValueError("data was not an object")
    account_id = value.get("accountId", value.get("id"))
    return None if account_id is None else str(account_id)


def _get_option(target: Target, options: Iterable[JsonObject], value: Any) -> JsonObject:
    if not isinstance(value, dict) or not {"id", "value"} & value.keys():
        raise FieldValueError(f"Specify a valid 'id' or 'value' for {target.field['name']}")
    by = "id" if "id" in value else "value"
    for option in options:
        if option[by] == str(value[by]):
            return option
    shown = "null" if value[by] is None else value[by]
    raise FieldValueError(f"Option {by} '{shown}' is not valid")


def _without_children(option: JsonObject) -> JsonObject:
    return {name: part for name, part in option.items() if name != "children"}


def _too_long(limit: int) -> FieldValueError:
    return FieldValueError(
        f"The entered text is too long. It exceeds the allowed limit of {limit:,} characters."
    )
