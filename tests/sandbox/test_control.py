import asyncio
from typing import Any

import pytest

from sandbox.recorder import CallLog
from tests.sandbox.visitors import Guest, a_guest, a_visitor


async def read_calls(guest: Guest) -> list[dict[str, Any]]:
    answer = (await guest.visitor.http.get("/__sandbox__/calls")).json()
    calls: list[dict[str, Any]] = answer["calls"]
    return calls


async def test_calls_are_recorded_in_order_without_the_prefix() -> None:
    guest = await a_guest()

    await guest.get("/rest/api/3/project/search", startAt=2, fields="a")
    await guest.get("/rest/api/3/nowhere")

    calls = await read_calls(guest)
    assert [call["number"] for call in calls] == [1, 2, 3, 4]
    assert [call["path"] for call in calls[:2]] == ["/authorize", "/oauth/token"]
    assert calls[1]["grantType"] == "authorization_code"
    assert calls[2] == {
        "number": 3,
        "method": "GET",
        "path": "/rest/api/3/project/search",
        "query": {"startAt": ["2"], "fields": ["a"]},
        "status": 200,
        "grant": "grant-1",
        "cloudId": guest.site.data.site.cloud_id,
        "concurrent": 1,
        "requestedFields": ["a"],
    }
    assert calls[3]["status"] == 401


async def test_no_token_secret_code_or_state_is_recorded() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    request = {"code": "my-code", "state": "my-state"}
    await visitor.http.get("/authorize", params=request)
    await visitor.refresh(visitor.tokens["refresh_token"])
    await guest.post("/rest/api/3/search/jql", {"jql": "created is empty"})

    log = (await visitor.http.get("/__sandbox__/calls")).text

    secrets = [visitor.tokens["access_token"], visitor.tokens["refresh_token"], "sandbox-secret"]
    assert not [secret for secret in (*secrets, "my-code", "my-state") if secret in log]


async def test_the_body_and_fields_of_a_posted_search_are_recorded() -> None:
    guest = await a_guest()
    body = {"jql": "created is empty", "fields": ["summary", "status"]}

    await guest.send("/rest/api/3/search/jql", body)

    call = (await read_calls(guest))[-1]
    assert call["body"] == body
    assert call["requestedFields"] == ["summary", "status"]


async def test_a_refresh_is_recorded_with_its_grant_even_when_it_fails() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    old = visitor.tokens["refresh_token"]
    await visitor.refresh(old)
    visitor.clock.advance(hours=1)

    await visitor.refresh(old)

    refreshes = [
        call for call in await read_calls(guest) if call.get("grantType") == "refresh_token"
    ]
    assert [(call["grant"], call["status"]) for call in refreshes] == [
        ("grant-1", 200),
        ("grant-1", 403),
    ]


async def test_calls_side_by_side_show_in_the_record() -> None:
    guest = await a_guest()
    await guest.visitor.http.post("/__sandbox__/latency", json={"milliseconds": 20})
    await guest.visitor.http.delete("/__sandbox__/calls")

    await asyncio.gather(*(guest.get("/rest/api/3/myself") for _ in range(3)))
    await guest.get("/rest/api/3/myself")

    assert [call["concurrent"] for call in await read_calls(guest)] == [1, 2, 3, 1]


async def test_clearing_forgets_the_calls() -> None:
    guest = await a_guest()

    cleared = await guest.visitor.http.delete("/__sandbox__/calls")

    assert cleared.status_code == 204
    assert await read_calls(guest) == []


async def test_the_clock_can_be_advanced() -> None:
    guest = await a_guest()

    answer = await guest.visitor.http.post("/__sandbox__/clock", json={"advanceSeconds": 3600})

    assert answer.json() == {"now": "2026-06-01T13:00:00+00:00"}
    assert (await guest.get("/rest/api/3/myself")).status_code == 401


async def test_revoking_one_grant_leaves_the_other() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    first = visitor.tokens
    await visitor.enter(guest.site.data.site.cloud_id)

    answer = await visitor.http.post("/__sandbox__/revoke", json={"grant": "grant-1"})

    assert answer.json() == {"revoked": ["grant-1"]}
    assert (await guest.get("/rest/api/3/myself")).status_code == 200
    assert (await visitor.refresh(first["refresh_token"])).status_code == 403


async def test_revoking_all_closes_the_sites() -> None:
    guest = await a_guest()
    visitor = guest.visitor

    await visitor.http.post("/__sandbox__/revoke")

    response = await guest.get("/rest/api/3/myself")
    assert response.json() == {"code": 401, "message": "Unauthorized"}
    assert visitor.application.state.sandbox.tokens.list_sites("sandbox-client") == {}


async def test_health_says_what_the_sandbox_holds() -> None:
    guest = await a_guest()
    guest.site.add_issues(guest.site.add_project("TEST"), 3)

    health = (await guest.visitor.http.get("/__sandbox__/health")).json()

    assert health["status"] == "ok"
    assert [(site["name"], site["issues"]) for site in health["sites"]] == [("Acme", 3)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"milliseconds": -1}',
        b'{"milliseconds": true}',
        b'{"milliseconds": 1e300}',
        b'{"milliseconds": Infinity}',
    ],
)
async def test_a_control_call_that_makes_no_sense_is_a_400(body: bytes) -> None:
    response = await a_visitor().http.post("/__sandbox__/latency", content=body)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"grant": "grant-7"}, 404, "No grant grant-7 was given"),
        ({"grant": 1}, 400, "grant: Input should be a valid string."),
        ({"grants": "grant-1"}, 400, "grants: no such member; there are grant."),
    ],
    ids=["unknown", "number", "misspelt"],
)
async def test_a_revocation_that_names_no_grant_is_told(
    body: dict[str, Any], status: int, told: str
) -> None:
    guest = await a_guest()

    answer = await guest.visitor.http.post("/__sandbox__/revoke", json=body)

    assert answer.status_code == status
    assert answer.json()["errorMessages"][0].startswith(told)
    assert (await guest.get("/rest/api/3/myself")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b'{"jql": "\\ud800"}', b'{"jql": NaN}', b"[" * 100_000],
    ids=["half a character", "not a number", "deep"],
)
async def test_the_record_can_be_shown_whatever_a_search_was_sent(body: bytes) -> None:
    guest = await a_guest()
    http, headers = guest.visitor.http, guest.visitor.headers
    path = f"/ex/jira/{guest.site.data.site.cloud_id}/rest/api/3/search/jql"

    answer = await http.post(path, content=body, headers=headers)

    assert answer.status_code == 400
    assert (await read_calls(guest))[-1]["status"] == 400


def test_a_query_of_stray_bytes_is_recorded() -> None:
    scope = {"method": "GET", "path": "/ex/jira/1/rest/api/3/myself", "query_string": b"a=\xe9"}

    assert CallLog().start(scope, grant=None).query == {"a": ["\xe9"]}
