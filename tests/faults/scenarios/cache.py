"""Redis that dies, hangs, is full, takes no writes, or forgets."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from tests.faults.callers import Answer, ask_all, count_outcomes, tell_others
from tests.faults.checker import count_refreshes
from tests.faults.custody import open_custody
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import open_house
from tests.support.servers import RedisServer

_CACHED = "issues(first: 1) { nodes { customFields { __typename } } }"
"""The fields of a site are what Redis keeps."""
_Change = Callable[[RedisServer], Awaitable[None]]


async def ill_cache(place: Place, redis: RedisServer, *, callers: int, processes: int) -> Outcome:
    """During each illness a token runs out and all ask for it; Redis itself is started already."""
    settings = {"redis_url": redis.url, "operation_deadline_seconds": "120"}
    async with (
        open_house(place.folder, place.database_url, **settings) as house,
        open_custody(house) as custody,
    ):
        await custody.link(["acme"])
        servers = await house.start_many(processes)
        answers: list[Answer] = []
        calls = 0
        for fall_ill, get_well in _ILLNESSES.values():
            await custody.let_expire("acme")
            await fall_ill(redis)
            answers += await ask_all(house, servers, ["acme"], callers, also=_CACHED)
            await get_well(redis)
            calls += 1
        figures = {
            "illnesses": ", ".join(_ILLNESSES),
            "callers": len(answers),
            "answered": count_outcomes(answers)["token"],
            "expiries": calls,
            "token calls": count_refreshes(house.history),
        }
        expected = {"answered": len(answers), "token calls": calls}
        broken = [*unlike(expected, figures), *tell_others(answers)]
        return Outcome(figures, [*broken, *await custody.examine()])


async def _forget(redis: RedisServer) -> None:
    async with _client(redis) as client:
        await client.flushall()


async def _fill(redis: RedisServer) -> None:
    async with _client(redis) as client:
        await client.config_set("maxmemory", "1")


async def _empty(redis: RedisServer) -> None:
    async with _client(redis) as client:
        await client.config_set("maxmemory", "0")


async def _refuse_writes(redis: RedisServer) -> None:
    async with _client(redis) as client:
        # A replica takes no writes; nothing listens at its master's port.
        await client.replicaof("127.0.0.1", "1")


async def _take_writes(redis: RedisServer) -> None:
    async with _client(redis) as client:
        await client.replicaof("NO", "ONE")


async def _hang(redis: RedisServer) -> None:
    redis.send_signal(signal.SIGSTOP)


async def _go_on(redis: RedisServer) -> None:
    redis.send_signal(signal.SIGCONT)


async def _kill(redis: RedisServer) -> None:
    redis.kill()


async def _restart(redis: RedisServer) -> None:
    redis.start()


_ILLNESSES: Mapping[str, tuple[_Change, _Change]] = {
    "hung": (_hang, _go_on),
    "out of memory": (_fill, _empty),
    "read-only": (_refuse_writes, _take_writes),
    "flushed": (_forget, _forget),
    "killed": (_kill, _restart),
}


@asynccontextmanager
async def _client(redis: RedisServer) -> AsyncIterator[Redis]:
    client = Redis(port=redis.port)
    try:
        yield client
    finally:
        await client.aclose()
