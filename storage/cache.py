"""A cache is never the truth: losing any entry, or all of Redis, costs time and nothing else."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_LOGGER = logging.getLogger(__name__)
_LOG_INTERVAL_S: Final = 60.0
_FAILED: Final = object()


class Cache(Protocol):
    """Bytes by key, each kept at most for its time; nothing here raises."""

    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, *, ttl: timedelta) -> None: ...

    async def delete(self, key: str) -> None: ...

    async def close(self) -> None: ...

    async def ping(self) -> bool: ...


class MemoryCache:
    """The cache of one process; when full, what was used longest ago goes first."""

    def __init__(self, clock: Callable[[], datetime], max_entries: int) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._entries: OrderedDict[str, tuple[bytes, datetime]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, expires_at = entry
        if expires_at <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, *, ttl: timedelta) -> None:
        self._entries[key] = (value, self._clock() + ttl)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    async def close(self) -> None:
        self._entries.clear()

    async def ping(self) -> bool:
        return True


class RedisCache:
    """The cache that processes share; with Redis gone or slow, each falls back on its own.

    Each call ends within `timeout`. After one that failed, Redis is left alone for `pause`, so that
    one that hangs costs a call of each pause its time and the others nothing. Failures are logged
    once a minute at most.
    """

    def __init__(
        self,
        url: str,
        timeout: timedelta,
        *,
        fallback: Cache | None = None,
        pause: timedelta = timedelta(seconds=2),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout_s = timeout.total_seconds()
        self._pause_s = pause.total_seconds()
        self._fallback = fallback
        self._monotonic = monotonic
        self._away_until_s = float("-inf")
        self._quiet_until_s = float("-inf")
        self._redis = Redis.from_url(
            url,
            socket_timeout=self._timeout_s,
            socket_connect_timeout=self._timeout_s,
            retry=Retry(NoBackoff(), 0),
        )

    async def get(self, key: str) -> bytes | None:
        value = await self._attempt(lambda: self._redis.get(key))
        if value is _FAILED:
            return await self._fallback.get(key) if self._fallback else None
        return cast("bytes | None", value)

    async def set(self, key: str, value: bytes, *, ttl: timedelta) -> None:
        ttl_ms = ttl // timedelta(milliseconds=1)
        if ttl_ms <= 0:
            await self.delete(key)
            return
        kept = await self._attempt(lambda: self._redis.set(key, value, px=ttl_ms))
        if kept is _FAILED and self._fallback:
            await self._fallback.set(key, value, ttl=ttl)

    async def delete(self, key: str) -> None:
        await self._attempt(lambda: self._redis.delete(key))
        if self._fallback:
            await self._fallback.delete(key)

    async def close(self) -> None:
        self._away_until_s = float("-inf")
        await self._attempt(self._redis.aclose)
        if self._fallback:
            await self._fallback.close()

    async def ping(self) -> bool:
        return await self._attempt(self._redis.ping) is True

    async def _attempt(self, call: Callable[[], Awaitable[object]]) -> object:
        """What Redis answers; `_FAILED` where it does not, or did not a moment ago."""
        if self._monotonic() < self._away_until_s:
            return _FAILED
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call()
        except (RedisError, OSError) as error:
            self._away_until_s = self._monotonic() + self._pause_s
            self._log_failure(error)
            return _FAILED

    def _log_failure(self, error: RedisError | OSError) -> None:
        now_s = self._monotonic()
        if now_s < self._quiet_until_s:
            return
        self._quiet_until_s = now_s + _LOG_INTERVAL_S
        # The class alone: the text of some Redis errors repeats the command and its arguments.
        _LOGGER.warning(
            "Redis does not answer (%s); going on without its cache", type(error).__name__
        )
