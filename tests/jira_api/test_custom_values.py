from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jira_api.custom_values import (
    DateTimeValue,
    DateValue,
    FieldOption,
    NumberValue,
    OptionValue,
    RawValue,
    RichTextValue,
    TextValue,
    UserValue,
    type_value,
)
from jira_api.documents.rich_text import RichText
from jira_api.issues import get_issue
from jira_api.paths import IssueKey
from jira_api.records import Field
from jira_api.site_metadata import list_fields
from sandbox import catalogue
from sandbox.generator import MAIN_CLOUD_ID, generate_world
from tests.jira_api.builders import (
    DECODE,
    JSON_VALUES,
    ORIGIN,
    THOROUGH,
    a_user_payload,
    enter,
    mutated,
)

ADA = DECODE.user(a_user_payload())
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "text", "text": "Hello"}]}
OPTION = {"id": "1", "value": "Europe"}
DEEP_OPTION = {**OPTION, "child": {"value": "Finland", "child": {"value": "Turku"}}}


def a_field(kind: str, *, items: str | None = None, custom: str | None = None) -> Field:
    return Field(ORIGIN, "customfield_1", "Some field", True, kind, items, custom)


TEXT = a_field("string")
TEXTS = a_field("array", items="string")
NUMBER = a_field("number")
DATE = a_field("date")
DATE_TIME = a_field("datetime")
USER = a_field("user")
USERS = a_field("array", items="user")
SELECT = a_field("option")
SELECTS = a_field("array", items="option")
CASCADE = a_field("option-with-child")
AREA = a_field("string", custom="com.acme:textarea")
SPRINTS = a_field("array", items="json")
FIELDS = [TEXT, TEXTS, NUMBER, DATE, DATE_TIME, USER, USERS, SELECT, SELECTS, CASCADE, AREA]

TYPED: dict[str, tuple[Field, Any, Any]] = {
    "text": (TEXT, "Initech", TextValue(TEXT, "Initech")),
    "words": (TEXTS, ["a", "b c"], TextValue(TEXTS, "a, b c")),
    "number": (NUMBER, 5, NumberValue(NUMBER, 5.0)),
    "fraction": (NUMBER, 0.5, NumberValue(NUMBER, 0.5)),
    "date": (DATE, "2026-12-31", DateValue(DATE, date(2026, 12, 31))),
    "instant": (
        DATE_TIME,
        "2026-01-05T10:00:00.000+0100",
        DateTimeValue(DATE_TIME, datetime(2026, 1, 5, 9, tzinfo=UTC)),
    ),
    "user": (USER, a_user_payload(), UserValue(USER, (ADA,))),
    "users": (USERS, [a_user_payload()] * 2, UserValue(USERS, (ADA, ADA))),
    "option": (SELECT, OPTION, OptionValue(SELECT, (FieldOption("1", "Europe"),))),
    "options": (
        SELECTS,
        [OPTION, {"value": "Asia"}],
        OptionValue(SELECTS, (FieldOption("1", "Europe"), FieldOption(None, "Asia"))),
    ),
    "cascade": (
        CASCADE,
        {**OPTION, "child": {"id": "2", "value": "Finland"}},
        OptionValue(CASCADE, (FieldOption("1", "Europe", FieldOption("2", "Finland")),)),
    ),
    "document": (AREA, DOCUMENT, RichTextValue(AREA, RichText(DOCUMENT))),
    "unknown kind": (SPRINTS, [{"id": 5}], RawValue(SPRINTS, [{"id": 5}])),
}


@pytest.mark.parametrize(("field", "raw", "expected"), TYPED.values(), ids=TYPED)
def test_a_value_is_typed_by_the_schema_of_its_field(field: Field, raw: Any, expected: Any) -> None:
    assert type_value(DECODE, field, raw) == expected


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (TEXT, 5),
        (TEXT, {"value": "x"}),
        (TEXTS, ["a", 5]),
        (TEXTS, "a"),
        (NUMBER, "5"),
        (NUMBER, True),
        (NUMBER, 10**400),
        (DATE, "tomorrow"),
        (DATE, 20260131),
        (DATE_TIME, 20260131),
        (DATE_TIME, "0001-01-01T00:00:00+14:00"),
        (USER, "ada"),
        (USER, {"displayName": "Ada"}),
        (USERS, a_user_payload()),
        (SELECT, "Europe"),
        (SELECT, {"id": "1"}),
        (SELECTS, OPTION),
        (CASCADE, DEEP_OPTION),
        (AREA, "h1. wiki markup"),
    ],
)
def test_a_value_of_the_wrong_shape_stays_raw(field: Field, raw: Any) -> None:
    assert type_value(DECODE, field, raw) == RawValue(field, raw)


def test_endless_children_of_an_option_stay_raw() -> None:
    raw: dict[str, Any] = {"value": "last"}
    for _ in range(10_000):
        raw = {"value": "above", "child": raw}

    assert isinstance(type_value(DECODE, CASCADE, raw), RawValue)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f"{f.type} {f.items or f.custom_type}")
@settings(THOROUGH, max_examples=40)
@given(raw=JSON_VALUES | mutated(a_user_payload()) | mutated(OPTION) | st.dates().map(str))
def test_any_value_is_typed_or_stays_raw(field: Field, raw: Any) -> None:
    assert type_value(DECODE, field, raw).field is field


async def test_the_fields_of_a_site_type_the_values_of_its_issues() -> None:
    world = generate_world()
    issues = world.data[MAIN_CLOUD_ID].issues.values()
    key = next(issue.key for issue in issues if issue.fields[catalogue.REGION_FIELD])
    session = await enter(world, MAIN_CLOUD_ID)
    fields = {field.field_id: field for field in await list_fields(session) if field.is_custom}

    issue = await get_issue(session, IssueKey(key), fields)

    kinds = {
        field_id: type(type_value(session.decode, fields[field_id], raw))
        for field_id, raw in (issue.custom_values or {}).items()
        if raw is not None
    }
    expected = {
        catalogue.RISK_FIELD: OptionValue,
        catalogue.PLATFORMS_FIELD: OptionValue,
        catalogue.REGION_FIELD: OptionValue,
        catalogue.REVIEWER_FIELD: UserValue,
        catalogue.TARGET_DATE_FIELD: DateValue,
        catalogue.DEPLOYED_AT_FIELD: DateTimeValue,
        catalogue.CRITERIA_FIELD: RichTextValue,
        catalogue.DESIGN_LINK_FIELD: TextValue,
        catalogue.CUSTOMER_FIELD: TextValue,
        catalogue.SEVERITY_NUMBER_FIELD: NumberValue,
        catalogue.KEYWORDS_FIELD: TextValue,
        catalogue.TEAM_FIELD: RawValue,
    }
    assert {name: kinds[name] for name in expected} == expected
