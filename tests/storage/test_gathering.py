"""Questions that many ask at once."""

import asyncio
from contextvars import ContextVar

import pytest

from storage.gathering import Gathering


class Clerk:
    """Doubles numbers when told to, and remembers which were asked together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.failures: list[Exception] = []

    async def answer(self, numbers: list[int]) -> dict[int, int]:
        self.batches.append(numbers)
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return {number: 2 * number for number in numbers if number >= 0}


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


async def until_asked(clerk: Clerk, times: int) -> None:
    async with asyncio.timeout(5):
        while len(clerk.batches) < times:  # noqa: ASYNC110 - the clerk tells nobody
            await asyncio.sleep(0)


async def test_those_who_come_during_an_answer_share_the_next_one(clerk: Clerk) -> None:
    gathering = Gathering(clerk.answer, most=100)
    first = asyncio.create_task(gathering.ask(1))
    await until_asked(clerk, 1)
    late = [asyncio.create_task(gathering.ask(number)) for number in (1, 2, 2, 3)]
    await asyncio.sleep(0)

    clerk.gate.set()

    assert await asyncio.gather(first, *late) == [2, 2, 4, 4, 6]
    assert clerk.batches == [[1], [1, 2, 3]]


async def test_ten_thousand_who_ask_the_same_are_answered_by_two(clerk: Clerk) -> None:
    clerk.gate.set()
    gathering = Gathering(clerk.answer, most=100)

    answers = await asyncio.gather(*(gathering.ask(7) for _ in range(10_000)))

    assert set(answers) == {14}
    assert len(clerk.batches) <= 2


async def test_a_turn_has_no_more_questions_than_it_may(clerk: Clerk) -> None:
    clerk.gate.set()
    gathering = Gathering(clerk.answer, most=10)

    await asyncio.gather(*(gathering.ask(number) for number in range(25)))

    assert [len(batch) for batch in clerk.batches] == [10, 10, 5]


async def test_a_question_without_an_answer_is_answered_by_none(clerk: Clerk) -> None:
    clerk.gate.set()

    assert await Gathering(clerk.answer, most=10).ask(-1) is None


async def test_a_failure_is_that_of_its_turn_alone(clerk: Clerk) -> None:
    clerk.failures = [OSError("away")]
    clerk.gate.set()
    gathering = Gathering(clerk.answer, most=10)

    failed = await asyncio.gather(*(gathering.ask(n) for n in range(3)), return_exceptions=True)

    assert [type(each) for each in failed] == [OSError] * 3
    assert await gathering.ask(1) == 2


async def test_who_goes_away_takes_the_answer_from_nobody(clerk: Clerk) -> None:
    gathering = Gathering(clerk.answer, most=10)
    first, second = (asyncio.create_task(gathering.ask(1)) for _ in range(2))
    await until_asked(clerk, 1)

    first.cancel()
    clerk.gate.set()

    assert await second == 2


async def test_nobody_waits_on_when_the_answering_ends(clerk: Clerk) -> None:
    gathering = Gathering(clerk.answer, most=2)
    waiting = [asyncio.create_task(gathering.ask(number)) for number in range(5)]
    await until_asked(clerk, 1)

    answering = gathering._answering
    assert answering is not None
    answering.cancel()

    async with asyncio.timeout(5):
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in ended] == [asyncio.CancelledError] * 5
    clerk.gate.set()
    assert await gathering.ask(4) == 8


async def test_an_answer_is_given_outside_of_whatever_the_first_asker_is_in(clerk: Clerk) -> None:
    inside: ContextVar[bool] = ContextVar("inside", default=False)
    seen: list[bool] = []

    async def answer(numbers: list[int]) -> dict[int, int]:
        seen.append(inside.get())
        return {}

    inside.set(True)
    await Gathering(answer, most=10).ask(1)

    assert seen == [False]
