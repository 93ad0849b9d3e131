"""Filters as callers give them, made ready to be written as JQL.

Global ids are read, custom fields looked up by their names, and the order by rank is asked of the
field that holds the ranks. Names of statuses, types, priorities, components and versions go to
Jira as they are: it knows them in the person's language, and refuses those that it does not know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from jira_api.custom_clauses import check_custom_filters, name_custom_field
from jira_api.errors import JiraApiError, RejectedError
from jira_api.issue_filter import (
    CustomFieldFilter,
    IssueFilter,
    Order,
    OrderField,
    PersonFilter,
    iter_filters,
    map_filters,
)
from jira_api.jql import bounded_condition
from jira_api.records import Field, Origin
from oauth.errors import OAuthError
from resolvers.context import Context
from resolvers.custom_fields import resolve_custom_field
from resolvers.errors import BadUserInputError
from resolvers.global_ids import find_global_id
from resolvers.known_fields import find_rank_field
from resolvers.references import parse_defined, parse_person

_CUSTOM_FIELDS = "filter.customFields"
_KINDS: Mapping[str, tuple[str, str]] = {
    "project_ids": ("Project", "projectIds"),
    "sprint_ids": ("Sprint", "sprintIds"),
    "ids_or_keys": ("Issue", "idsOrKeys"),
    "parent_ids_or_keys": ("Issue", "parentIdsOrKeys"),
    "issue_type_ids": ("IssueType", "issueTypeIds"),
    "status_ids": ("Status", "statusIds"),
    "priority_ids": ("Priority", "priorityIds"),
    "component_ids": ("Component", "componentIds"),
    "fix_version_ids": ("Version", "fixVersionIds"),
}
"""What the lists of references name, and how callers call those lists."""
_NAMES: Mapping[str, str] = {
    **{name: argument for name, (_, argument) in _KINDS.items()},
    "project_keys": "projectKeys",
    "issue_type_names": "issueTypeNames",
    "status_names": "statusNames",
    "priority_names": "priorityNames",
    "component_names": "componentNames",
    "fix_version_names": "fixVersionNames",
}
_PEOPLE = ("assignee", "reporter")
_Read = Callable[[str, str, str], str]
"""What a text names, as a number or a key; its type and its argument come along."""


def check_condition(condition: IssueFilter) -> None:
    """Refuse a filter that no query can be written from, before anything is called.

    Whose global ids it has, and which custom fields it names, is told later.

    Raises:
        InvalidArgumentError: a value has another form.
    """
    for each in iter_filters(condition):
        if each.custom_fields is not None:
            check_custom_filters(each.custom_fields)
    bounded_condition(
        map_filters(condition, lambda each: replace(_read_ids(each, _bare), custom_fields=None))
    )


async def resolve_condition(
    context: Context, origin: Origin, condition: IssueFilter
) -> IssueFilter:
    """A filter with numbers for global ids, and with the custom fields that it names.

    Raises:
        BadUserInputError: a global id is not one of this connection, or a custom field is unknown
            or has a name that others have too.
        JiraApiError: the site's fields could not be read.
    """
    fields = {name: await _get_field(context, origin, name) for name in _named_fields(condition)}

    def read(text: str, type_name: str, argument: str) -> str:
        if find_global_id(text) is None:
            return text
        if type_name == "User":
            return parse_person(origin, text, argument=argument)
        return parse_defined(origin, text, type_name, argument=argument)

    def resolve(each: IssueFilter) -> IssueFilter:
        found = _read_ids(each, read)
        if each.custom_fields is None:
            return found
        return replace(
            found, custom_fields=[_with_field(given, fields) for given in each.custom_fields]
        )

    return map_filters(condition, resolve)


async def resolve_order(
    context: Context, origin: Origin, order: Sequence[Order]
) -> Sequence[Order]:
    """An order with the field behind the ranks; where that cannot be read, Jira knows its name."""
    if all(column.field is not OrderField.RANK for column in order):
        return order
    with suppress(JiraApiError, OAuthError):
        ranks = await find_rank_field(context, origin)
        if ranks is not None:
            return [
                replace(column, field_id=ranks.field_id)
                if column.field is OrderField.RANK
                else column
                for column in order
            ]
    return order


def name_inputs(error: RejectedError, condition: IssueFilter) -> RejectedError:
    """Jira's refusal, with the inputs that hold the values and the custom fields it quotes.

    A custom field is told by its name and id; Jira speaks of it as queries do.
    """
    blamed = {
        argument
        for each in iter_filters(condition)
        for argument, values in _list_values(each)
        if any(f"'{value}'" in error.message for value in values)
    }
    if not blamed:
        return error
    named = ", ".join(f"`filter.{argument}`" for argument in sorted(blamed))
    message = error.message
    for given in (one for each in iter_filters(condition) for one in each.custom_fields or ()):
        if isinstance(given.field, Field):
            told = f"'{given.field.name} ({given.field.field_id})'"
            message = message.replace(f"'{name_custom_field(given.field.field_id)}'", told)
    return RejectedError(
        f"{message} It stands in {named}.",
        status=error.status or 0,
        field_errors=error.field_errors,
        general=error.general,
    )


def _list_values(condition: IssueFilter) -> Iterator[tuple[str, Sequence[str]]]:
    """The inputs of one filter whose values Jira knows or not, with those values."""
    for name, argument in _NAMES.items():
        yield argument, getattr(condition, name) or ()
    for name in _PEOPLE:
        person: PersonFilter | None = getattr(condition, name)
        yield f"{name}.accountIds", (person and person.account_ids) or ()
    for given in condition.custom_fields or ():
        if isinstance(given.field, Field):
            yield "customFields.field", (name_custom_field(given.field.field_id),)
        yield "customFields.equals", () if given.equals is None else (given.equals,)
        yield "customFields.in", given.one_of or ()


def _read_ids(condition: IssueFilter, read: _Read) -> IssueFilter:
    changed: dict[str, Any] = {}
    for name, (type_name, argument) in _KINDS.items():
        texts = getattr(condition, name)
        if texts is not None:
            changed[name] = [read(text, type_name, f"filter.{argument}") for text in texts]
    for name in _PEOPLE:
        person: PersonFilter | None = getattr(condition, name)
        if person is not None and person.account_ids is not None:
            argument = f"filter.{name}.accountIds"
            ids = [read(text, "User", argument) for text in person.account_ids]
            changed[name] = replace(person, account_ids=ids)
    return replace(condition, **changed)


def _bare(text: str, _type_name: str, _argument: str) -> str:
    return text if find_global_id(text) is None else "1"


def _named_fields(condition: IssueFilter) -> list[str]:
    given = [each for one in iter_filters(condition) for each in one.custom_fields or ()]
    return list(dict.fromkeys(each.field for each in given if isinstance(each.field, str)))


def _with_field(given: CustomFieldFilter, fields: Mapping[str, Field]) -> CustomFieldFilter:
    return replace(given, field=fields[given.field]) if isinstance(given.field, str) else given


async def _get_field(context: Context, origin: Origin, name: str) -> Field:
    try:
        found = await resolve_custom_field(context, origin, name)
    except BadUserInputError as error:
        raise BadUserInputError(error.message, argument=_CUSTOM_FIELDS) from None
    if found is None:
        raise BadUserInputError(f"The site has no custom field {name!r}.", argument=_CUSTOM_FIELDS)
    return found
