"""The long form of the faults: `python -m tests.faults --out docs/security.md`.

Each scenario runs in full size on servers of its own, all on the loopback; what it started has
ended when it does. Ends with 1 where a rule was broken.
"""

import argparse
import asyncio
import logging
import resource
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from storage.migrate import migrate
from tests.faults.kill_points import KillPoint
from tests.faults.outcome import Outcome, Place
from tests.faults.scenarios import (
    cache,
    crowds,
    endpoint,
    kills,
    postgresql,
    sqlite,
    suites,
    writes,
)
from tests.faults.table import describe, put_into
from tests.support.servers import PostgresCluster, RedisServer


@dataclass(frozen=True, slots=True)
class Servers:
    """What the scenarios share."""

    cluster: PostgresCluster
    redis: RedisServer
    seeds: int


_Run = Callable[[Place, Servers], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table."""

    name: str
    rule: str
    run: _Run
    is_on_sqlite: bool = False


SCENARIOS: Mapping[str, Scenario] = {
    "F1": Scenario(
        "one token runs out under all callers of four processes",
        "one exchange, all answered",
        lambda place, _: crowds.many_callers(place, callers=10_000, at_once=10_000, processes=4),
    ),
    "F2": Scenario(
        "a thousand tokens run out together",
        "one exchange each, in flight within the bound",
        lambda place, _: crowds.many_connections(
            place, connections=1_000, at_once=1_000, processes=4, exchanges=12
        ),
    ),
    "F3": Scenario(
        "SIGKILL at each of 13 steps of a refresh, and nobody asks again",
        "0 tokens lost, another process finishes by itself",
        lambda place, servers: kills.kill_at_each(
            place, points=list(KillPoint), seeds=servers.seeds
        ),
    ),
    "F4": Scenario(
        "every caller hangs up during the exchange",
        "the exchange is kept",
        lambda place, _: crowds.leaving_callers(place, callers=1_000, connections=20),
    ),
    "F5": Scenario(
        "the token endpoint stalls, drips, cuts, garbles, refuses",
        "0 tokens lost, nobody told to authorise again",
        lambda place, _: endpoint.ill_endpoint(place),
    ),
    "F6": Scenario(
        "SIGSTOP past the lease with the answer in hand, then SIGCONT",
        "0 rows overwritten",
        lambda place, _: kills.halt_past_the_lease(place, rounds=10),
    ),
    "F7 +1h": Scenario(
        "the clock of one process is an hour fast",
        "0 double calls",
        lambda place, _: kills.jump_clock(place, shift="+1h", callers=200, processes=4),
    ),
    "F7 -1h": Scenario(
        "the clock of one process is an hour slow",
        "0 double calls",
        lambda place, _: kills.jump_clock(place, shift="-1h", callers=200, processes=4),
    ),
    "F8": Scenario(
        "Redis hung, out of memory, read-only, flushed, killed",
        "0 errors, one exchange an expiry",
        lambda place, servers: cache.ill_cache(place, servers.redis, callers=40, processes=4),
    ),
    "F9": Scenario(
        "PostgreSQL read-only, stopped, killed before the save, without a free connection",
        "0 tokens lost, nothing spent that cannot be kept, back by itself",
        lambda place, servers: postgresql.ill_postgresql(place, servers.cluster, callers=200),
    ),
    "F10": Scenario(
        "SQLite on a full disk, locked, killed in the commit",
        "integrity_check ok, 0 tokens lost",
        lambda place, _: sqlite.ill_sqlite(place, callers=20, kills=10),
        is_on_sqlite=True,
    ),
    "F14": Scenario(
        "a thousand creates, a fifth of the answers lost, cut, or late beyond the deadline",
        "0 duplicates, 0 lost, each known in the end",
        lambda place, _: writes.lost_creates(
            place, creates=1_000, at_once=100, processes=4, connections=10, deadline_s=10
        ),
    ),
    "F14 10,000": Scenario(
        "ten thousand creates, a fifth of the answers lost, cut, or late beyond the deadline",
        "0 duplicates, 0 lost, each known in the end",
        lambda place, _: writes.lost_creates(
            place, creates=10_000, at_once=100, processes=4, connections=10, deadline_s=20
        ),
    ),
    "F14 kill": Scenario(
        "SIGKILL at each of 5 steps of a create",
        "0 duplicates, 0 lost, each known in the end",
        lambda place, servers: writes.killed_creates(place, seeds=max(1, servers.seeds // 10)),
    ),
    "F15": Scenario(
        "a key is used by many callers of all processes at once, then again, then otherwise",
        "one create a key at Jira, the others replayed or refused",
        lambda place, _: writes.same_keys(place, keys=20, callers=50, processes=4),
    ),
    "canaries": Scenario(
        "the tests with every secret marked",
        "no mark in output, logs, database bytes, metrics or error bodies",
        lambda place, _: suites.mark_secrets(place),
    ),
    "tenants": Scenario(
        "several tenants in any order, each with data of its own mark",
        "no answer holds another's mark",
        lambda place, _: suites.mix_tenants(place, steps=25_000),
    ),
}
NAMES = [scenario.name for scenario in SCENARIOS.values()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, print and write a row each; 1 where a rule was broken."""
    options = _read_options(arguments)
    # As by Ctrl-C: what was started ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # It tells of each server that is killed, which is done on purpose here.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
    _allow_many_connections()
    servers = _start_servers(options.seeds)
    is_broken = False
    try:
        for key in options.only or SCENARIOS:
            scenario = SCENARIOS[key]
            outcome = asyncio.run(_run(scenario, servers, key))
            is_broken |= bool(outcome.broken)
            row = describe(scenario.name, scenario.rule, outcome)
            sys.stdout.write(f"{key} {row}\n")
            sys.stdout.flush()
            if options.out is not None:
                put_into(options.out, {scenario.name: row}, NAMES)
    finally:
        servers.cluster.remove()
        servers.redis.remove()
    return int(is_broken)


async def _run(scenario: Scenario, servers: Servers, key: str) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="juncture-faults-") as name:
        folder = Path(name)
        if scenario.is_on_sqlite:
            url = f"sqlite:///{folder}/juncture.db"
        else:
            url = await _create_database(servers.cluster, key)
        await asyncio.to_thread(migrate, url)
        return await scenario.run(Place(folder, url), servers)


async def _create_database(cluster: PostgresCluster, key: str) -> str:
    name = f"faults_{list(SCENARIOS).index(key)}"
    connection = await asyncpg.connect(cluster.url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return cluster.url.removesuffix("/postgres") + f"/{name}"


def _start_servers(seeds: int) -> Servers:
    cluster, redis = PostgresCluster.make("-c max_connections=300"), RedisServer.make()
    if cluster is None or redis is None:
        sys.exit("The faults need PostgreSQL and Redis: apt-get install postgresql redis-server")
    cluster.start()
    redis.start()
    return Servers(cluster, redis, seeds)


def _allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description="The faults in full size.")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table into FILE")
    parser.add_argument("--seeds", type=int, default=100, help="runs at each step of a refresh")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), metavar="F", help="these")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
