"""Faults over real connections: what a client's socket sees."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.application import create_application
from sandbox.exchange_log import ExchangeLog
from sandbox.faults.order import FaultOrder
from tests.sandbox.visitors import a_guest
from tests.support.servers import serve

MYSELF = "/rest/api/3/myself"


@asynccontextmanager
async def open_sandbox(**fault: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a served sandbox, below the gateway's prefix, with one fault that stands."""
    guest = await a_guest()
    await guest.visitor.http.post("/__sandbox__/faults", json=fault)
    prefix = f"/ex/jira/{guest.site.data.site.cloud_id}"
    async with (
        serve(guest.visitor.application) as address,
        httpx.AsyncClient(base_url=address + prefix, headers=guest.visitor.headers) as http,
    ):
        yield http


@pytest.mark.parametrize("fault", ["reset", "cutAfterCommit"])
async def test_a_cut_before_the_answer_resets_the_connection(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_sandbox(count=1, **{fault: True}) as http:
        with pytest.raises(httpx.ReadError) as caught:
            await http.get(MYSELF)
        after = await http.get(MYSELF)

    assert isinstance(_find_root(caught.value), ConnectionResetError)
    assert after.status_code == 200
    assert caplog.records == []


async def test_a_truncated_answer_promises_its_whole_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    received = bytearray()
    async with open_sandbox(count=1, truncateAfterBytes=10) as http:
        async with http.stream("GET", MYSELF) as response:
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
                await _read(response, received)
        whole = await http.get(MYSELF)

    assert len(received) == 10
    assert response.headers["content-length"] == str(len(whole.content))
    assert whole.content.startswith(received)
    assert caplog.records == []


async def test_a_cut_reaches_the_connection_below_a_record_of_exchanges(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    guest = await a_guest()
    sandbox = guest.visitor.application.state.sandbox
    application = create_application(sandbox.world, exchanges=ExchangeLog(file))
    board = application.state.sandbox.faults
    async with serve(application) as address, httpx.AsyncClient(base_url=address) as http:
        board.add(FaultOrder(status=503, count=1))
        spoiled = await http.get(f"/ex/jira/x{MYSELF}")
        board.add(FaultOrder(reset=True))
        with pytest.raises(httpx.ReadError):
            await http.get(f"/ex/jira/x{MYSELF}")

    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert spoiled.status_code == 503
    assert [(exchange["status"], exchange["isInjected"]) for exchange in kept] == [(503, True)]


async def test_a_posted_search_can_be_cut_too() -> None:
    async with open_sandbox(reset=True) as http:
        with pytest.raises(httpx.ReadError):
            await http.post("/rest/api/3/search/jql", json={"jql": "project = TEST"})


async def test_an_endless_body_is_streamed_and_ends_with_its_reader(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_sandbox(count=1, repeatBody={"text": "abc", "bytes": 10**12}) as http:
        async with http.stream("GET", MYSELF) as response:
            first = await anext(response.aiter_raw())
        after = await http.get(MYSELF)

    assert first.startswith(b"abcabc")
    assert response.headers["transfer-encoding"] == "chunked"
    assert after.status_code == 200
    assert caplog.records == []


async def test_a_dripping_answer_arrives_in_pieces() -> None:
    async with open_sandbox(drip={"bytes": 200, "milliseconds": 1}) as http:
        response = await http.get(MYSELF)

    assert response.json()["accountId"]


async def _read(response: httpx.Response, received: bytearray) -> None:
    async for piece in response.aiter_raw():
        received.extend(piece)


def _find_root(error: BaseException) -> BaseException:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return error
