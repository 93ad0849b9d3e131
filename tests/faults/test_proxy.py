import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.faults.proxy import Fault, FaultProxy, open_proxy
from tests.faults.waiting import until
from tests.support.servers import LOOPBACK

ANSWER = b"0123456789"


@dataclass
class Upstream:
    """Answers each line with ten digits, and keeps what it was asked."""

    asked: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.asked.append(line)
                writer.write(ANSWER)
        await close(writer)


@asynccontextmanager
async def a_proxy() -> AsyncIterator[tuple[FaultProxy, Upstream]]:
    upstream = Upstream()
    server = await asyncio.start_server(upstream.handle, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_proxy(f"http://{LOOPBACK}:{port}") as proxy:
        yield proxy, upstream


async def ask(proxy: FaultProxy) -> bytes:
    """What comes back for a line, until the end or the whole answer."""
    reader, writer = await asyncio.open_connection(LOOPBACK, int(proxy.address.split(":")[2]))
    try:
        writer.write(b"ask\n")
        await writer.drain()
        return await read_up_to(reader, len(ANSWER))
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def read_up_to(reader: asyncio.StreamReader, size: int) -> bytes:
    answer = b""
    async with asyncio.timeout(10):
        while len(answer) < size and (piece := await reader.read(size)):
            answer += piece
    return answer


async def test_without_a_fault_everything_is_passed_on() -> None:
    async with a_proxy() as (proxy, upstream):
        assert await ask(proxy) == ANSWER

    assert (upstream.asked, proxy.taken, proxy.answers) == ([b"ask\n"], 1, 1)


async def test_a_reset_comes_before_the_upstream_is_asked() -> None:
    async with a_proxy() as (proxy, upstream):
        proxy.strike(Fault(reset=True))

        with pytest.raises(ConnectionResetError):
            await ask(proxy)

    assert upstream.asked == []


async def test_a_cut_after_the_answer_comes_once_the_upstream_was_asked() -> None:
    async with a_proxy() as (proxy, upstream):
        proxy.strike(Fault(cut_after_answer=True))

        with pytest.raises(ConnectionResetError):
            await ask(proxy)

    assert (upstream.asked, proxy.answers) == ([b"ask\n"], 1)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        pytest.param(Fault(truncate_after=4), b"0123", id="truncated"),
        pytest.param(Fault(half_close=True), b"", id="half-closed"),
        pytest.param(Fault(drip_s=0), ANSWER, id="dripped"),
        pytest.param(Fault(latency_s=0.001), ANSWER, id="late"),
    ],
)
async def test_an_answer_comes_as_the_fault_says(fault: Fault, answer: bytes) -> None:
    async with a_proxy() as (proxy, upstream):
        proxy.strike(fault)

        assert await ask(proxy) == answer

    assert upstream.asked == [b"ask\n"]


async def test_a_black_hole_answers_nothing_until_it_is_mended() -> None:
    async with a_proxy() as (proxy, upstream):
        proxy.strike(Fault(black_hole=True))
        asking = asyncio.create_task(ask(proxy))
        await until(lambda: proxy.taken == 1, "a connection")

        proxy.mend()

        with pytest.raises(ConnectionResetError):
            await asking
        assert await ask(proxy) == ANSWER

    assert upstream.asked == [b"ask\n"]


async def test_a_fault_strikes_from_one_connection_on_and_so_often() -> None:
    async with a_proxy() as (proxy, _):
        proxy.strike(Fault(truncate_after=1), skip=1, count=2)

        answers = [await ask(proxy) for _ in range(4)]

    assert answers == [ANSWER, b"0", b"0", ANSWER]


async def test_an_answer_is_held_until_it_is_released() -> None:
    async with a_proxy() as (proxy, _):
        proxy.hold()
        asking = asyncio.create_task(ask(proxy))
        await until(lambda: proxy.answers == 1, "the upstream's answer")
        was_done = asking.done()

        proxy.release()

        assert (was_done, await asking) == (False, ANSWER)
