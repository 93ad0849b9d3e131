"""Rows that are asked for all the time, read anew once they are older than a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_MOST_ENTRIES: Final = 10_000


class Recent(Generic[K, V]):
    """Values by key, none older than `longest`; callers who come together share one reading.

    The age counts from before the reading, on a clock that no change of the time of day moves.
    What could not be read is not kept.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        *,
        longest: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._longest_s = longest.total_seconds()
        self._monotonic = monotonic
        self._readings: dict[K, tuple[asyncio.Task[V], float]] = {}

    async def get(self, key: K) -> V:
        """The value of a key, as it was at most `longest` ago.

        Raises:
            Exception: whatever the reading raised.
        """
        reading, began_s = self._readings.get(key, (None, 0.0))
        if reading is None or self._monotonic() - began_s >= self._longest_s or _failed(reading):
            reading = self._begin(key)
        return await asyncio.shield(reading)

    def forget(self, key: K) -> None:
        """Read this key anew when it is next asked for."""
        self._readings.pop(key, None)

    def _begin(self, key: K) -> asyncio.Task[V]:
        async def read() -> V:
            return await self._read(key)

        reading = asyncio.create_task(read())
        reading.add_done_callback(_failed)
        self._readings.pop(key, None)
        self._readings[key] = (reading, self._monotonic())
        while len(self._readings) > _MOST_ENTRIES:
            del self._readings[next(iter(self._readings))]
        return reading


def _failed(reading: asyncio.Task[V]) -> bool:
    """Whether a reading ended without a value; looked at here, for every caller may be gone."""
    return reading.done() and (reading.cancelled() or reading.exception() is not None)
