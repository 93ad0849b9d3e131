"""Many issues by one mutation: fifties, a result for each, and none twice."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Project
from tests.end_to_end.keyed_creates import show_at_once
from tests.end_to_end.test_issue_edits import ACME, ERRORS
from tests.end_to_end.test_issue_write_failures import order
from tests.support.gateway import Gateway, SendOn, count_calls

CREATE = f"""
mutation($input: CreateIssuesInput!) {{
  createIssues(input: $input) {{
    results {{ index issue {{ key summary }} {ERRORS} }}
    {ERRORS}
  }}
}}
"""
BULK = "POST /rest/api/3/issue/bulk"
LOOK = "POST /rest/api/3/search/jql"
STORY_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


def some_issues(count: int, **values: Any) -> list[dict[str, Any]]:
    usual = {"project": {"key": "TEST"}, "issueType": {"name": "Task"}}
    return [{**usual, "summary": f"Issue {number}", **values} for number in range(count)]


async def create(gateway: Gateway, issues: list[dict[str, Any]], key: str | None = None) -> Any:
    given = {"connection": ACME, "issues": issues, "idempotencyKey": key}
    return (await gateway.ask(CREATE, {"input": given})).data["createIssues"]


def list_codes(payload: Any) -> list[list[str]]:
    return [[error["code"] for error in each["errors"]] for each in payload["results"]]


def list_keys(payload: Any) -> list[str | None]:
    return [each["issue"] and each["issue"]["key"] for each in payload["results"]]


async def test_issues_are_made_by_fifties_in_their_order_and_read_together(
    built_once: Gateway, project: Project
) -> None:
    payload = await create(built_once, some_issues(120))

    assert payload["errors"] == []
    assert [each["index"] for each in payload["results"]] == list(range(120))
    assert list_keys(payload) == [f"TEST-{number}" for number in range(1, 121)]
    assert [each["issue"]["summary"] for each in payload["results"]][::119] == [
        "Issue 0",
        "Issue 119",
    ]
    assert count_calls(built_once) == {BULK: 3, "POST /rest/api/3/issue/bulkfetch": 2}


async def test_each_issue_is_told_what_is_wrong_with_it_and_the_others_are_made(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    issues = some_issues(5)
    issues[1]["summary"] = ""
    issues[2]["issueType"] = {"name": "Nonsense"}
    issues[3]["priority"] = {"id": "999"}

    payload = await create(built_once, issues)

    assert list_keys(payload) == ["TEST-1", None, None, None, "TEST-2"]
    malformed, of_type, of_priority = (payload["results"][n]["errors"][0] for n in (1, 2, 3))
    assert (malformed["code"], malformed["path"]) == (
        "BAD_USER_INPUT",
        ["input", "issues", "1", "summary"],
    )
    assert (of_type["code"], of_type["fieldName"]) == ("JIRA_VALIDATION", "Issue Type")
    assert of_type["path"] == ["input", "issues", "2", "issueType"]
    assert (of_priority["fieldId"], of_priority["fieldName"]) == ("priority", "Priority")
    assert len(site.data.issues) == 2


async def test_where_jira_refuses_all_each_is_told_why(
    built_once: Gateway, project: Project
) -> None:
    payload = await create(built_once, some_issues(3, issueType={"name": "Nonsense"}))

    assert list_codes(payload) == [["JIRA_VALIDATION"]] * 3
    assert {each["errors"][0]["fieldName"] for each in payload["results"]} == {"Issue Type"}
    assert payload["errors"] == []


@pytest.mark.parametrize("count", [0, 1_001])
async def test_no_issue_and_too_many_are_refused_before_anything_is_called(
    built_once: Gateway, project: Project, count: int
) -> None:
    payload = await create(built_once, some_issues(count))

    assert payload["results"] == []
    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "issues"])
    ]
    assert built_once.calls() == []


async def test_a_fifty_whose_answer_is_lost_is_unknown_and_the_others_are_made(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    path = "/rest/api/3/issue/bulk"
    await order(built_once, method="POST", path=path, skip=1, count=1, cutAfterCommit=True)

    payload = await create(built_once, some_issues(120))

    told = list_codes(payload)
    assert told[:50] == [[]] * 50
    assert told[50:100] == [["OUTCOME_UNKNOWN"]] * 50
    assert told[100:] == [[]] * 20
    assert len(site.data.issues) == 120


async def test_what_goes_wrong_with_every_call_is_tried_once(
    built_once: Gateway, project: Project
) -> None:
    path = "/rest/api/3/issue/bulk"
    await order(built_once, method="POST", path=path, status=429, retryAfter=3_600)

    payload = await create(built_once, some_issues(120))

    assert list_codes(payload) == [["RATE_LIMITED"]] * 120
    assert count_calls(built_once)[BULK] == 1


async def test_with_a_key_a_lost_fifty_is_found_by_its_markers(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built)
    path = "/rest/api/3/issue/bulk"
    await order(built, method="POST", path=path, skip=1, count=1, cutAfterCommit=True)

    payload = await create(built, some_issues(70), "k-1")
    again = await create(built, some_issues(70), "k-1")

    assert list_codes(payload) == [[]] * 70
    assert list_keys(payload) == list_keys(again) == [f"TEST-{n}" for n in range(1, 71)]
    assert (count_calls(built)[BULK], count_calls(built)[LOOK]) == (2, 1)
    assert len(site.data.issues) == 70


async def test_with_a_key_what_cannot_be_prepared_now_may_have_been_made_and_is_not_made_again(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_field("Story point estimate", "number", STORY_POINTS)
    issues = some_issues(2)
    issues[1]["storyPoints"] = 3
    path = "/rest/api/3/issue/bulk"
    await order(built, method="POST", path=path, cutAfterCommit=True, count=1)
    await create(built, issues, "k-1")
    show_at_once(built)
    is_ill = True

    async def lag(request: httpx.Request, send: SendOn) -> httpx.Response:
        """The second issue's form cannot be had, and the search does not show it yet."""
        if is_ill and "/createmeta/" in request.url.path:
            return httpx.Response(503, request=request)
        answer = await send(request)
        if not request.url.path.endswith("/search/jql"):
            return answer
        body = json.loads(await answer.aread())
        shown = [each for each in body["issues"] if each["key"] != "TEST-2"]
        return httpx.Response(200, json={**body, "issues": shown}, request=request)

    built.transport.detour = lag
    ill = await create(built, issues, "k-1")
    is_ill = False
    unsure = await create(built, issues, "k-1")
    built.transport.detour = None
    known = await create(built, issues, "k-1")

    assert list_codes(ill) == list_codes(unsure) == [[], ["OUTCOME_UNKNOWN"]]
    assert list_keys(known) == ["TEST-1", "TEST-2"]
    assert count_calls(built)[BULK] == 1
    assert len(site.data.issues) == 2


