"""Batches end with their operation, and who goes away ends them for nobody else."""

import asyncio
import gc

import pytest

from resolvers.calls import OperationCalls, OperationEndedError
from resolvers.loaders import OperationLoader


async def test_one_who_goes_away_leaves_the_batch_to_the_others() -> None:
    gate = asyncio.Event()

    async def load(keys: list[str]) -> list[str]:
        await gate.wait()
        return keys

    loader = OperationLoader[str, str](load, OperationCalls())
    leaving, staying = loader.load("a"), loader.load("a")
    await asyncio.sleep(0)

    leaving.cancel()
    gate.set()

    assert await staying == "a"


async def test_a_batch_that_fails_with_nobody_left_is_no_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = asyncio.Event()

    async def load(keys: list[str]) -> list[str]:
        begun.set()
        await asyncio.Event().wait()
        return keys

    calls = OperationCalls()
    loader = OperationLoader[str, str](load, calls)
    leaving = loader.load("a")
    await begun.wait()
    leaving.cancel()

    await calls.close()
    await asyncio.sleep(0)
    del loader, leaving
    gc.collect()

    assert caplog.records == []


async def test_a_batch_of_an_operation_that_is_over_is_not_made() -> None:
    made = 0

    async def load(keys: list[str]) -> list[str]:
        nonlocal made
        made += 1
        return keys

    calls = OperationCalls()
    loader = OperationLoader[str, str](load, calls)
    waiting = loader.load("a")
    await calls.close()

    with pytest.raises(OperationEndedError):
        await waiting
    assert made == 0
