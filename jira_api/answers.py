"""What an HTTP answer of Atlassian means."""

import json
import math
from datetime import datetime
from http import HTTPStatus
from typing import NoReturn

import httpx

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
from jira_api.json_values import JsonObject, JsonValue
from jira_api.paths import shorten
from jira_api.retry import NO_HINT_WAIT, find_requested_wait

_SCOPE_MISMATCH = "scope does not match"
_LONGEST_MESSAGE = 1_000
_MOST_MESSAGES = 100
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_PLAIN_REFUSALS: dict[int, tuple[type[JiraApiError], str]] = {
    HTTPStatus.FORBIDDEN: (ForbiddenError, "Jira forbids this to the connected person."),
    HTTPStatus.NOT_FOUND: (NotFoundError, "Jira knows no such thing."),
}


def read_json(response: httpx.Response) -> JsonValue:
    """The JSON of a successful answer.

    Raises:
        InvalidResponseError: the body is no JSON, or holds a number that JSON has not.
    """
    try:
        return json.loads(
            response.content, parse_float=_read_number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise InvalidResponseError(
            f"Jira answered {response.status_code} with a body that is no JSON.",
            status=response.status_code,
        ) from None


def check_done(response: httpx.Response, done: HTTPStatus = HTTPStatus.NO_CONTENT) -> None:
    """Refuse an answer that is not the one by which Jira tells that a change is made.

    Raises:
        InvalidResponseError: it has another status than that of `done`.
    """
    if response.status_code != done:
        raise InvalidResponseError(
            f"Jira answered a change with {response.status_code}, not with {done.value}: look "
            "whether it was made.",
            status=response.status_code,
        )


def _read_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def error_of(response: httpx.Response, *, now: datetime) -> JiraApiError:
    """The error that an unsuccessful answer stands for, in Jira's own words where it has any."""
    status = response.status_code
    messages, field_errors = _jira_words(response)
    said = shorten(" ".join([*messages, *field_errors.values()]), length=_LONGEST_MESSAGE)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(response, now=now)
    if status in _PLAIN_REFUSALS or status == HTTPStatus.UNAUTHORIZED:
        return _plain_refusal(status, said)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        wait = find_requested_wait(response, now=now)
        return JiraUnavailableError(f"Jira answered {status}.", status=status, retry_after=wait)
    if status >= HTTPStatus.BAD_REQUEST:
        kind = ConflictError if status == HTTPStatus.CONFLICT else RejectedError
        text = said or f"Jira refused the call with {status}."
        elements = read_element_refusals(_read_body(response))
        return kind(
            text, status=status, field_errors=field_errors, general=messages, elements=elements
        )
    if response.has_redirect_location:
        return InvalidResponseError(_redirect(response), status=status)
    return InvalidResponseError(f"Jira answered {status}, which no call expects.", status=status)


def _redirect(response: httpx.Response) -> str:
    """Where a redirect leads, by its host alone: the rest of the address may be a secret."""
    try:
        host = httpx.URL(response.headers["Location"]).host
    except (httpx.InvalidURL, UnicodeError):
        host = ""
    target = f"to {shorten(host)!r}" if host else "to another address"
    return f"Jira answered {response.status_code}, a redirect {target}, which is not followed."


def _rate_limited(response: httpx.Response, *, now: datetime) -> RateLimitedError:
    wait = find_requested_wait(response, now=now)
    wait = NO_HINT_WAIT if wait is None else wait
    text = f"Jira's rate limit is reached; it asks to wait {wait.total_seconds():.0f} s."
    return RateLimitedError(text, retry_after=wait)


def _plain_refusal(status: int, said: str) -> JiraApiError:
    if status == HTTPStatus.UNAUTHORIZED:
        if _SCOPE_MISMATCH in said:
            return MissingScopeError(f"Jira refused the call: {said}.", status=status)
        return UnauthorizedError("Jira does not accept the access token.", status=status)
    kind, silent = _PLAIN_REFUSALS[status]
    return kind(said or silent, status=status)


def _jira_words(response: httpx.Response) -> tuple[list[str], dict[str, str]]:
    """The messages of an ErrorCollection, or the `message` of the gateway in front of Jira."""
    body = _read_body(response)
    if not isinstance(body, dict):
        return [], {}
    return _read_words(body)


def _read_body(response: httpx.Response) -> JsonValue:
    """The JSON of a refusal; None where it has none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _read_words(body: JsonObject) -> tuple[list[str], dict[str, str]]:
    messages = body.get("errorMessages")
    errors = body.get("errors")
    listed = [_word(each) for each in messages] if isinstance(messages, list) else []
    if isinstance(body.get("message"), str):
        listed.append(_word(body["message"]))
    fields = {k: _word(v) for k, v in errors.items()} if isinstance(errors, dict) else {}
    return listed[:_MOST_MESSAGES], dict(list(fields.items())[:_MOST_MESSAGES])


def read_element_refusals(body: JsonValue) -> dict[int, RejectedError]:
    """What Jira says against each of several things that one call asked for, by its number."""
    errors = body.get("errors") if isinstance(body, dict) else None
    refusals: dict[int, RejectedError] = {}
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, dict) and type(each.get("failedElementNumber")) is int:
            refusals[each["failedElementNumber"]] = _read_element_refusal(each)
    return refusals


def _read_element_refusal(raw: JsonObject) -> RejectedError:
    told = raw.get("elementErrors")
    messages, field_errors = _read_words(told) if isinstance(told, dict) else ([], {})
    said = shorten(" ".join([*messages, *field_errors.values()]), length=_LONGEST_MESSAGE)
    status = raw.get("status")
    return RejectedError(
        said or "Jira refused it without a word.",
        status=status if type(status) is int else HTTPStatus.BAD_REQUEST,
        field_errors=field_errors,
        general=messages,
    )


def _word(said: JsonValue) -> str:
    text = said if isinstance(said, str) else json.dumps(said)
    return shorten(text, length=_LONGEST_MESSAGE)
