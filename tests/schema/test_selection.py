"""What a selection is read as; the walk stays small whatever fragments do."""

from typing import Any

import pytest
import strawberry

from resolvers.issues import Projection
from schema.info import JunctureInfo
from schema.selection import NODES, select_issue, select_names

SEEN: list[Any] = []


@strawberry.type
class Issue:
    @strawberry.field
    def key(self) -> str:
        return "TEST-1"

    @strawberry.field
    def summary(self) -> str:
        return "Rocket"

    @strawberry.field
    def status(self) -> str:
        return "Done"

    @strawberry.field
    def custom_field(self, id_or_name: str) -> str:
        return id_or_name

    @strawberry.field
    def custom_fields(self) -> list[str]:
        return []


@strawberry.type
class Edge:
    node: Issue


@strawberry.type
class Page:
    nodes: list[Issue]
    edges: list[Edge]


@strawberry.type
class Query:
    @strawberry.field
    def issue(self, info: JunctureInfo) -> Issue:
        SEEN.append(select_issue(info, ()))
        return Issue()

    @strawberry.field
    def issues(self, info: JunctureInfo) -> Page:
        SEEN.append(select_issue(info, *NODES))
        SEEN.append(select_names(info, *NODES, type_name="Issue"))
        return Page(nodes=[Issue()], edges=[Edge(node=Issue())])


SCHEMA = strawberry.Schema(Query)


def read(query: str, **variables: Any) -> list[Any]:
    SEEN.clear()
    result = SCHEMA.execute_sync(query, variable_values=variables)
    assert result.errors is None, result.errors
    return list(SEEN)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("{ issue { key } }", set()),
        ("{ issue { key summary status } }", {"summary", "status"}),
        ("{ issue { a: summary b: summary } }", {"summary"}),
        ("{ issue { ... { summary } } }", {"summary"}),
        ("{ issue { ...F } } fragment F on Issue { summary ...G } fragment G on Issue { status }",
         {"summary", "status"}),
        ("{ issue { summary @skip(if: true) status @include(if: true) } }", {"status"}),
        ("{ issue { ... @include(if: false) { summary } status } }", {"status"}),
    ],
    ids=["key", "leaves", "aliases", "inline", "fragments", "directives", "on a fragment"],
)  # fmt: skip
def test_a_selection_asks_for_the_union_of_its_fields(query: str, fields: set[str]) -> None:
    assert read(query) == [Projection(fields=frozenset(fields))]


def test_variables_decide_directives_and_custom_fields() -> None:
    query = (
        "query($skip: Boolean!, $name: String!) { issue { summary @skip(if: $skip) "
        'customField(idOrName: $name) b: customField(idOrName: "B") } }'
    )

    skipped, kept = read(query, skip=True, name="A") + read(query, skip=False, name="A")

    assert skipped == Projection(custom_fields=skipped.custom_fields)
    assert set(skipped.custom_fields) == {"A", "B"}
    assert kept.fields == {"summary"}


def test_all_custom_fields_are_a_wish_of_their_own() -> None:
    assert read("{ issue { customFields } }") == [Projection(has_all_custom=True)]


def test_a_page_is_read_through_nodes_and_edges_alike() -> None:
    projection, names = read("{ issues { nodes { summary } edges { node { key status } } } }")

    assert projection.fields == {"summary", "status"}
    assert names == {"summary", "key", "status"}


def test_fragments_that_spread_each_other_twice_are_walked_once_each() -> None:
    levels = 40
    fragments = " ".join(
        f"fragment F{n} on Issue {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    query = f"{{ issue {{ ...F0 }} }} {fragments} fragment F{levels} on Issue {{ summary }}"

    assert read(query) == [Projection(fields=frozenset({"summary"}))]
