"""What an order for a fault may say."""

from typing import Any

import httpx
import pytest

from tests.sandbox.faults.ordering import show
from tests.sandbox.visitors import a_guest


@pytest.mark.parametrize(
    ("fault", "member", "allowed"),
    [
        ({"status": 199}, "status", "greater than or equal to 200"),
        ({"status": "503"}, "status", "valid integer"),
        ({"status": True}, "status", "valid integer"),
        ({"status": 503, "method": "get"}, "method", "'GET', 'POST'"),
        ({"status": 503, "path": "rest"}, "path", '"*"'),
        ({"status": 503, "path": "/rest/{"}, "path", "{…} is one segment"),
        ({"status": 503, "path": "/rest/}"}, "path", "{…} is one segment"),
        ({"status": 503, "path": "/rest/api/3/issue/*"}, "path", '"*" alone'),
        ({"status": 503, "path": "/rest/api/3/myself/"}, "path", "without a slash at its end"),
        ({"status": 503, "path": "/authorize"}, "path", "consent page"),
        ({"status": 503, "path": "/ex/jira/1/rest/api/3/myself"}, "path", "cloudId"),
        ({"status": 503, "skip": -1}, "skip", "greater than or equal to 0"),
        ({"status": 503, "count": 0}, "count", "greater than or equal to 1"),
        ({"status": 503, "colour": 1}, "colour", "there are method, path, cloudId"),
        ({"rateLimit": "daily"}, "rateLimit", "'quota-global'"),
        ({"retryAfter": [1]}, "retryAfter", "dateInSeconds"),
        ({"retryAfter": "a\nb"}, "retryAfter", "control characters"),
        ({"headers": {"a b": "c"}}, "headers", "HTTP tokens"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers", "control characters"),
        ({"headers": {"Content-Length": "1"}}, "headers", "truncateAfterBytes"),
        ({"drip": {"bytes": 0, "milliseconds": 0}}, "drip.bytes", "greater than or equal to 1"),
        ({"drip": {"bytes": 1}}, "drip.milliseconds", "required"),
        ({"drip": {"bytes": 1, "milliseconds": 0, "x": 1}}, "drip.x", "no such member"),
        ({"repeatBody": {"text": "", "bytes": 1}}, "repeatBody.text", "at least 1"),
        ({"delayMilliseconds": 1.5}, "delayMilliseconds", "valid integer"),
    ],
    ids=str,
)
async def test_a_malformed_fault_is_told_by_member(
    fault: dict[str, Any], member: str, allowed: str
) -> None:
    guest = await a_guest()

    response = await guest.visitor.http.post("/__sandbox__/faults", json=fault)

    assert response.status_code == 400
    assert allowed in response.json()["errors"][member]
    assert response.json()["errorMessages"][0].startswith(f"{member}: ")
    assert await show(guest) == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({}, "Say what the fault does: body, cutAfterCommit"),
        ({"path": "*", "reset": False, "count": 1}, "Say what the fault does"),
        ({"reset": True, "cutAfterCommit": True}, "nothing else"),
        ({"reset": True, "status": 503}, "nothing else"),
        ({"rateLimit": "burst", "status": 503}, "429 by itself"),
        ({"repeatBody": {"text": "a", "bytes": 1}, "body": "b"}, "repeatBody goes with no body"),
    ],
    ids=str,
)
async def test_members_that_do_not_go_together_are_told(fault: dict[str, Any], told: str) -> None:
    guest = await a_guest()

    response = await guest.visitor.http.post("/__sandbox__/faults", json=fault)

    assert response.status_code == 400
    assert told in response.json()["errorMessages"][0]


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b'{"body": "\\ud800"}', b'{"body": NaN}', b"[" * 100_000],
    ids=["list", "broken", "half a character", "not a number", "deep"],
)
async def test_a_body_that_no_answer_could_show_is_a_400(body: bytes) -> None:
    guest = await a_guest()

    response: httpx.Response = await guest.visitor.http.post("/__sandbox__/faults", content=body)

    assert response.status_code == 400
