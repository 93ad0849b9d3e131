"""A TCP proxy on the loopback that does to connections what bad networks do."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.servers import LOOPBACK

_CHUNK_BYTES = 65_536
_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing then sends RST instead of FIN (socket(7))."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one connection; without anything said, it is passed on whole.

    `reset` cuts it before anything was passed on, `black_hole` takes what comes and passes nothing
    on, `cut_after_answer` cuts it once the upstream began to answer, `half_close` passes the
    request on and then ends the answering direction in place of an answer. `latency_s` holds each
    piece of the answer so long, `drip_s` sends it byte by byte, so far apart, and
    `truncate_after` closes after so many bytes of it.
    """

    reset: bool = False
    black_hole: bool = False
    cut_after_answer: bool = False
    half_close: bool = False
    latency_s: float = 0
    drip_s: float | None = None
    truncate_after: int | None = None


WHOLE = Fault()


class FaultProxy:
    """Passes connections on to one upstream; made by `open_proxy`.

    `taken` counts the connections so far, `answers` those on which the upstream began to answer.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = (parts.hostname, parts.port)
        self._fault = WHOLE
        self._first = 0
        self._count: int | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self.address = ""
        self.taken = 0
        self.answers = 0

    def strike(self, fault: Fault, *, skip: int = 0, count: int | None = None) -> None:
        """Let the next `skip` connections pass, and the fault strike `count` after them, or all.

        Connections that are open now are ended, lest a pool goes on with them.
        """
        self._fault = fault
        self._first = self.taken + skip
        self._count = count
        self.cut_all()

    def mend(self) -> None:
        """Pass everything on again; what waits in black holes is ended."""
        self.strike(WHOLE)

    def hold(self) -> None:
        """Keep the answers back from now on, of open connections too, until `release`."""
        self._passing.clear()

    def release(self) -> None:
        """Let the answers go."""
        self._passing.set()

    def cut_all(self) -> None:
        """End every open connection."""
        for passage in self._open:
            passage.cancel()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        passage = asyncio.current_task()
        assert passage is not None
        self._open.add(passage)
        fault = self._fault_of(self.taken)
        self.taken += 1
        try:
            await self._pass(fault, reader, writer)
        except (OSError, asyncio.CancelledError):
            _abort(writer)
        finally:
            self._open.discard(passage)
            await _close(writer)

    async def close(self) -> None:
        """End every connection."""
        self.cut_all()
        if self._open:
            await asyncio.wait(self._open)

    def _fault_of(self, number: int) -> Fault:
        is_past = self._count is not None and number >= self._first + self._count
        return WHOLE if number < self._first or is_past else self._fault

    async def _pass(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fault.reset:
            _abort(writer)
            return
        if fault.black_hole:
            while await reader.read(_CHUNK_BYTES):
                pass
            return
        back, forth = await asyncio.open_connection(*self._upstream)
        asking = asyncio.create_task(_copy(reader, forth))
        try:
            await self._answer(fault, back, writer)
        finally:
            asking.cancel()
            await asyncio.wait([asking])
            await _close(forth)

    async def _answer(
        self, fault: Fault, back: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        left = fault.truncate_after
        is_first = True
        while piece := await back.read(_CHUNK_BYTES):
            self.answers += is_first
            is_first = False
            await self._passing.wait()
            if fault.cut_after_answer:
                _abort(writer)
                return
            if fault.half_close:
                writer.write_eof()
                continue
            await asyncio.sleep(fault.latency_s)
            await _send(writer, piece if left is None else piece[:left], fault.drip_s)
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return


async def _send(writer: asyncio.StreamWriter, piece: bytes, drip_s: float | None) -> None:
    pieces = [piece] if drip_s is None else [bytes([byte]) for byte in piece]
    for part in pieces:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(drip_s or 0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_CHUNK_BYTES):
            writer.write(piece)
            await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Send RST."""
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


@asynccontextmanager
async def open_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """A proxy to `http://host:port`, on a port of its own; its `address` is as long a URL."""
    proxy = FaultProxy(upstream)
    server = await asyncio.start_server(proxy.handle, LOOPBACK, 0, backlog=4096)
    proxy.address = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
