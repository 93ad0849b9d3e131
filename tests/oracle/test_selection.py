"""Nothing of an issue in the schema goes uncompared."""

from collections.abc import Iterator

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    extend_schema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse,
    visit,
)

from schema.build import build_schema as build_juncture
from tests.oracle.called_fields import CALLED_RULES
from tests.oracle.selection import CALLED, CALLED_FOR, ISSUE, LEFT_OUT, PROJECT


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(build_juncture(has_introspection=True).as_str())


class Selected(Visitor):
    """Collects the fields of a document, each as `Type.field`."""

    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._schema = schema
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        assert parent is not None
        types = list_types(self._schema, parent)
        self.names |= {f"{type_.name}.{node.name.value}" for type_ in types}


def list_types(schema: GraphQLSchema, type_: GraphQLNamedType) -> list[GraphQLObjectType]:
    """The object types that a value of a type may be of."""
    if isinstance(type_, GraphQLObjectType):
        return [type_]
    assert is_abstract_type(type_)
    return list(schema.get_possible_types(type_))


def list_selected(schema: GraphQLSchema) -> set[str]:
    found = set()
    for document in (ISSUE, PROJECT, CALLED):
        types = TypeInfo(schema)
        visitor = Selected(schema, types)
        visit(parse(document), TypeInfoVisitor(types, visitor))
        found |= visitor.names
    return found


def list_fields_of_whole(document: str) -> list[FieldNode]:
    """The fields that the fragment `Whole` of a document selects right on the issue."""
    fragment = next(
        each
        for each in parse(document).definitions
        if isinstance(each, FragmentDefinitionNode) and each.name.value == "Whole"
    )
    selected = fragment.selection_set.selections
    return [node for node in selected if isinstance(node, FieldNode)]


def iter_fields_below(schema: GraphQLSchema, name: str) -> Iterator[str]:
    """Every field that can be reached from a type without those left out, as `Type.field`."""
    pending, seen = [schema.type_map[name]], set()
    while pending:
        for type_ in list_types(schema, pending.pop()):
            if type_.name in seen:
                continue
            seen.add(type_.name)
            for field_name, field in type_.fields.items():
                yield f"{type_.name}.{field_name}"
                below = get_named_type(field.type)
                if f"{type_.name}.{field_name}" not in LEFT_OUT and is_composite_type(below):
                    pending.append(below)


def list_uncompared(schema: GraphQLSchema) -> set[str]:
    return set(iter_fields_below(schema, "Issue")) - list_selected(schema) - LEFT_OUT.keys()


def test_every_field_below_an_issue_is_compared_or_left_out_with_a_reason(
    schema: GraphQLSchema,
) -> None:
    assert list_uncompared(schema) == set()


def test_what_is_left_out_is_there_and_not_compared(schema: GraphQLSchema) -> None:
    assert LEFT_OUT.keys() <= set(iter_fields_below(schema, "Issue"))
    assert LEFT_OUT.keys() & list_selected(schema) == set()
    assert all(LEFT_OUT.values())


def test_what_costs_a_call_for_each_issue_is_asked_of_a_sample_alone() -> None:
    whole = {node.name.value for node in list_fields_of_whole(ISSUE)}

    assert CALLED_FOR.keys() & whole == set()
    assert {node.name.value for node in list_fields_of_whole(CALLED)} == {"key", *CALLED_FOR}
    assert CALLED_RULES.keys() <= CALLED_FOR.keys()


@pytest.mark.parametrize(
    ("addition", "missed"),
    [
        ("extend type Issue { added: String }", {"Issue.added"}),
        ("extend type Status { added: Int }", {"Status.added"}),
        ("extend type FieldOption { added: Int }", {"FieldOption.added"}),
        (
            "extend type Issue { added: Issue, addedToo: [Added!]! } type Added { id: ID! }",
            {"Issue.added", "Issue.addedToo", "Added.id"},
        ),
        (
            "type NewValue implements CustomFieldValue { field: Field!, added: Int }",
            {"NewValue.added"},
        ),
    ],
    ids=["of an issue", "of a status", "of an option", "with a type", "of a new kind of value"],
)
def test_a_field_that_is_new_in_the_schema_is_missed(
    schema: GraphQLSchema, addition: str, missed: set[str]
) -> None:
    assert list_uncompared(extend_schema(schema, parse(addition))) == missed
