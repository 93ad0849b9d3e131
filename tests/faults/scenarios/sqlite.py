"""A SQLite file on a full disk, locked by somebody else, or left in the midst of a commit."""

import resource
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.callers import ask_all, count_outcomes
from tests.faults.checker import count_refreshes
from tests.faults.custody import Custody, open_custody
from tests.faults.kill_points import KillPoint
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import Process, open_house

_SETTINGS = {
    "sweep_interval_seconds": "0.2",
    "refresh_deadline_seconds": "1",
    "refresh_lease_seconds": "2",
    "operation_deadline_seconds": "60",
}
_KILLED_AT = (KillPoint.UPDATE, KillPoint.COMMIT, KillPoint.HAND_OVER)


async def ill_sqlite(place: Place, *, callers: int, kills: int) -> Outcome:
    """Each illness while a token is due; then kills in the commit, so often at each step."""
    file = Path(urlsplit(place.database_url).path)
    async with (
        open_house(place.folder, place.database_url, **_SETTINGS) as house,
        open_custody(house) as custody,
    ):
        server = await house.start()
        await custody.link(["full", "busy"])
        with _full_disk(server):
            full = await _ask(custody, server, "full", callers)
        with _write_lock(file):
            busy = await _ask(custody, server, "busy", callers)
        before_kills = count_refreshes(house.history)
        broken = await _kill_in_commits(custody, kills)
        await custody.wait_settled()
        names = list(custody.linked)
        figures = {
            "callers": callers,
            "disk full": ", ".join(full),
            "busy": ", ".join(busy),
            "exchanges while it took no writes": before_kills,
            "kills": kills * len(_KILLED_AT),
            "integrity_check": _check_integrity(file),
            "answered afterwards": count_outcomes(
                await ask_all(house, [server], names, len(names))
            )["token"],
        }
        expected = {
            "disk full": "STORAGE_UNAVAILABLE",
            "busy": "STORAGE_UNAVAILABLE",
            "exchanges while it took no writes": 0,
            "integrity_check": "ok",
            "answered afterwards": len(names),
        }
        return Outcome(figures, [*broken, *unlike(expected, figures), *await custody.examine()])


async def _ask(custody: Custody, server: Process, name: str, callers: int) -> Counter[str]:
    return count_outcomes(await ask_all(custody.house, [server], [name], callers))


async def _kill_in_commits(custody: Custody, kills: int) -> list[str]:
    """The server that was there before is the one whose sweeper finishes what was begun."""
    broken = []
    for point in _KILLED_AT:
        for number in range(kills):
            name = f"{point}-{number}"
            await custody.link([name])
            victim = await custody.house.start(trap=point)
            await _ask(custody, victim, name, 1)
            ended = await victim.wait()
            if ended != -signal.SIGKILL:
                broken.append(f"{name}: the process ended by {ended} and never came to that step")
    return broken


@contextmanager
def _full_disk(process: Process) -> Iterator[None]:
    """No file of the process grows, which is what a full disk or quota is to it."""
    pid = process.popen.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def _write_lock(file: Path) -> Iterator[None]:
    """Somebody else's transaction, longer than anybody waits."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def _check_integrity(file: Path) -> str:
    connection = sqlite3.connect(file)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()
