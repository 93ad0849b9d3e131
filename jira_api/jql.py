"""The only writer of JQL: values are quoted or checked numbers, never pasted.

Source: Atlassian's JQL reference (operators, fields, reserved characters of text search), read
2026-11. Instants go out as epoch milliseconds: a date in text form would be read in the time zone
of the connected person's profile.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import Direction, IssueFilter, Order, OrderField, PersonFilter
from jira_api.paths import (
    is_numeric_id,
    parse_account_id,
    parse_issue_key,
    parse_numeric_id,
    parse_project_key,
    shorten,
)
from jira_api.records import StatusCategory

NEWEST_FIRST = (Order(OrderField.CREATED, Direction.DESC), Order(OrderField.KEY))
MOST_ORDERS = 6
T = TypeVar("T")
_EVERYTHING = "project IS NOT EMPTY"
_MOST_VALUES = 1_000
_MOST_FILTERS = 100
_LONGEST_VALUE = 1_000
_EPOCH = datetime.fromtimestamp(0, tz=UTC)
_DEEPEST = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TEXT_OPERATORS = re.compile(r'([+\-&|!(){}\[\]^"~*?\\:/])')
_TEXT_WORDS = re.compile(r"\b(?:AND|OR|NOT|TO)\b")


def search_jql(condition: IssueFilter, order: Sequence[Order]) -> str:
    """A bounded query for a search over a whole site.

    Raises:
        InvalidArgumentError: a value that cannot be asked for.
    """
    return f"{bounded_condition(condition)} {_order_by(order)}"


def bounded_condition(condition: IssueFilter) -> str:
    """A condition alone, for counting; one that asks for nothing finds every issue.

    Raises:
        InvalidArgumentError: a value that cannot be asked for.
    """
    return _clauses(condition) or _EVERYTHING


def narrowing_jql(condition: IssueFilter, order: Sequence[Order]) -> str:
    """A query for an endpoint that is bounded by itself, such as a sprint's issues.

    Raises:
        InvalidArgumentError: a value that cannot be asked for.
    """
    return f"{_clauses(condition)} {_order_by(order)}".lstrip()


def quote_text(value: str) -> str:
    """A value as a JQL string.

    Raises:
        InvalidArgumentError: it is empty, too long, or has control characters.
    """
    if not value.strip() or len(value) > _LONGEST_VALUE or _CONTROL.search(value):
        raise InvalidArgumentError(
            f"{shorten(value)!r} cannot be searched for: 1 to {_LONGEST_VALUE} characters, "
            "none of them a control character."
        )
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _order_by(order: Sequence[Order]) -> str:
    columns = [*order]
    if all(column.field is not OrderField.KEY for column in order):
        columns.append(Order(OrderField.KEY))
    return "ORDER BY " + ", ".join(f"{c.field.value} {c.direction.value}" for c in columns)


def _clauses(condition: IssueFilter, depth: int = 1) -> str:
    if depth > _DEEPEST:
        raise InvalidArgumentError(f"A filter nests `and`, `or`, `not` {_DEEPEST} deep at most.")
    parts = [
        *_reference_clauses(condition),
        *_named_clauses(condition),
        *_person_clauses(condition),
        *_other_clauses(condition),
        *_time_clauses(condition),
        *_combined_clauses(condition, depth + 1),
    ]
    return " AND ".join(parts)


def _reference_clauses(condition: IssueFilter) -> Iterator[str]:
    yield from _either(
        "project",
        _values(condition.project_ids, parse_numeric_id),
        _values(condition.project_keys, _project_key),
    )
    yield from _either("sprint", _values(condition.sprint_ids, parse_numeric_id))
    yield from _either("issuekey", _values(condition.ids_or_keys, _issue_reference))
    yield from _either("parent", _values(condition.parent_ids_or_keys, _issue_reference))


def _named_clauses(condition: IssueFilter) -> Iterator[str]:
    for field, ids, names in (
        ("issuetype", condition.issue_type_ids, condition.issue_type_names),
        ("status", condition.status_ids, condition.status_names),
        ("priority", condition.priority_ids, condition.priority_names),
        ("component", condition.component_ids, condition.component_names),
        ("fixVersion", condition.fix_version_ids, condition.fix_version_names),
    ):
        yield from _either(field, _values(ids, parse_numeric_id), _values(names, quote_text))
    yield from _either("statusCategory", _values(condition.status_categories, _category))
    yield from _either("labels", _values(condition.labels, quote_text))
    if condition.excluded_labels is not None:
        excluded = _values(condition.excluded_labels, quote_text) or []
        yield f"(labels IS EMPTY OR labels NOT IN ({', '.join(excluded)}))"


def _person_clauses(condition: IssueFilter) -> Iterator[str]:
    if condition.assignee is not None:
        yield _person("assignee", condition.assignee)
    if condition.reporter is not None:
        yield _person("reporter", condition.reporter)


def _other_clauses(condition: IssueFilter) -> Iterator[str]:
    if condition.is_in_open_sprint is not None:
        inside = "sprint IN openSprints()"
        outside = "(sprint IS EMPTY OR sprint NOT IN openSprints())"
        yield inside if condition.is_in_open_sprint else outside
    if condition.is_resolved is not None:
        yield f"resolution IS {'NOT ' if condition.is_resolved else ''}EMPTY"
    if condition.text is not None:
        # Only in capitals are these words operators; the search itself ignores case.
        words = _TEXT_WORDS.sub(lambda word: word[0].lower(), condition.text)
        plain = _TEXT_OPERATORS.sub(r"\\\1", words)
        yield f"text ~ {quote_text(plain)}"


def _time_clauses(condition: IssueFilter) -> Iterator[str]:
    for field, operator, instant in (
        ("created", ">=", condition.created_after),
        ("created", "<", condition.created_before),
        ("updated", ">=", condition.updated_after),
        ("updated", "<", condition.updated_before),
    ):
        if instant is not None:
            yield f"{field} {operator} {_milliseconds(instant)}"
    for operator, day in ((">=", condition.due_after), ("<", condition.due_before)):
        if day is not None:
            yield f"due {operator} {_day(day)}"


def _combined_clauses(condition: IssueFilter, depth: int) -> Iterator[str]:
    if condition.all_of is not None:
        yield _joined(condition.all_of, " AND ", depth)
    if condition.any_of is not None:
        yield _joined(condition.any_of, " OR ", depth)
    if condition.none_of is not None:
        yield f"NOT ({_clauses(condition.none_of, depth) or _EVERYTHING})"


def _joined(conditions: Sequence[IssueFilter], word: str, depth: int) -> str:
    if not 1 <= len(conditions) <= _MOST_FILTERS:
        raise InvalidArgumentError(f"`and` and `or` take 1 to {_MOST_FILTERS} filters.")
    inner = [f"({_clauses(each, depth) or _EVERYTHING})" for each in conditions]
    return f"({word.join(inner)})"


def _either(field: str, *values: list[str] | None) -> Iterator[str]:
    """One clause that the union of the lists satisfies; none where no list was given."""
    given = [each for each in values if each is not None]
    if given:
        union = [value for each in given for value in each]
        yield f"{field} IN ({', '.join(union)})"


def _values(values: Sequence[T] | None, write: Callable[[T], str]) -> list[str] | None:
    if values is None:
        return None
    if not 1 <= len(values) <= _MOST_VALUES:
        raise InvalidArgumentError(f"A filter's list takes 1 to {_MOST_VALUES} values.")
    return [write(value) for value in values]


def _project_key(key: str) -> str:
    return quote_text(parse_project_key(key))


def _issue_reference(id_or_key: str) -> str:
    return id_or_key if is_numeric_id(id_or_key) else quote_text(parse_issue_key(id_or_key))


def _category(category: StatusCategory) -> str:
    if category is StatusCategory.UNKNOWN:
        raise InvalidArgumentError("Issues cannot be searched by the status category UNKNOWN.")
    return quote_text(category.value)


def _person(field: str, person: PersonFilter) -> str:
    if person.account_ids is not None:
        ids = _values(person.account_ids, lambda text: quote_text(parse_account_id(text))) or []
        return f"{field} IN ({', '.join(ids)})"
    if person.is_me is not None:
        somebody_else = f"({field} IS EMPTY OR {field} != currentUser())"
        return f"{field} = currentUser()" if person.is_me else somebody_else
    if person.is_empty is None:
        raise InvalidArgumentError(f"The filter of {field} names nobody and no condition.")
    return f"{field} IS {'EMPTY' if person.is_empty else 'NOT EMPTY'}"


def _milliseconds(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise InvalidArgumentError("An instant needs a time zone.")
    return str((instant - _EPOCH) // timedelta(milliseconds=1))


def _day(day: date) -> str:
    return quote_text(day.isoformat())
