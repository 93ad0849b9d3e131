import logging
import traceback
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from jira_api.client import JiraClient, JiraSession, open_http
from jira_api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidResponseError,
    JiraApiError,
    JiraUnavailableError,
    MissingScopeError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnauthorizedError,
)
from jira_api.paths import CloudId
from jira_api.records import Origin
from jira_api.retry import RetryPolicy
from jira_api.site_metadata import get_myself
from tests.jira_api.builders import (
    API,
    CLOUD_ID,
    ORIGIN,
    Answer,
    Tokens,
    a_jira,
    a_user_payload,
    fails,
    says,
)

OK = says(200, {"id": "1"})
MISMATCH = {"code": 401, "message": "Unauthorized; scope does not match"}
PATIENT = RetryPolicy(longest_wait=timedelta(seconds=8), jitter=lambda: 1.0)
FAULTS = {
    "read timeout": fails(httpx.ReadTimeout),
    "connection refused": fails(httpx.ConnectError),
    "500": says(500),
    "503 with html": says(503, b"<html>"),
    "429": says(429, headers={"Retry-After": "1"}),
}


async def test_a_call_goes_to_the_site_below_the_api_host_with_the_token() -> None:
    jira = a_jira(OK)

    answer = await jira.session.get(
        "/rest/api/3/user/bulk", {"maxResults": 2, "accountId": ["1", "2"]}
    )

    assert answer == {"id": "1"}
    assert [str(r.url) for r in jira.requests] == [
        f"{API}/ex/jira/{CLOUD_ID}/rest/api/3/user/bulk?maxResults=2&accountId=1&accountId=2"
    ]
    assert jira.bearers == ["Bearer secret-stored"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("verb", ["get", "post_query"])
async def test_a_call_that_only_reads_is_repeated_after_a_passing_fault(
    fault: Answer, verb: str
) -> None:
    jira = a_jira(fault, fault, OK)

    answer = await call(jira.session, verb)

    assert answer == {"id": "1"}
    assert len(jira.requests) == 3
    assert len({(r.url, r.content) for r in jira.requests}) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_repeats_are_bounded(fault: Answer) -> None:
    jira = a_jira(*[fault] * 4, policy=RetryPolicy(retries=3, jitter=lambda: 1.0))

    with pytest.raises((JiraUnavailableError, RateLimitedError)):
        await jira.session.get("/rest/api/3/myself")

    assert len(jira.requests) == 4
    assert len(jira.waits) == 3


async def test_a_policy_without_retries_asks_once() -> None:
    jira = a_jira(says(500), policy=RetryPolicy(retries=0))

    with pytest.raises(JiraUnavailableError):
        await jira.session.get("/x")

    assert jira.waits == []


async def test_the_pauses_after_outages_grow_and_are_spread() -> None:
    jira = a_jira(*[says(500)] * 4, policy=RetryPolicy(jitter=lambda: 1.3))

    with pytest.raises(JiraUnavailableError):
        await jira.session.get("/x")

    assert jira.waits == pytest.approx([0.65, 1.3, 2.6])


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_that_jira_asks_for_is_waited(status: int) -> None:
    jira = a_jira(says(status, headers={"Retry-After": "5"}), OK, policy=PATIENT)

    await jira.session.get("/x")

    assert jira.waits == [5]


async def test_no_wait_at_all_is_no_reason_to_hammer() -> None:
    refusal = says(429, headers={"Retry-After": "0"})
    jira = a_jira(refusal, refusal, OK, policy=PATIENT)

    await jira.session.get("/x")

    assert jira.waits == [0.5, 1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "9"},
        {"Retry-After": "1000000000"},
        {"X-RateLimit-Reset": "2026-06-01T13:00:00Z"},
        {"Retry-After": "Mon, 01 Jun 2026 13:00:00 GMT"},
    ],
    ids=["seconds", "a billion", "reset", "date"],
)
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitedError), (503, JiraUnavailableError)])
async def test_a_wait_beyond_the_longest_is_told_not_waited(
    headers: dict[str, str], status: int, kind: type[JiraApiError]
) -> None:
    jira = a_jira(says(status, headers=headers), policy=PATIENT)

    with pytest.raises(kind) as caught:
        await jira.session.get("/x")

    assert jira.waits == []
    error = caught.value
    assert isinstance(error, RateLimitedError | JiraUnavailableError)
    assert error.retry_after is not None
    assert error.retry_after > PATIENT.longest_wait


