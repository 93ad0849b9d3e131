import math
from typing import Any

import pytest

from jira_api.documents.from_text import document_of_text
from jira_api.errors import InvalidArgumentError
from jira_api.field_values import write_value
from jira_api.records import Field
from tests.jira_api.builders import ORIGIN

DOCUMENT = {"version": 1, "type": "doc", "content": []}
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
TEAM = "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"
TEAMS = "com.atlassian.teams:rm-teams-custom-field-team"
TEXTAREA = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"


def a_field(type_: str, items: str | None = None, custom_type: str | None = None) -> Field:
    return Field(ORIGIN, "customfield_1", "Field", True, type_, items, custom_type)


@pytest.mark.parametrize(
    ("field", "given", "written"),
    [
        (a_field("option"), "High", {"value": "High"}),
        (a_field("option"), {"id": "7"}, {"id": "7"}),
        (a_field("option-with-child"), "High", {"value": "High"}),
        (a_field("array", "option"), ["A", {"id": "7"}], [{"value": "A"}, {"id": "7"}]),
        (a_field("user"), "5b10", {"accountId": "5b10"}),
        (a_field("array", "user"), ["5b10"], [{"accountId": "5b10"}]),
        (a_field("version"), "1.0", {"name": "1.0"}),
        (a_field("array", "component"), ["Core"], [{"name": "Core"}]),
        (a_field("array", "string"), ["a", "b"], ["a", "b"]),
        (a_field("string"), "High", "High"),
        (a_field("number"), 3.5, 3.5),
        (a_field("date"), "2026-01-31", "2026-01-31"),
        (a_field("any"), {"x": [1]}, {"x": [1]}),
        (a_field("array", "option"), "A", [{"value": "A"}]),
        (a_field("array", "user"), {"accountId": "5b10"}, [{"accountId": "5b10"}]),
        (a_field("array", "version"), ["1.0", {"id": "7"}], [{"name": "1.0"}, {"id": "7"}]),
        (a_field("array", "string"), "a", ["a"]),
        (a_field("group"), "team", {"name": "team"}),
        (a_field("project"), "PROJ", {"key": "PROJ"}),
        (a_field("option-with-child"), ["A", "B"], {"value": "A", "child": {"value": "B"}}),
        (a_field("option-with-child"), ["A"], {"value": "A"}),
        (a_field("option-with-child"), [{"id": "1"}, {"id": "2"}],
         {"id": "1", "child": {"id": "2"}}),
        (a_field("option-with-child"), {"value": "A", "child": "B"},
         {"value": "A", "child": {"value": "B"}}),
        (a_field("option-with-child"), {"id": "1", "child": {"id": "2"}},
         {"id": "1", "child": {"id": "2"}}),
        (a_field("option-with-child"), ["A", "B", "C"], ["A", "B", "C"]),
        (a_field("option-with-child"), [], []),
        (a_field("option-with-child"), [7, "B"], [7, "B"]),
        (a_field("datetime"), "2026-05-17T10:00:00+02:00", "2026-05-17T08:00:00.000+0000"),
        (a_field("datetime"), "2026-05-17T08:00:00.1234Z", "2026-05-17T08:00:00.123+0000"),
        (a_field("datetime"), "2026-05-17T08:00:00.000+0000", "2026-05-17T08:00:00.000+0000"),
        (a_field("datetime"), "2026-05-17T08:00:00", "2026-05-17T08:00:00"),
        (a_field("datetime"), "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        (a_field("datetime"), "soon", "soon"),
        (a_field("datetime"), 5, 5),
        (a_field("array", "json", SPRINT), 37, 37),
        (a_field("array", "json", SPRINT), "37", 37),
        (a_field("array", "json", SPRINT), [{"id": 37, "name": "Now"}], 37),
        (a_field("array", "json", SPRINT), "Now", "Now"),
        (a_field("team", None, TEAM), "36885b3c", "36885b3c"),
        (a_field("any", None, TEAMS), {"id": "36885b3c", "name": "Rockets"}, "36885b3c"),
        (a_field("option"), None, None),
        (a_field("string", None, TEXTAREA), None, None),
        (a_field("string", None, TEXTAREA), "One\n\nTwo", document_of_text("One\n\nTwo")),
        (a_field("string", None, TEXTAREA), DOCUMENT, DOCUMENT),
    ],
)  # fmt: skip
def test_a_value_takes_the_form_of_its_fields_schema(
    field: Field, given: Any, written: Any
) -> None:
    assert write_value(field, given) == written


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (a_field("number"), math.inf),
        (a_field("number"), math.nan),
        (a_field("any"), {"x": "\ud800"}),
        (a_field("any"), {"x\0": 1}),
        (a_field("array", "string"), ["a\0"]),
        (a_field("string", None, TEXTAREA), {"type": "paragraph"}),
        (a_field("string", None, TEXTAREA), 5),
    ],
    ids=[
        "infinite",
        "not a number",
        "half a character",
        "a NUL in a name",
        "a NUL in a list",
        "no document",
        "a number for a document",
    ],
)
def test_what_cannot_be_sent_is_refused(field: Field, given: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        write_value(field, given)
