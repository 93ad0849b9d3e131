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
