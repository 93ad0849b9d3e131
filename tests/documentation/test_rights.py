"""docs/rights.md has every place where reading and changing begin, and says what the code says."""

import pytest
from graphql import GraphQLObjectType, build_schema

from resolvers.access.viewer import Right
from tests.support.rights import RightsRow, read_rights
from tests.support.servers import REPOSITORY

ROWS = read_rights()
SCHEMA = build_schema((REPOSITORY / "schema.graphql").read_text(encoding="utf-8"))


ROOTS = [
    each for each in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type) if each
]


def test_every_root_field_and_every_mutation_has_its_row_and_nothing_else_has() -> None:
    there = {f"{each.name}.{field}" for each in ROOTS for field in each.fields}
    names = {each.name for each in ROOTS}

    assert {row.field for row in ROWS if row.type_name in names} == there


def test_no_field_stands_twice() -> None:
    names = [row.name for row in ROWS]

    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_every_field_of_the_tables_is_one_of_the_schema() -> None:
    for row in ROWS:
        if "." in row.field:
            described = SCHEMA.type_map.get(row.type_name)
            assert isinstance(described, GraphQLObjectType), row.field
            assert row.field_name in described.fields, row.field


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_scopes_of_a_row_are_those_of_its_rights(row: RightsRow) -> None:
    keys = [[f"`{right.scope.name}`" for right in group] for group in row.rights]
    tokens = [
        [f"`{right.frontend_scope.name}`" for right in group if right.frontend_scope]
        for group in row.rights
    ]

    assert row.cells[1] == _write(keys)
    assert row.cells[2] == (_write(tokens) if row.is_for_tokens else "none")


def test_every_right_stands_somewhere() -> None:
    named = {right for row in ROWS for group in row.rights for right in group}

    assert named == set(Right)


def _write(groups: list[list[str]]) -> str:
    return ", ".join(" or ".join(group) for group in groups) or "any"
