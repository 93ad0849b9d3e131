"""What a process does without being asked."""

import asyncio
import logging
from datetime import timedelta

import pytest

from server.background import Chore, run_chores
from storage.errors import StorageUnavailableError

AT_ONCE = timedelta(0)
LATER = timedelta(days=1)


class Counter:
    """A chore that counts, and fails as often as it is told to."""

    def __init__(self, *failures: Exception, done_after: int = 1) -> None:
        self.failures = list(failures)
        self.runs = 0
        self.done_after = done_after
        self.done = asyncio.Event()

    async def run_once(self) -> None:
        self.runs += 1
        if self.runs >= self.done_after:
            self.done.set()
        if self.failures:
            raise self.failures.pop(0)


async def test_a_chore_is_done_at_the_start_and_again_after_its_interval() -> None:
    often, seldom = Counter(done_after=5), Counter()

    async with run_chores(
        [Chore("often", AT_ONCE, often.run_once), Chore("seldom", LATER, seldom.run_once)]
    ):
        await often.done.wait()
        await seldom.done.wait()

    assert (often.runs, seldom.runs) == (5, 1)


@pytest.mark.parametrize(
    ("failure", "level"),
    [(StorageUnavailableError("away"), logging.WARNING), (RuntimeError("odd"), logging.ERROR)],
    ids=["the database is away", "unforeseen"],
)
async def test_a_chore_that_fails_is_told_and_done_again(
    failure: Exception, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    chore = Counter(failure, done_after=3)

    async with run_chores([Chore("the work", AT_ONCE, chore.run_once)]):
        await chore.done.wait()

    told = [record for record in caplog.records if record.name == "juncture.background"]
    assert [record.levelno for record in told] == [level]
    assert "the work" in told[0].getMessage()


async def test_chores_end_with_the_block_that_ran_them() -> None:
    has_begun, was_cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        has_begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    async with run_chores([Chore("hangs", AT_ONCE, hang)]):
        await has_begun.wait()

    assert was_cancelled.is_set()
