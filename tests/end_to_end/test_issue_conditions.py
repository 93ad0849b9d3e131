"""Labels put on and taken off beside the others, and changes that want the issue as it was read."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.end_to_end.test_issue_edits import ACME
from tests.support.gateway import Gateway, SendOn, count_calls

UPDATE = """
mutation($input: UpdateIssueInput!) {
  updateIssue(input: $input) { issue { labels summary } errors { code message path } }
}
"""
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue with two labels."""
    return site.add_issue(site.add_project("TEST"), summary="Before", labels=["a", "b"])


async def update(gateway: Gateway, issue: Issue, **changes: Any) -> Any:
    given = {"connection": ACME, "issue": issue.key, **changes}
    return (await gateway.ask(UPDATE, {"input": given})).data["updateIssue"]


def told(payload: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in payload["errors"]]


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"addLabels": ["c"]}, ["a", "b", "c"]),
        ({"addLabels": ["b", "c", "c"]}, ["a", "b", "c"]),
        ({"removeLabels": ["a"]}, ["b"]),
        ({"removeLabels": ["z"]}, ["a", "b"]),
        ({"addLabels": ["c"], "removeLabels": ["a", "b"]}, ["c"]),
        ({"addLabels": [], "removeLabels": None}, ["a", "b"]),
    ],
    ids=str,
)
async def test_labels_are_put_on_and_taken_off_beside_the_others(
    built_once: Gateway, issue: Issue, changes: Any, labels: list[str]
) -> None:
    payload = await update(built_once, issue, **changes, summary="After")

    assert payload == {"issue": {"labels": labels, "summary": "After"}, "errors": []}


async def test_labels_alone_are_a_change(built_once: Gateway, issue: Issue) -> None:
    payload = await update(built_once, issue, addLabels=["c"])

    assert payload["issue"]["labels"] == ["a", "b", "c"]
    assert count_calls(built_once)[f"PUT /rest/api/3/issue/{issue.key}"] == 1


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"labels": ["x"], "addLabels": ["c"]}, "addLabels"),
        ({"labels": None, "removeLabels": ["a"]}, "removeLabels"),
        ({"addLabels": ["c"], "removeLabels": ["c"]}, "removeLabels"),
        ({"addLabels": ["two words"]}, "addLabels"),
        ({"removeLabels": [""]}, "removeLabels"),
        ({"addLabels": [f"l{n}" for n in range(101)]}, "addLabels"),
    ],
    ids=["all and more", "none and less", "both", "spaces", "empty", "too many"],
)
async def test_labels_that_contradict_each_other_or_are_none_are_refused(
    built_once: Gateway, issue: Issue, changes: Any, argument: str
) -> None:
    payload = await update(built_once, issue, **changes)

    assert told(payload) == [("BAD_USER_INPUT", ["input", argument])]
    assert built_once.calls() == []


async def read_updated(gateway: Gateway, issue: Issue) -> str:
    found = await gateway.ask_connection(f'issue(idOrKey: "{issue.key}") {{ updated }}')
    return str(found["issue"]["updated"])


async def test_an_issue_that_is_as_it_was_read_is_changed(
    built_once: Gateway, issue: Issue
) -> None:
    updated = await read_updated(built_once, issue)

    payload = await update(built_once, issue, summary="After", expectedUpdated=updated)

    assert payload["errors"] == []
    assert payload["issue"]["summary"] == "After"


