"""Who keeps account of changes is told of each that Jira made or may have made, and of no other."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from jira_api.calls import Change
from jira_api.client import JiraSession
from jira_api.errors import JiraApiError
from tests.jira_api.builders import Answer, a_jira, fails, says

PATH = "/rest/api/3/issue/TEST-1"
BODY = {"fields": {"summary": "s"}}
REFUSED = says(400, {"errorMessages": ["No."], "errors": {}})


def listened(session: JiraSession, told: list[Change]) -> JiraSession:
    async def listen(change: Change) -> None:
        told.append(change)

    return replace(session, listener=listen)


async def test_a_change_is_told_with_its_bodies_before_its_caller_goes_on() -> None:
    told: list[Change] = []
    session = listened(a_jira(says(201, {"id": "1"}), says(204), says(204)).session, told)

    await session.post("/rest/api/3/issue", BODY)
    await session.put(PATH, BODY)
    await session.delete(PATH)

    sent = json.dumps(BODY, separators=(",", ":")).encode()
    assert [change.path for change in told] == ["/rest/api/3/issue", PATH, PATH]
    assert [change.sent for change in told] == [sent, sent, b""]
    assert [change.answered for change in told] == [b'{"id": "1"}', b"null", b"null"]


async def test_what_only_reads_is_not_told() -> None:
    told: list[Change] = []
    session = listened(a_jira(says(200, {}), says(200, {})).session, told)

    await session.get(PATH)
    await session.post_query("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["TEST-1"]})

    assert told == []


@pytest.mark.parametrize(
    ("answer", "count"),
    [(REFUSED, 0), (says(404), 0), (fails(httpx.ReadError), 1), (says(201, b"<html>"), 1)],
    ids=["refused", "not there", "lost", "unreadable"],
)
async def test_a_refusal_is_not_told_and_a_lost_answer_is(answer: Answer, count: int) -> None:
    told: list[Change] = []
    session = listened(a_jira(answer).session, told)

    with pytest.raises(JiraApiError):
        await session.post("/rest/api/3/issue", BODY)

    assert len(told) == count
    assert all(change.path == "/rest/api/3/issue" for change in told)


async def test_a_call_whose_caller_went_away_is_told() -> None:
    told: list[Change] = []
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang(_: httpx.Request) -> httpx.Response:
        reached.set()
        await never.wait()
        raise AssertionError

    session = listened(a_jira().session, told)
    hanging = httpx.AsyncClient(transport=httpx.MockTransport(hang))
    session = replace(session, client=replace(session.client, http=hanging))
    call = asyncio.create_task(session.put(PATH, BODY))
    await reached.wait()

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert [change.path for change in told] == [PATH]
