"""What ends an operation from outside: a caller who leaves, and the deadline's backstop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from server.operations import CallerGoneError, Operations, OverdueError
from tests.support.doors import Door
from tests.support.gateway import JUNCTURE, Backend, Gateway, open_gateway

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_LONG = timedelta(hours=1)
_LINKED = '{ connection(externalId: "acme") { site { name } projects { totalCount } } }'


class Held:
    """Work that goes on until it is let go, or ended."""

    def __init__(self, *, is_stubborn: bool = False) -> None:
        self._is_stubborn = is_stubborn
        self.begun = asyncio.Event()
        self.released = asyncio.Event()
        self.ended = asyncio.Event()

    async def wait(self, *_: object, **__: object) -> Any:
        self.begun.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.ended.set()
            if not self._is_stubborn:
                raise
            await self.released.wait()
        return {}


def a_request(*messages: Message, gone: asyncio.Event | None = None) -> Request:
    waiting = iter(messages)

    async def receive() -> Message:
        message = next(waiting, None)
        if message is not None:
            return message
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


async def test_an_operation_that_is_done_is_answered() -> None:
    async def work() -> str:
        return "answer"

    assert await Operations().run(work(), a_request(), longest=_LONG) == "answer"


async def test_an_operation_that_fails_fails_for_its_caller() -> None:
    async def work() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await Operations().run(work(), a_request(), longest=_LONG)


async def test_a_caller_who_leaves_ends_the_operation() -> None:
    held, gone = Held(), asyncio.Event()
    # Servers may tell of the body's end once more.
    request = a_request({"type": "http.request", "body": b"", "more_body": False}, gone=gone)
    running = asyncio.create_task(Operations().run(held.wait(), request, longest=_LONG))
    await held.begun.wait()

    gone.set()

    with pytest.raises(CallerGoneError):
        await running
    await held.ended.wait()


async def test_a_connection_that_breaks_with_an_error_counts_as_a_caller_who_left() -> None:
    held = Held()

    async def receive() -> Message:
        await held.begun.wait()
        raise OSError

    request = Request({"type": "http"}, receive)

    with pytest.raises(CallerGoneError):
        await Operations().run(held.wait(), request, longest=_LONG)
    await held.ended.wait()


@pytest.mark.parametrize("is_stubborn", [False, True], ids=["ends", "lingers"])
async def test_an_operation_past_its_time_is_ended_and_not_waited_for(*, is_stubborn: bool) -> None:
    held = Held(is_stubborn=is_stubborn)

    with pytest.raises(OverdueError):
        await Operations().run(held.wait(), a_request(), longest=timedelta(milliseconds=5))

    await held.ended.wait()
    held.released.set()


async def test_a_handler_that_is_cancelled_ends_its_operation() -> None:
    held = Held()
    running = asyncio.create_task(Operations().run(held.wait(), a_request(), longest=_LONG))
    await held.begun.wait()

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    await held.ended.wait()


def limit(gateway: Gateway, deadline: timedelta) -> None:
    services = replace(gateway.services, operation_deadline=deadline)
    gateway.app.state.services = services


@pytest.fixture
async def hasty(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    """Operations have 0.3 seconds, and no grace after them, but for the first that link a site."""
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        limit(gateway, timedelta(seconds=0.3))
        monkeypatch.setattr("server.graphql_endpoint._GRACE", timedelta(0))
        yield gateway


@on_sqlite
@pytest.mark.parametrize("is_stubborn", [False, True], ids=["ends", "lingers"])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_hung_database_is_answered_with_deadline_exceeded(
    hasty: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    accept: str,
    *,
    is_stubborn: bool,
) -> None:
    held = Held(is_stubborn=is_stubborn)
    monkeypatch.setattr("storage.connection_reads.ConnectionReads.list_by_linked_id", held.wait)

    response = await hasty.http.post(
        f"{JUNCTURE}/graphql",
        json={"query": _LINKED},
        headers={"Authorization": f"Bearer {hasty.key}", "Accept": accept},
    )

    (error,) = response.json()["errors"]
    assert response.status_code == 200
    assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"
    assert response.json()["data"] is None
    assert error["extensions"] == {
        "code": "DEADLINE_EXCEEDED",
        "requestId": response.headers["X-Request-Id"],
    }
    assert "look before you repeat it" in error["message"]
    await held.ended.wait()
    held.released.set()
    warned = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each.getMessage() for each in warned] == [
        f"request {response.headers['X-Request-Id']} was ended: its time was over"
    ]


@on_sqlite
async def test_a_change_that_hangs_in_the_database_is_ended_and_changes_nothing(
    hasty: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr("resolvers.linking.connections.select_project", held.wait)

    answer = await hasty.ask(
        'mutation { selectProject(input: { connection: { externalId: "acme" }, '
        'project: { id: "10000" } }) { errors { code } } }'
    )

    assert answer.status == 200
    assert answer.codes == ["DEADLINE_EXCEEDED"]
    await held.ended.wait()
    monkeypatch.undo()
    limit(hasty, _LONG)
    found = await hasty.ask_connection("selectedProjectId")
    assert found == {"selectedProjectId": None}


async def test_a_jira_that_hangs_is_an_error_of_its_field_alone(backend: Backend) -> None:
    # With the usual grace the fields' own deadline always comes first.
    async with open_gateway(**backend, operation_deadline_seconds=0.2) as gateway:
        await gateway.connect()
        door = Door.close_on(gateway, lambda path: path.endswith("/project/search"))

        answer = await gateway.ask(_LINKED)

        connection = answer.body["data"]["connection"]
        assert answer.status == 200
        assert answer.codes == ["DEADLINE_EXCEEDED"]
        assert answer.body["errors"][0]["path"] == ["connection", "projects"]
        assert connection["site"]["name"]
        assert connection["projects"] is None
        assert door.tally.under_way == 0
