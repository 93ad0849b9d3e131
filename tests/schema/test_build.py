"""The schema as clients and code generators see it."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_specified_scalar_type,
)

from schema.build import build_schema as build_juncture
from schema.jira_fields import ISSUE_FIELDS
from tests.oracle.selection import CALLED_FOR
from tests.support.missing import require
from tests.support.servers import REPOSITORY, shared_path

BEYOND_THE_CONTRACT = {
    "Connection.lastError": "ConnectionError",
    "ConnectionError.code": "ErrorCode!",
    "ConnectionError.at": "DateTime!",
}
"""What was added where the contract is silent, by field, with its type."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(build_juncture(has_introspection=True).as_str())


def iter_fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for type_ in iter_types(schema):
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field


def iter_types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    for name, type_ in schema.type_map.items():
        if not name.startswith("__") and not is_specified_scalar_type(type_):
            yield type_


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = (REPOSITORY / "schema.graphql").read_text(encoding="utf-8")

    served = build_juncture(has_introspection=True).as_str()

    assert committed.strip() == served.strip(), "run `make schema`"


def test_everything_has_a_description(schema: GraphQLSchema) -> None:
    bare = [type_.name for type_ in iter_types(schema) if not type_.description]
    for name, field in iter_fields(schema):
        bare += [] if field.description else [name]
        bare += [f"{name}({n})" for n, a in field.args.items() if not a.description]
    for type_ in iter_types(schema):
        if isinstance(type_, GraphQLInputObjectType):
            bare += [f"{type_.name}.{n}" for n, f in type_.fields.items() if not f.description]

    assert bare == []


def test_the_schema_keeps_the_contract_that_clients_code_against(schema: GraphQLSchema) -> None:
    path = require(shared_path()) / "design" / "schema-draft.graphql"
    draft = build_schema(path.read_text(encoding="utf-8"))
    drafted = dict(iter_fields(draft))

    broken = []
    for name, field in iter_fields(schema):
        if name in BEYOND_THE_CONTRACT:
            assert name not in drafted
            assert str(field.type) == BEYOND_THE_CONTRACT[name]
        elif name not in drafted:
            broken.append(f"{name} is not in the draft")
        elif str(field.type) != str(drafted[name].type):
            broken.append(f"{name} is {field.type}, drafted {drafted[name].type}")
        else:
            wanted = drafted[name].args
            broken += [
                f"{name}({n}) is {a.type} = {a.default_value!r}"
                for n, a in field.args.items()
                if n not in wanted or str(a.type) != str(wanted[n].type)
            ]

    assert broken == []


def test_enumerations_and_inputs_keep_the_contract(schema: GraphQLSchema) -> None:
    path = require(shared_path()) / "design" / "schema-draft.graphql"
    draft = build_schema(path.read_text(encoding="utf-8")).type_map

    for type_ in iter_types(schema):
        drafted = draft.get(type_.name)
        if isinstance(type_, GraphQLEnumType):
            assert isinstance(drafted, GraphQLEnumType)
            assert set(type_.values) <= set(drafted.values), type_.name
        if isinstance(type_, GraphQLInputObjectType):
            assert isinstance(drafted, GraphQLInputObjectType)
            assert type_.is_one_of == drafted.is_one_of, type_.name
            for name, field in type_.fields.items():
                assert str(field.type) == str(drafted.fields[name].type), f"{type_.name}.{name}"


def test_every_field_of_an_issue_says_what_it_needs_of_jira(schema: GraphQLSchema) -> None:
    issue = schema.type_map["Issue"]
    assert isinstance(issue, GraphQLObjectType)

    by_the_site = {"customField", "customFields", "sprint", "sprints", "storyPoints"}
    assert set(issue.fields) - set(ISSUE_FIELDS) == {*by_the_site, *CALLED_FOR}
    assert set(ISSUE_FIELDS) <= set(issue.fields)


def test_nothing_is_suggested_where_the_schema_is_hidden() -> None:
    hidden = build_juncture(has_introspection=False)

    misspelt = hidden.execute_sync("{ viewr { kind } }")
    introspected = hidden.execute_sync("{ __schema { types { name } } }")

    assert misspelt.errors is not None
    assert "Did you mean" not in misspelt.errors[0].message
    assert introspected.data is None
    assert introspected.errors
