"""Addresses that nobody may make the server connect to, and listeners that tell who comes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

FORBIDDEN_URLS = (
    "https://127.0.0.1",
    "https://127.1",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://2130706433",
    "https://017700000001",
    "https://0177.0.0.1",
    "https://0",
    "https://127.0.0.1.",
    "https://127\u30020\u30020\u30021",
    "https://0.0.0.0",
    "https://10.0.0.1",
    "https://169.254.169.254",
    "https://100.64.0.1",
    "https://[::]",
    "https://[::1]",
    "https://[::127.0.0.1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:169.254.169.254]",
    "https://[64:ff9b::127.0.0.1]",
    "https://[2002:7f00:1::]",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "https://[fd00:ec2::254]",
    "https://localhost",
    "https://localhost.",
    "https://LOCALHOST",
    "https://jira.localhost",
    "http://127.0.0.1",
    "http://acme.test",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "gopher://127.0.0.1",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock",
    "ftp://acme.test",
    "https:acme.test",
    "https://ada:password@acme.test",
    "https://acme.test@127.0.0.1",
)
"""Refused by what stands in them, before any name is resolved."""


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listen(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A listener on a free port of 127.0.0.1 that says to each connection what it is told to."""
    talks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.ensure_future(answer(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*talks)


@dataclass
class Canary:
    """A listener that hangs up on whoever comes; `accepted` counts them."""

    port: int = 0
    accepted: int = 0


@asynccontextmanager
async def open_canary() -> AsyncIterator[Canary]:
    """A canary on a free port of 127.0.0.1."""
    canary = Canary()

    async def count(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        canary.accepted += 1

    async with listen(count) as canary.port:
        yield canary
