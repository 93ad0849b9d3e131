"""Values within JQL: they are read back as they were, or refused."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import IssueFilter
from jira_api.jql import NEWEST_FIRST, search_jql
from jira_api.jql_values import quote_text
from tests.jira_api.jql_reader import bare, read_jql, texts, tokenize

SOME = settings(max_examples=400, deadline=None, derandomize=True)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOON_MS = "1782907200000"
INJECTIONS = (
    '" OR project = SECRET',
    "\\",
    '\\"',
    "trailing\\",
    ") OR (",
    "x ORDER BY created",
    "DO",
    "EMPTY",
    "currentUser()",
    '"a*?"',
    "“smart”",
    "'; --",
    "a, b",
    "\\u0022",
)


def condition_of(condition: IssueFilter) -> Any:
    return read_jql(search_jql(condition, NEWEST_FIRST))[0]


def is_askable(value: str) -> bool:
    categories = {unicodedata.category(character) for character in value}
    is_known = not any("\ufdd0" <= each <= "\ufdef" or each in "\ufffe\uffff" for each in value)
    return bool(value.strip()) and is_known and not categories & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("value", INJECTIONS)
def test_an_injection_stays_data(value: str) -> None:
    assert condition_of(IssueFilter(labels=[value])) == ("labels", "IN", texts(value))


VALUES = st.text(
    st.sampled_from("\"\\'()~*?+-,; ANDOR=\n\u2028\x85") | st.characters(), max_size=25
)


@SOME
@given(first=VALUES, second=VALUES)
@example(first='"', second="\\")
@example(first="\\", second='" OR project = SECRET')
@example(first="a\ud800", second="b")
@example(first="a", second="b\ufffe")
def test_any_values_are_refused_or_read_back_as_they_were(first: str, second: str) -> None:
    condition = IssueFilter(
        status_names=[first, second],
        excluded_labels=[second],
        any_of=[IssueFilter(labels=[first]), IssueFilter(component_names=[second])],
    )
    if not (is_askable(first) and is_askable(second)):
        with pytest.raises(InvalidArgumentError):
            search_jql(condition, NEWEST_FIRST)
        return

    found, order = read_jql(search_jql(condition, NEWEST_FIRST))

    assert found == (
        "and",
        ("status", "IN", texts(first, second)),
        ("or", ("labels", "IS", bare("EMPTY")), ("labels", "NOT IN", texts(second))),
        ("or", ("labels", "IN", texts(first)), ("component", "IN", texts(second))),
    )
    assert order == [("created", "DESC"), ("key", "ASC")]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=VALUES)
@example(text="AND OR NOT")
def test_a_searched_text_has_no_operator_left(text: str) -> None:
    if not is_askable(text):
        with pytest.raises(InvalidArgumentError):
            search_jql(IssueFilter(text=text), NEWEST_FIRST)
        return

    field, operator, ((_, sent),) = condition_of(IssueFilter(text=text))

    assert (field, operator) == ("text", "~")
    plain, rest = [], iter(sent)
    for character in rest:
        assert character not in '+-&|!(){}[]^"~*?:/'
        plain.append(next(rest) if character == "\\" else character)
    assert "".join(plain).casefold() == text.casefold()
    assert not {"AND", "OR", "NOT"} & set("".join(plain).split())


def test_words_that_only_look_like_operators_are_left_alone() -> None:
    condition = IssueFilter(text="ORDER and NOTHING")

    assert condition_of(condition) == ("text", "~", texts("ORDER and NOTHING"))


@pytest.mark.parametrize(
    "value",
    ["", " ", "\u3000", "a\nb", "a\tb", "\x00", "\x7f", "\x9f", "\u2028", "\ud800", "x" * 1_001],
)
def test_blank_endless_and_control_values_are_refused(value: str) -> None:
    with pytest.raises(InvalidArgumentError):
        quote_text(value)


def test_the_longest_value_is_quoted() -> None:
    assert [token.text for token in tokenize(quote_text("x" * 1_000))] == ["x" * 1_000]


@pytest.mark.parametrize(
    "instant",
    [
        NOON,
        NOON.astimezone(BERLIN),
        NOON.astimezone(ZoneInfo("Pacific/Kiritimati")),
        NOON.astimezone(timezone(timedelta(hours=-7))),
        NOON + timedelta(microseconds=999),
    ],
    ids=["utc", "berlin summer", "far east", "fixed offset", "microseconds"],
)
def test_an_instant_is_the_same_milliseconds_in_every_zone(instant: datetime) -> None:
    condition = IssueFilter(created_after=instant)

    assert condition_of(condition) == ("created", ">=", bare(NOON_MS))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    instant=st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
        timezones=st.sampled_from([UTC, BERLIN, ZoneInfo("America/St_Johns")]),
    )
)
def test_milliseconds_name_the_instant_itself(instant: datetime) -> None:
    _, _, ((_, sent),) = condition_of(IssueFilter(updated_before=instant))

    assert 0 <= instant.timestamp() * 1000 - int(sent) < 1.001
