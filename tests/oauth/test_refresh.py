"""Access tokens that are valid now: when they are renewed, how often, and what is never lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

import oauth.refresh
from jira_api.errors import (
    AuthorizationError,
    ClientRefusedError,
    InvalidGrantError,
    InvalidResponseError,
    JiraUnavailableError,
    RateLimitedError,
)
from oauth.errors import NeedsReauthorizationError
from oauth.refresh import RefreshTimes, TokenKeeper
from storage.connections import get_tokens, save_refreshed_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError, StorageUnavailableError
from storage.records import Connection, GrantStatus, StoredTokens, Tokens
from tests.oauth.providers import ScriptedProvider, fresh_tokens
from tests.storage.builders import HOUR, NOW, a_connection, some_tokens
from tests.support.gateway import MovingClock

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_DEAD = InvalidGrantError("dead", code="invalid_grant", status=403)
_SILENT = JiraUnavailableError("no answer", status=503)


@dataclass
class Bench:
    """One connection whose access token has just run out, and who keeps its tokens."""

    database: Database
    ring: KeyRing
    provider: ScriptedProvider
    clock: MovingClock
    connection: Connection
    keeper: TokenKeeper

    async def stored(self) -> StoredTokens:
        return await get_tokens(self.database, self.ring, self.connection.connection_id)

    def another_process(self) -> TokenKeeper:
        return TokenKeeper(
            self.database, self.ring, {"jira": self.provider}, self.clock, self.keeper.times
        )

    async def renew_elsewhere(self) -> None:
        """What another process saves in the meantime."""
        is_saved = await save_refreshed_tokens(
            self.database,
            self.ring,
            self.connection.connection_id,
            expected_generation=1,
            tokens=fresh_tokens(9),
            now=NOW,
        )
        assert is_saved


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    provider, clock = ScriptedProvider(), MovingClock(NOW + HOUR)
    keeper = TokenKeeper(database, ring, {"jira": provider}, clock)
    return Bench(database, ring, provider, clock, await a_connection(database, ring), keeper)


def access(tokens: Tokens) -> str:
    return tokens.access_token.get_secret_value()


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

    async def counted(*args: Any) -> StoredTokens:
        nonlocal read_count
        read_count += 1
        return await get_tokens(*args)

    monkeypatch.setattr(oauth.refresh, "get_tokens", counted)
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

    monkeypatch.setattr(oauth.refresh, "save_refreshed_tokens", slow_save)
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
        patched.setattr(oauth.refresh, "save_refreshed_tokens", fail)
        with pytest.raises(StorageUnavailableError):
            await bench.keeper.get(bench.connection)
    await bench.keeper.get(bench.connection)

    assert bench.provider.refreshed == ["a refresh token"] * 2


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
    bench.provider.gate, bench.provider.answers = asyncio.Event(), [_DEAD]
    caller = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    caller.cancel()
    bench.provider.gate.set()
    await bench.keeper.settle()

    assert (await bench.stored()).status is GrantStatus.INVALID


@on_sqlite
@pytest.mark.parametrize(
    "failure",
    [
        _SILENT,
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
    [([_SILENT, fresh_tokens()], 2), ([fresh_tokens()], 1)],
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
    bench.provider.answers = [_DEAD, fresh_tokens()]
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
    bench.provider.answers = [_DEAD]

    told = await asyncio.gather(
        *(bench.keeper.get(bench.connection) for _ in range(50)), return_exceptions=True
    )

    assert {type(each) for each in told} == {NeedsReauthorizationError}
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_a_dead_grant_can_still_be_read(bench: Bench) -> None:
    bench.provider.answers = [_DEAD]
    with pytest.raises(NeedsReauthorizationError):
        await bench.keeper.get(bench.connection)

    stored = await bench.keeper.read(bench.connection)

    assert stored.status is GrantStatus.INVALID
    assert stored.tokens.refresh_token == SecretStr("a refresh token")


@pytest.mark.parametrize(
    "answer", [_DEAD, fresh_tokens(1)], ids=["refused as used", "answered all the same"]
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


@pytest.mark.parametrize("answer", [_DEAD, fresh_tokens(1)], ids=["dead", "answered"])
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
    bench.provider.gate = asyncio.Event()
    held = asyncio.create_task(bench.keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    bench.provider.gate, gate = None, bench.provider.gate
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
