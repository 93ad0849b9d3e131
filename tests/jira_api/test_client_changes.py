"""Calls that change something, and calls that run out of time."""

import asyncio
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest
from pydantic import SecretStr

from jira_api.attachments import delete_attachment
from jira_api.client import JiraClient, JiraSession
from jira_api.comments import delete_comment
from jira_api.errors import (
    DeadlineExceededError,
    InvalidResponseError,
    JiraApiError,
    JiraUnavailableError,
    MissingScopeError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
)
from jira_api.paths import IssueKey, NumericId
from jira_api.retry import RetryPolicy
from jira_api.worklogs import delete_worklog
from tests.jira_api.builders import API, ORIGIN, Answer, Tokens, a_jira, fails, says

CREATED = says(201, {"id": "10001", "key": "A-1"})
DONE = says(204)
GONE = says(404, {"errorMessages": ["Issue does not exist"], "errors": {}})
LOST = {
    "read timeout": fails(httpx.ReadTimeout),
    "write timeout": fails(httpx.WriteTimeout),
    "reset": fails(httpx.ReadError),
    "closed without an answer": fails(httpx.RemoteProtocolError),
    "500": says(500),
    "502": says(502, b"<html>"),
    "503 with a wait": says(503, headers={"Retry-After": "1"}),
    "201 with html": says(201, b"<html>"),
    "201 cut short": says(201, b'{"id": "100'),
    "201 without a body": says(201, b""),
    "201 badly packed": lambda _: httpx.Response(
        201, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"}
    ),
}
NEVER_SENT = {
    "connection refused": fails(httpx.ConnectError),
    "connect timeout": fails(httpx.ConnectTimeout),
    "no free connection": fails(httpx.PoolTimeout),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
async def test_a_create_whose_answer_is_lost_is_never_sent_again(lost: Answer) -> None:
    jira = a_jira(lost, CREATED)

    with pytest.raises(OutcomeUnknownError, match="look before you repeat"):
        await jira.session.post("/rest/api/3/issue", {"fields": {}})

    assert len(jira.requests) == 1


@pytest.mark.parametrize("fault", NEVER_SENT.values(), ids=NEVER_SENT)
async def test_a_create_that_never_left_is_sent_again(fault: Answer) -> None:
    jira = a_jira(fault, CREATED)

    assert await jira.session.post("/rest/api/3/issue", {}) == {"id": "10001", "key": "A-1"}
    assert len(jira.requests) == 2


@pytest.mark.parametrize("fault", NEVER_SENT.values(), ids=NEVER_SENT)
async def test_nothing_is_unknown_of_a_create_that_never_left(fault: Answer) -> None:
    jira = a_jira(*[fault] * 4)

    with pytest.raises(JiraUnavailableError):
        await jira.session.post("/rest/api/3/issue", {})


async def test_a_refusal_of_pace_or_token_is_no_doubt_and_the_create_is_sent_again() -> None:
    jira = a_jira(says(429, headers={"Retry-After": "1"}), says(401), CREATED)

    await jira.session.post("/rest/api/3/issue", {})

    assert len(jira.requests) == 3
    assert jira.tokens.refused == ["secret-stored"]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (says(400, {"errors": {"summary": "missing"}}), RejectedError),
        (says(404), NotFoundError),
        (says(301), InvalidResponseError),
    ],
    ids=["400", "404", "301"],
)
async def test_a_refused_create_is_told_as_what_it_is(
    refusal: Answer, error: type[JiraApiError]
) -> None:
    with pytest.raises(error):
        await a_jira(refusal).session.post("/rest/api/3/issue", {})


@pytest.mark.parametrize("lost", [*LOST.values()][:7], ids=[*LOST][:7])
async def test_a_change_that_comes_to_the_same_twice_is_repeated(lost: Answer) -> None:
    jira = a_jira(lost, DONE)

    await jira.session.put("/rest/api/3/issue/A-1", {"fields": {"summary": "New"}})

    assert [(r.method, r.content) for r in jira.requests] == [
        ("PUT", b'{"fields":{"summary":"New"}}')
    ] * 2


async def test_a_delete_whose_answer_was_lost_is_done_where_nothing_is_left() -> None:
    jira = a_jira(fails(httpx.ReadTimeout), GONE)

    await jira.session.delete("/rest/api/3/issue/A-1", {"deleteSubtasks": "false"})

    assert [str(r.url.query) for r in jira.requests] == ["b'deleteSubtasks=false'"] * 2


