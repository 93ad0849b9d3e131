"""What a filter asks of a custom field, as clauses of JQL, by the field's kind.

Source: Atlassian's JQL reference (custom fields, operators), read 2026-11: a field is named as
`cf[10016]`, since names are neither unique nor lasting; fields of free text know no operator but
`~`; choices are named by their value or their id.
"""

from collections.abc import Callable, Iterator, Sequence

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import CustomFieldFilter
from jira_api.jql_values import (
    Clause,
    parse_day,
    parse_instant,
    quote_phrase,
    quote_text,
    write_day,
    write_instant,
    write_number,
    write_value,
    write_values,
)
from jira_api.paths import parse_account_id
from jira_api.records import Field

_ORDERED = frozenset({"number", "date", "datetime", "version"})
_PREFIX = "customfield_"
_MOST_FILTERS = 100
_EQUALS, _IN = "filter.customFields.equals", "filter.customFields.in"
_GREATER, _LESS = "filter.customFields.greaterThan", "filter.customFields.lessThan"


def check_custom_filters(filters: Sequence[CustomFieldFilter]) -> None:
    """Refuse what no field's filter may be, before the fields are looked up.

    Raises:
        InvalidArgumentError: the list is empty or too long, a filter asks nothing, or a value
            cannot be searched for.
    """
    if not 1 <= len(filters) <= _MOST_FILTERS:
        raise InvalidArgumentError(f"`customFields` takes 1 to {_MOST_FILTERS} filters.")
    for given in filters:
        _check_values(given)


def write_custom_clauses(filters: Sequence[CustomFieldFilter]) -> Iterator[Clause]:
    """A clause for each thing asked of fields that were looked up.

    Raises:
        InvalidArgumentError: a value has not the form of the field's kind, the field's kind has no
            order, or a field was not looked up.
    """
    check_custom_filters(filters)
    for given in filters:
        yield from _write_clauses(given)


def name_custom_field(field_id: str) -> str:
    """A custom field's name in JQL."""
    return f"cf[{field_id.removeprefix(_PREFIX)}]"


def _check_values(given: CustomFieldFilter) -> None:
    write_values(given.one_of, quote_text, name=_IN)
    values = [
        write_value(value, quote_text, name=name)
        for name, value in (
            (_EQUALS, given.equals),
            (_GREATER, given.greater_than),
            (_LESS, given.less_than),
        )
        if value is not None
    ]
    if not values and given.one_of is None and given.is_empty is None:
        raise InvalidArgumentError(
            f"The filter of the custom field {_name(given)!r} asks nothing of it."
        )


def _write_clauses(given: CustomFieldFilter) -> Iterator[Clause]:
    if isinstance(given.field, str):
        raise InvalidArgumentError(f"The custom field {given.field!r} was not looked up.")
    named = name_custom_field(given.field.field_id)
    if _is_text(given.field):
        tests = _write_phrases(named, given)
    else:
        tests = _write_comparisons(named, given.field, given)
    for text in tests:
        yield Clause(text, named)
    if given.is_empty is not None:
        yield Clause(f"{named} IS {'' if given.is_empty else 'NOT '}EMPTY")


def _is_text(field: Field) -> bool:
    return field.type == "string" and not (field.custom_type or "").endswith(":url")


def _write_phrases(named: str, given: CustomFieldFilter) -> Iterator[str]:
    if given.greater_than is not None or given.less_than is not None:
        raise _unordered(given)
    if given.equals is not None:
        yield f"{named} ~ {write_value(given.equals, quote_phrase, name=_EQUALS)}"
    phrases = write_values(given.one_of, quote_phrase, name=_IN)
    if phrases is not None:
        yield f"({' OR '.join(f'{named} ~ {phrase}' for phrase in phrases)})"


def _write_comparisons(named: str, field: Field, given: CustomFieldFilter) -> Iterator[str]:
    kind = (field.items or "") if field.type == "array" else field.type
    write = _WRITERS.get(kind, quote_text)
    if given.equals is not None:
        yield f"{named} = {write_value(given.equals, write, name=_EQUALS)}"
    values = write_values(given.one_of, write, name=_IN)
    if values is not None:
        yield f"{named} IN ({', '.join(values)})"
    for operator, bound, name in (
        (">", given.greater_than, _GREATER),
        ("<", given.less_than, _LESS),
    ):
        if bound is not None:
            if kind not in _ORDERED:
                raise _unordered(given)
            yield f"{named} {operator} {write_value(bound, write, name=name)}"


def _name(given: CustomFieldFilter) -> str:
    return given.field if isinstance(given.field, str) else given.field.name


def _unordered(given: CustomFieldFilter) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"The values of the custom field {_name(given)!r} have no order: `greaterThan` and "
        "`lessThan` are for numbers, dates and versions."
    )


def _write_account(text: str) -> str:
    return quote_text(parse_account_id(text))


_WRITERS: dict[str, Callable[[str], str]] = {
    "number": write_number,
    "date": lambda text: write_day(parse_day(text)),
    "datetime": lambda text: write_instant(parse_instant(text)),
    "user": _write_account,
}
