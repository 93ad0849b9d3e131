"""Both caches keep what they are told for as long as told, and neither ever raises."""

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from storage.cache import Cache, MemoryCache, RedisCache
from tests.support.missing import Missing, require

_REDIS_URL = os.environ.get("JUNCTURE_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
_MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def redis() -> AsyncIterator[RedisCache]:
    cache = RedisCache(_REDIS_URL, timedelta(seconds=5))
    if not await cache.ping():
        require(Missing("Redis", "start one, or name it in JUNCTURE_TEST_REDIS_URL"))
    yield cache
    await cache.close()


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryCache(Clock(), max_entries=100)
    found: RedisCache = request.getfixturevalue("redis")
    return found


@pytest.fixture
def key() -> str:
    return f"juncture-test:{uuid.uuid4()}"


async def test_what_is_set_can_be_got_until_deleted(cache: Cache, key: str) -> None:
    await cache.set(key, b"\x00\xff", ttl=_MINUTE)
    got = await cache.get(key)
    await cache.delete(key)

    assert got == b"\x00\xff"
    assert await cache.get(key) is None


async def test_setting_again_replaces(cache: Cache, key: str) -> None:
    await cache.set(key, b"old", ttl=_MINUTE)
    await cache.set(key, b"new", ttl=_MINUTE)

    assert await cache.get(key) == b"new"
    await cache.delete(key)


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(seconds=-1)], ids=["zero", "negative"])
async def test_a_value_that_is_over_already_is_not_kept(
    cache: Cache, key: str, ttl: timedelta
) -> None:
    await cache.set(key, b"old", ttl=_MINUTE)
    await cache.set(key, b"new", ttl=ttl)

    assert await cache.get(key) is None


async def test_a_living_cache_answers_a_ping(cache: Cache) -> None:
    assert await cache.ping() is True


async def test_memory_forgets_at_the_end_of_the_time() -> None:
    clock = Clock()
    cache = MemoryCache(clock, max_entries=10)
    await cache.set("a", b"1", ttl=_MINUTE)

    clock.now += _MINUTE - timedelta(microseconds=1)
    before = await cache.get("a")
    clock.now += timedelta(microseconds=1)

    assert before == b"1"
    assert await cache.get("a") is None


async def test_full_memory_drops_what_was_used_longest_ago() -> None:
    cache = MemoryCache(Clock(), max_entries=2)
    await cache.set("a", b"1", ttl=_MINUTE)
    await cache.set("b", b"2", ttl=_MINUTE)

    await cache.get("a")
    await cache.set("c", b"3", ttl=_MINUTE)

    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_closed_memory_is_empty() -> None:
    cache = MemoryCache(Clock(), max_entries=2)
    await cache.set("a", b"1", ttl=_MINUTE)

    await cache.close()

    assert await cache.get("a") is None


async def test_redis_is_told_how_long_to_keep_a_value(redis: RedisCache, key: str) -> None:
    await redis.set(key, b"1", ttl=_MINUTE)

    left_ms = await redis._redis.pttl(key)
    await redis.delete(key)

    assert 0 < left_ms <= 60_000


@asynccontextmanager
async def a_server_that_answers(answer: bytes) -> AsyncIterator[str]:
    connected: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        while await reader.read(4096):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"redis://:hunter2@127.0.0.1:{port}/0"
    server.close()
    for writer in connected:
        writer.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "answer", [b"", b"-OOM no memory\r\n", b"-READONLY replica\r\n", b"garbage\r\n"], ids=repr
)
async def test_a_failing_redis_is_a_miss_and_raises_nothing(answer: bytes) -> None:
    async with a_server_that_answers(answer) as url:
        cache = RedisCache(url, timedelta(milliseconds=50))

        await cache.set("a", b"1", ttl=_MINUTE)
        await cache.delete("a")

        assert await cache.get("a") is None
        assert await cache.ping() is False
        await cache.close()


async def test_without_redis_a_process_keeps_values_of_its_own() -> None:
    own = MemoryCache(Clock(), max_entries=10)
    cache = RedisCache("redis://127.0.0.1:1/0", timedelta(seconds=1), fallback=own)

    await cache.set("a", b"1", ttl=_MINUTE)
    await cache.set("b", b"2", ttl=_MINUTE)
    await cache.delete("b")

    assert (await cache.get("a"), await cache.get("b")) == (b"1", None)
    await cache.close()


async def test_a_redis_that_hangs_is_left_alone_for_a_while() -> None:
    now_s, asked = 1000.0, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    cache = RedisCache(url, timedelta(milliseconds=20), monotonic=lambda: now_s)
    for _ in range(20):
        await cache.get("a")
    within_the_pause = asked
    now_s += 2
    await cache.get("a")
    await cache.close()
    server.close()
    await server.wait_closed()

    assert (within_the_pause, asked) == (1, 2)


async def test_a_redis_that_is_back_is_used_again(redis: RedisCache, key: str) -> None:
    now_s = 1000.0
    own = MemoryCache(Clock(), max_entries=10)
    cache = RedisCache(_REDIS_URL, timedelta(seconds=5), fallback=own, monotonic=lambda: now_s)
    cache._away_until_s = now_s + 2
    await cache.set(key, b"own", ttl=_MINUTE)
    now_s += 2
    await redis.set(key, b"shared", ttl=_MINUTE)

    assert await cache.get(key) == b"shared"
    await cache.delete(key)
    await cache.close()


async def test_an_absent_redis_is_logged_once_a_minute_without_its_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s = 1000.0
    cache = RedisCache(
        "redis://:hunter2@127.0.0.1:1/0",
        timedelta(seconds=1),
        pause=timedelta(0),
        monotonic=lambda: now_s,
    )
    caplog.set_level(logging.WARNING, logger="storage.cache")

    for _ in range(5):
        await cache.get("a")
    now_s += 59.9
    await cache.get("a")
    within_a_minute = len(caplog.records)
    now_s += 0.1
    await cache.get("a")
    await cache.close()

    assert (within_a_minute, len(caplog.records)) == (1, 2)
    assert "hunter2" not in caplog.text