async def test_with_a_key_what_was_not_made_is_tried_again_and_nothing_else(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    issues = some_issues(3)
    issues[1]["priority"] = {"name": "Soon there"}
    first = await create(built, issues, "k-1")
    high = next(iter(site.data.priorities.values()))
    site.data.priorities["77"] = {**high, "id": "77", "name": "Soon there"}

    second = await create(built, issues, "k-1")

    assert list_keys(first) == ["TEST-1", None, "TEST-2"]
    assert list_keys(second) == ["TEST-1", "TEST-3", "TEST-2"]
    assert len(site.data.issues) == 3


async def test_with_a_key_who_waits_for_the_same_is_told_what_is_wrong_with_each(
    built_once: Gateway, project: Project
) -> None:
    issues = some_issues(2)
    issues[1]["summary"] = ""
    await order(built_once, method="POST", path="/rest/api/3/issue/bulk", delayMilliseconds=100)
    payloads = await asyncio.gather(*(create(built_once, issues, "k-1") for _ in range(2)))

    assert payloads[0] == payloads[1]
    assert list_keys(payloads[1]) == ["TEST-1", None]
    assert payloads[1]["results"][1]["errors"][0]["path"] == ["input", "issues", "1", "summary"]
    assert count_calls(built_once)[BULK] == 1


async def test_with_a_key_another_input_is_refused_as_a_whole(
    built_once: Gateway, project: Project
) -> None:
    await create(built_once, some_issues(2), "k-1")
    built_once.forget_calls()

    payload = await create(built_once, some_issues(3), "k-1")

    assert payload["results"] == []
    assert [e["code"] for e in payload["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert built_once.calls() == []


async def test_with_a_key_what_was_not_tried_is_made_once_what_was_lost_is_settled(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    path = "/rest/api/3/issue/bulk"
    await order(built_once, method="POST", path=path, skip=1, count=1, reset=True)
    busy = {"skip": 1, "count": 1, "status": 429, "retryAfter": 3_600}
    await order(built_once, method="POST", path=path, **busy)

    first = await create(built_once, some_issues(120), "k-1")
    unsure = await create(built_once, some_issues(120), "k-1")
    built_once.clock.advance(minutes=5)
    second = await create(built_once, some_issues(120), "k-1")

    lost, not_tried = [["OUTCOME_UNKNOWN"]], [["RATE_LIMITED"]]
    assert list_codes(first) == [[]] * 50 + lost * 50 + not_tried * 20
    assert list_codes(unsure) == [[]] * 50 + lost * 70
    assert list_codes(second) == [[]] * 120
    assert list_keys(first)[:50] == list_keys(second)[:50]
    assert len(site.data.issues) == 120
