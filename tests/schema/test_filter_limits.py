"""How much the filters of one operation may hold, however they are written."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, parse
from graphql import build_schema as parse_schema

from resolvers.errors import TooComplexError
from schema.build import build_schema
from schema.filter_limits import FILTER, MOST_FILTERS, MOST_VALUES, check_filters

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
        check_filters(parse(query), None, variables)


def test_as_many_as_may_be_are_let_through() -> None:
    query = (
        "query A($f: IssueFilter) { a: issues(filter: $f) { key } b { issues(filter: $f) { key } } "
        "issue(idOrKey: $f) { key } } "
        "query B($f: IssueFilter) { a: issues(filter: $f) { key } b: issues(filter: $f) { key } "
        "c: issues(filter: $f) { key } }"
    )

    check_filters(parse(query), "A", {"f": HALF, "other": [{}] * 1_000})

    with pytest.raises(TooComplexError):
        check_filters(parse(query), "B", {"f": HALF})


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
