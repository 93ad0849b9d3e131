from datetime import timedelta
from typing import Any

import httpx
import pytest

from jira_api.answers import error_of, read_json
from jira_api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidResponseError,
    JiraApiError,
    JiraUnavailableError,
    MissingScopeError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnauthorizedError,
)
from tests.jira_api.builders import NOW, says

HTML = b"<!doctype html><title>Sorry</title>"
WORDS = {"errorMessages": ["No such thing here."], "errors": {}}


def a_response(status: int, body: Any = None, **headers: str) -> httpx.Response:
    return says(status, body, headers=headers)(httpx.Request("GET", "https://api.jira.test"))


def an_error(status: int, body: Any = None, **headers: str) -> JiraApiError:
    return error_of(a_response(status, body, **headers), now=NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, InvalidResponseError),
        (303, InvalidResponseError),
        (400, RejectedError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, RejectedError),
        (413, RejectedError),
        (422, RejectedError),
        (429, RateLimitedError),
        (500, JiraUnavailableError),
        (502, JiraUnavailableError),
        (503, JiraUnavailableError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [HTML, b"", b'{"errorMessages": ["cut', b"[1]", b"[" * 5_000, b"\xff\xfe", b'{"errors": 5}'],
    ids=["html", "empty", "truncated", "list", "deep", "not utf-8", "odd errors"],
)
def test_each_status_is_its_leaf_whatever_the_body(
    status: int, kind: type[JiraApiError], body: bytes
) -> None:
    error = an_error(status, body)

    assert type(error) is kind
    assert error.status == status
    assert error.message
    assert "<" not in error.message


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_the_words_of_jira_are_kept(status: int) -> None:
    assert an_error(status, WORDS).message == "No such thing here."


def test_the_words_of_the_gateway_are_kept() -> None:
    assert an_error(403, {"code": 403, "message": "Not for you"}).message == "Not for you"


def test_a_refused_field_is_named_with_its_words() -> None:
    error = an_error(400, {"errorMessages": [], "errors": {"summary": "Too long"}})

    assert isinstance(error, RejectedError)
    assert error.field_errors == {"summary": "Too long"}
    assert error.message == "Too long"


def test_a_refusal_without_words_names_its_status() -> None:
    assert "413" in an_error(413).message


def test_endless_words_are_cut() -> None:
    assert len(an_error(400, {"errorMessages": ["word " * 10_000]}).message) < 1_010


def test_a_scope_mismatch_is_told_from_a_dead_token() -> None:
    error = an_error(401, {"code": 401, "message": "Unauthorized; scope does not match"})

    assert isinstance(error, MissingScopeError)
    assert "scope does not match" in error.message


def test_a_rate_limit_carries_the_wait() -> None:
    error = an_error(429, None, **{"retry-after": "17"})

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=17)


def test_a_rate_limit_without_a_hint_waits_two_seconds() -> None:
    error = an_error(429)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=2)


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "3"}, 3), ({}, None)])
def test_an_outage_carries_the_wait_where_it_names_one(
    headers: dict[str, str], seconds: int | None
) -> None:
    error = an_error(503, None, **headers)

    assert isinstance(error, JiraUnavailableError)
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "body",
    [HTML, b"", b'{"id": "1"', b"\xff", b"[" * 100_000, b'{"a": NaN}', b"[Infinity]", b"[1e999]"],
    ids=["html", "empty", "truncated", "not utf-8", "deep", "nan", "infinity", "too large"],
)
def test_a_successful_answer_that_is_no_json_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        read_json(a_response(200, body))

    assert caught.value.status == 200


def test_json_is_read_with_its_numbers() -> None:
    assert read_json(a_response(200, b'[1, 2.5, -1e3, "\xc3\xa9"]')) == [1, 2.5, -1000.0, "é"]
