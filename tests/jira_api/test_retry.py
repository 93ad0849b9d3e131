from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jira_api.retry import RetryPolicy, find_requested_wait
from tests.jira_api.builders import NOW, THOROUGH

IN_A_MINUTE = NOW + timedelta(minutes=1)


def a_refusal(**headers: str) -> httpx.Response:
    return httpx.Response(429, headers={k.replace("_", "-"): v for k, v in headers.items()})


def seconds_asked(**headers: str) -> float | None:
    wait = find_requested_wait(a_refusal(**headers), now=NOW)
    return None if wait is None else wait.total_seconds()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (format_datetime(IN_A_MINUTE, usegmt=True), 60.0),
        (IN_A_MINUTE.isoformat(), 60.0),
        ("2026-06-01T12:01", 60.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("1000000000", 86_400.0),
        ("9" * 400, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_each_form(text: str, expected: float | None) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", text.encode())])

    wait = find_requested_wait(response, now=NOW)

    assert wait == (None if expected is None else timedelta(seconds=expected))


def test_without_a_hint_there_is_no_requested_wait() -> None:
    assert seconds_asked() is None


def test_the_reset_is_read_where_retry_after_is_absent_or_garbage() -> None:
    reset = "2026-06-01T12:00:30Z"

    assert seconds_asked(X_RateLimit_Reset=reset) == 30
    assert seconds_asked(Retry_After="garbage", X_RateLimit_Reset=reset) == 30
    assert seconds_asked(Retry_After="9", X_RateLimit_Reset=reset) == 9


@THOROUGH
@given(text=st.text(st.characters(codec="latin-1")) | st.text("0123456789 ,:+-TZGMJun"))
def test_no_header_breaks_the_reading(text: str) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", text.encode("latin-1"))])

    wait = find_requested_wait(response, now=NOW)

    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(
        first_wait=timedelta(seconds=1), longest_wait=timedelta(seconds=5), jitter=lambda: 1.0
    )

    waits = [policy.wait_before(attempt).total_seconds() for attempt in range(1, 6)]

    assert waits == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(("factor", "milliseconds"), [(0.7, 350), (1.3, 650)])
def test_a_wait_is_spread_by_the_jitter(factor: float, milliseconds: int) -> None:
    policy = RetryPolicy(jitter=lambda: factor)

    assert policy.wait_before(1) == timedelta(milliseconds=milliseconds)


def test_the_default_jitter_stays_between_its_bounds_and_varies() -> None:
    drawn = {RetryPolicy().jitter() for _ in range(100)}

    assert len(drawn) > 1
    assert all(0.7 <= factor <= 1.3 for factor in drawn)


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.3])
def test_a_wait_asked_for_is_never_shortened(factor: float) -> None:
    asked = timedelta(seconds=4)

    wait = RetryPolicy(jitter=lambda: factor).wait_asked(asked, 1)

    assert asked <= wait <= asked * 1.3


def test_a_lengthened_wait_stays_below_the_longest() -> None:
    policy = RetryPolicy(longest_wait=timedelta(seconds=8), jitter=lambda: 1.3)

    assert policy.wait_asked(timedelta(seconds=7), 1) == timedelta(seconds=8)


def test_a_wish_for_no_wait_still_steps_back() -> None:
    policy = RetryPolicy(first_wait=timedelta(seconds=1), jitter=lambda: 1.0)

    assert policy.wait_asked(timedelta(0), 2) == timedelta(seconds=2)


def test_a_date_without_a_zone_is_read_as_utc() -> None:
    response = a_refusal(Retry_After="Mon, 01 Jun 2026 12:00:10")

    wait = find_requested_wait(response, now=datetime(2026, 6, 1, 12, tzinfo=UTC))

    assert wait == timedelta(seconds=10)
