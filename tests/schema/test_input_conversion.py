"""Inputs are made as strawberry makes them, without its work for each value."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType
from graphql.utilities import coerce_input_value
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from schema.build import build_schema

SCHEMA = build_schema(has_introspection=True)
NEW = {"issueType": {"id": "1"}, "project": {"key": "TEST"}, "summary": "x"}
FIELD = {"field": "Team", "value": {"a": [1, None]}}
GIVEN: list[tuple[str, dict[str, Any]]] = [
    ("IssueFilter", {}),
    ("IssueFilter", {"labels": "one", "not": None, "or": [{"dueAfter": "2026-01-31"}, {}]}),
    ("IssueFilter", {"assignee": {"isMe": True}, "statusCategories": ["DONE"], "customFields": []}),
    ("IssueFilter", {"not": {"not": {"customFields": [{"field": "a", "in": ["b"]}]}}}),
    ("CreateIssuesInput", {"issues": [NEW, {**NEW, "customFields": [FIELD], "priority": None}]}),
    ("CreateIssuesInput", {"connection": {"externalId": "acme"}, "issues": []}),
]


def convert(name: str, value: Any) -> Any:
    """An input as its resolver gets it."""
    converter = SCHEMA.schema_converter
    known = converter.type_map[name]
    assert isinstance(known.definition, StrawberryObjectDefinition)
    assert isinstance(known.implementation, GraphQLInputObjectType)
    coerced = coerce_input_value(value, known.implementation)
    annotation = StrawberryAnnotation(known.definition.origin).resolve()
    return convert_argument(coerced, annotation, converter.scalar_registry, converter.config)


@pytest.mark.parametrize(("name", "value"), GIVEN)
def test_inputs_are_those_that_strawberry_makes(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    ours = convert(name, value)

    for known in SCHEMA.schema_converter.type_map.values():
        if isinstance(known.definition, StrawberryObjectDefinition):
            monkeypatch.setattr(known.definition, "from_input", None)
    theirs = convert(name, value)

    assert ours == theirs
    assert type(ours) is type(theirs)


def test_no_member_is_looked_up_for_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[object] = []
    monkeypatch.setattr(NameConverter, "from_field", lambda _self, each: looked_up.append(each))

    issues = convert("CreateIssuesInput", {"issues": [{**NEW, "customFields": [FIELD] * 10}] * 100})

    assert len(issues.issues) == 100
    assert looked_up == []
