"""Calls of one operation are made once, and end with it."""

import asyncio

import pytest

from resolvers.calls import OperationCalls, OperationEndedError

_KEY = ("acme", "call")


async def test_one_key_is_one_call_for_all_who_ask() -> None:
    calls, made = OperationCalls(), 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return made

    answers = await asyncio.gather(*(calls.once(_KEY, make) for _ in range(20)))

    assert answers == [1] * 20
    assert await calls.once(("acme", "other"), make) == 2


async def test_a_failed_call_is_not_made_again() -> None:
    calls, made = OperationCalls(), 0

    async def fail() -> int:
        nonlocal made
        made += 1
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await calls.once(_KEY, fail)

    assert made == 1


async def test_one_who_goes_away_does_not_end_the_call_for_the_others() -> None:
    calls, gate = OperationCalls(), asyncio.Event()

    async def make() -> str:
        await gate.wait()
        return "answer"

    leaving = asyncio.create_task(calls.once(_KEY, make))
    staying = asyncio.create_task(calls.once(_KEY, make))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()

    assert await staying == "answer"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_closing_ends_what_is_still_under_way() -> None:
    calls, ended = OperationCalls(), asyncio.Event()

    async def make() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(calls.once(_KEY, make))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await calls.close()

    assert ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_closing_ends_what_a_batch_waits_for_with_an_error() -> None:
    calls, ended = OperationCalls(), asyncio.Event()

    async def make() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(calls.answer_batch(make()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await calls.close()

    assert ended.is_set()
    with pytest.raises(OperationEndedError):
        await waiting


async def test_nothing_begins_after_the_end() -> None:
    calls, made = OperationCalls(), 0

    async def make() -> None:
        nonlocal made
        made += 1

    await calls.close()

    with pytest.raises(OperationEndedError):
        await calls.answer_batch(make())
    with pytest.raises(asyncio.CancelledError):
        await calls.once(_KEY, make)
    assert made == 0


async def test_a_call_that_was_forgotten_ends_with_the_operation_too() -> None:
    calls, ended = OperationCalls(), asyncio.Event()

    async def make() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(calls.once(_KEY, make))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls.forget("acme", "token")

    await calls.close()

    assert ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


class GoneError(Exception):
    """What a subject is ended with."""


async def test_the_end_of_a_subject_stops_what_is_under_way_for_it_alone() -> None:
    calls, gate = OperationCalls(), asyncio.Event()

    async def work(subject: str) -> str:
        async with calls.about(subject):
            await gate.wait()
        return subject

    ended = [asyncio.create_task(work("acme")) for _ in range(2)]
    other = asyncio.create_task(work("globex"))
    await asyncio.sleep(0)

    calls.end("acme", GoneError)
    gate.set()

    for task in ended:
        with pytest.raises(GoneError):
            await task
    assert await other == "globex"


async def test_nothing_begins_for_a_subject_that_was_ended_and_nothing_is_remembered() -> None:
    calls, made = OperationCalls(), 0

    async def make() -> int:
        nonlocal made
        made += 1
        return made

    await calls.once(_KEY, make)
    calls.end("acme", GoneError)

    for key in (_KEY, ("acme", "other")):
        with pytest.raises(GoneError):
            await calls.once(key, make)
    with pytest.raises(GoneError):
        async with calls.about("acme"):
            made += 1
    assert await calls.once(("globex", "call"), make) == 2


async def test_who_goes_away_while_a_subject_is_ended_is_cancelled() -> None:
    calls, begun = OperationCalls(), asyncio.Event()

    async def work() -> None:
        async with calls.about("acme"):
            begun.set()
            await asyncio.Event().wait()

    leaving = asyncio.create_task(work())
    await begun.wait()
    leaving.cancel()
    calls.end("acme", GoneError)

    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_time_that_is_over_inside_is_no_end_of_the_subject() -> None:
    calls = OperationCalls()

    with pytest.raises(TimeoutError):
        async with calls.about("acme"):
            raise TimeoutError

    async with calls.about("acme"):
        pass
