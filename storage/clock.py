"""The time of day, by the database's clock where that is another machine's.

Leases and expiries are compared by several processes: one whose own clock is wrong must not take a
living lease for a dead one, nor a fresh token for an old one.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.database import Database

_SLOWEST_ANSWER: Final = timedelta(seconds=1)


def _steady_s() -> float:
    """Seconds that no change of the time of day moves, the time a machine sleeps included."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class DatabaseClock:
    """Tells the time as the database does, from what it last told and the seconds since.

    SQLite has no clock but that of the machine, which all of its processes are on.
    """

    def __init__(self, database: Database, *, steady_s: Callable[[], float] = _steady_s) -> None:
        self._database = database
        self._steady_s = steady_s
        self._set_at = datetime.now(UTC)
        self._set_s = steady_s()
        self._is_set = False

    def __call__(self) -> datetime:
        if self._database.dialect == "sqlite":
            return datetime.now(UTC)
        return self._set_at + timedelta(seconds=self._steady_s() - self._set_s)

    async def set(self) -> None:
        """Ask the database what time it is; an answer too slow to tell is not believed.

        Raises:
            StorageUnavailableError: it does not answer; the clock goes on as it was.
        """
        if self._database.dialect == "sqlite":
            return
        asked_s = self._steady_s()
        told: datetime = await self._database.fetch_val("SELECT clock_timestamp()")
        answered_s = self._steady_s()
        if self._is_set and timedelta(seconds=answered_s - asked_s) > _SLOWEST_ANSWER:
            return
        self._set_at, self._set_s = told.astimezone(UTC), (asked_s + answered_s) / 2
        self._is_set = True
