import math
from typing import Any

import pytest

from jira_api.documents.from_text import document_of_text
from jira_api.errors import InvalidArgumentError
from jira_api.field_values import write_value
from jira_api.records import Field
from tests.jira_api.builders import ORIGIN

DOCUMENT = {"version": 1, "type": "doc", "content": []}
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
        (a_field("option"), None, None),
        (a_field("string", None, TEXTAREA), None, None),
        (a_field("string", None, TEXTAREA), "One\n\nTwo", document_of_text("One\n\nTwo")),
        (a_field("string", None, TEXTAREA), DOCUMENT, DOCUMENT),
    ],
)
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
