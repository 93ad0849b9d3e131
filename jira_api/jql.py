"""The only writer of JQL: values are quoted or checked numbers, never pasted.

Source: Atlassian's JQL reference (operators, fields), read 2026-11. There `NOT field = value` is
the same as `field != value`, which no issue fulfils that lacks the field; a filter's `not` finds
those as well.
"""

from collections.abc import Iterator, Sequence

from jira_api.custom_clauses import name_custom_field, write_custom_clauses
from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import Direction, IssueFilter, Order, OrderField, PersonFilter
from jira_api.jql_values import (
    Clause,
    quote_text,
    quote_words,
    write_day,
    write_instant,
    write_value,
    write_values,
)
from jira_api.paths import (
    is_numeric_id,
    parse_account_id,
    parse_issue_key,
    parse_numeric_id,
    parse_project_key,
)
from jira_api.raw_jql import RawJql
from jira_api.records import StatusCategory

NEWEST_FIRST = (Order(OrderField.CREATED, Direction.DESC), Order(OrderField.KEY))
MOST_ORDERS = 6
_EVERYTHING = "project IS NOT EMPTY"
_MOST_FILTERS = 100
_DEEPEST = 8
_OPTIONAL = frozenset(
    [
        "assignee",
        "component",
        "due",
        "fixVersion",
        "labels",
        "parent",
        "priority",
        "reporter",
        "sprint",
    ]
)
"""Fields of Jira's own that an issue can lack."""


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


def raw_search_jql(condition: IssueFilter, raw: RawJql, order: Sequence[Order]) -> str:
    """A bounded query of a caller's own words, which a condition bounds further.

    The caller's own order counts, where there is one.

    Raises:
        InvalidArgumentError: a value of the condition cannot be asked for.
    """
    columns = f"ORDER BY {raw.order}" if raw.order else _order_by(order)
    return f"{bounded_raw_condition(condition, raw)} {columns}"


def bounded_raw_condition(condition: IssueFilter, raw: RawJql) -> str:
    """A caller's own words and a condition, for counting.

    Raises:
        InvalidArgumentError: a value of the condition cannot be asked for.
    """
    return f"({bounded_condition(condition)}) AND ({raw.condition or _EVERYTHING})"


def narrowing_jql(condition: IssueFilter, order: Sequence[Order]) -> str:
    """A query for an endpoint that is bounded by itself, such as a sprint's issues.

    Raises:
        InvalidArgumentError: a value that cannot be asked for.
    """
    return f"{_clauses(condition)} {_order_by(order)}".lstrip()


def _order_by(order: Sequence[Order]) -> str:
    columns = [*order]
    if all(column.field is not OrderField.KEY for column in order):
        columns.append(Order(OrderField.KEY))
    return "ORDER BY " + ", ".join(f"{_column(each)} {each.direction.value}" for each in columns)


def _column(order: Order) -> str:
    return order.field.value if order.field_id is None else name_custom_field(order.field_id)


def _clauses(condition: IssueFilter, depth: int = 1, *, is_negated: bool = False) -> str:
    """All that a filter asks; where `is_negated`, somewhere within a `not`."""
    if depth > _DEEPEST:
        raise InvalidArgumentError(f"A filter nests `and`, `or`, `not` {_DEEPEST} deep at most.")
    plain = [
        *_reference_clauses(condition),
        *_named_clauses(condition),
        *_person_clauses(condition),
        *_other_clauses(condition),
        *_time_clauses(condition),
    ]
    if condition.custom_fields is not None:
        plain += write_custom_clauses(condition.custom_fields)
    parts = [_guarded(each) if is_negated else each.text for each in plain]
    combined = _combined_clauses(condition, depth + 1, is_negated=is_negated)
    return " AND ".join([*parts, *combined])


def _guarded(clause: Clause) -> str:
    """A clause of which Jira's negation is fulfilled by what lacks the field, too."""
    if clause.optional_field is None:
        return clause.text
    return f"({clause.optional_field} IS NOT EMPTY AND {clause.text})"


def _on(field: str, test: str) -> Clause:
    return Clause(f"{field} {test}", field if field in _OPTIONAL else None)


def _reference_clauses(condition: IssueFilter) -> Iterator[Clause]:
    yield from _either(
        "project",
        write_values(condition.project_ids, parse_numeric_id, name="filter.projectIds"),
        write_values(condition.project_keys, _project_key, name="filter.projectKeys"),
    )
    for field, references, write, name in (
        ("sprint", condition.sprint_ids, parse_numeric_id, "sprintIds"),
        ("issuekey", condition.ids_or_keys, _issue_reference, "idsOrKeys"),
        ("parent", condition.parent_ids_or_keys, _issue_reference, "parentIdsOrKeys"),
    ):
        yield from _either(field, write_values(references, write, name=f"filter.{name}"))


