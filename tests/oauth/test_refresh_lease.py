"""Refreshes of several processes on one database: one call, and nothing lost where one ends."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from jira_api.errors import ClientRefusedError, JiraUnavailableError
from oauth.errors import NeedsReauthorizationError
from oauth.refresh import RefreshTimes, TokenKeeper
from storage.audit import list_events
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.records import ConnectionId, GrantStatus, Tokens
from storage.refreshes import list_broken_off
from tests.oauth.providers import fresh_tokens
from tests.oauth.refresh_bench import DEAD, SILENT, Bench, access, on_sqlite, set_up_bench
from tests.storage.builders import HOUR, NOW, a_lease

DAY = 24 * HOUR


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


async def hold(bench: Bench) -> asyncio.Task[Tokens]:
    """A refresh of another process that waits for the provider's answer."""
    bench.provider.gate = asyncio.Event()
    holder = asyncio.create_task(bench.another_process().get(bench.connection))
    await bench.provider.arrived.wait()
    return holder


async def kinds(bench: Bench) -> list[str]:
    """What was recorded, the first event first."""
    return [event.kind for event in await list_events(bench.database, amount=100)][::-1]


async def test_four_processes_with_fifty_callers_each_make_one_call(bench: Bench) -> None:
    processes = [bench.another_process() for _ in range(4)]

    handed_out = await asyncio.gather(
        *(process.get(bench.connection) for process in processes for _ in range(50))
    )

    assert bench.provider.refreshed == ["a refresh token"]
    assert {access(tokens) for tokens in handed_out} == {"access token 1"}
    assert await kinds(bench) == ["TOKENS_REFRESHED"]


@pytest.mark.parametrize("answer", [SILENT, DEAD], ids=["no answer", "dead"])
async def test_who_waits_for_a_refresh_of_another_process_shares_its_failure(
    bench: Bench, answer: Exception
) -> None:
    bench.provider.answers = [answer]
    holder = await hold(bench)
    processes = [bench.another_process() for _ in range(3)]
    waiters = [asyncio.create_task(process.get(bench.connection)) for process in processes]
    while not all(process._flights for process in processes):  # noqa: ASYNC110 - until all want it
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bench.provider.gate is not None

    bench.clock.advance(seconds=1)
    bench.provider.gate.set()
    told = await asyncio.gather(holder, *waiters, return_exceptions=True)

    # The holder asks once more after silence; that is its own to decide.
    assert len(bench.provider.refreshed) == (2 if answer is SILENT else 1)
    assert all(isinstance(each, NeedsReauthorizationError | JiraUnavailableError) for each in told)


async def test_who_comes_after_a_failure_tries_again_at_once(bench: Bench) -> None:
    bench.provider.answers = [SILENT, SILENT, fresh_tokens()]
    with pytest.raises(JiraUnavailableError):
        await bench.keeper.get(bench.connection)

    tokens = await bench.another_process().get(bench.connection)

    assert access(tokens) == "access token 1"
    assert await kinds(bench) == ["REFRESH_FAILED", "TOKENS_REFRESHED"]


async def test_a_refresh_whose_process_ended_is_taken_over_when_its_lease_is(bench: Bench) -> None:
    await a_lease(bench.database, bench.connection, now=bench.clock.now, lasting=DAY)
    waiter = asyncio.create_task(bench.keeper.get(bench.connection))
    while not bench.pauses:  # noqa: ASYNC110 - until the waiter has found the lease held
        await asyncio.sleep(0)
    held_back = list(bench.provider.refreshed)

    await bench.end_leases()

    assert access(await waiter) == "access token 1"
    assert held_back == []
    assert bench.provider.refreshed == ["a refresh token"]


async def test_a_holder_who_wakes_after_its_lease_overwrites_nothing(bench: Bench) -> None:
    holder = await hold(bench)
    bench.provider.answers = [fresh_tokens(2)]
    assert bench.provider.gate is not None
    gate, bench.provider.gate = bench.provider.gate, None
    await bench.end_leases()

    quick = await bench.keeper.get(bench.connection)
    gate.set()

    assert access(await holder) == access(quick) == "access token 2"
    assert (await bench.stored()).generation == 2
    assert bench.provider.refreshed == ["a refresh token"] * 2


@on_sqlite
async def test_a_dead_answer_to_a_lost_lease_ends_no_grant(bench: Bench) -> None:
    holder = await hold(bench)
    assert bench.provider.gate is not None
    await bench.renew_elsewhere()
    bench.provider.answers = [DEAD]

    bench.provider.gate.set()

    assert access(await holder) == "access token 9"
    assert (await bench.stored()).status is GrantStatus.ACTIVE


@on_sqlite
async def test_a_wait_for_another_process_ends(bench: Bench) -> None:
    await a_lease(bench.database, bench.connection, now=bench.clock.now, lasting=DAY)
    impatient = replace(bench.keeper, times=RefreshTimes(patience=timedelta(milliseconds=20)))

    with pytest.raises(JiraUnavailableError):
        await impatient.get(bench.connection)

    assert bench.provider.refreshed == []


@on_sqlite
async def test_a_refused_token_waits_for_the_refresh_of_another_process(bench: Bench) -> None:
    bench.clock.advance(minutes=-30)
    rejected = SecretStr("an access token")
    bench.provider.gate = asyncio.Event()
    both = [
        asyncio.create_task(process.renew(bench.connection, rejected))
        for process in (bench.keeper, bench.another_process())
    ]
    await bench.provider.arrived.wait()

    bench.provider.gate.set()

    assert [access(await each) for each in both] == ["access token 1"] * 2
    assert len(bench.provider.refreshed) == 1


