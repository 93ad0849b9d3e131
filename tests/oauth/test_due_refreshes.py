"""Refreshes that nobody asks for: which are found, and how often each is made."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from jira_api.errors import JiraUnavailableError
from oauth.due_refreshes import DueRefreshes
from oauth.refresh import TokenKeeper
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import GrantStatus
from storage.unproven import save_unproven
from tests.oauth.providers import fresh_tokens
from tests.oauth.refresh_bench import DEAD, SILENT, Bench, on_sqlite, set_up_bench
from tests.storage.builders import HOUR, a_connection, a_lease, some_tokens

IDLE = timedelta(days=30)


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


def due_refreshes(bench: Bench, keeper: TokenKeeper | None = None) -> DueRefreshes:
    return DueRefreshes(bench.database, keeper or bench.keeper, bench.clock, IDLE)


async def test_nothing_is_refreshed_that_nobody_wants_yet(bench: Bench) -> None:
    bench.clock.advance(days=29)

    await due_refreshes(bench).run_once()

    assert bench.provider.refreshed == []


async def test_a_refresh_that_broke_off_is_finished_by_whoever_looks(bench: Bench) -> None:
    await a_lease(bench.database, bench.connection, now=bench.clock.now, lasting=HOUR)
    processes = [due_refreshes(bench, bench.another_process()) for _ in range(4)]
    await asyncio.gather(*(each.run_once() for each in processes))
    before = list(bench.provider.refreshed)

    bench.clock.advance(minutes=1)
    await bench.end_leases()
    await asyncio.gather(*(each.run_once() for each in processes))

    assert before == []
    assert bench.provider.refreshed == ["a refresh token"]
    assert (await bench.stored()).tokens.refresh_token == SecretStr("refresh token 1")


async def test_a_grant_that_lies_idle_is_refreshed_once_by_all_processes(bench: Bench) -> None:
    bench.clock.advance(days=30)
    processes = [due_refreshes(bench, bench.another_process()) for _ in range(4)]

    for _ in range(3):
        await asyncio.gather(*(each.run_once() for each in processes))

    assert bench.provider.refreshed == ["a refresh token"]


@on_sqlite
async def test_an_idle_grant_past_its_stored_end_is_tried_and_ends_by_refusal_alone(
    bench: Bench,
) -> None:
    bench.clock.advance(days=400)
    bench.provider.answers = [SILENT]
    await due_refreshes(bench).run_once()
    after_silence = (await bench.stored()).status

    bench.provider.answers = [DEAD]
    bench.clock.advance(hours=1)
    for _ in range(3):
        await due_refreshes(bench).run_once()
        bench.clock.advance(hours=1)

    assert after_silence is GrantStatus.ACTIVE
    assert (await bench.stored()).status is GrantStatus.INVALID
    assert len(bench.provider.refreshed) == 3  # silence is asked twice, the refusal ends it


@on_sqlite
async def test_what_fails_waits_its_pause_out(bench: Bench) -> None:
    bench.clock.advance(days=30)
    silence = JiraUnavailableError("later", status=503, retry_after=timedelta(minutes=5))
    bench.provider.answers = [silence, fresh_tokens()]
    for _ in range(3):
        await due_refreshes(bench).run_once()
        bench.clock.advance(minutes=1)
    before = len(bench.provider.refreshed)

    bench.clock.advance(minutes=4)
    await due_refreshes(bench).run_once()

    assert (before, len(bench.provider.refreshed)) == (1, 2)


@on_sqlite
async def test_one_that_fails_keeps_no_other_from_being_refreshed(bench: Bench) -> None:
    others = [
        await a_connection(
            bench.database,
            bench.ring,
            external_id=f"other {number}",
            tokens=some_tokens(refresh_token=f"refresh of {number}"),
            now=bench.clock.now,
        )
        for number in range(3)
    ]
    bench.provider.answers = [SILENT, SILENT, *(fresh_tokens(n) for n in range(3))]
    patient = replace(bench.keeper, max_concurrency=1)
    bench.clock.advance(days=30)

    await due_refreshes(bench, patient).run_once()

    assert len(bench.provider.refreshed) == 2 + len(others)


@on_sqlite
async def test_a_refresh_under_way_for_a_caller_is_left_to_it(bench: Bench) -> None:
    bench.provider.gate = asyncio.Event()
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()
    await bench.end_leases()

    await due_refreshes(bench).run_once()
    bench.provider.gate.set()
    await caller

    assert bench.provider.refreshed == ["a refresh token"]


async def test_a_process_that_ends_keeps_what_its_due_refresh_brings(bench: Bench) -> None:
    bench.provider.gate = asyncio.Event()
    bench.clock.advance(days=30)
    chore = asyncio.create_task(due_refreshes(bench).run_once())
    await bench.provider.arrived.wait()

    chore.cancel()
    await asyncio.wait([chore])
    bench.provider.gate.set()
    await bench.keeper.settle()

    assert (await bench.stored()).tokens.refresh_token == SecretStr("refresh token 1")


@on_sqlite
async def test_a_caller_who_joins_a_due_refresh_that_another_process_has_gets_tokens_too(
    bench: Bench,
) -> None:
    await a_lease(bench.database, bench.connection, now=bench.clock.now, lasting=HOUR)
    finishing = asyncio.create_task(bench.keeper.finish(bench.connection, 1))
    await asyncio.sleep(0)
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await finishing
    await bench.end_leases()

    tokens = await caller

    assert tokens.access_token == SecretStr("access token 1")
    assert bench.provider.refreshed == ["a refresh token"]


async def test_a_grant_that_is_being_moved_in_is_finished_too(bench: Bench) -> None:
    async with bench.database.transaction() as queries:
        candidate = await save_unproven(
            queries,
            bench.ring,
            external_id="moving in",
            provider="jira",
            refresh_token=SecretStr("a foreign token"),
            now=bench.clock.now,
        )
    minute = timedelta(minutes=1)
    await a_lease(bench.database, candidate.connection, now=bench.clock.now, lasting=minute)
    bench.clock.advance(minutes=1)

    await due_refreshes(bench).run_once()

    assert bench.provider.refreshed == ["a foreign token"]


async def test_an_intent_for_tokens_that_were_replaced_is_forgotten(bench: Bench) -> None:
    await a_lease(bench.database, bench.connection, now=bench.clock.now, lasting=HOUR)
    await bench.database.execute("UPDATE connection SET generation = generation + 1")
    await due_refreshes(bench).run_once()
    before = await bench.database.fetch_val("SELECT COUNT(*) FROM refresh_lease")

    bench.clock.advance(hours=1)
    await due_refreshes(bench).run_once()

    assert before == 1
    assert await bench.database.fetch_val("SELECT COUNT(*) FROM refresh_lease") == 0
    assert bench.provider.refreshed == []
