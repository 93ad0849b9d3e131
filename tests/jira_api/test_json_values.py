from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    as_list,
    as_object,
    as_text,
    find_boolean,
    find_date,
    find_instant,
    find_integer,
    find_object,
    find_or_none,
    find_record,
    find_text,
    get_text,
    parse_instant,
    parse_records,
)

READERS: dict[str, Callable[[JsonObject, str], object]] = {
    "text": find_text,
    "integer": find_integer,
    "object": find_object,
    "boolean": find_boolean,
    "instant": find_instant,
    "date": find_date,
}
WRONG: dict[str, list[Any]] = {
    "text": [True, 1.5, [], {}],
    "integer": [True, 1.0, "1", [], {}],
    "object": [True, 1, "{}", []],
    "boolean": [0, 1, "true", [], {}],
    "instant": [True, "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", [], {}],
    "date": [True, "yesterday", "2026-02-30", "2026-01-01T00:00:00Z", [], {}],
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("raw", [{}, {"key": None}], ids=["absent", "null"])
def test_what_may_be_absent_is_none(
    read: Callable[[dict[str, Any], str], object], raw: dict[str, Any]
) -> None:
    assert read(raw, "key") is None


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in WRONG.items() for value in values]
)
def test_a_wrong_type_is_an_invalid_response(kind: str, value: Any) -> None:
    with pytest.raises(InvalidResponseError):
        READERS[kind]({"key": value}, "key")


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in WRONG.items() for value in values]
)
def test_a_wrong_type_can_be_taken_for_absent_with_a_line_in_the_log(
    kind: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert find_or_none(READERS[kind], {"dueDay": value}, "dueDay") is None

    [line] = [each for each in caplog.records if each.name == "juncture.jira"]
    assert line.levelname == "WARNING"
    assert line.args == ("dueDay",)


def test_what_can_be_read_is_found_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert find_or_none(find_integer, {"count": 0}, "count") == 0
    assert find_or_none(find_integer, {}, "count") is None
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00.000+0000", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2016-04-28T05:08:48.543-07:00", datetime(2016, 4, 28, 12, 8, 48, 543_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc_from_each_form(text: str, expected: datetime) -> None:
    instant = parse_instant(text)

    assert instant == expected
    assert instant.tzinfo is UTC


@pytest.mark.parametrize("read", [find_instant, find_date])
def test_an_empty_time_is_absent(read: Callable[[dict[str, Any], str], object]) -> None:
    assert read({"key": ""}, "key") is None


def test_a_day_is_read() -> None:
    assert find_date({"key": "2026-02-28"}, "key") == date(2026, 2, 28)


def test_an_id_may_come_as_a_number() -> None:
    assert get_text({"id": 37}, "id") == "37"


def test_a_text_that_must_be_there_is_missed_by_name() -> None:
    with pytest.raises(InvalidResponseError, match="'id'"):
        get_text({"id": None}, "id")


@pytest.mark.parametrize("value", [None, 1, True, [], "text"])
def test_only_an_object_is_one(value: Any) -> None:
    with pytest.raises(InvalidResponseError, match="a page"):
        as_object(value, "a page")


@pytest.mark.parametrize("value", [0, True, {}, "text"])
def test_only_a_list_is_one(value: Any) -> None:
    with pytest.raises(InvalidResponseError, match="labels"):
        as_list(value, "labels")


def test_an_absent_list_is_empty() -> None:
    assert list(as_list(None, "labels")) == []


@pytest.mark.parametrize("value", [None, 5, True, [], {}])
def test_only_a_text_is_one(value: Any) -> None:
    with pytest.raises(InvalidResponseError, match="a label"):
        as_text(value, "a label")


def test_an_absent_record_is_none_and_absent_records_are_empty() -> None:
    assert find_record({}, "lead", dict) is None
    assert parse_records({}, "values", dict) == ()


def test_records_are_parsed_in_their_order() -> None:
    raw = {"values": [{"id": "2"}, {"id": "1"}]}

    assert parse_records(raw, "values", lambda each: get_text(each, "id")) == ("2", "1")


def test_a_list_with_something_else_in_it_is_invalid() -> None:
    with pytest.raises(InvalidResponseError):
        parse_records({"values": [{"id": "2"}, "1"]}, "values", dict)
