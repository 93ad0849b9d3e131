"""Broken answers as they really come: over a connection that a server ends as it likes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import httpx
import pytest

from jira_api import exchange
from jira_api.client import open_http
from jira_api.errors import InvalidResponseError, JiraUnavailableError
from jira_api.exchange import send

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PIECE = b" " * 65_536
Write = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(write: Write) -> AsyncIterator[str]:
    """A server that reads a request's head and then writes what it is told to."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            await write(writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()


async def ask(url: str) -> httpx.Response:
    async with open_http(timeout=timedelta(seconds=10)) as http:
        return await send(http, http.build_request("GET", url))


def says(raw: bytes) -> Write:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return write


@pytest.mark.parametrize(
    "raw",
    [
        _OK + b'Content-Length: 100\r\n\r\n{"id": "1"}',
        _OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        _OK,
        b"",
        b"220 mail.test ESMTP\r\n",
    ],
    ids=["shorter than promised", "without a last chunk", "no body", "nothing", "no HTTP"],
)
async def test_an_answer_that_breaks_off_is_an_outage(raw: bytes) -> None:
    async with serve(says(raw)) as url:
        with pytest.raises(JiraUnavailableError) as caught:
            await ask(url)

    assert caught.value.was_sent


async def test_a_connection_that_is_reset_is_an_outage() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serve(reset) as url:
        with pytest.raises(JiraUnavailableError):
            await ask(url)


async def test_an_answer_is_whole_where_the_connection_ends_it() -> None:
    async with serve(says(_OK + b'\r\n{"id": "1"}')) as url:
        assert (await ask(url)).json() == {"id": "1"}


async def test_who_sends_too_much_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_BODY_BYTES", 1_000_000)
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(_OK + b"Content-Length: 200000000\r\n\r\n")
        while sent < 200_000_000 and not writer.is_closing():
            writer.write(_PIECE)
            await writer.drain()
            sent += len(_PIECE)

    async with serve(flood) as url:
        with pytest.raises(InvalidResponseError, match="more than 1000000 bytes"):
            await ask(url)

    # What is on its way in the buffers of both ends is sent as well.
    assert sent < 50_000_000
