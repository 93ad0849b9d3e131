"""Rate limits that count, by a clock that stands still until it is moved."""

from typing import Any

import httpx
import pytest

from sandbox.limits.ledger import Claim, LimitOrder, Limits
from sandbox.limits.points import count_points
from tests.sandbox.visitors import SCOPES, Guest, StillClock, a_guest

ISSUE = "/rest/api/3/issue/TEST-1"
MYSELF = "/rest/api/3/myself"
FIELD = "/rest/api/3/field"
SEARCH = "/rest/api/3/search/jql"


async def a_limited_guest(**limits: Any) -> Guest:
    guest = await a_guest(scopes=f"{SCOPES} write:jira-work")
    guest.site.add_issues(guest.site.add_project("TEST"), 5)
    response = await guest.visitor.http.post("/__sandbox__/limits", json=limits)
    assert response.status_code == 200, response.text
    return guest


async def write(guest: Guest, issue: str) -> httpx.Response:
    url = f"/ex/jira/{guest.site.data.site.cloud_id}/rest/api/3/issue/{issue}"
    body = {"fields": {"summary": "Written"}}
    return await guest.visitor.http.put(url, json=body, headers=guest.visitor.headers)


def a_write(*, issue_id: int) -> Claim:
    return Claim(None, "cloud", "PUT", "/issue/{id}", issue_id=issue_id)


async def test_nothing_is_limited_until_it_is_set() -> None:
    guest = await a_guest()

    responses = [await guest.get(MYSELF) for _ in range(150)]

    assert {response.status_code for response in responses} == {200}
    assert "x-ratelimit-limit" not in responses[-1].headers


async def test_points_run_out_and_come_back_at_the_full_hour() -> None:
    guest = await a_limited_guest(pointsPerHour=5)
    guest.visitor.clock.advance(minutes=20)

    passed = [(await guest.get(ISSUE)).status_code for _ in range(3)]
    refused = await guest.get(ISSUE)
    guest.visitor.clock.advance(minutes=39, seconds=59)
    still = await guest.get(ISSUE)
    guest.visitor.clock.advance(seconds=1)
    await guest.visitor.enter(guest.site.data.site.cloud_id)

    assert passed == [200, 200, 200]
    assert refused.json() == {"code": 429, "message": "Rate limit exceeded"}
    assert refused.headers["ratelimit-reason"] == "jira-quota-global-based"
    assert refused.headers["retry-after"] == "2400"
    assert refused.headers["x-ratelimit-reset"] == "2026-06-01T13:00:00Z"
    assert (still.status_code, still.headers["retry-after"]) == (429, "1")
    assert (await guest.get(ISSUE)).status_code == 200


async def test_an_answer_tells_what_is_left_and_warns_below_a_fifth() -> None:
    guest = await a_limited_guest(pointsPerHour=10)

    headers = [(await guest.get(FIELD)).headers for _ in range(9)]

    left = [each["x-ratelimit-remaining"] for each in headers]
    assert left == ["9", "8", "7", "6", "5", "4", "3", "2", "1"]
    assert [each.get("x-ratelimit-nearlimit") for each in headers] == [None] * 8 + ["true"]
    assert headers[0]["beta-ratelimit-policy"] == '"global-app-quota";q=10;w=3600'
    assert "beta-ratelimit" not in headers[7]
    assert headers[8]["beta-ratelimit"] == '"global-app-quota";r=1;t=3600'


async def test_points_are_shared_by_all_grants_of_an_app() -> None:
    guest = await a_limited_guest(pointsPerHour=3)
    await guest.get(MYSELF)

    await guest.visitor.enter(guest.site.data.site.cloud_id)

    assert (await guest.get(MYSELF)).status_code == 429