async def test_an_issue_that_somebody_changed_meanwhile_stays_as_they_left_it(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    updated = await read_updated(built_once, issue)
    built_once.clock.advance(seconds=1)
    await update(built_once, issue, summary="Theirs")
    built_once.forget_calls()

    payload = await update(built_once, issue, summary="Ours", expectedUpdated=updated)

    assert payload["issue"] is None
    assert told(payload) == [("CONFLICT", ["input", "expectedUpdated"])]
    assert await read_updated(built_once, issue) in payload["errors"][0]["message"]
    assert site.data.issues[issue.id].fields["summary"] == "Theirs"
    assert f"PUT /rest/api/3/issue/{issue.key}" not in built_once.calls()


async def test_what_was_read_before_in_the_same_operation_does_not_count(
    built_once: Gateway, issue: Issue
) -> None:
    updated = await read_updated(built_once, issue)
    built_once.clock.advance(seconds=1)
    query = """
    mutation($one: UpdateIssueInput!, $two: UpdateIssueInput!) {
      one: updateIssue(input: $one) { issue { updated } errors { code } }
      two: updateIssue(input: $two) { issue { updated } errors { code } }
    }
    """
    given = {"connection": ACME, "issue": issue.key, "expectedUpdated": updated}

    answer = await built_once.ask(
        query, {"one": {**given, "summary": "One"}, "two": {**given, "summary": "Two"}}
    )

    assert answer.data["one"]["errors"] == []
    assert answer.data["two"] == {"issue": None, "errors": [{"code": "CONFLICT"}]}


@pytest.mark.parametrize("changes", [{}, {"summary": "After"}], ids=["nothing", "something"])
async def test_the_expectation_holds_whatever_is_to_change(
    built_once: Gateway, issue: Issue, changes: Any
) -> None:
    payload = await update(built_once, issue, **changes, expectedUpdated=LATER)

    assert told(payload) == [("CONFLICT", ["input", "expectedUpdated"])]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (httpx.Response(429, headers={"Retry-After": "0"}), "CONFLICT"),
        (httpx.Response(503), "OUTCOME_UNKNOWN"),
        (None, "OUTCOME_UNKNOWN"),
    ],
    ids=["too fast", "unavailable", "cut"],
)
async def test_what_somebody_changed_before_a_repetition_is_not_overwritten(
    built_once: Gateway, site: SiteBuilder, issue: Issue, fault: httpx.Response | None, code: str
) -> None:
    updated = await read_updated(built_once, issue)

    async def come_before(request: httpx.Request, send: SendOn) -> httpx.Response:
        if request.method != "PUT":
            return await send(request)
        built_once.transport.detour = None
        built_once.clock.advance(seconds=1)
        await update(built_once, issue, summary="Theirs")
        if fault is None:
            raise httpx.ReadError("cut", request=request)
        return fault

    built_once.transport.detour = come_before

    payload = await update(built_once, issue, summary="Ours", expectedUpdated=updated)

    assert [each["code"] for each in payload["errors"]] == [code]
    assert site.data.issues[issue.id].fields["summary"] == "Theirs"


async def test_where_the_look_before_a_repetition_fails_the_change_may_have_been_made(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    updated = await read_updated(built_once, issue)
    is_made = False

    async def lose(request: httpx.Request, send: SendOn) -> httpx.Response:
        nonlocal is_made
        if request.method == "PUT":
            await send(request)
            is_made = True
            return httpx.Response(503, request=request)
        if is_made:
            return httpx.Response(429, headers={"Retry-After": "600"}, request=request)
        return await send(request)

    built_once.transport.detour = lose

    payload = await update(built_once, issue, summary="Ours", expectedUpdated=updated)

    assert [each["code"] for each in payload["errors"]] == ["OUTCOME_UNKNOWN"]
    assert site.data.issues[issue.id].fields["summary"] == "Ours"


async def test_a_change_that_may_have_been_made_says_so_where_its_repetition_is_put_off(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    answers = [
        httpx.Response(503),
        httpx.Response(429, headers={"Retry-After": "600"}),
    ]

    async def lose(request: httpx.Request, send: SendOn) -> httpx.Response:
        if request.method != "PUT":
            return await send(request)
        await send(request)
        return answers.pop(0)

    built_once.transport.detour = lose

    [error] = (await update(built_once, issue, summary="Ours"))["errors"]

    assert error["code"] == "RATE_LIMITED"
    assert "may have been made" in error["message"]
    assert answers == []


@pytest.mark.parametrize("status", [429, 503])
async def test_a_change_that_nobody_came_before_is_repeated(
    built_once: Gateway, issue: Issue, status: int
) -> None:
    updated = await read_updated(built_once, issue)
    faults = [httpx.Response(status, headers={"Retry-After": "0"})]
    built_once.transport.faults.append(
        lambda request: faults.pop() if faults and request.method == "PUT" else None
    )

    payload = await update(built_once, issue, summary="After", expectedUpdated=updated)

    assert (payload["errors"], payload["issue"]["summary"], faults) == ([], "After", [])


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_an_instant_beyond_the_calendar_is_refused_before_any_call(
    built_once: Gateway, issue: Issue, at: str
) -> None:
    payload = await update(built_once, issue, summary="After", expectedUpdated=at)

    assert told(payload) == [("BAD_USER_INPUT", ["input", "expectedUpdated"])]
    assert built_once.calls() == []


async def test_an_issue_that_is_not_there_is_told_as_such(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    site.data.drop(issue.id)

    payload = await update(built_once, issue, summary="After", expectedUpdated=LATER)

    assert told(payload) == [("NOT_FOUND", ["input", "issue"])]
