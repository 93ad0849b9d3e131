"""Rows read once a moment: how old they may be, and who shares a reading."""

import asyncio
import gc
from datetime import timedelta

import pytest

from storage.errors import StorageUnavailableError
from storage.recent import Recent

MOMENT = timedelta(seconds=0.5)


class Source:
    """What is read: counted, held back, and refused at will."""

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.value = 1
        self.now_s = 100.0
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, key: str) -> int:
        self.reads.append(key)
        value = self.value
        await self.open.wait()
        if self.fails:
            raise StorageUnavailableError("the connection failed")
        return value

    def recent(self) -> Recent[str, int]:
        return Recent(self.read, longest=MOMENT, monotonic=lambda: self.now_s)


async def test_a_row_is_read_again_once_it_is_as_old_as_it_may_be() -> None:
    source = Source()
    recent = source.recent()

    first = await recent.get("a")
    source.value, source.now_s = 2, 100.499
    still = await recent.get("a")
    source.now_s = 100.5
    again = await recent.get("a")

    assert (first, still, again) == (1, 1, 2)
    assert source.reads == ["a", "a"]


async def test_the_age_counts_from_before_the_reading() -> None:
    source = Source()
    recent = source.recent()
    source.open.clear()
    slow = asyncio.create_task(recent.get("a"))
    await until_read(source, 1)

    source.value, source.now_s = 2, 100.5
    source.open.set()

    assert (await slow, await recent.get("a")) == (1, 2)


async def test_callers_who_come_together_share_one_reading() -> None:
    source = Source()
    recent = source.recent()

    assert await asyncio.gather(*(recent.get("a") for _ in range(100))) == [1] * 100
    assert source.reads == ["a"]


async def test_keys_are_read_each_by_itself() -> None:
    source = Source()
    recent = source.recent()

    await asyncio.gather(recent.get("a"), recent.get("b"))

    assert source.reads == ["a", "b"]


async def test_what_could_not_be_read_is_told_to_all_and_not_kept() -> None:
    source = Source()
    recent = source.recent()
    source.fails = True

    told = await asyncio.gather(*(recent.get("a") for _ in range(3)), return_exceptions=True)
    source.fails = False

    assert [type(each) for each in told] == [StorageUnavailableError] * 3
    assert await recent.get("a") == 1
    assert source.reads == ["a", "a"]


async def test_a_caller_who_goes_away_takes_no_reading_from_the_others() -> None:
    source = Source()
    recent = source.recent()
    source.open.clear()
    leaving, staying = (asyncio.create_task(recent.get("a")) for _ in range(2))
    await until_read(source, 1)

    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    source.open.set()

    assert await staying == 1
    assert source.reads == ["a"]


async def test_a_failure_that_nobody_waits_for_any_more_is_no_noise() -> None:
    source = Source()
    recent = source.recent()
    source.open.clear()
    source.fails = True
    leaving = asyncio.create_task(recent.get("a"))
    await until_read(source, 1)
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    source.open.set()
    for _ in range(10):
        await asyncio.sleep(0)
    recent.forget("a")
    # A task tells of an error that nobody looked at when the last that holds it is gone.
    del leaving
    gc.collect()

    assert source.reads == ["a"]
    assert noise == []


async def test_a_forgotten_row_is_read_anew() -> None:
    source = Source()
    recent = source.recent()
    await recent.get("a")
    source.value = 2

    recent.forget("a")
    recent.forget("never asked for")

    assert await recent.get("a") == 2


async def test_rows_asked_for_once_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.recent._MOST_ENTRIES", 10)
    source = Source()
    recent = source.recent()

    for number in range(25):
        await recent.get(str(number))

    assert len(recent._readings) == 10
    await recent.get("24")
    await recent.get("0")
    assert source.reads[25:] == ["0"]


async def until_read(source: Source, amount: int) -> None:
    for _ in range(100):
        if len(source.reads) >= amount:
            return
        await asyncio.sleep(0)
    pytest.fail("nothing was read")
