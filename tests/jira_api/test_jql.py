"""Filters and orders as JQL, clause by clause."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import (
    CustomFieldFilter,
    Direction,
    IssueFilter,
    Order,
    OrderField,
    PersonFilter,
)
from jira_api.jql import MOST_ORDERS, NEWEST_FIRST, narrowing_jql, search_jql
from jira_api.records import StatusCategory
from tests.jira_api.jql_property import a_field
from tests.jira_api.jql_reader import bare, read_jql, texts

EVERYTHING = ("project", "IS NOT", [("bare", "EMPTY")])
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOON_MS = "1782907200000"


def condition_of(condition: IssueFilter) -> Any:
    return read_jql(search_jql(condition, NEWEST_FIRST))[0]


PARTS: dict[str, tuple[IssueFilter, Any]] = {
    "project ids": (IssueFilter(project_ids=["1", "2"]), ("project", "IN", bare("1", "2"))),
    "project keys": (IssueFilter(project_keys=["DO", "A1"]), ("project", "IN", texts("DO", "A1"))),
    "project ids or keys": (
        IssueFilter(project_ids=["1"], project_keys=["DO"]),
        ("project", "IN", bare("1") + texts("DO")),
    ),
    "sprints": (IssueFilter(sprint_ids=["37"]), ("sprint", "IN", bare("37"))),
    "open sprint": (
        IssueFilter(is_in_open_sprint=True),
        ("sprint", "IN", [("call", "openSprints")]),
    ),
    "no open sprint": (
        IssueFilter(is_in_open_sprint=False),
        (
            "or",
            ("sprint", "IS", bare("EMPTY")),
            ("sprint", "NOT IN", [("call", "openSprints")]),
        ),
    ),
    "issues": (
        IssueFilter(ids_or_keys=["10001", "DO-1"]),
        ("issuekey", "IN", bare("10001") + texts("DO-1")),
    ),
    "parents": (
        IssueFilter(parent_ids_or_keys=["DO-1", "5"]),
        ("parent", "IN", texts("DO-1") + bare("5")),
    ),
    "types": (
        IssueFilter(issue_type_ids=["1"], issue_type_names=["Bug"]),
        ("issuetype", "IN", bare("1") + texts("Bug")),
    ),
    "statuses": (
        IssueFilter(status_ids=["1"], status_names=["In work"]),
        ("status", "IN", bare("1") + texts("In work")),
    ),
    "status categories": (
        IssueFilter(status_categories=[StatusCategory.TO_DO, StatusCategory.DONE]),
        ("statusCategory", "IN", texts("new", "done")),
    ),
    "priorities": (
        IssueFilter(priority_ids=["1"], priority_names=["High"]),
        ("priority", "IN", bare("1") + texts("High")),
    ),
    "components": (
        IssueFilter(component_ids=["1"], component_names=["API"]),
        ("component", "IN", bare("1") + texts("API")),
    ),
    "versions": (
        IssueFilter(fix_version_ids=["1"], fix_version_names=["1.0"]),
        ("fixVersion", "IN", bare("1") + texts("1.0")),
    ),
    "labels": (IssueFilter(labels=["a", "b"]), ("labels", "IN", texts("a", "b"))),
    "excluded labels": (
        IssueFilter(excluded_labels=["a"]),
        ("or", ("labels", "IS", bare("EMPTY")), ("labels", "NOT IN", texts("a"))),
    ),
    "assignees": (
        IssueFilter(assignee=PersonFilter(account_ids=["557058:ada"])),
        ("assignee", "IN", texts("557058:ada")),
    ),
    "my own": (
        IssueFilter(assignee=PersonFilter(is_me=True)),
        ("assignee", "=", [("call", "currentUser")]),
    ),
    "not my own": (
        IssueFilter(reporter=PersonFilter(is_me=False)),
        (
            "or",
            ("reporter", "IS", bare("EMPTY")),
            ("reporter", "!=", [("call", "currentUser")]),
        ),
    ),
    "nobody": (
        IssueFilter(assignee=PersonFilter(is_empty=True)),
        ("assignee", "IS", bare("EMPTY")),
    ),
    "somebody": (
        IssueFilter(reporter=PersonFilter(is_empty=False)),
        ("reporter", "IS NOT", bare("EMPTY")),
    ),
    "resolved": (IssueFilter(is_resolved=True), ("resolution", "IS NOT", bare("EMPTY"))),
    "unresolved": (IssueFilter(is_resolved=False), ("resolution", "IS", bare("EMPTY"))),
    "text": (IssueFilter(text="login page"), ("text", "~", texts("login page"))),
    "created after": (IssueFilter(created_after=NOON), ("created", ">=", bare(NOON_MS))),
    "created before": (IssueFilter(created_before=NOON), ("created", "<", bare(NOON_MS))),
    "updated after": (IssueFilter(updated_after=NOON), ("updated", ">=", bare(NOON_MS))),
    "updated before": (IssueFilter(updated_before=NOON), ("updated", "<", bare(NOON_MS))),
    "due after": (IssueFilter(due_after=date(2026, 3, 1)), ("due", ">=", texts("2026-03-01"))),
    "due before": (IssueFilter(due_before=date(2026, 3, 1)), ("due", "<", texts("2026-03-01"))),
    "custom fields": (
        IssueFilter(
            custom_fields=[CustomFieldFilter(a_field("number"), equals="5")],
        ),
        ("cf[10016]", "=", bare("5")),
    ),
}


@pytest.mark.parametrize(("condition", "expected"), PARTS.values(), ids=PARTS)
def test_each_part_of_a_filter_is_one_clause(condition: IssueFilter, expected: Any) -> None:
    assert condition_of(condition) == expected


def test_every_part_of_the_filter_is_covered_above() -> None:
    named = {
        name
        for condition, _ in PARTS.values()
        for name in IssueFilter.__slots__
        if getattr(condition, name) is not None
    }

    assert named | {"all_of", "any_of", "none_of"} == set(IssueFilter.__slots__)


def test_several_parts_must_all_hold() -> None:
    chosen = ("project keys", "no open sprint", "excluded labels", "text", "due after")
    together = IssueFilter()
    for name in chosen:
        given_part = PARTS[name][0]
        values = {n: getattr(given_part, n) for n in IssueFilter.__slots__}
        together = replace(together, **{n: v for n, v in values.items() if v is not None})

    found = condition_of(together)

    assert found[0] == "and"
    assert sorted(found[1:], key=str) == sorted((PARTS[name][1] for name in chosen), key=str)


A = IssueFilter(labels=["a"])
B = IssueFilter(labels=["b"], is_resolved=True)
A_READ = ("labels", "IN", texts("a"))
B_READ = ("and", ("labels", "IN", texts("b")), ("resolution", "IS NOT", bare("EMPTY")))
HAS_LABELS = ("labels", "IS NOT", bare("EMPTY"))
A_DENIED = ("and", HAS_LABELS, A_READ)
B_DENIED = ("and", ("and", HAS_LABELS, B_READ[1]), B_READ[2])
"""What stands within a NOT: Jira turns operators round, which no issue without labels fulfils."""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (IssueFilter(any_of=[A, B]), ("or", A_READ, B_READ)),
        (IssueFilter(all_of=[A, B]), ("and", A_READ, B_READ)),
        (IssueFilter(none_of=B), ("not", B_DENIED)),
        (IssueFilter(none_of=IssueFilter(any_of=[A, B])), ("not", ("or", A_DENIED, B_DENIED))),
        (
            IssueFilter(is_resolved=False, any_of=[A, B]),
            ("and", ("resolution", "IS", bare("EMPTY")), ("or", A_READ, B_READ)),
        ),
        (
            IssueFilter(any_of=[A], all_of=[B], none_of=A),
            ("and", B_READ, A_READ, ("not", A_DENIED)),
        ),
        (IssueFilter(any_of=[A, IssueFilter()]), ("or", A_READ, EVERYTHING)),
        (IssueFilter(none_of=IssueFilter()), ("not", EVERYTHING)),
    ],
    ids=["or", "and", "not", "not or", "and or", "all three", "or anything", "nothing"],
)
def test_combined_filters_keep_their_precedence(condition: IssueFilter, expected: Any) -> None:
    assert condition_of(condition) == expected


@pytest.mark.parametrize("name", PARTS)
def test_an_issue_without_the_field_fulfils_the_negation_of_a_clause(name: str) -> None:
    condition, expected = PARTS[name]
    field, operator = expected[0], expected[1]
    is_about_absence = field == "or" or str(operator).startswith("IS")

    found = condition_of(IssueFilter(none_of=condition))

    if is_about_absence or field in ALWAYS_THERE:
        assert found == ("not", expected)
    else:
        assert found == ("not", ("and", (field, "IS NOT", bare("EMPTY")), expected))


ALWAYS_THERE = {
    *("project", "issuekey", "issuetype", "status", "statusCategory"),
    *("created", "updated", "text"),
}


def nested(depth: int) -> IssueFilter:
    condition = A
    for _ in range(depth - 1):
        condition = IssueFilter(none_of=condition)
    return condition


def test_filters_nest_to_a_depth_and_no_deeper() -> None:
    assert condition_of(nested(5)) == ("not", ("not", ("not", ("not", A_DENIED))))
    assert search_jql(nested(8), NEWEST_FIRST)

    with pytest.raises(InvalidArgumentError, match="deep"):
        search_jql(nested(9), NEWEST_FIRST)


def test_a_filter_of_nothing_is_bounded() -> None:
    assert condition_of(IssueFilter()) == EVERYTHING


def test_a_narrowing_filter_of_nothing_has_an_order_alone() -> None:
    jql = narrowing_jql(IssueFilter(), [Order(OrderField.RANK)])

    assert read_jql(jql) == (None, [("Rank", "ASC"), ("key", "ASC")])


def test_a_narrowing_filter_has_its_clauses() -> None:
    assert read_jql(narrowing_jql(A, NEWEST_FIRST))[0] == A_READ


@pytest.mark.parametrize("field", OrderField)
@pytest.mark.parametrize("direction", Direction)
def test_an_order_ends_with_the_key_so_that_it_is_total(
    field: OrderField, direction: Direction
) -> None:
    order = read_jql(search_jql(A, [Order(field, direction)]))[1]

    assert order[0] == (field.value, direction.value)
    assert [name for name, _ in order].count("key") == 1


def test_the_largest_order_is_one_that_jira_takes() -> None:
    fields = [field for field in OrderField if field is not OrderField.KEY][:MOST_ORDERS]

    order = read_jql(search_jql(A, [Order(field) for field in fields]))[1]

    assert len(order) <= 7


WRONG: dict[str, IssueFilter] = {
    "project key": IssueFilter(project_keys=["A) OR (B"]),
    "project id": IssueFilter(project_ids=["1 OR 1"]),
    "sprint": IssueFilter(sprint_ids=["Sprint 1"]),
    "issue": IssueFilter(ids_or_keys=["currentUser()"]),
    "parent": IssueFilter(parent_ids_or_keys=["a-1"]),
    "status id": IssueFilter(status_ids=["Done"]),
    "status name": IssueFilter(status_names=[""]),
    "unknown category": IssueFilter(status_categories=[StatusCategory.UNKNOWN]),
    "account": IssueFilter(assignee=PersonFilter(account_ids=['" OR "'])),
    "no account": IssueFilter(reporter=PersonFilter(account_ids=[])),
    "empty person": IssueFilter(assignee=PersonFilter()),
    "no label": IssueFilter(labels=[]),
    "no excluded label": IssueFilter(excluded_labels=[]),
    "too many": IssueFilter(ids_or_keys=["1"] * 1_001),
    "no and": IssueFilter(all_of=[]),
    "no or": IssueFilter(any_of=[]),
    "too many or": IssueFilter(any_of=[A] * 101),
    "blank text": IssueFilter(text=" "),
    "naive instant": IssueFilter(created_after=datetime(2026, 1, 1)),  # noqa: DTZ001 - refused
}


@pytest.mark.parametrize("condition", WRONG.values(), ids=WRONG)
def test_a_value_of_the_wrong_form_is_refused(condition: IssueFilter) -> None:
    with pytest.raises(InvalidArgumentError):
        search_jql(condition, NEWEST_FIRST)
