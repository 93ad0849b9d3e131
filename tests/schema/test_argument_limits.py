"""How much the arguments of one operation may hold, however they are written."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, parse
from graphql import build_schema as parse_schema

from resolvers.errors import TooComplexError
from schema.argument_limits import (
    FILTER,
    MOST_FILTERS,
    MOST_REPEATED,
    MOST_VALUES,
    MOST_WORK,
    check_sizes,
)
from schema.build import build_schema

HALF: dict[str, Any] = {"or": [{}] * (MOST_FILTERS // 2 - 1)}
ALIASES = " ".join(f"a{n}: issues(filter: $f) {{ nodes {{ key }} }}" for n in range(20))
TOO_MUCH: dict[str, tuple[str, dict[str, Any]]] = {
    "nested": (
        "query($f: IssueFilter) { issues(filter: $f) { key } }",
        {"f": {"or": [{"or": [{}] * 100}] * 100}},
    ),
    "aliased": (f"query($f: IssueFilter) {{ {ALIASES} }}", {"f": {"or": [{}] * 10}}),
    "spread": (
        """
        query($f: IssueFilter) { a { ...F } b { ...F } c { ...F } }
        fragment F on Connection { ... on Connection { issues(filter: $f) { key } } }
        """,
        {"f": HALF},
    ),
    "in a part": (
        "query($f: [IssueFilter!]) { issues(filter: { not: { or: $f } }) { key } }",
        {"f": [{}] * (MOST_FILTERS - 1)},
    ),
    "by default": (
        "query($f: IssueFilter = { or: [%s] }) { issues(filter: $f) { key } }"
        % ("{} " * MOST_FILTERS),
        {},
    ),
    "written out": (f"{{ issues(filter: {{ or: [{'{} ' * MOST_FILTERS}] }}) {{ key }} }}", {}),
    "values": (
        """
        query($l: [String!]) {
          a: issues(filter: { labels: $l }) { key }
          b: issues(filter: { labels: $l }) { key }
        }
        """,
        {"l": ["x"] * (MOST_VALUES // 2 + 1)},
    ),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_filters_that_hold_too_much_together_are_refused(name: str) -> None:
    query, variables = TOO_MUCH[name]

    with pytest.raises(TooComplexError, match=f"{MOST_FILTERS} filters"):
        check_sizes(parse(query), None, variables)


def test_as_many_as_may_be_are_let_through() -> None:
    query = (
        "query A($f: IssueFilter) { a: issues(filter: $f) { key } b { issues(filter: $f) { key } } "
        "issue(idOrKey: $f) { key } } "
        "query B($f: IssueFilter) { a: issues(filter: $f) { key } b: issues(filter: $f) { key } "
        "c: issues(filter: $f) { key } }"
    )

    check_sizes(parse(query), "A", {"f": HALF, "other": [{}] * 1_000})

    with pytest.raises(TooComplexError):
        check_sizes(parse(query), "B", {"f": HALF})


BELOW_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a page": (
        "query($f: IssueFilter) { projects(first: 100) { nodes { issues(filter: $f) { key } } } }",
        {"f": {"labels": ["x"] * (MOST_WORK // 100)}},
    ),
    "a page of the usual size": (
        "query($f: IssueFilter) { projects { nodes { issues(filter: $f) { key } } } }",
        {"f": {"labels": ["x"] * (MOST_WORK // 50)}},
    ),
    "pages of pages": (
        """
        query($n: Int) {
          boards(first: $n) {
            edges { node { sprints(first: $n) { nodes { issues(filter: {}) { key } } } } }
          }
        }
        """,
        {"n": 100},
    ),
    "a list of ids": (
        "query($l: [ID!]!) { nodes(ids: $l) { ... on Project { issues(filter: {}) { key } } } }",
        {"l": ["x"] * (MOST_WORK // 10 + 1)},
    ),
}


@pytest.mark.parametrize("name", BELOW_PAGES)
def test_filters_that_pages_repeat_too_often_are_refused(name: str) -> None:
    query, variables = BELOW_PAGES[name]

    with pytest.raises(TooComplexError, match="smaller `first`"):
        check_sizes(parse(query), None, variables)


def test_a_small_filter_below_usual_pages_is_let_through() -> None:
    query = (
        "{ boards { nodes { sprints { nodes { "
        'issues(filter: { assignedToMe: true, labels: ["x", "y"] }) { nodes { key } } } } } } }'
    )

    check_sizes(parse(query), None, {})


@pytest.mark.parametrize("argument", ["$v", "[$v]", "{ in: $v }"])
def test_a_long_variable_in_many_arguments_is_refused(argument: str) -> None:
    variables = {"v": ["x"] * (MOST_REPEATED // 2)}
    head, field = "query($v: [ID!])", f"issues(orderBy: {argument}) {{ key }}"

    check_sizes(parse(f"{head} {{ a: {field} b: {field} }}"), None, variables)

    with pytest.raises(TooComplexError, match="several operations"):
        check_sizes(parse(f"{head} {{ a: {field} b: {field} c: {field} }}"), None, variables)


def test_a_variable_of_any_length_may_be_given_once() -> None:
    query = "mutation($v: [ID!]) { make(input: { body: $v }) { id } }"

    check_sizes(parse(query), None, {"v": ["x"] * (4 * MOST_REPEATED)})


def test_whatever_takes_a_filter_is_counted() -> None:
    schema = parse_schema(build_schema(has_introspection=True).as_str())

    takers = {
        name
        for type_ in schema.type_map.values()
        for field in (type_.fields.values() if isinstance(type_, GraphQLObjectType) else ())
        for name, argument in field.args.items()
        if str(get_named_type(argument.type)) == "IssueFilter"
    }
    inputs = {
        type_.name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for each in type_.fields.values()
        if str(get_named_type(each.type)) == "IssueFilter"
    }

    assert takers == {FILTER}
    assert inputs == {"IssueFilter"}
