"""Many callers of one connection, many connections at once, and callers who do not wait."""

import asyncio
from time import perf_counter

import httpx

from tests.faults.callers import ask_all, ask_and_leave, count_outcomes, tell_others
from tests.faults.checker import count_forks, count_refreshes
from tests.faults.custody import Custody, open_custody
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import House, open_house
from tests.faults.waiting import until

_PATIENT = {
    "operation_deadline_seconds": "240",
    "refresh_deadline_seconds": "60",
    "refresh_lease_seconds": "120",
}
"""No deadline ends what a crowd on a slow machine only makes slow."""


async def many_callers(place: Place, *, callers: int, at_once: int, processes: int) -> Outcome:
    """So many callers, `at_once` of them waiting, ask for the one token that has run out."""
    async with (
        open_house(place.folder, place.database_url, **_PATIENT) as house,
        open_custody(house) as custody,
    ):
        await custody.link(["acme"])
        servers = await house.start_many(processes)
        began_s = perf_counter()
        answers = await ask_all(house, servers, ["acme"], callers, at_once=at_once)
        took_s = perf_counter() - began_s
        figures = {
            "callers": callers,
            "at once": at_once,
            "processes": processes,
            "token calls": count_refreshes(house.history),
            "answered": count_outcomes(answers)["token"],
            "different tokens": len({answer.token for answer in answers} - {None}),
            "seconds": round(took_s, 2),
        }
        expected = {"token calls": 1, "answered": callers, "different tokens": 1}
        broken = [*unlike(expected, figures), *tell_others(answers)]
        return Outcome(figures, [*broken, *await custody.examine()])


async def many_connections(
    place: Place, *, connections: int, at_once: int, processes: int, exchanges: int
) -> Outcome:
    """Each of so many connections has run out and is asked for once, `at_once` at a time.

    Each process may have so many `exchanges` in flight.
    """
    settings = {**_PATIENT, "refresh_max_concurrency": str(exchanges)}
    names = [f"acme-{number}" for number in range(connections)]
    async with (
        open_house(place.folder, place.database_url, **settings) as house,
        open_custody(house) as custody,
    ):
        await custody.link(names)
        servers = await house.start_many(processes)
        # So slow that the exchanges of all processes are in flight together.
        await house.order(
            "faults", {"method": "POST", "path": "/oauth/token", "delayMilliseconds": 30}
        )
        began_s = perf_counter()
        answers = await ask_all(house, servers, names, connections, at_once=at_once)
        took_s = perf_counter() - began_s
        figures = {
            "connections": connections,
            "at once": at_once,
            "processes": processes,
            "token calls": count_refreshes(house.history),
            "forks": count_forks(house.history),
            "answered": count_outcomes(answers)["token"],
            "most in flight": await _most_in_flight(house),
            "bound": processes * exchanges,
            "seconds": round(took_s, 2),
        }
        expected = {"token calls": connections, "forks": 0, "answered": connections}
        broken = [*unlike(expected, figures), *tell_others(answers)]
        if figures["most in flight"] > figures["bound"]:
            broken.append("more exchanges were in flight than allowed")
        return Outcome(figures, [*broken, *await custody.examine()])


async def leaving_callers(place: Place, *, callers: int, connections: int) -> Outcome:
    """Every caller hangs up while the token endpoint's answer is on its way."""
    names = [f"acme-{number}" for number in range(connections)]
    settings = {**_PATIENT, "refresh_max_concurrency": str(connections)}
    async with (
        open_house(place.folder, place.database_url, **settings) as house,
        open_custody(house) as custody,
    ):
        await custody.link(names)
        server = await house.start()
        house.proxy.hold()
        leave = asyncio.Event()
        leaving = [
            asyncio.create_task(ask_and_leave(house, server, names[number % connections], leave))
            for number in range(callers)
        ]
        await _wait_for_refreshes(house, connections)
        leave.set()
        await asyncio.gather(*leaving)
        house.proxy.release()
        await _wait_for_new_generations(custody, connections)
        figures = {
            "callers who left": callers,
            "expiries": connections,
            "token calls": count_refreshes(house.history),
        }
        expected = {"token calls": connections}
        return Outcome(figures, [*unlike(expected, figures), *await custody.examine()])


async def _wait_for_refreshes(house: House, count: int) -> None:
    await until(lambda: count_refreshes(house.history) >= count, f"{count} exchanges")


async def _wait_for_new_generations(custody: Custody, count: int) -> None:
    async def are_kept() -> bool:
        sql = "SELECT count(*) FROM connection WHERE generation = 2"
        return bool(await custody.database.fetch_val(sql) == count)

    await until(are_kept, f"{count} refreshes to be kept")


async def _most_in_flight(house: House) -> int:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{house.sandbox.address}/__sandbox__/calls")
    refreshes = [
        call["concurrent"]
        for call in answer.json()["calls"]
        if call.get("grantType") == "refresh_token"
    ]
    return max(refreshes, default=0)