async def test_api_tokens_use_no_points() -> None:
    guest = await a_limited_guest(pointsPerHour=1)
    person = ("sandbox.person@example.com", "sandbox-api-token")
    await guest.get(MYSELF)

    answers = [await guest.visitor.http.get(f"/sites/acme{MYSELF}", auth=person) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


ISSUES: Any = {"issues": [{}, {}, {}]}


@pytest.mark.parametrize(
    ("call", "answer", "points"),
    [
        (("GET", FIELD), [{}, {}], 1),
        (("GET", ISSUE), {"key": "TEST-1"}, 2),
        (("GET", "/rest/api/3/project/TEST"), {}, 2),
        (("GET", "/rest/api/3/project/search"), {"values": [{}, {}]}, 3),
        (("POST", SEARCH), ISSUES, 4),
        (("POST", "/rest/api/3/search/approximate-count"), {"count": 90}, 1),
        (("POST", "/rest/api/3/issue/bulkfetch"), ISSUES, 4),
        (("GET", "/rest/software/1.0/board/1/issue"), ISSUES, 4),
        (("GET", MYSELF), {}, 3),
        (("GET", "/rest/api/3/user/search"), [{}, {}], 5),
        (("GET", "/rest/api/3/user/bulk"), {"values": [{}]}, 3),
        (("POST", "/rest/api/3/issue"), {"key": "TEST-6"}, 1),
        (("PUT", ISSUE), None, 1),
        (("GET", ISSUE), None, 1),
    ],
    ids=str,
)
def test_a_call_costs_one_point_and_those_of_what_it_read(
    call: tuple[str, str], answer: Any, points: int
) -> None:
    assert count_points(*call, answer) == points


async def test_the_limits_show_what_was_used_of_them() -> None:
    guest = await a_limited_guest(pointsPerHour=100, burstPerSecond={"GET": 7})
    await guest.send(SEARCH, {"jql": "project = TEST"})

    assert (await guest.visitor.http.get("/__sandbox__/limits")).json() == {
        "pointsPerHour": 100,
        "burstPerSecond": {"GET": 7},
        "perIssueWrites": False,
        "pointsUsed": {"sandbox-client": 6},
    }


async def test_a_burst_is_stopped_until_its_bucket_fills() -> None:
    guest = await a_limited_guest(burstPerSecond={"GET": 2})

    first = [(await guest.get(MYSELF)).status_code for _ in range(2)]
    refused = await guest.get(MYSELF)
    guest.visitor.clock.advance(milliseconds=499)
    early = await guest.get(MYSELF)
    guest.visitor.clock.advance(milliseconds=1)
    later = [(await guest.get(MYSELF)).status_code for _ in range(2)]

    assert first == [200, 200]
    assert refused.headers["ratelimit-reason"] == "jira-burst-based"
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-limit"]) == ("1", "2")
    assert early.status_code == 429
    assert later == [200, 429]


async def test_a_bucket_belongs_to_one_endpoint_of_one_site() -> None:
    guest = await a_limited_guest(burstPerSecond={"GET": 1})

    statuses = [
        (await guest.get(path)).status_code for path in (ISSUE, "/rest/api/3/issue/TEST-2", MYSELF)
    ]
    posted = [(await guest.post(SEARCH, {"jql": "project = TEST"})) for _ in range(2)]

    assert statuses == [200, 429, 200]
    assert [answer.status_code for answer in posted] == [200, 200]


def test_writes_to_one_issue_are_limited_in_two_windows() -> None:
    limits = Limits(LimitOrder.model_validate({"perIssueWrites": True}))
    clock = StillClock()
    passed = []
    for _ in range(6):
        refusals = [limits.find_refusal(a_write(issue_id=1), clock()) for _ in range(21)]
        passed.append(refusals.count(None))
        clock.advance(seconds=2)
    headers = refusals[-1].build_headers(clock()) if refusals[-1] else {}

    assert passed == [20, 20, 20, 20, 20, 0]
    assert headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert (headers["X-RateLimit-Limit"], headers["Retry-After"]) == ("100", "18")
    assert limits.find_refusal(a_write(issue_id=2), clock()) is None


def test_writes_pass_again_once_the_window_has_moved_on() -> None:
    limits = Limits(LimitOrder.model_validate({"perIssueWrites": True}))
    clock = StillClock()
    for _ in range(20):
        limits.find_refusal(a_write(issue_id=1), clock())
        clock.advance(milliseconds=50)

    refusal = limits.find_refusal(a_write(issue_id=1), clock())
    clock.advance(seconds=1)

    assert refusal is not None
    assert refusal.opens_at == clock()
    assert limits.find_refusal(a_write(issue_id=1), clock()) is None


async def test_an_issue_is_one_by_its_key_and_by_its_id() -> None:
    guest = await a_limited_guest(perIssueWrites=True)
    by_id = str(guest.site.data.issue_ids_by_key["TEST-1"])

    for name in ("TEST-1", by_id) * 10:
        assert (await write(guest, name)).status_code == 204
    refused = await write(guest, by_id)

    assert refused.status_code == 429
    assert refused.headers["ratelimit-reason"] == "jira-per-issue-on-write"
    assert (await write(guest, "TEST-2")).status_code == 204


async def test_reading_an_issue_counts_no_write() -> None:
    guest = await a_limited_guest(perIssueWrites=True)

    statuses = {(await guest.get(ISSUE)).status_code for _ in range(30)}

    assert statuses == {200}


async def test_a_limit_marks_the_calls_it_refused() -> None:
    guest = await a_limited_guest(burstPerSecond={"GET": 1})
    await guest.get(MYSELF)
    await guest.get(MYSELF)

    calls = (await guest.visitor.http.get("/__sandbox__/calls")).json()["calls"]

    assert [call.get("fault") for call in calls[-2:]] == [None, "limit burst"]


async def test_limits_are_taken_away_again() -> None:
    guest = await a_limited_guest(burstPerSecond={"GET": 1})
    await guest.get(MYSELF)

    await guest.visitor.http.delete("/__sandbox__/limits")

    assert (await guest.get(MYSELF)).status_code == 200


@pytest.mark.parametrize(
    ("limits", "member"),
    [
        ({"pointsPerHour": 0}, "pointsPerHour"),
        ({"pointsPerHour": "65000"}, "pointsPerHour"),
        ({"burstPerSecond": 100}, "burstPerSecond"),
        ({"burstPerSecond": {"GET": -1}}, "burstPerSecond.GET"),
        ({"burstPerSecond": {"get": 1}}, "burstPerSecond.get"),
        ({"perIssueWrites": 1}, "perIssueWrites"),
        ({"pointsPerDay": 1}, "pointsPerDay"),
    ],
    ids=str,
)
async def test_a_malformed_limit_is_told_by_member(limits: dict[str, Any], member: str) -> None:
    guest = await a_guest()

    response = await guest.visitor.http.post("/__sandbox__/limits", json=limits)

    assert response.status_code == 400
    assert [name for name in response.json()["errors"] if name.startswith(member)]
