"""Processes that are killed or halted in the midst of a refresh, and clocks that are wrong."""

import asyncio
import random
import signal
from collections.abc import Sequence
from functools import partial

from tests.faults.callers import ask, ask_all, count_outcomes
from tests.faults.checker import count_forks, count_refreshes
from tests.faults.custody import Custody, open_custody
from tests.faults.kill_points import KillPoint
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import Process, open_house
from tests.faults.waiting import until

_LEASE_S = 3.0
_QUICK = {
    "refresh_lease_seconds": str(_LEASE_S),
    "refresh_deadline_seconds": "1",
    "sweep_interval_seconds": "0.2",
    "operation_deadline_seconds": "60",
}
_AT_ONCE = 4
_RECOVERY_S = _LEASE_S + 30
"""Generous: it is a bound on a condition that is polled, and other tests share the machine."""


async def kill_at_each(place: Place, *, points: Sequence[KillPoint], seeds: int) -> Outcome:
    """At each step, so often, the one process that refreshes ends; nobody asks again.

    Another process finishes what was begun, by itself. Each seed chooses how many connections are
    refreshed at once, and at which one's arrival the process ends.
    """
    async with (
        open_house(place.folder, place.database_url, **_QUICK) as house,
        open_custody(house) as custody,
    ):
        survivor = await house.start()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def kill(point: KillPoint, seed: int) -> list[str]:
            async with turns:
                return await _kill_once(custody, point, seed)

        runs = [(point, seed) for point in points for seed in range(seeds)]
        told = await asyncio.gather(*(kill(*run) for run in runs))
        await custody.wait_settled(longest_s=_RECOVERY_S)
        names = list(custody.linked)
        answers = await ask_all(house, [survivor], names, len(names))
        history = house.history
        figures = {
            "kills": len(runs),
            "connections": len(names),
            "token calls": count_refreshes(history),
            "replays within the leeway": count_forks(history),
            "answered afterwards": count_outcomes(answers)["token"],
        }
        broken = [sentence for sentences in told for sentence in sentences]
        broken += unlike({"answered afterwards": len(names)}, figures)
        return Outcome(figures, [*broken, *await custody.examine()])


async def _kill_once(custody: Custody, point: KillPoint, seed: int) -> list[str]:
    chance = random.Random(f"{point}{seed}")
    names = [f"{point}-{seed}-{number}" for number in range(chance.randint(1, 3) if seed else 1)]
    await custody.link(names)
    victim = await custody.house.start(trap=point, arrival=chance.randint(1, len(names)))
    await ask_all(custody.house, [victim], names, len(names))
    ended = await victim.wait()
    if ended != -signal.SIGKILL:
        return [f"{point} {seed}: the process ended by {ended} and never came to that step"]
    return []


async def halt_past_the_lease(place: Place, *, rounds: int) -> Outcome:
    """The one who refreshes halts with the answer in hand until another has done it."""
    async with (
        open_house(place.folder, place.database_url, **_QUICK) as house,
        open_custody(house) as custody,
    ):
        await house.start()
        overwritten, codes = 0, []
        for number in range(rounds):
            name = f"acme-{number}"
            await custody.link([name])
            halted = await house.start(trap=KillPoint.BEGIN, halts=True)
            asking = asyncio.create_task(ask(house, halted, name))
            await until(partial(_is_halted, halted), "the process to halt")
            await custody.wait_settled(longest_s=_RECOVERY_S)
            before = (await custody.stored())[custody.linked[name].grant]
            halted.send_signal(signal.SIGCONT)
            codes.append((await asking).outcome)
            overwritten += (await custody.stored())[custody.linked[name].grant] != before
        figures = {
            "halts": rounds,
            "token calls": count_refreshes(house.history),
            "rows overwritten": overwritten,
            "callers of the halted one answered": codes.count("token"),
        }
        expected = {
            "token calls": 2 * rounds,
            "rows overwritten": 0,
            "callers of the halted one answered": rounds,
        }
        return Outcome(figures, [*unlike(expected, figures), *await custody.examine()])


def _is_halted(process: Process) -> bool:
    return process.is_halted


async def jump_clock(place: Place, *, shift: str, callers: int, processes: int) -> Outcome:
    """The time of day of one process is wrong by so much; all are asked at once, twice."""
    async with (
        open_house(place.folder, place.database_url, **_QUICK) as house,
        open_custody(house) as custody,
    ):
        await custody.link(["acme"])
        servers = [await house.start(clock=shift), *await house.start_many(processes - 1)]
        # The slow answer leaves the others all the time to take a lease for ended that is not.
        await house.order(
            "faults", {"method": "POST", "path": "/oauth/token", "delayMilliseconds": 300}
        )
        first = await ask_all(house, servers, ["acme"], callers)
        calls = count_refreshes(house.history)
        again = await ask_all(house, servers, ["acme"], callers)
        figures = {
            "shift": shift,
            "processes": processes,
            "answered": count_outcomes([*first, *again])["token"],
            "token calls for the first expiry": calls,
            "token calls": count_refreshes(house.history),
            "double calls": count_forks(house.history),
        }
        expected = {"answered": 2 * callers, "double calls": 0}
        return Outcome(figures, [*unlike(expected, figures), *await custody.examine()])
