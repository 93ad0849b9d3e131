"""Refreshes that fail, that others outrun, and whose connection is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from jira_api.errors import (
    AuthorizationError,
    ClientRefusedError,
    InvalidResponseError,
    JiraUnavailableError,
    RateLimitedError,
)
from oauth.errors import NeedsReauthorizationError
from oauth.refresh import RefreshTimes
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError
from storage.records import Connection, GrantStatus, Tokens
from tests.oauth.providers import fresh_tokens
from tests.oauth.refresh_bench import DEAD, SILENT, Bench, access, on_sqlite, set_up_bench
from tests.storage.builders import NOW, a_connection, some_tokens


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


@on_sqlite
@pytest.mark.parametrize(
    "failure",
    [
        SILENT,
        RateLimitedError("slow down", retry_after=timedelta(seconds=9)),
        InvalidResponseError("html"),
        AuthorizationError("no", code="temporarily_unavailable", status=400),
        ClientRefusedError("no", code="access_denied", status=401),
        ClientRefusedError("no", code="unauthorized_client", status=401),
        ClientRefusedError("no", code="invalid_client", status=401),
    ],
    ids=lambda failure: getattr(failure, "code", type(failure).__name__),
)
async def test_whatever_is_no_dead_grant_keeps_it_and_the_same_token_is_tried_again(
    bench: Bench, failure: Exception
) -> None:
    bench.provider.answers = [failure]
    with pytest.raises(type(failure)):
        await bench.keeper.get(bench.connection)
    kept = await bench.stored()

    bench.provider.answers = [fresh_tokens()]
    tokens = await bench.keeper.get(bench.connection)

    assert (kept.status, kept.generation) == (GrantStatus.ACTIVE, 1)
    assert kept.tokens.refresh_token == SecretStr("a refresh token")
    assert set(bench.provider.refreshed) == {"a refresh token"}
    assert access(tokens) == "access token 1"


@on_sqlite
@pytest.mark.parametrize(
    ("answers", "calls"),
    [([SILENT, fresh_tokens()], 2), ([fresh_tokens()], 1)],
    ids=["one silence", "answered"],
)
async def test_no_answer_is_asked_for_once_more_within_the_same_flight(
    bench: Bench, answers: list[Tokens | Exception], calls: int
) -> None:
    bench.provider.answers = answers

    tokens = await bench.keeper.get(bench.connection)

    assert access(tokens) == "access token 1"
    assert bench.provider.refreshed == ["a refresh token"] * calls


@on_sqlite
async def test_a_rate_limit_is_not_asked_again_at_once(bench: Bench) -> None:
    bench.provider.answers = [RateLimitedError("slow down", retry_after=timedelta(seconds=9))]

    with pytest.raises(RateLimitedError):
        await bench.keeper.get(bench.connection)

    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_a_provider_that_never_answers_is_given_up_and_keeps_the_grant(
    bench: Bench,
) -> None:
    bench.provider.gate = asyncio.Event()
    hasty = replace(bench.keeper, times=RefreshTimes(deadline=timedelta(milliseconds=1)))

    with pytest.raises(JiraUnavailableError):
        await hasty.get(bench.connection)

    assert (await bench.stored()).status is GrantStatus.ACTIVE


async def test_a_dead_grant_is_kept_as_dead_and_told_at_once_by_every_process(
    bench: Bench,
) -> None:
    bench.provider.answers = [DEAD, fresh_tokens()]
    with pytest.raises(NeedsReauthorizationError) as caught:
        await bench.keeper.get(bench.connection)

    for keeper in (bench.keeper, bench.another_process()):
        with pytest.raises(NeedsReauthorizationError):
            await keeper.get(bench.connection)
        with pytest.raises(NeedsReauthorizationError):
            await keeper.renew(bench.connection, SecretStr("an access token"))

    assert caught.value.connection_id == bench.connection.connection_id
    assert (await bench.stored()).status is GrantStatus.INVALID
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_all_who_wait_for_a_dead_grant_are_told_by_one_call(bench: Bench) -> None:
    bench.provider.answers = [DEAD]

    told = await asyncio.gather(
        *(bench.keeper.get(bench.connection) for _ in range(50)), return_exceptions=True
    )

    assert {type(each) for each in told} == {NeedsReauthorizationError}
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_a_dead_grant_can_still_be_read(bench: Bench) -> None:
    bench.provider.answers = [DEAD]
    with pytest.raises(NeedsReauthorizationError):
        await bench.keeper.get(bench.connection)

    stored = await bench.keeper.read(bench.connection)

    assert stored.status is GrantStatus.INVALID
    assert stored.tokens.refresh_token == SecretStr("a refresh token")


@pytest.mark.parametrize(
    "answer", [DEAD, fresh_tokens(1)], ids=["refused as used", "answered all the same"]
)
async def test_a_slower_process_takes_over_what_a_faster_one_has_saved(
    bench: Bench, answer: Tokens | Exception
) -> None:
    bench.provider.gate, bench.provider.answers = asyncio.Event(), [answer]
    slow = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    await bench.renew_elsewhere()
    bench.provider.gate.set()

    assert access(await slow) == "access token 9"
    stored = await bench.stored()
    assert stored.status is GrantStatus.ACTIVE
    assert stored.tokens.refresh_token == SecretStr("refresh token 9")


@pytest.mark.parametrize("answer", [DEAD, fresh_tokens(1)], ids=["dead", "answered"])
async def test_a_refresh_of_a_deleted_connection_brings_nothing_back(
    bench: Bench, answer: Tokens | Exception
) -> None:
    bench.provider.gate, bench.provider.answers = asyncio.Event(), [answer]
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    await bench.database.execute("DELETE FROM jira_connection")
    await bench.database.execute("DELETE FROM connection_external_map")
    await bench.database.execute("DELETE FROM connection")
    bench.provider.gate.set()

    with pytest.raises(ConnectionMissingError):
        await caller
    assert await bench.database.fetch_all("SELECT id FROM connection") == []


@on_sqlite
async def test_a_grant_without_a_refresh_token_ends_without_any_call(bench: Bench) -> None:
    once = await a_connection(
        bench.database,
        bench.ring,
        external_id="once",
        tokens=some_tokens(refresh_token=None),
    )

    with pytest.raises(NeedsReauthorizationError):
        await bench.keeper.get(once)

    assert bench.provider.refreshed == []


@on_sqlite
async def test_connections_do_not_wait_for_one_another(bench: Bench) -> None:
    other = await a_connection(bench.database, bench.ring, external_id="user-2")
    gate = bench.provider.gate = asyncio.Event()
    held = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    bench.provider.gate = None
    await bench.keeper.get(other)
    is_held = not held.done()
    gate.set()
    await held

    assert is_held
    assert len(bench.provider.refreshed) == 2


@on_sqlite
async def test_a_refused_token_is_renewed_before_its_time(bench: Bench) -> None:
    bench.clock.now = NOW

    tokens = await bench.keeper.renew(bench.connection, SecretStr("an access token"))

    assert access(tokens) == "access token 1"
    assert bench.provider.refreshed == ["a refresh token"]


@on_sqlite
async def test_a_refused_token_that_has_been_replaced_costs_no_call(bench: Bench) -> None:
    bench.clock.now = NOW

    tokens = await bench.keeper.renew(bench.connection, SecretStr("one before that"))

    assert access(tokens) == "an access token"
    assert bench.provider.refreshed == []


@on_sqlite
async def test_a_hundred_callers_refused_alike_make_one_call(bench: Bench) -> None:
    bench.clock.now = NOW
    refused = SecretStr("an access token")

    handed_out = await asyncio.gather(
        *(bench.keeper.renew(bench.connection, refused) for _ in range(100))
    )

    assert {access(tokens) for tokens in handed_out} == {"access token 1"}
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_who_joins_a_flight_that_knows_nothing_of_the_refusal_still_gets_another_token(
    bench: Bench,
) -> None:
    bench.clock.now = NOW

    late, current = await asyncio.gather(
        bench.keeper.renew(bench.connection, SecretStr("one before that")),
        bench.keeper.renew(bench.connection, SecretStr("an access token")),
    )

    assert access(late) == "an access token"
    assert access(current) == "access token 1"
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_settling_waits_for_the_flights_and_for_nothing_else(bench: Bench) -> None:
    await bench.keeper.settle()
    bench.provider.gate = asyncio.Event()
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    settling = asyncio.create_task(bench.keeper.settle())
    await asyncio.sleep(0)
    is_waiting = not settling.done()
    bench.provider.gate.set()
    await settling

    assert is_waiting
    assert (await bench.stored()).generation == 2
    await caller


@on_sqlite
@pytest.mark.parametrize(
    "ask",
    [
        lambda bench, gone: bench.keeper.get(gone),
        lambda bench, gone: bench.keeper.read(gone),
        lambda bench, gone: bench.keeper.renew(gone, SecretStr("x")),
    ],
    ids=["get", "read", "renew"],
)
async def test_a_connection_that_is_gone_is_said_to_be_missing(
    bench: Bench, ask: Callable[[Bench, Connection], Awaitable[object]]
) -> None:
    await bench.database.execute("DELETE FROM jira_connection")
    await bench.database.execute("DELETE FROM connection_external_map")
    await bench.database.execute("DELETE FROM connection")

    with pytest.raises(ConnectionMissingError):
        await ask(bench, bench.connection)