@pytest.mark.parametrize(
    ("failure", "soonest", "latest"),
    [
        (SILENT, 4, 6),
        (JiraUnavailableError("later", status=503, retry_after=timedelta(seconds=30)), 24, 36),
        (JiraUnavailableError("later", status=503, retry_after=timedelta(days=1)), 216, 324),
        (ClientRefusedError("no", code="invalid_client", status=401), 480, 720),
    ],
    ids=["no answer", "a hint", "a hint beyond the leeway", "the operator's mistake"],
)
@on_sqlite
async def test_what_failed_is_due_again_after_a_pause(
    bench: Bench, failure: Exception, soonest: int, latest: int
) -> None:
    bench.provider.answers = [failure]
    with pytest.raises(type(failure)):
        await bench.keeper.get(bench.connection)
    now = bench.clock.now

    early = await list_broken_off(
        bench.database, now=now + timedelta(seconds=soonest - 1), amount=9
    )
    late = await list_broken_off(bench.database, now=now + timedelta(seconds=latest), amount=9)

    assert (len(early), len(late)) == (0, 1)


@on_sqlite
async def test_an_outage_of_the_refresh_fails_nobody_whose_token_is_still_good(
    bench: Bench,
) -> None:
    bench.clock.advance(minutes=-1)
    bench.provider.answers = [SILENT]

    handed_out = [await bench.keeper.get(bench.connection) for _ in range(5)]
    calls = len(bench.provider.refreshed)
    bench.clock.advance(seconds=45)
    with pytest.raises(JiraUnavailableError):
        await bench.keeper.get(bench.connection)

    assert {access(tokens) for tokens in handed_out} == {"an access token"}
    assert calls == 2  # silence is asked once more, and then left alone for its pause


@on_sqlite
async def test_a_refused_token_is_not_handed_out_again_in_an_outage(bench: Bench) -> None:
    bench.clock.advance(minutes=-30)
    bench.provider.answers = [SILENT]

    with pytest.raises(JiraUnavailableError):
        await bench.keeper.renew(bench.connection, SecretStr("an access token"))


@on_sqlite
@pytest.mark.parametrize(("days", "left"), [(300, 65), (400, 90)], ids=["capped", "disproved"])
async def test_a_grant_ends_with_its_consent_s_year_unless_that_was_disproved(
    bench: Bench, days: int, left: int
) -> None:
    bench.clock.now = NOW + timedelta(days=days)
    bench.provider.longest = timedelta(days=365)
    bench.provider.answers = [
        replace(fresh_tokens(), expires_at=bench.clock.now + timedelta(days=90))
    ]

    tokens = await bench.keeper.get(bench.connection)

    assert tokens.expires_at == bench.clock.now + timedelta(days=left)


@on_sqlite
async def test_tokens_that_cannot_be_read_are_told_and_noted(
    bench: Bench, database: Database
) -> None:
    sealed = await database.fetch_val("SELECT refresh_token FROM connection")
    await database.execute("UPDATE connection SET access_token = :text", {"text": sealed})

    with pytest.raises(CredentialUnreadableError):
        await bench.keeper.finish(bench.connection, 1)

    assert bench.provider.refreshed == []
    events = await list_events(database, amount=9)
    assert [(event.kind, event.details["code"]) for event in events] == [
        ("REFRESH_FAILED", "CREDENTIAL_UNREADABLE")
    ]


_PUT_IN = """
    INSERT INTO audit_event (sequence, id, kind, actor, at, details, hash)
    VALUES (2, 'stray', 'CONNECTED', 'nobody', 'never', '{}', 'none')
"""


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit_chain SET chain_key = 'v1.gone.AAAA'",
        _PUT_IN,
        "DELETE FROM audit_chain",
    ],
    ids=["unreadable", "a row put in", "begun anew"],
)
async def test_a_broken_record_of_events_costs_no_token(bench: Bench, damage: str) -> None:
    await bench.keeper.get(bench.connection)
    await bench.database.execute(damage)
    bench.clock.advance(hours=3)
    bench.provider.answers = [
        replace(fresh_tokens(2), access_expires_at=bench.clock.now + HOUR),
    ]

    tokens = await bench.keeper.get(bench.connection)

    assert access(tokens) == "access token 2"
    assert (await bench.stored()).tokens.refresh_token == SecretStr("refresh token 2")


@on_sqlite
async def test_connections_linked_together_are_not_due_together(bench: Bench) -> None:
    keeper = replace(bench.keeper, times=RefreshTimes(spread=timedelta(minutes=6)))
    bench.clock.now = bench.clock.now - timedelta(minutes=4)
    stored = await bench.stored()
    named = [replace(bench.connection, connection_id=ConnectionId(str(n))) for n in range(200)]

    due = sum(keeper._is_due(each, stored) for each in named)

    assert 60 < due < 140  # half of the spread is past: about half of them


@on_sqlite
async def test_refreshes_of_a_process_are_bounded(bench: Bench) -> None:
    keeper: TokenKeeper = replace(bench.keeper, max_concurrency=1)
    bench.provider.gate = asyncio.Event()
    first = asyncio.create_task(keeper.get(bench.connection))
    await bench.provider.arrived.wait()

    async with asyncio.timeout(5):
        assert keeper._turns.locked()
        bench.provider.gate.set()
        await first

    assert not keeper._turns.locked()
