"""Creates whose answers are lost, whose processes die, and keys that are used more than once."""

import asyncio
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.faults.creators import PROJECT, Creation, Creators, open_creators
from tests.faults.custody import Custody, open_custody
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import House, Process, open_house
from tests.faults.waiting import until
from tests.faults.write_points import WritePoint

_SEARCH_LAG_S = 0.3
_CREATE: Mapping[str, Any] = {"method": "POST", "path": "/rest/api/3/issue"}
_CUTS: Sequence[Mapping[str, Any]] = (
    {"cutAfterCommit": True},
    {"reset": True},
    {"truncateAfterBytes": 10},
)
_PAGE = 100
_KILLED_AT_ONCE = 5
_LONGEST_S = 600.0


async def lost_creates(
    place: Place,
    *,
    creates: int,
    at_once: int,
    processes: int,
    connections: int,
    deadline_s: float | None = None,
) -> Outcome:
    """So many creates of which a fifth lose their answer; each caller repeats until it knows.

    With a deadline, some of the fifth are held back past it, and carried out all the same.
    """
    names = [f"acme-{number}" for number in range(connections)]
    late = [] if deadline_s is None else [{"delayMilliseconds": int(deadline_s * 1_000) + 300}]
    faults = [*_CUTS, *late]
    # A sandbox that thousands ask at once carries out late what is held back.
    late_s = 1.0 if deadline_s is None else 10 * deadline_s
    async with (
        open_house(place.folder, place.database_url, **_times(deadline_s, late_s=late_s)) as house,
        open_custody(house) as custody,
        open_creators(house) as creators,
    ):
        await custody.link(names)
        await house.order("search-lag", {"seconds": _SEARCH_LAG_S})
        servers = await house.start_many(processes)
        for number, fault in enumerate(faults):
            every = {"every": 5 * len(faults), "skip": 3 * number}
            await house.order("faults", {**_CREATE, **every, **fault})
        wanted = [
            Creation(f"key-{n}", f"Created under {n}", names[n % connections])
            for n in range(creates)
        ]
        await _create_all(creators, servers, wanted, at_once=at_once)
        return await _examine(custody, wanted)


async def killed_creates(place: Place, *, seeds: int) -> Outcome:
    """At each step of a create, so often, its process ends; the callers repeat it of another."""
    points = [point for point in WritePoint for _ in range(seeds)]
    async with (
        # What a killed process sent is carried out at once, if ever: nothing is held back here.
        open_house(place.folder, place.database_url, **_times(3.0, late_s=1.0)) as house,
        open_custody(house) as custody,
        open_creators(house) as creators,
    ):
        await custody.link(["acme"])
        await house.order("search-lag", {"seconds": _SEARCH_LAG_S})
        wanted = [Creation(f"key-{n}", f"Killed {n}", "acme") for n in range(len(points))]
        victims = await asyncio.gather(*(house.start(write_trap=point) for point in points))
        turns = asyncio.Semaphore(_KILLED_AT_ONCE)

        async def kill(victim: Process, creation: Creation) -> int:
            async with turns:
                await creators.create(victim, creation)
                return await victim.wait()

        ends = await asyncio.gather(*map(kill, victims, wanted))
        survivor = await house.start()
        await _create_all(creators, [survivor], wanted, at_once=len(wanted))
        outcome = await _examine(custody, wanted)
        figures = {"kills": ends.count(-signal.SIGKILL), **outcome.figures}
        return Outcome(figures, [*unlike({"kills": len(points)}, figures), *outcome.broken])


def _times(deadline_s: float | None, *, late_s: float) -> dict[str, str]:
    """Waits that fit; `late_s` is how long after its deadline the sandbox may carry a call out."""
    return {
        "operation_deadline_seconds": str(deadline_s or 30.0),
        "late_write_seconds": str(late_s),
        "search_lag_seconds": "1",
        "sweep_interval_seconds": "0.2",
        "jira_max_concurrency": "64",
    }


async def _create_all(
    creators: Creators, servers: Sequence[Process], wanted: Sequence[Creation], *, at_once: int
) -> None:
    turns = asyncio.Semaphore(at_once)

    async def create(number: int, creation: Creation) -> None:
        async with turns:
            await creators.create_surely(servers, creation, first=number, longest_s=_LONGEST_S)

    await asyncio.gather(*(create(number, each) for number, each in enumerate(wanted)))


