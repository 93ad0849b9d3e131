import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from jira_api.client import JiraClient
from jira_api.errors import JiraUnavailableError
from jira_api.records import Origin
from jira_api.retry import RetryPolicy
from tests.jira_api.builders import API, CLOUD_ID, ORIGIN, Tokens


async def test_one_connection_has_a_bounded_number_of_calls_in_flight() -> None:
    door = Door()
    client = a_client(door, most=3)
    # Two sessions of one connection share its bound.
    sessions = [client.session(ORIGIN, Tokens()) for _ in range(2)]

    calls = [asyncio.create_task(sessions[n % 2].get(f"/slow/{n}")) for n in range(10)]
    await door.settle(3)
    most_before_release = len(door.waiting)
    door.release()
    await asyncio.gather(*calls)

    assert most_before_release == 3
    assert door.most_in_flight == 3
    assert sum(door.answered.values()) == 10


async def test_a_slow_connection_does_not_hold_up_another() -> None:
    door = Door()
    client = a_client(door, most=1)
    slow = client.session(ORIGIN, Tokens())
    quick = client.session(Origin(CLOUD_ID, "https://acme.example", "other"), Tokens())
    blocked = [asyncio.create_task(slow.get(f"/slow/{n}")) for n in range(5)]
    await door.settle(1)

    answer = await quick.get("/quick")

    assert answer == {}
    assert not any(call.done() for call in blocked)
    door.release()
    await asyncio.gather(*blocked)


async def test_a_pause_before_a_retry_holds_no_place() -> None:
    pause, woken = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        woken.set()
        await pause.wait()

    served: Counter[str] = Counter()

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        served[path] += 1
        is_fault = path == "faulty" and served[path] == 1
        return httpx.Response(500 if is_fault else 200, json={})

    client = JiraClient(
        http=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        api_url=API,
        max_concurrency=1,
        sleep=sleep,
    )
    session = client.session(ORIGIN, Tokens())
    faulty = asyncio.create_task(session.get("/faulty"))
    await woken.wait()

    assert await session.get("/other") == {}

    pause.set()
    assert await faulty == {}


async def test_a_cancelled_call_gives_its_place_back() -> None:
    door = Door()
    client = a_client(door, most=1)
    session = client.session(ORIGIN, Tokens())
    call = asyncio.create_task(session.get("/slow/1"))
    await door.settle(1)

    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    assert await session.get("/quick") == {}


async def test_a_call_past_its_deadline_gives_its_place_back() -> None:
    patient = replace(a_client(Door(), most=1), retry=RetryPolicy(retries=0))
    hasty = replace(patient, call_deadline=timedelta(milliseconds=10))
    # Both sessions are of one connection: whatever keeps its place shuts the other out.
    held, waiting = hasty.session(ORIGIN, Tokens()), patient.session(ORIGIN, Tokens())

    with pytest.raises(JiraUnavailableError, match=r"within 0\.0 seconds"):
        await held.get("/slow/1")

    assert held.gate is waiting.gate
    assert not held.gate.locked()
    assert await waiting.get("/quick") == {}


class Door:
    """A Jira that holds every call to `/slow` until it is told to let them go."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.answered: Counter[str] = Counter()
        self._open = asyncio.Event()
        self._arrived = asyncio.Condition()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if "/slow/" in path:
                async with self._arrived:
                    self.waiting.append(path)
                    self._arrived.notify_all()
                await self._open.wait()
        finally:
            self.in_flight -= 1
        self.answered[path] += 1
        return httpx.Response(200, json={})

    async def settle(self, count: int) -> None:
        """Wait for `count` calls, then let everything run that could still arrive."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.waiting) >= count)
        for _ in range(50):
            await asyncio.sleep(0)

    def release(self) -> None:
        self._open.set()


def a_client(door: Door, *, most: int) -> JiraClient:
    return JiraClient(
        http=httpx.AsyncClient(transport=httpx.MockTransport(door.answer)),
        api_url=API,
        max_concurrency=most,
    )