@pytest.mark.parametrize("lost", [fails(httpx.ReadTimeout), says(503)], ids=["cut", "503"])
async def test_a_delete_of_what_nobody_has_seen_proves_nothing_after_a_lost_answer(
    lost: Answer,
) -> None:
    issue, number = IssueKey("A-1"), NumericId("7")

    for delete in (
        delete_comment(a_jira(lost, GONE).session, issue, number),
        delete_worklog(a_jira(lost, GONE).session, issue, number),
        delete_attachment(a_jira(lost, GONE).session, number),
    ):
        with pytest.raises(OutcomeUnknownError, match="was not there before"):
            await delete


@pytest.mark.parametrize("status", [200, 202])
async def test_a_change_is_done_only_where_jira_says_so_in_the_documented_way(status: int) -> None:
    jira = a_jira(*[says(status, b"<html>")] * 5).session

    for change in (
        jira.put("/rest/api/3/issue/A-1", {}),
        jira.delete("/rest/api/3/issue/A-1"),
        jira.post_change("/rest/api/3/issue/A-1/transitions", {}),
        jira.post_again("/rest/api/3/issue/A-1/watchers", "5b10"),
        jira.post_again(
            "/rest/api/3/issueLink",
            {"type": {"id": "1"}, "inwardIssue": {"key": "A-1"}, "outwardIssue": {"key": "A-2"}},
            done=HTTPStatus.CREATED,
        ),
    ):
        with pytest.raises(InvalidResponseError, match="look whether it was made"):
            await change


@pytest.mark.parametrize("before", [[], [says(429)], [fails(httpx.ConnectError)]])
async def test_a_delete_of_nothing_is_told_where_no_call_may_have_done_it(
    before: list[Answer],
) -> None:
    with pytest.raises(NotFoundError):
        await a_jira(*before, GONE).session.delete("/rest/api/3/issue/A-1")


async def test_a_missing_scope_is_named() -> None:
    jira = a_jira(says(401, {"code": 401, "message": "Unauthorized; scope does not match"}))

    with pytest.raises(MissingScopeError) as raised:
        await jira.session.post("/rest/api/3/issue", {})

    assert raised.value.scopes == ("write:jira-work",)
    assert jira.tokens.refused == []


def a_late_session(
    left_s: float, handler: httpx.AsyncBaseTransport, *, max_concurrency: int = 1
) -> JiraSession:
    client = JiraClient(
        http=httpx.AsyncClient(transport=handler),
        api_url=API,
        max_concurrency=max_concurrency,
        retry=RetryPolicy(jitter=lambda: 1.0),
    )
    deadline_at = asyncio.get_running_loop().time() + left_s
    return client.session(ORIGIN, Tokens(), deadline_at=deadline_at)


class Silent(httpx.AsyncBaseTransport):
    """Never answers; knows how many calls it holds and how many were given up."""

    def __init__(self) -> None:
        self.held = 0
        self.ended = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.held += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1
        raise AssertionError(request)


async def test_a_call_ends_with_the_operations_time() -> None:
    silent = Silent()

    with pytest.raises(DeadlineExceededError):
        await a_late_session(0.05, silent).get("/rest/api/3/myself")

    assert (silent.held, silent.ended) == (1, 1)


async def test_a_create_under_way_when_the_time_is_over_is_unknown() -> None:
    with pytest.raises(OutcomeUnknownError):
        await a_late_session(0.05, Silent()).post("/rest/api/3/issue", {})


async def test_a_call_is_not_begun_when_the_time_is_over() -> None:
    silent = Silent()
    session = a_late_session(0, silent)

    for call in (session.get("/x"), session.post("/x", {}), session.put("/x", {})):
        with pytest.raises(DeadlineExceededError):
            await call

    assert silent.held == 0


async def test_the_wait_for_a_turn_ends_with_the_operations_time() -> None:
    silent = Silent()
    session = a_late_session(0.05, silent)

    ends = await asyncio.gather(
        session.get("/one"), session.post("/two", {}), return_exceptions=True
    )

    assert [type(end) for end in ends] == [DeadlineExceededError, DeadlineExceededError]
    assert silent.held == 1
    assert not session.gate.locked()


async def test_a_pause_that_would_outlast_the_operation_is_not_begun() -> None:
    answers = httpx.MockTransport(lambda _: httpx.Response(429, headers={"Retry-After": "5"}))

    with pytest.raises(RateLimitedError) as raised:
        await a_late_session(4, answers).get("/rest/api/3/myself")

    assert raised.value.retry_after == timedelta(seconds=5)


async def test_the_wait_for_a_token_ends_with_the_operations_time() -> None:
    class Waiting(Tokens):
        async def authorization(self) -> SecretStr:
            await asyncio.Event().wait()
            raise AssertionError("it never comes")

    session = a_late_session(0.05, Silent())
    late = session.client.session(ORIGIN, Waiting(), deadline_at=session.deadline_at)

    with pytest.raises(DeadlineExceededError):
        await late.get("/rest/api/3/myself")
