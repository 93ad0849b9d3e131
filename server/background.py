"""What a process does without being asked, again and again while it runs."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from storage.errors import StorageUnavailableError

_log = logging.getLogger("juncture.background")


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that is done once at the start and then again, `interval` after it ended."""

    name: str
    interval: timedelta
    run_once: Callable[[], Awaitable[None]]


Background = Callable[[Sequence[Chore]], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def run_chores(chores: Sequence[Chore]) -> AsyncIterator[None]:
    """Do the chores side by side while the block runs; one that fails is done again later."""
    tasks = [asyncio.create_task(_repeat(chore), name=chore.name) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(chore: Chore) -> None:
    while True:
        try:
            await chore.run_once()
        except StorageUnavailableError as error:
            _log.warning("%s waits for the database: %s", chore.name, error)
        except Exception:  # noqa: BLE001 - nothing that nobody foresaw may end the rest of them
            _log.exception("%s failed; it is tried again", chore.name)
        # Never more than the interval: what is promised within it has to hold. A little less, so
        # that processes that were started together do not look together for ever.
        share = random.uniform(0.8, 1.0)  # noqa: S311 - spreads load, guards nothing
        await asyncio.sleep(chore.interval.total_seconds() * share)
