"""Places for transfers, bounded for each connection and for the process: none waits long."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

from jira_api.errors import OverloadedError

_ASK_AGAIN_AFTER: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Places:
    """Places for transfers of one kind, which errors call `kind`.

    A connection has `most_of_one` of them, and its next transfer waits for `longest_wait`. The
    process has `most_of_all`, beyond which nothing waits; the last `kept_free` of these are for
    connections with nothing under way, so that a few cannot shut out all others.
    """

    kind: str
    most_of_all: int
    kept_free: int
    most_of_one: int = 8
    longest_wait: timedelta = timedelta(seconds=2)
    _taken: Counter[str] = field(default_factory=Counter)
    _gates: WeakValueDictionary[str, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def take(self, label: str) -> AsyncIterator[None]:
        """A place for the connection of a label, for as long as the block runs.

        Raises:
            OverloadedError: there is none; nothing was asked of Jira.
        """
        gate = self._gates.get(label)
        if gate is None:
            gate = asyncio.Semaphore(self.most_of_one)
            self._gates[label] = gate
        await self._pass(gate)
        try:
            self._check_process(label)
            self._taken[label] += 1
            try:
                yield
            finally:
                self._taken[label] -= 1
                if not self._taken[label]:
                    del self._taken[label]
        finally:
            gate.release()

    async def _pass(self, gate: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self.longest_wait.total_seconds()):
                await gate.acquire()
        except TimeoutError:
            raise OverloadedError(
                f"{self.most_of_one} {self.kind} of this connection are under way, and no more run "
                "at once: try again when one has ended.",
                retry_after=_ASK_AGAIN_AFTER,
            ) from None

    def _check_process(self, label: str) -> None:
        free = self.most_of_all - self._taken.total()
        if free <= (self.kept_free if self._taken[label] else 0):
            raise OverloadedError(
                f"As many {self.kind} are under way as this server runs at once: try again soon.",
                retry_after=_ASK_AGAIN_AFTER,
            )
