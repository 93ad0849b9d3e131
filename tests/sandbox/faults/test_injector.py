"""What faults do to an answer, in process."""

from typing import Any

import pytest

from sandbox.errors import ConnectionCutError
from tests.sandbox.faults.ordering import MYSELF, order
from tests.sandbox.visitors import a_guest


async def test_a_fault_meets_the_token_endpoint_and_the_list_of_sites() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    await order(guest, path="/oauth/token", status=503, count=1)
    await order(guest, path="/oauth/token/accessible-resources", status=502)

    refreshed = await visitor.refresh(visitor.tokens["refresh_token"])
    listed = await visitor.get("/oauth/token/accessible-resources")
    again = await visitor.refresh(visitor.tokens["refresh_token"])

    assert (refreshed.status_code, listed.status_code, again.status_code) == (503, 502, 200)


async def test_a_fault_of_a_grant_meets_the_refresh_of_that_grant_alone() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    first = visitor.tokens["refresh_token"]
    await visitor.enter(guest.site.data.site.cloud_id)
    await order(guest, path="/oauth/token", grant="grant-1", status=503)

    statuses = [
        (await visitor.refresh(token)).status_code
        for token in (first, visitor.tokens["refresh_token"], "nobody's")
    ]

    assert statuses == [503, 200, 403]


async def test_the_consent_page_and_the_control_api_stay_whole() -> None:
    guest = await a_guest()
    await order(guest, status=503)

    consent = await guest.visitor.decide(guest.site.data.site.cloud_id)
    health = await guest.visitor.http.get("/__sandbox__/health")

    assert (consent.status_code, health.status_code) == (302, 200)


@pytest.mark.parametrize(
    ("fault", "content", "kind"),
    [
        ({"status": 503}, b"", "application/json;charset=UTF-8"),
        ({"body": {"a": [1]}}, b'{"a": [1]}', "application/json;charset=UTF-8"),
        ({"body": "caf\xe9"}, "caf\xe9".encode(), "text/plain;charset=UTF-8"),
        (
            {"status": 502, "body": "<h1>Bad</h1>", "headers": {"Content-Type": "text/html"}},
            b"<h1>Bad</h1>",
            "text/html",
        ),
    ],
    ids=["empty", "json", "text", "html"],
)
async def test_a_made_answer_is_sent_as_it_was_ordered(
    fault: dict[str, Any], content: bytes, kind: str
) -> None:
    guest = await a_guest()
    await order(guest, **fault)

    response = await guest.get(MYSELF)

    assert response.status_code == fault.get("status", 200)
    assert (response.content, response.headers["content-type"]) == (content, kind)
    assert response.headers["content-length"] == str(len(content))


@pytest.mark.parametrize(
    ("retry_after", "sent"),
    [
        (30, "30"),
        (0, "0"),
        (-1, "-1"),
        (1_000_000_000, "1000000000"),
        ("soon", "soon"),
        ("", ""),
        ({"dateInSeconds": 30}, "Mon, 01 Jun 2026 12:00:30 GMT"),
        ({"dateInSeconds": -30}, "Mon, 01 Jun 2026 11:59:30 GMT"),
        (None, None),
    ],
    ids=str,
)
async def test_retry_after_takes_every_form(retry_after: Any, sent: str | None) -> None:
    guest = await a_guest()
    await order(guest, rateLimit="burst", retryAfter=retry_after)

    response = await guest.get(MYSELF)

    assert response.status_code == 429
    assert response.headers.get("retry-after") == sent


QUOTA_POLICY = '"global-app-quota";q=65000;w=3600'
TENANT_POLICY = '"tenant-app-quota";q=100000;w=3600'


