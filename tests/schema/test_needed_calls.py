import pytest
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from jira_api.scopes import NEEDED_SCOPES
from schema.build import build_schema
from schema.needed_calls import (
    NEEDED_CALLS,
    ROUTE_CALLS,
    LackingField,
    group_lacking,
    name_fields,
)

FAILS_FOR_NO_SCOPE = {
    "Query.connections": "reads Juncture's own database",
    "Mutation.disconnect": "writes Juncture's own database",
    "Mutation.setConnectionMetadata": "writes Juncture's own database",
    "Mutation.createFrontendToken": "writes Juncture's own database",
    "Viewer.connection": "reads Juncture's own database",
    "Query.viewer": "tells what the key may do",
    "Query.connection": "reads Juncture's own database",
    "Query.auditEvents": "reads Juncture's own database",
    "Connection.accessToken": "asks the authorisation server, which needs no scope",
    "Connection.credentials": "reads Juncture's own database",
    "Board.supportsSprints": "counts a board that could not be asked as having sprints",
    "RichText.markdown": "is written of what came with the field above",
    "RichText.html": "is written of what came with the field above",
    "Mutation.beginAuthorization": "writes Juncture's own database",
    "Mutation.connectWithToken": "asks by a token that no consent gave",
}


def list_resolved_fields() -> set[str]:
    """The fields that wait for something: all others are plain attributes of what lies above."""
    schema = build_schema(has_introspection=True)
    found = set()
    for name in schema._schema.type_map:
        type_ = schema.get_type_by_name(name)
        if isinstance(type_, StrawberryObjectDefinition):
            fields: list[StrawberryField] = type_.fields
            found |= {
                f"{name}.{schema.config.name_converter.get_graphql_name(field)}"
                for field in fields
                if field.is_async
            }
    return found


def test_every_field_that_calls_jira_is_in_the_table() -> None:
    assert list_resolved_fields() == set(NEEDED_CALLS) | set(FAILS_FOR_NO_SCOPE)


def test_every_call_of_the_table_has_its_scopes_and_is_one_that_juncture_makes() -> None:
    listed = (*NEEDED_CALLS.values(), *ROUTE_CALLS.values())
    made = {(call.method, call.template) for calls in listed for call in calls}

    assert made == set(NEEDED_SCOPES)


def test_with_every_scope_no_field_fails() -> None:
    granted = {scope for needed in NEEDED_SCOPES.values() for scope in needed.granular}

    assert group_lacking(granted) == {}


def test_a_field_stands_under_each_scope_that_it_lacks() -> None:
    grouped = group_lacking({"read:jira-work", "read:jira-user", "write:jira-work"})

    fields = [field.field for field in grouped["read:jql:jira"]]
    assert fields == ["Sprint.issues", "Sprint.progress"]
    assert LackingField("Sprint.issues") in grouped["read:sprint:jira-software"]
    assert LackingField("Query.node", ("of a Sprint",)) in grouped["read:sprint:jira-software"]


def test_a_field_that_fails_anyway_is_told_without_its_special_cases() -> None:
    grouped = group_lacking(())

    assert LackingField("Project.components") in grouped["read:jira-work"]
    assert (
        LackingField("Connection.boards", ("with `projectIdOrKey`",)) in (grouped["read:jira-work"])
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], ""),
        (
            [LackingField("Board.sprints"), LackingField("Board.activeSprints")],
            "Board: sprints, activeSprints",
        ),
        (
            [
                LackingField("Query.node", ("of a Board", "of a Sprint")),
                LackingField("Sprint.board"),
            ],
            "Query: node (of a Board, of a Sprint); Sprint: board",
        ),
    ],
    ids=["nothing", "one type", "two types and conditions"],
)
def test_fields_are_named_type_by_type(fields: list[LackingField], words: str) -> None:
    assert name_fields(fields) == words
