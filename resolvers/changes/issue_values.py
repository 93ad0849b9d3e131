"""What a caller gives of an issue, checked, and written as Jira's fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonValue
from jira_api.paths import is_issue_key, parse_account_id
from jira_api.records import Origin
from resolvers.arguments import check_count, check_text
from resolvers.changes.agile_inputs import AgileInputs, LoadForm
from resolvers.changes.custom_inputs import (
    CUSTOM_FIELDS,
    CustomFieldChange,
    WrittenFields,
    check_changes,
    write_changes,
)
from resolvers.context import Context
from resolvers.documents import RichTextSource, write_document
from resolvers.errors import BadUserInputError
from resolvers.references import parse_defined, parse_issue

_LONGEST_SUMMARY = 255
_LONGEST_NAME = 255
_MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class IdOrName:
    """A thing that the site defines: exactly one of the two is given."""

    id: str | None = None
    name: str | None = None


class IssueValues(TypedDict, total=False):
    """What is given of an issue: a key left out stays as it is, None empties it."""

    summary: str | None
    description: RichTextSource | None
    issue_type: IdOrName | None
    priority: IdOrName | None
    assignee_account_id: str | None
    reporter_account_id: str | None
    labels: Sequence[str] | None
    component_names: Sequence[str] | None
    fix_version_names: Sequence[str] | None
    parent: str | None
    due_date: date | None
    sprint_id: str | None
    story_points: float | None
    custom_fields: Sequence[CustomFieldChange] | None


@dataclass(frozen=True, slots=True)
class _Value:
    """One value to write: for errors, `argument` says where the caller gave it."""

    origin: Origin
    argument: str
    given: Any


@dataclass(frozen=True, slots=True)
class _Field:
    """How an input is written: Jira's field, and what empties it where it can be emptied.

    A text has no `write`: it becomes a document.
    """

    argument: str
    field_id: str
    write: Callable[[_Value], JsonValue] | None
    empty: JsonValue = None
    can_be_empty: bool = True


async def write_fields(
    context: Context, origin: Origin, values: IssueValues, *, within: str, load_form: LoadForm
) -> WrittenFields:
    """Jira's fields for what was given; `within` is where the inputs lie, such as `issue.`.

    Only custom fields, sprints and story points cost calls, after everything else was checked.
    `load_form` gives the form that the issue is made or edited by.

    Raises:
        BadUserInputError: a value has another form, or a custom field is unknown or ambiguous.
        JiraApiError: the site's fields could not be read.
    """
    changes = values.get("custom_fields") or ()
    check_changes(changes, within + CUSTOM_FIELDS)
    agile = AgileInputs.of(origin, values, within)
    written = WrittenFields()
    for name, field in _FIELDS.items():
        if name in values:
            place = within + field.argument
            value = await _write(context, field, _Value(origin, place, values.get(name)))
            written.add(field.field_id, value, argument=place, name=field.argument)
    await agile.write(context, origin, written, load_form)
    await write_changes(context, origin, changes, written, argument=within + CUSTOM_FIELDS)
    return written


async def _write(context: Context, field: _Field, value: _Value) -> JsonValue:
    argument = value.argument
    if value.given is None:
        if field.can_be_empty:
            return field.empty
        raise BadUserInputError(f"`{argument}` cannot be taken away.", argument=argument)
    if field.write is None:
        return await write_document(context, value.origin, value.given, argument=argument)
    try:
        return field.write(value)
    except InvalidArgumentError as error:
        raise BadUserInputError(f"`{argument}`: {error.message}", argument=argument) from None


def _summary(value: _Value) -> JsonValue:
    return check_text(value.given, argument=value.argument, longest=_LONGEST_SUMMARY)


def _defined(type_name: str) -> Callable[[_Value], JsonValue]:
    return lambda value: write_defined(
        value.origin, value.given, type_name, argument=value.argument
    )


def write_defined(
    origin: Origin, given: IdOrName, type_name: str, *, argument: str
) -> Mapping[str, str]:
    """Something that the site defines, as Jira takes it: by its number or its name.

    Raises:
        BadUserInputError: the id is no number and no global id, or the name is blank or too long.
    """
    if given.id is not None:
        return {"id": parse_defined(origin, given.id, type_name, argument=f"{argument}.id")}
    name = check_text(given.name or "", argument=f"{argument}.name", longest=_LONGEST_NAME)
    return {"name": name}


def _person(value: _Value) -> JsonValue:
    return {"accountId": parse_account_id(value.given)}


def _labels(value: _Value) -> JsonValue:
    return check_labels(value.given, argument=value.argument)


def check_labels(labels: Sequence[str], *, argument: str) -> list[str]:
    """Labels as the caller wrote them.

    Raises:
        BadUserInputError: there are too many, or one is blank, too long or has control characters.
        InvalidArgumentError: one has spaces.
    """
    check_count(labels, argument=argument, most=_MOST_VALUES)
    checked = [check_text(text, argument=argument, longest=_LONGEST_NAME) for text in labels]
    if any(len(label.split()) != 1 or label != label.strip() for label in checked):
        raise InvalidArgumentError("a label has no spaces.")
    return checked


def _names(value: _Value) -> JsonValue:
    return [{"name": name} for name in _texts(value)]


def _texts(value: _Value) -> list[str]:
    check_count(value.given, argument=value.argument, most=_MOST_VALUES)
    return [check_text(t, argument=value.argument, longest=_LONGEST_NAME) for t in value.given]


def _parent(value: _Value) -> JsonValue:
    reference = parse_issue(value.origin, value.given, argument=value.argument)
    return {"key" if is_issue_key(reference) else "id": reference}


def _day(value: _Value) -> JsonValue:
    day: date = value.given
    return day.isoformat()


_FIELDS: Mapping[str, _Field] = {
    "summary": _Field("summary", "summary", _summary, can_be_empty=False),
    "description": _Field("description", "description", None),
    "issue_type": _Field("issueType", "issuetype", _defined("IssueType"), can_be_empty=False),
    "priority": _Field("priority", "priority", _defined("Priority")),
    "assignee_account_id": _Field("assigneeAccountId", "assignee", _person),
    "reporter_account_id": _Field("reporterAccountId", "reporter", _person),
    "labels": _Field("labels", "labels", _labels, empty=[]),
    "component_names": _Field("componentNames", "components", _names, empty=[]),
    "fix_version_names": _Field("fixVersionNames", "fixVersions", _names, empty=[]),
    "parent": _Field("parent", "parent", _parent),
    "due_date": _Field("dueDate", "duedate", _day),
}
