"""Leases on refreshes: who gets one, what they keep, and what stays to be done."""

import asyncio
from contextvars import Context
from datetime import datetime, timedelta

import pytest

from storage.connections import get_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, GrantStatus, StoredTokens
from storage.refreshes import (
    DueRefresh,
    Lease,
    claim_refresh,
    find_refresh_state,
    list_broken_off,
    list_idle,
    mark_invalid,
    note_failed_refresh,
    put_off_stale,
    release_refresh,
    save_refreshed_tokens,
)
from tests.storage.builders import (
    HOUR,
    NOW,
    a_connection,
    a_lease,
    end_grant,
    reload,
    some_tokens,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def claim(
    database: Database, connection: Connection, now: datetime = NOW, *, generation: int = 1
) -> Lease | None:
    return await claim_refresh(
        database,
        connection.connection_id,
        generation=generation,
        now=now,
        ends_at=now + 30 * SECOND,
        stale_before=now - 9 * MINUTE,
    )


async def save(
    database: Database, ring: KeyRing, lease: Lease, name: str = "new", now: datetime = NOW
) -> bool:
    async with database.transaction() as queries:
        return await save_refreshed_tokens(
            queries, ring, lease, tokens=some_tokens(f"{name} access", f"{name} refresh"), now=now
        )


async def fail(database: Database, lease: Lease, now: datetime, retry_at: datetime) -> bool:
    async with database.transaction() as queries:
        return await note_failed_refresh(
            queries, lease, error="JIRA_UNAVAILABLE", now=now, retry_at=retry_at
        )


async def count_leases(database: Database) -> object:
    return await database.fetch_val("SELECT count(*) FROM refresh_lease")


async def test_of_many_claims_one_has_the_lease(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)

    claims = await asyncio.gather(*(claim(database, connection) for _ in range(20)))

    assert [lease.attempts for lease in claims if lease] == [1]


@pytest.mark.parametrize("generation", [0, 2])
async def test_tokens_of_another_generation_are_not_claimed(
    database: Database, ring: KeyRing, generation: int
) -> None:
    connection = await a_connection(database, ring)

    assert await claim(database, connection, generation=generation) is None
    assert await count_leases(database) == 0


async def test_a_dead_grant_is_not_claimed(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    await end_grant(database, connection)

    assert await claim(database, connection) is None


async def test_a_lease_is_claimed_again_once_its_time_is_over_and_not_before(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    await claim(database, connection)

    early = await claim(database, connection, NOW + 30 * SECOND - timedelta(microseconds=1))
    late = await claim(database, connection, NOW + 30 * SECOND)

    assert early is None
    assert late is not None
    assert late.attempts == 2


async def test_linking_anew_ends_the_lease_on_the_former_tokens(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    former = await a_lease(database, connection)
    await a_connection(database, ring, tokens=some_tokens("linked anew"))

    lease = await claim(database, connection, generation=2)

    assert lease is not None
    assert lease.attempts == 1
    assert not await save(database, ring, former)
    stored = await get_tokens(database, ring, connection.connection_id)
    assert stored.tokens == some_tokens("linked anew")


async def test_saved_tokens_replace_the_former_ones_and_close_the_intent(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    lease = await a_lease(database, connection)

    assert await save(database, ring, lease, now=NOW + HOUR)

    stored = await get_tokens(database, ring, connection.connection_id)
    tokens = some_tokens("new access", "new refresh")
    assert stored == StoredTokens(tokens, 2, GrantStatus.ACTIVE, consented_at=NOW)
    assert (await reload(database, connection)).updated_at == NOW + HOUR
    assert await count_leases(database) == 0


async def test_who_lost_the_lease_overwrites_nothing(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    slow = await a_lease(database, connection, lasting=SECOND)
    quick = await a_lease(database, connection, now=NOW + SECOND)

    saved = [await save(database, ring, slow, "slow"), await save(database, ring, quick, "quick")]
    late = await save(database, ring, slow, "slow")

    stored = await get_tokens(database, ring, connection.connection_id)
    assert (saved, late) == ([False, True], False)
    assert stored.tokens == some_tokens("quick access", "quick refresh")


async def test_of_many_saves_under_one_lease_one_is_kept(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    lease = await a_lease(database, connection)

    saved = await asyncio.gather(*(save(database, ring, lease, str(n)) for n in range(10)))

    stored = await get_tokens(database, ring, connection.connection_id)
    assert (saved.count(True), stored.generation) == (1, 2)
    winner = saved.index(True)
    assert stored.tokens == some_tokens(f"{winner} access", f"{winner} refresh")


async def test_a_refresh_of_a_deleted_connection_brings_nothing_back(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    lease = await a_lease(database, connection)
    await database.execute("DELETE FROM connection")

    assert not await save(database, ring, lease)
    for table in ("connection", "connection_external_map", "jira_connection", "refresh_lease"):
        assert await database.fetch_val(f"SELECT count(*) FROM {table}") == 0


async def test_a_grant_ends_under_the_lease_alone(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    lost = await a_lease(database, connection, lasting=SECOND)
    held = await a_lease(database, connection, now=NOW + SECOND)

    ended = []
    for lease in (lost, held):
        async with database.transaction() as queries:
            ended.append(await mark_invalid(queries, lease, now=NOW + HOUR))

    after = await reload(database, connection)
    assert ended == [False, True]
    assert (after.status, after.last_error) == (GrantStatus.INVALID, "NEEDS_REAUTHORIZATION")
    assert (after.updated_at, after.generation) == (NOW + HOUR, 1)


async def test_a_failure_gives_the_lease_back_and_leaves_the_intent_open(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    lease = await a_lease(database, connection)

    noted = await fail(database, lease, NOW + SECOND, NOW + MINUTE)

    state = await find_refresh_state(database, connection.connection_id)
    after = await reload(database, connection)
    assert noted
    assert state is not None
    assert (state.lease_ends_at, state.failed_at) == (NOW + SECOND, NOW + SECOND)
    assert (after.last_error, after.last_error_at) == ("JIRA_UNAVAILABLE", NOW + SECOND)
    assert after.status is GrantStatus.ACTIVE


async def test_a_failure_of_a_lost_lease_changes_nothing(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    lost = await a_lease(database, connection, lasting=SECOND)
    await a_lease(database, connection, now=NOW + SECOND)

    assert not await fail(database, lost, NOW + 2 * SECOND, NOW + MINUTE)

    assert await claim(database, connection, NOW + MINUTE) is None
    assert (await reload(database, connection)).last_error is None


async def test_a_success_takes_the_last_error_away(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    await fail(database, await a_lease(database, connection), NOW + SECOND, NOW + MINUTE)

    await save(database, ring, await a_lease(database, connection, now=NOW + SECOND))

    after = await reload(database, connection)
    assert (after.last_error, after.last_error_at) == (None, None)


async def test_a_released_lease_leaves_nothing_to_be_done(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)

    await release_refresh(database, await a_lease(database, connection))

    assert await list_broken_off(database, now=NOW + HOUR, amount=10) == []


async def test_a_refresh_that_broke_off_is_due_once_its_lease_is_over(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    await claim(database, connection)

    early = await list_broken_off(database, now=NOW + 29 * SECOND, amount=10)
    late = await list_broken_off(database, now=NOW + 30 * SECOND, amount=10)

    assert early == []
    assert late == [DueRefresh(connection.connection_id, 1)]


async def test_a_failed_refresh_is_due_when_its_pause_is_over(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    await fail(database, await a_lease(database, connection), NOW + SECOND, NOW + MINUTE)

    early = await list_broken_off(database, now=NOW + MINUTE - SECOND, amount=10)
    late = await list_broken_off(database, now=NOW + MINUTE, amount=10)

    assert early == []
    assert late == [DueRefresh(connection.connection_id, 1)]


async def test_a_stale_refresh_is_left_to_its_owner_until_the_grace_is_over(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    owner = await claim(database, connection)
    assert owner is not None
    later = NOW + 20 * MINUTE

    before = await claim(database, connection, later)
    for _ in range(2):  # whoever looks again does not put it off once more
        await put_off_stale(
            database, now=later, stale_before=later - 9 * MINUTE, until=later + MINUTE
        )
        later += 30 * SECOND
    within = await claim(database, connection, later - SECOND)
    after = await claim(database, connection, later)

    assert (before, within) == (None, None)
    assert after is not None


async def test_a_refresh_whose_failure_was_told_is_barred_to_nobody(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    lease = await a_lease(database, connection)
    later = NOW + 20 * MINUTE
    await fail(database, lease, later, later + HOUR)

    assert await claim(database, connection, later) is not None


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_a_connection_that_goes_while_its_refresh_is_claimed_is_claimed_by_nobody(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)

    async with database.transaction() as queries:
        await queries.execute("DELETE FROM connection")
        claiming = asyncio.create_task(claim(database, connection), context=Context())
        async with asyncio.timeout(10):
            waits = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
            while not await queries.fetch_val(waits):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0)

    assert await claiming is None


async def test_the_owner_of_a_stale_refresh_can_still_save(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    owner = await claim(database, connection)
    assert owner is not None
    later = NOW + 20 * MINUTE

    await put_off_stale(database, now=later, stale_before=later - 9 * MINUTE, until=later + MINUTE)

    assert await save(database, ring, owner, now=later)


async def test_grants_are_idle_by_their_last_refresh_the_longest_idle_first(
    database: Database, ring: KeyRing
) -> None:
    newer = await a_connection(database, ring, external_id="newer", now=NOW + 2 * HOUR)
    older = await a_connection(database, ring, external_id="older", now=NOW + HOUR)
    dead = await a_connection(database, ring, external_id="dead")
    await end_grant(database, dead)
    once = some_tokens(refresh_token=None)
    await a_connection(database, ring, external_id="without refresh token", tokens=once)
    under_way = await a_connection(database, ring, external_id="under way")
    await a_lease(database, under_way)
    used = await a_connection(database, ring, external_id="refreshed")
    await save(database, ring, await a_lease(database, used), now=NOW + 9 * HOUR)

    idle = await list_idle(database, idle_since=NOW + 2 * HOUR, amount=10)
    first = await list_idle(database, idle_since=NOW + 2 * HOUR, amount=1)

    assert idle == [DueRefresh(older.connection_id, 1), DueRefresh(newer.connection_id, 1)]
    assert first == idle[:1]
