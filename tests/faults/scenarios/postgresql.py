"""PostgreSQL that dies, takes no writes, or has no connection to spare."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import asyncpg

from tests.faults.callers import Answer, ask, ask_all, count_outcomes
from tests.faults.checker import count_refreshes
from tests.faults.custody import Custody, open_custody
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import House, Process, open_house
from tests.faults.waiting import until
from tests.support.servers import PostgresCluster

_UNAVAILABLE = "STORAGE_UNAVAILABLE"
_SETTINGS = {
    "sweep_interval_seconds": "0.2",
    "refresh_deadline_seconds": "3",
    "refresh_lease_seconds": "6",
    "operation_deadline_seconds": "60",
}


async def ill_postgresql(place: Place, cluster: PostgresCluster, *, callers: int) -> Outcome:
    """Each illness while a token is due; the place's database lies in this cluster of our own.

    More than ten callers are needed, which is how many connections a pool has.
    """
    async with (
        open_house(place.folder, place.database_url, **_SETTINGS) as house,
        open_custody(house) as custody,
    ):
        server = await house.start()
        figures: dict[str, object] = {"callers": callers}
        broken: list[str] = []
        longest_s = 0.0
        for name, illness in _ILLNESSES.items():
            await custody.link([name])
            told = await illness(_Patient(custody, cluster, server, name, callers))
            ended_s = perf_counter()
            await _wait_until_back(house, server, name)
            longest_s = max(longest_s, perf_counter() - ended_s)
            figures[name] = ", ".join(f"{count} {code}" for code, count in sorted(told.items()))
            broken += [f"{name}: {code}" for code in told if code not in _EXPECTED[name]]
            if told[_NEEDED[name]] == 0:
                broken.append(f"{name}: nobody was answered {_NEEDED[name]}")
        figures["seconds to well again, at most"] = round(longest_s, 2)
        figures["token calls"] = count_refreshes(house.history)
        broken += unlike({"token calls": len(_ILLNESSES)}, figures)
        return Outcome(figures, [*broken, *await custody.examine()])


@dataclass(frozen=True, slots=True)
class _Patient:
    custody: Custody
    cluster: PostgresCluster
    server: Process
    name: str
    callers: int

    async def ask(self) -> list[Answer]:
        return await ask_all(self.custody.house, [self.server], [self.name], self.callers)


async def _read_only(patient: _Patient) -> Counter[str]:
    """No exchange is begun, since its answer could not be kept."""
    custody = patient.custody
    await _set_read_only(custody, "on")
    told = count_outcomes(await patient.ask())
    await _set_read_only(custody, "off")
    return told


async def _stopped(patient: _Patient) -> Counter[str]:
    patient.cluster.stop()
    told = count_outcomes(await patient.ask())
    patient.cluster.start()
    await patient.custody.reconnect()
    return told


async def _killed_before_the_save(patient: _Patient) -> Counter[str]:
    """The exchange is done; its answer arrives when there is no database to keep it."""
    house = patient.custody.house
    before = count_refreshes(house.history)
    house.proxy.hold()
    asking = asyncio.create_task(patient.ask())
    await until(lambda: count_refreshes(house.history) > before, "the exchange")
    patient.cluster.kill()
    house.proxy.release()
    patient.cluster.start()
    await patient.custody.reconnect()
    return count_outcomes(await asking)


async def _pool_exhausted(patient: _Patient) -> Counter[str]:
    """Every connection of the pool waits for a lock, which goes once somebody is refused."""
    connection = await asyncpg.connect(patient.custody.house.database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE connection IN ACCESS EXCLUSIVE MODE")
            house, server, name = patient.custody.house, patient.server, patient.name
            asking = [asyncio.create_task(ask(house, server, name)) for _ in range(patient.callers)]
            await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await connection.close()
    return count_outcomes(await asyncio.gather(*asking))


_ILLNESSES: Mapping[str, Callable[[_Patient], Awaitable[Counter[str]]]] = {
    "read-only": _read_only,
    "stopped": _stopped,
    "killed before the save": _killed_before_the_save,
    "pool exhausted": _pool_exhausted,
}
_EXPECTED: Mapping[str, set[str]] = {
    "read-only": {_UNAVAILABLE},
    "stopped": {_UNAVAILABLE},
    "killed before the save": {"token", _UNAVAILABLE},
    "pool exhausted": {"token", _UNAVAILABLE},
}
_NEEDED: Mapping[str, str] = {
    "read-only": _UNAVAILABLE,
    "stopped": _UNAVAILABLE,
    "killed before the save": "token",
    "pool exhausted": _UNAVAILABLE,
}


async def _wait_until_back(house: House, server: Process, name: str) -> None:
    async def is_back() -> bool:
        return (await ask(house, server, name)).token is not None

    await until(is_back, "the token to be handed out again")


async def _set_read_only(custody: Custody, value: str) -> None:
    """For all connections, those that are open too."""
    connection = await asyncpg.connect(custody.house.database_url)
    try:
        # What sets it back must be allowed to write.
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()

    async def is_set() -> bool:
        shown = await custody.database.fetch_val("SHOW default_transaction_read_only")
        return bool(shown == value)

    await until(is_set, f"read-only to be {value}")