async def same_keys(place: Place, *, keys: int, callers: int, processes: int) -> Outcome:
    """Each key is used by so many callers at once, of all processes, and then for another input."""
    async with (
        open_house(place.folder, place.database_url, operation_deadline_seconds="60") as house,
        open_custody(house) as custody,
        open_creators(house) as creators,
    ):
        await custody.link(["acme"])
        servers = await house.start_many(processes)
        # So slow that all callers of a key come while it is under way.
        await house.order("faults", {**_CREATE, "delayMilliseconds": 200})
        asked = [
            Creation(f"key-{n}", f"Created under {n}", "acme")
            for n in range(keys)
            for _ in range(callers)
        ]
        place_of = enumerate(asked)
        told = await asyncio.gather(
            *(creators.create(servers[n % processes], each) for n, each in place_of)
        )
        others = [Creation(f"key-{n}", f"Another under {n}", "acme") for n in range(keys)]
        refused = await asyncio.gather(*(creators.create(servers[0], each) for each in others))
        replayed = await asyncio.gather(*(creators.create(servers[-1], each) for each in asked))
        figures = {
            "keys": keys,
            "callers": len(asked),
            "created": Counter(told)["created"],
            "replayed": Counter(replayed)["created"],
            "refused for another input": Counter(refused)["IDEMPOTENCY_KEY_REUSED"],
            "creates at Jira": await _count_creates(house),
            "different issues": len({each.issue_key for each in asked}),
        }
        expected = {
            "created": len(asked),
            "replayed": len(asked),
            "refused for another input": keys,
            "creates at Jira": keys,
            "different issues": keys,
        }
        return Outcome(
            figures, [*unlike(expected, figures), *_tell_others(told), *_tell_others(replayed)]
        )


async def _examine(custody: Custody, wanted: Sequence[Creation]) -> Outcome:
    async def is_settled() -> bool:
        sql = "SELECT count(*) FROM idempotency_key WHERE state <> 'DONE'"
        return not await custody.database.fetch_val(sql)

    await until(is_settled, "every key to be settled")
    await custody.house.order("search-lag", {"seconds": 0})
    issues = await _list_issues(custody)
    summaries = Counter(issues.values())
    told = Counter(each.told[0] for each in wanted)
    figures = {
        "creates": len(wanted),
        "known at once": told["created"],
        "unknown at first": told["OUTCOME_UNKNOWN"] + told["lost"],
        "known in the end": sum(each.is_known for each in wanted),
        "duplicates": sum(summaries[each.summary] > 1 for each in wanted),
        "lost": sum(issues.get(each.issue_key or "") != each.summary for each in wanted),
        "told of two issues": sum("another issue" in each.told for each in wanted),
    }
    expected = {
        "known in the end": len(wanted),
        "duplicates": 0,
        "lost": 0,
        "told of two issues": 0,
    }
    return Outcome(figures, unlike(expected, figures))


def _tell_others(told: Sequence[str]) -> list[str]:
    others = Counter(told)
    del others["created"]
    return [f"{count} were answered {outcome}" for outcome, count in others.items()]


async def _count_creates(house: House) -> int:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{house.sandbox.address}/__sandbox__/calls")
    calls = answer.json()["calls"]
    return sum((c["method"], c["path"]) == ("POST", "/rest/api/3/issue") for c in calls)


async def _list_issues(custody: Custody) -> dict[str, str]:
    """The summaries of the project's newest issues by their keys, asked of the sandbox itself."""
    found: dict[str, str] = {}
    body: dict[str, Any] = {
        "jql": f"project = {PROJECT} AND created >= -1h ORDER BY created DESC",
        "fields": ["summary"],
        "maxResults": _PAGE,
    }
    async with await custody.open_jira() as http:
        while True:
            answer = await http.post("/rest/api/3/search/jql", json=body)
            page = answer.raise_for_status().json()
            found |= {issue["key"]: issue["fields"]["summary"] for issue in page["issues"]}
            if page["isLast"]:
                return found
            body["nextPageToken"] = page["nextPageToken"]