@pytest.mark.parametrize(
    ("kind", "reason", "wait", "limit", "policy"),
    [
        ("quota-global", "jira-quota-global-based", "1800", "65000", QUOTA_POLICY),
        ("quota-tenant", "jira-quota-tenant-based", "1800", "100000", TENANT_POLICY),
        ("burst", "jira-burst-based", "1", "100", None),
        ("per-issue-on-write", "jira-per-issue-on-write", "2", "20", None),
    ],
)
async def test_a_ready_rate_limit_carries_its_headers(
    kind: str, reason: str, wait: str, limit: str, policy: str | None
) -> None:
    guest = await a_guest()
    guest.visitor.clock.advance(minutes=30)
    await order(guest, rateLimit=kind)

    headers = (await guest.get(MYSELF)).headers

    assert headers["ratelimit-reason"] == reason
    assert headers["retry-after"] == wait
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == (limit, "0")
    assert headers["x-ratelimit-reset"].startswith("2026-06-01T1")
    assert headers.get("beta-ratelimit-policy") == policy


async def test_headers_and_retry_after_alone_are_put_on_the_true_answer() -> None:
    guest = await a_guest()
    await order(guest, headers={"content-type": "text/html"}, retryAfter=5)

    response = await guest.get(MYSELF)

    assert response.json()["accountId"]
    assert response.headers.get_list("content-type") == ["text/html"]
    assert response.headers["retry-after"] == "5"


async def test_a_drip_and_a_delay_leave_the_answer_whole() -> None:
    guest = await a_guest()
    before = await guest.get(MYSELF)
    await order(guest, delayMilliseconds=1, drip={"bytes": 100, "milliseconds": 0})

    assert (await guest.get(MYSELF)).json() == before.json()


async def test_a_repeated_body_has_exactly_its_size() -> None:
    guest = await a_guest()
    await order(guest, repeatBody={"text": "abc", "bytes": 200_000})

    response = await guest.get(MYSELF)

    assert response.text == ("abc" * 70_000)[:200_000]
    assert "content-length" not in response.headers


@pytest.mark.parametrize(
    ("fault", "has_begun"),
    [
        ({"reset": True}, False),
        ({"cutAfterCommit": True}, False),
        ({"truncateAfterBytes": 9}, True),
    ],
    ids=["reset", "after the commit", "truncated"],
)
async def test_a_cut_is_a_connection_error_in_process(
    fault: dict[str, Any], *, has_begun: bool
) -> None:
    guest = await a_guest()
    await order(guest, **fault)

    with pytest.raises(ConnectionError) as caught:
        await guest.get(MYSELF)

    assert isinstance(caught.value, ConnectionCutError)
    assert caught.value.has_begun is has_begun


@pytest.mark.parametrize(("fault", "is_carried_out"), [("reset", False), ("cutAfterCommit", True)])
async def test_only_a_cut_after_the_commit_carries_the_call_out(
    fault: str, *, is_carried_out: bool
) -> None:
    guest = await a_guest()
    visitor = guest.visitor
    token = visitor.tokens["refresh_token"]
    await order(guest, path="/oauth/token", count=1, **{fault: True})

    with pytest.raises(ConnectionCutError):
        await visitor.refresh(token)
    await visitor.refresh(token)

    grant = visitor.application.state.sandbox.tokens.grants["grant-1"]
    assert grant.forks == is_carried_out


async def test_an_answer_shorter_than_the_cut_arrives_whole() -> None:
    guest = await a_guest()
    await order(guest, truncateAfterBytes=1_000_000)

    assert (await guest.get(MYSELF)).json()["accountId"]


async def test_the_record_names_the_fault_that_spoiled_a_call() -> None:
    guest = await a_guest()
    await order(guest, status=503, count=1)
    await order(guest, reset=True, count=1)

    await guest.get(MYSELF)
    with pytest.raises(ConnectionCutError):
        await guest.get(MYSELF)
    await guest.get(MYSELF)

    calls = (await guest.visitor.http.get("/__sandbox__/calls")).json()["calls"][-3:]
    noted = [(call.get("fault"), call["status"]) for call in calls]
    assert noted == [("fault-1", 503), ("fault-2", None), (None, 200)]
