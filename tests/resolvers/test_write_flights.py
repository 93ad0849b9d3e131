"""Writes under way: one a key, kept from being cut off by whoever goes away."""

import asyncio
import logging
from datetime import timedelta

import pytest

from resolvers.once.flights import Results, WriteFlights, WriteTimes
from storage.idempotency import Made

KEY = ("connection", "hash")


async def test_who_comes_with_a_key_under_way_joins_its_flight() -> None:
    flights, gate, begun = WriteFlights(), asyncio.Event(), []

    async def write() -> Results:
        begun.append(1)
        await gate.wait()
        return {0: Made("1")}

    first, second = (flights.join(KEY, "input", write) for _ in range(2))
    gate.set()

    assert first is second
    assert await first.task == {0: Made("1")}
    assert begun == [1]
    assert flights.find(KEY) is None


async def test_the_end_waits_for_what_is_under_way() -> None:
    flights, gate = WriteFlights(), asyncio.Event()

    async def write() -> Results:
        await gate.wait()
        return {}

    flight = flights.join(KEY, "input", write)
    asyncio.get_running_loop().call_later(0.01, gate.set)
    await flights.settle()

    assert flight.task.done()


async def test_the_end_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    flights = WriteFlights(WriteTimes(settling=timedelta(0)))

    async def write() -> Results:
        await asyncio.Event().wait()
        return {}

    flight = flights.join(KEY, "input", write)
    with caplog.at_level(logging.ERROR, "juncture.writes"):
        await flights.settle()

    assert "1 writes" in caplog.text
    flight.task.cancel()
    await asyncio.wait([flight.task])
