"""What a caller gives of an issue, checked, and written as Jira's fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from jira_api.documents.check import check_document
from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.from_text import document_of_text
from jira_api.errors import InvalidArgumentError
from jira_api.field_values import write_value
from jira_api.json_values import JsonObject, JsonValue
from jira_api.paths import is_issue_key, parse_account_id
from jira_api.records import Origin
from resolvers.arguments import check_count, check_text
from resolvers.context import Context
from resolvers.custom_fields import resolve_custom_field
from resolvers.errors import BadUserInputError
from resolvers.references import parse_defined, parse_issue

_LONGEST_SUMMARY = 255
_LONGEST_NAME = 255
_MOST_VALUES = 100
CUSTOM_FIELDS = "customFields"


@dataclass(frozen=True, slots=True)
class RichTextSource:
    """A text as people write it: exactly one of the three is given."""

    markdown: str | None = None
    text: str | None = None
    adf: JsonValue = None


@dataclass(frozen=True, slots=True)
class IdOrName:
    """A thing that the site defines: exactly one of the two is given."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CustomFieldChange:
    """A custom field by id or name, and its new value, which has to be given."""

    field: str
    value: JsonValue
    is_given: bool = True


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
    custom_fields: Sequence[CustomFieldChange] | None


@dataclass(frozen=True, slots=True)
class _Value:
    """One value to write: for errors, `argument` says where the caller gave it."""

    origin: Origin
    argument: str
    given: Any


@dataclass(frozen=True, slots=True)
class _Field:
    """How an input is written: Jira's field, and what empties it where it can be emptied."""

    argument: str
    field_id: str
    write: Callable[[_Value], JsonValue]
    empty: JsonValue = None
    can_be_empty: bool = True


@dataclass(frozen=True, slots=True)
class WrittenFields:
    """Jira's fields by id, and the input that each comes from, such as `issue.summary`."""

    values: Mapping[str, JsonValue]
    arguments: Mapping[str, str]


async def write_fields(
    context: Context, origin: Origin, values: IssueValues, *, within: str
) -> WrittenFields:
    """Jira's fields for what was given; `within` is where the inputs lie, such as `issue.`.

    Only the names of custom fields cost a call, after everything else was checked.

    Raises:
        BadUserInputError: a value has another form, or a custom field is unknown or ambiguous.
        JiraApiError: the site's fields could not be read.
    """
    changes = values.get("custom_fields") or ()
    _check_changes(changes, within + CUSTOM_FIELDS)
    given = [(name, field) for name, field in _FIELDS.items() if name in values]
    fields = {
        field.field_id: await _write(
            context, field, _Value(origin, within + field.argument, values.get(name))
        )
        for name, field in given
    }
    arguments = {field.field_id: within + field.argument for _, field in given}
    for number, change in enumerate(changes):
        place = f"{within}{CUSTOM_FIELDS}.{number}"
        field_id, value = await _write_custom(context, origin, change, place)
        if field_id in fields:
            raise BadUserInputError(f"`{place}`: {change.field} is given twice.", argument=place)
        fields[field_id], arguments[field_id] = value, place
    return WrittenFields(fields, arguments)


def _check_changes(changes: Sequence[CustomFieldChange], argument: str) -> None:
    check_count(changes, argument=argument, most=_MOST_VALUES)
    for number, change in enumerate(changes):
        place = f"{argument}.{number}"
        check_text(change.field, argument=f"{place}.field", longest=_LONGEST_NAME)
        if not change.is_given:
            raise BadUserInputError(
                f"`{place}.value` has to be given; null clears the field.",
                argument=f"{place}.value",
            )


async def _write(context: Context, field: _Field, value: _Value) -> JsonValue:
    argument = value.argument
    if value.given is None:
        if field.can_be_empty:
            return field.empty
        raise BadUserInputError(f"`{argument}` cannot be taken away.", argument=argument)
    try:
        if isinstance(value.given, RichTextSource):
            return await context.read_beside(field.write, value)
        return field.write(value)
    except InvalidArgumentError as error:
        raise BadUserInputError(f"`{argument}`: {error.message}", argument=argument) from None


async def _write_custom(
    context: Context, origin: Origin, change: CustomFieldChange, place: str
) -> tuple[str, JsonValue]:
    try:
        field = await resolve_custom_field(context, origin, change.field)
        if field is not None and field.is_document:
            return field.field_id, await context.read_beside(write_value, field, change.value)
        if field is not None:
            return field.field_id, write_value(field, change.value)
    except (BadUserInputError, InvalidArgumentError) as error:
        raise BadUserInputError(f"`{place}`: {error.message}", argument=place) from None
    raise BadUserInputError(
        f"`{place}`: the site has no custom field {change.field!r}.", argument=place
    )


def _summary(value: _Value) -> JsonValue:
    return check_text(value.given, argument=value.argument, longest=_LONGEST_SUMMARY)


def write_document(source: RichTextSource) -> JsonObject:
    """An Atlassian document of what was written: Jira takes no bare text.

    Raises:
        InvalidArgumentError: the text has characters that no document holds, or the document is
            none.
    """
    if source.markdown is not None:
        return document_of_markdown(source.markdown)
    if source.text is not None:
        return document_of_text(source.text)
    return check_document(source.adf)


def _document(value: _Value) -> JsonValue:
    return write_document(value.given)


def _defined(type_name: str) -> Callable[[_Value], JsonValue]:
    def write(value: _Value) -> JsonValue:
        given: IdOrName = value.given
        if given.id is not None:
            place = f"{value.argument}.id"
            return {"id": parse_defined(value.origin, given.id, type_name, argument=place)}
        place = f"{value.argument}.name"
        return {"name": check_text(given.name or "", argument=place, longest=_LONGEST_NAME)}

    return write


def _person(value: _Value) -> JsonValue:
    return {"accountId": parse_account_id(value.given)}


def _labels(value: _Value) -> JsonValue:
    labels = _texts(value)
    if any(len(label.split()) != 1 or label != label.strip() for label in labels):
        raise InvalidArgumentError("a label has no spaces.")
    return labels


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
    "description": _Field("description", "description", _document),
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
