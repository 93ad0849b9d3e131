"""The writes of this process that are to happen once, each in a task of its own.

A caller who goes away cannot break one off between its call to Jira and the keeping of its outcome;
those who come meanwhile with the same key join it without asking the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from storage.idempotency import Made

Results = Mapping[int, Made | Exception]
"""What became of each thing that was to be made, by its number in the input."""
FlightKey = tuple[str, str]
_LOOKS_S = (0.0, 0.5, 1.0, 2.0)
_log = logging.getLogger("juncture.writes")


@dataclass(frozen=True, slots=True)
class WriteTimes:
    """How patiently lost answers are looked for.

    `lease`: how long a write is one process's own; longer than an operation may take, and the save.
    `late`: for how long after its answer was lost Jira may still carry a write out. `index_lag`:
    how long Jira's search may take to show a new issue. After both, what is not found was not made.
    `looks`: the pauses before each look of whoever waits for the answer; later ones are due work,
    the first `look_again` after those. `poll`: how often a process looks whether another's write
    is done. `save_pauses`: before each further try to keep an outcome. `settling`: how long a
    process that ends waits for its writes.
    """

    lease: timedelta = timedelta(seconds=30)
    late: timedelta = timedelta(seconds=60)
    index_lag: timedelta = timedelta(seconds=120)
    looks: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in _LOOKS_S)
    look_again: timedelta = timedelta(seconds=5)
    poll: timedelta = timedelta(milliseconds=100)
    save_pauses: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in (0.2, 0.5, 1, 2))
    settling: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Flight:
    """A write under way, and what stands for its input."""

    fingerprint: str
    task: asyncio.Task[Results]


@dataclass(frozen=True, slots=True)
class WriteFlights:
    """The writes under way, by connection and key."""

    times: WriteTimes = field(default_factory=WriteTimes)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _flights: dict[FlightKey, Flight] = field(default_factory=dict)

    def find(self, key: FlightKey) -> Flight | None:
        """The flight of a key that is under way."""
        return self._flights.get(key)

    def join(
        self, key: FlightKey, fingerprint: str, begin: Callable[[], Coroutine[Any, Any, Results]]
    ) -> Flight:
        """The flight of a key, begun where there is none; it may be one of another input."""
        flight = self._flights.get(key)
        if flight is None:
            flight = Flight(fingerprint, asyncio.create_task(begin()))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda done: self._land(key, done))
        return flight

    async def settle(self) -> None:
        """Wait for the writes under way, lest their outcomes have to be looked for.

        Call it before the database and the HTTP client are closed. What is left after `settling` is
        found by other processes, or at the next start.
        """
        if not self._flights:
            return
        tasks = [flight.task for flight in self._flights.values()]
        await asyncio.wait(tasks, timeout=self.times.settling.total_seconds())
        if self._flights:
            _log.error("ended before %d writes were kept; they are looked for", len(self._flights))

    def _land(self, key: FlightKey, task: asyncio.Task[Results]) -> None:
        del self._flights[key]
        if not task.cancelled():
            task.exception()  # read here, since every caller may have gone away