async def test_a_refused_token_is_renewed_once_and_the_call_made_once_more() -> None:
    jira = a_jira(says(401), OK)

    assert await jira.session.get("/x") == {"id": "1"}

    assert jira.tokens.refused == ["secret-stored"]
    assert jira.bearers == ["Bearer secret-stored", "Bearer secret-renewed-1"]


async def test_a_token_that_is_refused_twice_is_told() -> None:
    jira = a_jira(says(401, b"<html>"), says(401))

    with pytest.raises(UnauthorizedError):
        await jira.session.get("/x")

    assert len(jira.tokens.refused) == 1


async def test_a_missing_scope_renews_nothing() -> None:
    jira = a_jira(says(401, MISMATCH))

    with pytest.raises(MissingScopeError):
        await jira.session.get("/x")

    assert jira.tokens.refused == []


async def test_a_missing_scope_after_a_renewal_is_told() -> None:
    jira = a_jira(says(401), says(401, MISMATCH))

    with pytest.raises(MissingScopeError):
        await jira.session.get("/x")

    assert len(jira.tokens.refused) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, InvalidResponseError),
        (400, RejectedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, RejectedError),
    ],
)
async def test_a_lasting_refusal_is_told_at_once(status: int, kind: type[JiraApiError]) -> None:
    jira = a_jira(says(status, {"errorMessages": ["Because."]}))

    with pytest.raises(kind):
        await jira.session.get("/x")

    assert jira.waits == []


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": '], ids=["empty", "html", "truncated"])
async def test_an_unreadable_success_is_not_asked_for_again(body: bytes) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await jira.session.get("/x")


async def test_a_redirect_never_takes_the_token_elsewhere() -> None:
    jira = a_jira(says(307, headers={"Location": "https://evil.test/"}))

    with pytest.raises(InvalidResponseError):
        await jira.session.get("/x")

    assert [request.url.host for request in jira.requests] == ["api.jira.test"]


async def test_a_site_without_a_proper_cloud_id_is_never_called() -> None:
    jira = a_jira()
    session = jira.session.client.session(Origin(CloudId("../.."), "", "acme"), Tokens())

    with pytest.raises(InvalidArgumentError):
        await session.get("/x")


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500])
async def test_the_token_stands_in_no_log_error_or_repr(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    policy = RetryPolicy(retries=1, longest_wait=timedelta(0))
    jira = a_jira(*[says(status, b"broken")] * 2, policy=policy)
    session = jira.session

    with pytest.raises(JiraApiError) as caught:
        await session.get("/x")

    told = "".join(traceback.format_exception(caught.value))
    shown = (told, repr(caught.value), str(vars(caught.value)), repr(session), caplog.text)
    assert not any("secret-stored" in text or "secret-renewed" in text for text in shown)


@respx.mock(base_url=API)
async def test_every_call_has_a_timeout_for_each_step(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(path__regex="/myself$").respond(json=a_user_payload())
    async with open_http(timeout=timedelta(seconds=20)) as http:
        session = JiraClient(http=http, api_url=API, max_concurrency=1).session(ORIGIN, Tokens())

        await get_myself(session)

    timeout = respx_mock.calls.last.request.extensions["timeout"]
    assert timeout == {"connect": 5.0, "read": 20.0, "write": 20.0, "pool": 20.0}


@respx.mock(base_url=API)
async def test_no_cookie_of_one_connection_travels_with_another(
    respx_mock: respx.MockRouter,
) -> None:
    respx_mock.get(path__regex="/x$").respond(
        json={}, headers={"Set-Cookie": "session=somebody; Path=/; Secure"}
    )
    async with open_http(timeout=timedelta(seconds=1)) as http:
        client = JiraClient(http=http, api_url=API, max_concurrency=1)

        for label in ("first", "second"):
            await client.session(Origin(CLOUD_ID, "", label), Tokens()).get("/x")

    assert [call.request.headers.get("Cookie") for call in respx_mock.calls] == [None, None]


def test_the_session_knows_its_origin() -> None:
    assert a_jira().session.origin is ORIGIN


async def call(session: JiraSession, verb: str) -> Any:
    if verb == "get":
        return await session.get("/x", {"id": "1"})
    return await session.post_query("/x", {"jql": "project = SHOP"})
