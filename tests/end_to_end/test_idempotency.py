"""With an idempotency key a write happens once, whatever becomes of the answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Issue, Project
from tests.end_to_end.test_issue_creations import a_new_issue
from tests.end_to_end.test_issue_edits import ACME
from tests.end_to_end.test_issue_write_failures import order
from tests.faults.waiting import until
from tests.support.gateway import SANDBOX, Gateway, count_calls, open_neighbour

CREATE = """
mutation($input: CreateIssueInput!) {
  createIssue(input: $input) { issue { key summary } errors { code message path } }
}
"""
POST = "POST /rest/api/3/issue"
LOOK = "POST /rest/api/3/search/jql"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


async def create(gateway: Gateway, key: str | None = "k-1", **values: Any) -> Any:
    given = {**a_new_issue(**values), "idempotencyKey": key}
    return (await gateway.ask(CREATE, {"input": given})).data["createIssue"]


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


def show_at_once(gateway: Gateway) -> None:
    """Let searches see what was written without any lag."""
    gateway.sandbox.search_lag = timedelta(0)


async def test_the_same_key_and_input_is_answered_as_the_first_was(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    first = await create(built)
    second = await create(built)

    assert first == second == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_the_same_key_with_another_input_is_refused_and_nothing_is_called(
    built: Gateway, project: Project
) -> None:
    await create(built)
    built.forget_calls()

    payload = await create(built, summary="Another")

    assert codes(payload) == ["IDEMPOTENCY_KEY_REUSED"]
    assert payload["errors"][0]["path"] == ["input", "idempotencyKey"]
    assert built.calls() == []


async def test_in_parallel_one_runs_and_the_rest_wait_for_its_answer(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", delayMilliseconds=100)
    async with open_neighbour(built) as other:
        payloads = await asyncio.gather(*(create(g) for g in [built, other] * 10))

    assert {payload["issue"]["key"] for payload in payloads} == {"TEST-1"}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_a_create_whose_answer_was_lost_is_found_by_its_marker(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built)
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True)

    payload = await create(built)

    assert payload == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert count_calls(built)[LOOK] == 1
    assert len(site.data.issues) == 1


async def test_what_the_search_does_not_show_yet_is_unknown_and_never_made_again(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)

    lost = await create(built)
    again = await create(built)
    built.clock.advance(seconds=30)
    found = await create(built)

    assert codes(lost) == codes(again) == ["OUTCOME_UNKNOWN"]
    assert "same `idempotencyKey`" in lost["errors"][0]["message"]
    assert found == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_due_work_finds_what_was_made_though_nobody_asks(
    built: Gateway, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built)
    built.clock.advance(seconds=30)

    await built.chores.do("due writes")
    built.forget_calls()
    payload = await create(built)

    assert payload["issue"]["key"] == "TEST-1"
    assert count_calls(built)[POST] == 0
    assert count_calls(built)[LOOK] == 0


async def test_what_was_never_made_is_settled_within_five_minutes_and_made_by_a_repetition(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", reset=True, count=1)
    lost = await create(built)
    for _ in range(28):
        built.clock.advance(seconds=10)
        await built.chores.do("due writes")
    looks = count_calls(built)[LOOK]
    await built.chores.do("due writes")

    assert codes(lost) == ["OUTCOME_UNKNOWN"]
    assert count_calls(built)[LOOK] == looks < 15
    assert site.data.issues == {}
    assert (await create(built))["issue"]["key"] == "TEST-1"
    assert len(site.data.issues) == 1


async def test_what_jira_asks_to_wait_is_waited_by_due_work_and_told_to_who_repeats(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built_once)
    await order(built_once, path="*", rateLimit="quota-global", retryAfter=1_800)
    repeated = await create(built_once)
    built_once.forget_calls()
    for minute in range(40):
        if minute == 15:
            assert built_once.calls() == []
        built_once.clock.advance(minutes=1)
        await built_once.chores.do("due writes")

    assert codes(repeated) == ["OUTCOME_UNKNOWN"]
    assert "asks to wait 1800 s" in repeated["errors"][0]["message"]
    assert count_calls(built_once) == {LOOK: 1}


async def test_who_repeats_what_stays_unknown_is_told_that_the_grant_is_dead(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built_once)
    await built_once.http.post(f"{SANDBOX}/__sandbox__/revoke", json={})

    repeated = await create(built_once)

    assert codes(repeated) == ["OUTCOME_UNKNOWN"]
    assert "authorise its external id again" in repeated["errors"][0]["message"]


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved", "clock behind"])
async def test_what_was_moved_or_made_by_a_slow_clock_is_found_before_it_counts_as_not_made(
    built_once: Gateway, site: SiteBuilder, project: Project, *, is_moved: bool
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    lost = await create(built_once)
    (made,) = site.data.issues.values()
    if is_moved:
        site.move_issue(made, site.add_project("OTHER"))
    else:
        behind = built_once.clock() - timedelta(minutes=14)
        created = behind.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        site.data.put_issue(replace(made, fields={**made.fields, "created": created}))
    for _ in range(10):
        built_once.clock.advance(seconds=30)
        await built_once.chores.do("due writes")

    found = await create(built_once)

    assert codes(lost) == ["OUTCOME_UNKNOWN"]
    assert found["issue"] == {"key": "OTHER-1" if is_moved else "TEST-1", "summary": "New"}
    assert len(site.data.issues) == 1


async def test_a_call_that_jira_carries_out_late_is_not_made_again(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built)
    way, held = built.transport._way, list[httpx.Request]()

    class Holding(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith("/issue"):
                held.append(request)
                raise httpx.ReadTimeout("made to fail", request=request)
            return await way.handle_async_request(request)

    built.transport._way = Holding()
    lost = await create(built)
    built.clock.advance(seconds=50)
    await built.chores.do("due writes")
    again = await create(built)
    await way.handle_async_request(held[0])

    found = await create(built)

    assert codes(lost) == codes(again) == ["OUTCOME_UNKNOWN"]
    assert found["issue"]["key"] == "TEST-1"
    assert len(held) == 1
    assert len(site.data.issues) == 1


async def test_a_refusal_frees_the_key_for_what_is_mended(built: Gateway, project: Project) -> None:
    refused = await create(built, issueType={"name": "Nonsense"})
    mended = await create(built)

    assert codes(refused) == ["JIRA_VALIDATION"]
    assert refused["errors"][0]["path"] == ["input", "issue", "issueType"]
    assert mended["issue"]["key"] == "TEST-1"


async def test_who_waits_for_a_write_that_jira_refuses_is_told_the_same(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", delayMilliseconds=100)
    payloads = await asyncio.gather(
        *(create(built_once, issueType={"name": "Nonsense"}) for _ in range(2))
    )

    assert payloads[0] == payloads[1]
    assert payloads[1]["errors"][0]["path"] == ["input", "issue", "issueType"]
    assert count_calls(built_once)[POST] == 1


PARTS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "comment": (
        """
        mutation($input: AddCommentInput!) {
          written: addComment(input: $input) {
            part: comment { number: commentId body { text } } errors { code path message }
          }
        }
        """,
        {"body": {"text": "Once"}},
        {"body": {"text": "Another"}},
    ),
    "worklog": (
        """
        mutation($input: AddWorklogInput!) {
          written: addWorklog(input: $input) {
            part: worklog { number: worklogId timeSpentSeconds } errors { code path message }
          }
        }
        """,
        {"timeSpentSeconds": 3_600},
        {"timeSpentSeconds": 7_200},
    ),
}


@pytest.fixture
def issue(site: SiteBuilder, project: Project) -> Issue:
    """An issue to write on."""
    return site.add_issue(project)


async def write_part(
    gateway: Gateway, issue: Issue, noun: str, *, is_other: bool = False, key: str = "k-1"
) -> Any:
    query, given, other = PARTS[noun]
    values = {"connection": ACME, "issue": issue.key, "idempotencyKey": key}
    answer = await gateway.ask(query, {"input": {**values, **(other if is_other else given)}})
    return answer.data["written"]


@pytest.mark.parametrize("noun", PARTS)
async def test_a_comment_and_a_worklog_are_written_once_too(
    built: Gateway, issue: Issue, noun: str
) -> None:
    first = await write_part(built, issue, noun)
    second = await write_part(built, issue, noun)
    other = await write_part(built, issue, noun, is_other=True)

    assert first == second
    assert first["errors"] == []
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED"]
    assert count_calls(built)[f"POST /rest/api/3/issue/{issue.key}/{noun}"] == 1


@pytest.mark.parametrize("noun", PARTS)
async def test_a_comment_and_a_worklog_are_found_at_once_where_the_answer_was_lost(
    built_once: Gateway, issue: Issue, noun: str
) -> None:
    path = f"/rest/api/3/issue/{{key}}/{noun}"
    await order(built_once, method="POST", path=path, cutAfterCommit=True)

    payload = await write_part(built_once, issue, noun)

    assert payload["errors"] == []
    assert payload["part"]["number"] == "10000"
    assert count_calls(built_once)[f"POST /rest/api/3/issue/{issue.key}/{noun}"] == 1


async def test_a_key_means_one_kind_of_write(built_once: Gateway, issue: Issue) -> None:
    await write_part(built_once, issue, "comment")

    assert codes(await write_part(built_once, issue, "worklog")) == ["IDEMPOTENCY_KEY_REUSED"]
    assert codes(await create(built_once)) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_comment_that_was_taken_away_since_is_not_written_again(
    built_once: Gateway, issue: Issue, site: SiteBuilder
) -> None:
    first = await write_part(built_once, issue, "comment")
    query = """
    mutation($input: DeleteCommentInput!) { deleteComment(input: $input) { errors { code } } }
    """
    gone = {"connection": ACME, "issue": issue.key, "commentId": first["part"]["number"]}
    await built_once.ask(query, {"input": gone})

    again = await write_part(built_once, issue, "comment")

    assert codes(again) == ["NOT_FOUND"]
    assert "was written" in again["errors"][0]["message"]


async def test_a_comment_on_an_issue_that_is_not_there_frees_the_key(
    built_once: Gateway, issue: Issue, site: SiteBuilder
) -> None:
    site.data.drop(issue.id)
    refused = await write_part(built_once, issue, "comment")
    site.data.put_issue(issue)

    assert [(e["code"], e["path"]) for e in refused["errors"]] == [
        ("NOT_FOUND", ["input", "issue"])
    ]
    assert (await write_part(built_once, issue, "comment"))["errors"] == []


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 256, "a\u0000b"], ids=["empty", "blank", "long", "nul"]
)
async def test_a_key_of_another_form_is_refused(
    built_once: Gateway, project: Project, key: str
) -> None:
    payload = await create(built_once, key)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "idempotencyKey"])
    ]
    assert built_once.calls() == []


async def test_a_key_belongs_to_its_connection_and_its_site(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    await built_once.connect("other")
    first = await create(built_once)
    given = {**a_new_issue(summary="Theirs"), "idempotencyKey": "k-1"}
    given["connection"] = {"externalId": "other"}

    theirs = (await built_once.ask(CREATE, {"input": given})).data["createIssue"]

    assert first["issue"]["key"] == "TEST-1"
    assert theirs["issue"] == {"key": "TEST-2", "summary": "Theirs"}


async def test_a_caller_who_goes_away_leaves_no_write_half_done(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", delayMilliseconds=100, count=1)
    caller = asyncio.create_task(create(built))
    await until(lambda: bool(built.calls()), "the call to Jira")
    caller.cancel()
    await built.services.writes.settle()

    payload = await create(built)

    assert payload["issue"]["key"] == "TEST-1"
    assert count_calls(built)[POST] == 1


async def test_the_outcome_of_a_key_is_kept_for_a_day(built: Gateway, project: Project) -> None:
    await create(built)
    built.clock.advance(hours=23)
    await built.chores.do("due writes")
    assert (await create(built))["issue"]["key"] == "TEST-1"

    built.clock.advance(hours=2)
    await built.chores.do("due writes")

    assert (await create(built))["issue"]["key"] == "TEST-2"


async def test_what_lies_in_the_database_of_a_write_tells_nothing_of_it(
    built: Gateway, project: Project
) -> None:
    await create(built, "my key", summary="My summary")

    rows = await built.services.database.fetch_all("SELECT * FROM idempotency_key")

    assert len(rows) == 1
    assert not any(word in str(rows) for word in ("my key", "My summary", "New"))
