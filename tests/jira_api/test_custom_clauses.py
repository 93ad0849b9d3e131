"""What is asked of a custom field, by the field's kind."""

from typing import Any

import pytest

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import CustomFieldFilter, IssueFilter
from jira_api.jql import NEWEST_FIRST, bounded_condition, search_jql
from tests.jira_api.jql_property import a_field
from tests.jira_api.jql_reader import read_jql

TEXT = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
URL = "com.atlassian.jira.plugin.system.customfieldtypes:url"


def clauses_of(kind: str, custom_type: str = "x:y", **asked: Any) -> Any:
    given = CustomFieldFilter(a_field(kind, custom_type=custom_type), **asked)
    return read_jql(search_jql(IssueFilter(custom_fields=[given]), NEWEST_FIRST))[0]


@pytest.mark.parametrize(
    ("kind", "asked", "operator", "values"),
    [
        ("number", {"equals": "3"}, "=", [("bare", "3")]),
        ("number", {"equals": "-3"}, "=", [("bare", "-3")]),
        ("number", {"greater_than": "2.5"}, ">", [("text", "2.5")]),
        ("number", {"one_of": ["1", "2.0"]}, "IN", [("bare", "1"), ("text", "2.0")]),
        ("date", {"less_than": "2026-03-01"}, "<", [("text", "2026-03-01")]),
        ("datetime", {"equals": "2026-03-01T00:00:00Z"}, "=", [("bare", "1772323200000")]),
        ("datetime", {"equals": "2026-03-01T09:00:00+09:00"}, "=", [("bare", "1772323200000")]),
        ("user", {"equals": "557058:a"}, "=", [("text", "557058:a")]),
        ("array/user", {"one_of": ["a", "b"]}, "IN", [("text", "a"), ("text", "b")]),
        ("option", {"equals": 'say "x"'}, "=", [("text", 'say "x"')]),
        ("array/option", {"one_of": ["10300"]}, "IN", [("text", "10300")]),
        ("array/version", {"greater_than": "1.0"}, ">", [("text", "1.0")]),
        ("any", {"equals": "TEST-1"}, "=", [("text", "TEST-1")]),
        ("team", {"is_empty": True}, "IS", [("bare", "EMPTY")]),
        ("number", {"is_empty": False}, "IS NOT", [("bare", "EMPTY")]),
    ],
)
def test_a_clause_has_the_form_that_the_kind_asks_for(
    kind: str, asked: dict[str, Any], operator: str, values: list[tuple[str, str]]
) -> None:
    assert clauses_of(kind, **asked) == ("cf[10016]", operator, values)


def test_free_text_is_searched_for_as_a_phrase() -> None:
    assert clauses_of("string", TEXT, equals='a "b" AND c*') == (
        "cf[10016]",
        "~",
        [("text", '"a \\"b\\" and c\\*"')],
    )
    assert clauses_of("string", TEXT, one_of=["a", "b"]) == (
        "or",
        ("cf[10016]", "~", [("text", '"a"')]),
        ("cf[10016]", "~", [("text", '"b"')]),
    )


def test_an_address_is_compared_whole() -> None:
    assert clauses_of("string", URL, equals="https://a.example/?b=c") == (
        "cf[10016]",
        "=",
        [("text", "https://a.example/?b=c")],
    )


def test_everything_asked_of_a_field_must_hold() -> None:
    found = clauses_of("number", greater_than="1", less_than="9", is_empty=False)

    assert found == (
        "and",
        ("cf[10016]", ">", [("bare", "1")]),
        ("cf[10016]", "<", [("bare", "9")]),
        ("cf[10016]", "IS NOT", [("bare", "EMPTY")]),
    )


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("number", {"equals": "1 OR 1"}),
        ("number", {"equals": "1e9"}),
        ("number", {"equals": "٣"}),
        ("number", {"one_of": ["1", "NaN"]}),
        ("date", {"equals": "2026-02-30"}),
        ("date", {"equals": "20260201"}),
        ("date", {"equals": "2026-03-01T00:00:00Z"}),
        ("datetime", {"equals": "2026-03-01T00:00:00"}),
        ("datetime", {"equals": "now()"}),
        ("user", {"equals": "currentUser()"}),
        ("option", {"greater_than": "a"}),
        ("user", {"less_than": "a"}),
        ("option", {"equals": ""}),
        ("option", {"equals": "a\nb"}),
        ("option", {"one_of": []}),
        ("option", {"one_of": ["a"] * 1_001}),
        ("option", {}),
    ],
)
def test_what_the_kind_cannot_hold_is_refused(kind: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        clauses_of(kind, **asked)


def test_free_text_has_no_order() -> None:
    with pytest.raises(InvalidArgumentError, match="no order"):
        clauses_of("string", TEXT, greater_than="a")


@pytest.mark.parametrize("count", [0, 101])
def test_there_are_one_to_a_hundred_filters_of_custom_fields(count: int) -> None:
    filters = [CustomFieldFilter(a_field("option"), equals="a")] * count

    with pytest.raises(InvalidArgumentError, match="1 to 100 filters"):
        bounded_condition(IssueFilter(custom_fields=filters))


def test_a_field_that_was_not_looked_up_is_never_pasted() -> None:
    given = CustomFieldFilter("a = 1 OR b", equals="c")

    with pytest.raises(InvalidArgumentError, match="not looked up"):
        bounded_condition(IssueFilter(custom_fields=[given]))