def _named_clauses(condition: IssueFilter) -> Iterator[Clause]:
    for field, ids, names, argument in (
        ("issuetype", condition.issue_type_ids, condition.issue_type_names, "filter.issueType"),
        ("status", condition.status_ids, condition.status_names, "filter.status"),
        ("priority", condition.priority_ids, condition.priority_names, "filter.priority"),
        ("component", condition.component_ids, condition.component_names, "filter.component"),
        ("fixVersion", condition.fix_version_ids, condition.fix_version_names, "filter.fixVersion"),
    ):
        numbers = write_values(ids, parse_numeric_id, name=f"{argument}Ids")
        yield from _either(field, numbers, write_values(names, quote_text, name=f"{argument}Names"))
    categories = write_values(
        condition.status_categories, _category, name="filter.statusCategories"
    )
    yield from _either("statusCategory", categories)
    labels = write_values(condition.labels, quote_text, name="filter.labels")
    yield from _either("labels", labels)
    excluded = write_values(condition.excluded_labels, quote_text, name="filter.excludedLabels")
    if excluded is not None:
        yield Clause(f"(labels IS EMPTY OR labels NOT IN ({', '.join(excluded)}))")


def _person_clauses(condition: IssueFilter) -> Iterator[Clause]:
    if condition.assignee is not None:
        yield _person("assignee", condition.assignee)
    if condition.reporter is not None:
        yield _person("reporter", condition.reporter)


def _other_clauses(condition: IssueFilter) -> Iterator[Clause]:
    if condition.is_in_open_sprint is not None:
        inside = _on("sprint", "IN openSprints()")
        outside = Clause("(sprint IS EMPTY OR sprint NOT IN openSprints())")
        yield inside if condition.is_in_open_sprint else outside
    if condition.is_resolved is not None:
        yield Clause(f"resolution IS {'NOT ' if condition.is_resolved else ''}EMPTY")
    if condition.text is not None:
        yield _on("text", f"~ {write_value(condition.text, quote_words, name='filter.text')}")


def _time_clauses(condition: IssueFilter) -> Iterator[Clause]:
    for field, operator, instant in (
        ("created", ">=", condition.created_after),
        ("created", "<", condition.created_before),
        ("updated", ">=", condition.updated_after),
        ("updated", "<", condition.updated_before),
    ):
        if instant is not None:
            yield _on(field, f"{operator} {write_instant(instant)}")
    for operator, day in ((">=", condition.due_after), ("<", condition.due_before)):
        if day is not None:
            yield _on("due", f"{operator} {write_day(day)}")


def _combined_clauses(condition: IssueFilter, depth: int, *, is_negated: bool) -> Iterator[str]:
    def write(each: IssueFilter) -> str:
        return f"({_clauses(each, depth, is_negated=is_negated) or _EVERYTHING})"

    for conditions, word in ((condition.all_of, " AND "), (condition.any_of, " OR ")):
        if conditions is not None:
            _check_count(conditions)
            yield f"({word.join(map(write, conditions))})"
    if condition.none_of is not None:
        yield f"NOT ({_clauses(condition.none_of, depth, is_negated=True) or _EVERYTHING})"


def _check_count(conditions: Sequence[IssueFilter]) -> None:
    if not 1 <= len(conditions) <= _MOST_FILTERS:
        raise InvalidArgumentError(f"`and` and `or` take 1 to {_MOST_FILTERS} filters.")


def _either(field: str, *values: list[str] | None) -> Iterator[Clause]:
    """One clause that the union of the lists satisfies; none where no list was given."""
    given = [each for each in values if each is not None]
    if given:
        union = [value for each in given for value in each]
        yield _on(field, f"IN ({', '.join(union)})")


def _project_key(key: str) -> str:
    return quote_text(parse_project_key(key))


def _issue_reference(id_or_key: str) -> str:
    return id_or_key if is_numeric_id(id_or_key) else quote_text(parse_issue_key(id_or_key))


def _category(category: StatusCategory) -> str:
    if category is StatusCategory.UNKNOWN:
        raise InvalidArgumentError("Issues cannot be searched by the status category UNKNOWN.")
    return quote_text(category.value)


def _account(account_id: str) -> str:
    return quote_text(parse_account_id(account_id))


def _person(field: str, person: PersonFilter) -> Clause:
    ids = write_values(person.account_ids, _account, name=f"filter.{field}.accountIds")
    if ids is not None:
        return _on(field, f"IN ({', '.join(ids)})")
    if person.is_me is not None:
        somebody_else = Clause(f"({field} IS EMPTY OR {field} != currentUser())")
        return _on(field, "= currentUser()") if person.is_me else somebody_else
    if person.is_empty is None:
        raise InvalidArgumentError(f"The filter of {field} names nobody and no condition.")
    return Clause(f"{field} IS {'EMPTY' if person.is_empty else 'NOT EMPTY'}")
