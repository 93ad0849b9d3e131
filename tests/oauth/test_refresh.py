"""Access tokens that are valid now: when they are renewed, how often, and what is never lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

import oauth.refresh
import oauth.refresher
from storage.connections import load_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import GrantStatus
from storage.refreshes import save_refreshed_tokens
from tests.oauth.refresh_bench import DEAD, Bench, access, on_sqlite, set_up_bench
from tests.storage.builders import HOUR, NOW


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


@on_sqlite
@pytest.mark.parametrize(
    ("left", "calls"),
    [(timedelta(seconds=61), 0), (timedelta(seconds=60), 1), (timedelta(seconds=-1), 1)],
    ids=["before the margin", "at the margin", "expired"],
)
async def test_a_token_is_renewed_once_its_margin_has_begun(
    bench: Bench, left: timedelta, calls: int
) -> None:
    bench.clock.now = NOW + HOUR - left

    tokens = await bench.keeper.get(bench.connection)

    assert len(bench.provider.refreshed) == calls
    assert access(tokens) == ("access token 1" if calls else "an access token")


async def test_two_hundred_concurrent_callers_make_one_token_call(bench: Bench) -> None:
    handed_out = await asyncio.gather(*(bench.keeper.get(bench.connection) for _ in range(200)))

    assert bench.provider.refreshed == ["a refresh token"]
    assert {access(tokens) for tokens in handed_out} == {"access token 1"}
    assert (await bench.stored()).generation == 2


@on_sqlite
async def test_callers_who_come_during_a_flight_join_it_without_reading_the_database(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.provider.gate = asyncio.Event()
    first = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()
    read_count = 0

    async def counted(*args: Any) -> Any:
        nonlocal read_count
        read_count += 1
        return await load_tokens(*args)

    monkeypatch.setattr(oauth.refresh, "load_tokens", counted)
    late = [asyncio.create_task(bench.keeper.get(bench.connection)) for _ in range(50)]
    await asyncio.sleep(0)
    bench.provider.gate.set()
    handed_out = await asyncio.gather(first, *late)

    assert read_count == 0
    assert {access(tokens) for tokens in handed_out} == {"access token 1"}


async def test_the_new_refresh_token_is_committed_before_anybody_has_the_access_token(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_saving, may_save = asyncio.Event(), asyncio.Event()

    async def slow_save(*args: Any, **kwargs: Any) -> bool:
        is_saving.set()
        await may_save.wait()
        return await save_refreshed_tokens(*args, **kwargs)

    monkeypatch.setattr(oauth.refresher, "save_refreshed_tokens", slow_save)
    callers = [asyncio.create_task(bench.keeper.get(bench.connection)) for _ in range(5)]
    await is_saving.wait()
    done_before = [caller.done() for caller in callers]
    stored_before = (await bench.stored()).tokens.refresh_token

    may_save.set()
    await asyncio.wait(callers, return_when=asyncio.FIRST_COMPLETED)
    stored_at_first_use = (await bench.stored()).tokens.refresh_token
    await asyncio.gather(*callers)

    assert done_before == [False] * 5
    assert stored_before == SecretStr("a refresh token")
    assert stored_at_first_use == SecretStr("refresh token 1")


@on_sqlite
async def test_an_access_token_that_could_not_be_kept_is_given_to_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: Any, **_kwargs: Any) -> bool:
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(oauth.refresher, "save_refreshed_tokens", fail)
        with pytest.raises(StorageUnavailableError):
            await bench.keeper.get(bench.connection)

    assert (await bench.stored()).tokens.refresh_token == SecretStr("a refresh token")

    assert bench.provider.refreshed == ["a refresh token"]
    assert bench.pauses == [pause.total_seconds() for pause in bench.keeper.times.save_pauses]


async def test_a_caller_who_goes_away_loses_no_token(bench: Bench) -> None:
    bench.provider.gate = asyncio.Event()
    callers = [asyncio.create_task(bench.keeper.get(bench.connection)) for _ in range(20)]
    await bench.provider.arrived.wait()

    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    bench.provider.gate.set()
    await bench.keeper.settle()

    assert all(caller.cancelled() for caller in callers)
    assert (await bench.stored()).tokens.refresh_token == SecretStr("refresh token 1")
    assert access(await bench.keeper.get(bench.connection)) == "access token 1"
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_those_who_stay_get_the_token_when_the_first_caller_goes_away(bench: Bench) -> None:
    bench.provider.gate = asyncio.Event()
    first = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()
    second = asyncio.create_task(bench.keeper.get(bench.connection))
    await asyncio.sleep(0)

    first.cancel()
    bench.provider.gate.set()

    assert access(await second) == "access token 1"
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_a_failure_that_nobody_waits_for_any_more_is_no_warning(bench: Bench) -> None:
    bench.provider.gate, bench.provider.answers = asyncio.Event(), [DEAD]
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    caller.cancel()
    bench.provider.gate.set()
    await bench.keeper.settle()

    assert (await bench.stored()).status is GrantStatus.INVALID
