"""Grants that are written down before they are proven: who meets them, and what replaces them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from storage.connections import get_tokens, load_connections_by_id
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StatementRefusedError
from storage.instants import write_instant
from storage.records import Connection, ConnectionId, GrantStatus
from storage.refreshes import Lease, claim_refresh, find_refresh_state, save_refreshed_tokens
from storage.unproven import (
    GIVEN_UP_AFTER,
    Candidate,
    TokenTakenError,
    derive_connection_id,
    drop_unproven,
    list_given_up,
    load_unproven_by_id,
    prove,
    save_unproven,
)
from tests.storage.builders import HOUR, NOW, a_connection, a_lease, a_site, end_grant, some_tokens

TOKEN = "a-foreign-token"
LATER = NOW + GIVEN_UP_AFTER
MOMENT = timedelta(microseconds=1)


async def save(
    database: Database, ring: KeyRing, external_id: str = "acme", token: str = TOKEN
) -> Candidate:
    async with database.transaction() as queries:
        return await save_unproven(
            queries,
            ring,
            external_id=external_id,
            provider="jira",
            refresh_token=SecretStr(token),
            now=NOW,
        )


async def try_to_prove(database: Database, connection: Connection, *, now: datetime = NOW) -> bool:
    async with database.transaction() as queries:
        return await prove(
            queries, connection.connection_id, site=a_site(), selected_project_id=None, now=now
        )


async def note_refresh(database: Database) -> None:
    await database.execute("UPDATE connection SET refreshed_at = updated_at")


def test_an_id_tells_one_token_of_one_provider_and_shows_neither() -> None:
    derived = derive_connection_id("jira", SecretStr(TOKEN))

    assert derived == derive_connection_id("jira", SecretStr(TOKEN))
    assert UUID(derived).version == 5
    others = [("jira", "another"), ("notes", TOKEN)]
    assert derived not in [derive_connection_id(name, SecretStr(text)) for name, text in others]


async def test_what_waits_for_its_proof_is_due_for_a_refresh_and_has_no_site(
    database: Database, ring: KeyRing
) -> None:
    candidate = await save(database, ring)

    stored = await get_tokens(database, ring, candidate.connection.connection_id)
    assert not candidate.is_proven
    assert candidate.connection.site.url == ""
    assert stored.tokens.refresh_token == SecretStr(TOKEN)
    assert stored.tokens.access_token == SecretStr("")
    assert stored.tokens.access_expires_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert (stored.status, stored.generation) == (GrantStatus.ACTIVE, 1)
    assert stored.consented_at is None


async def test_the_foreign_token_is_encrypted(database: Database, ring: KeyRing) -> None:
    await save(database, ring)

    assert TOKEN not in str(await database.fetch_all("SELECT * FROM connection"))


async def test_saving_again_changes_nothing(database: Database, ring: KeyRing) -> None:
    first = await save(database, ring)
    before = await database.fetch_all("SELECT * FROM connection")
    second = await save(database, ring)

    assert first == second
    assert await database.fetch_all("SELECT * FROM connection") == before


async def test_it_is_found_for_refreshing_alone_until_it_is_proven(
    database: Database, ring: KeyRing
) -> None:
    connection = (await save(database, ring)).connection
    ids = [connection.connection_id]
    waiting = await load_unproven_by_id(database, [*ids, ConnectionId("unknown")])
    met = await load_connections_by_id(database, ids)
    await note_refresh(database)
    is_proven = await try_to_prove(database, connection)

    assert waiting == {connection.connection_id: connection}
    assert met == {}
    assert is_proven
    assert await load_unproven_by_id(database, ids) == {}
    assert (await load_connections_by_id(database, ids))[ids[0]].site == a_site()


async def test_nothing_is_proven_before_its_refresh(database: Database, ring: KeyRing) -> None:
    connection = (await save(database, ring)).connection

    assert not await try_to_prove(database, connection)


async def test_nothing_is_proven_twice(database: Database, ring: KeyRing) -> None:
    connection = (await save(database, ring)).connection
    await note_refresh(database)

    assert await try_to_prove(database, connection)
    assert not await try_to_prove(database, connection)


async def test_a_linked_external_id_is_given_back_as_it_is(
    database: Database, ring: KeyRing
) -> None:
    linked = await a_connection(database, ring, external_id="acme")

    assert await save(database, ring) == Candidate(linked, is_proven=True)
    assert len(await database.fetch_all("SELECT id FROM connection")) == 1


async def test_another_token_replaces_what_waits_for_its_proof(
    database: Database, ring: KeyRing
) -> None:
    first = await save(database, ring)
    second = await save(database, ring, token="a-newer-token")

    assert second.connection.connection_id != first.connection.connection_id
    rows = await database.fetch_all("SELECT id FROM connection")
    assert [row["id"] for row in rows] == [second.connection.connection_id]


@pytest.mark.parametrize("is_proven", [False, True])
async def test_a_token_of_another_external_id_is_refused_and_leaves_nothing(
    database: Database, ring: KeyRing, *, is_proven: bool
) -> None:
    connection = (await save(database, ring)).connection
    if is_proven:
        await note_refresh(database)
        await try_to_prove(database, connection)

    with pytest.raises(TokenTakenError):
        await save(database, ring, external_id="other")

    rows = await database.fetch_all("SELECT external_id FROM connection_external_map")
    assert rows == [{"external_id": "acme"}]


async def test_many_at_once_make_one_row(database: Database, ring: KeyRing) -> None:
    candidates = await asyncio.gather(*(save(database, ring) for _ in range(12)))

    assert len({candidate.connection.connection_id for candidate in candidates}) == 1
    assert len(await database.fetch_all("SELECT id FROM connection")) == 1


async def test_of_many_external_ids_at_once_one_has_the_token(
    database: Database, ring: KeyRing
) -> None:
    saves = (save(database, ring, external_id=f"user-{number}") for number in range(12))
    done = await asyncio.gather(*saves, return_exceptions=True)

    assert sum(isinstance(each, Candidate) for each in done) == 1
    assert sum(isinstance(each, TokenTakenError) for each in done) == 11
    assert len(await database.fetch_all("SELECT * FROM connection_external_map")) == 1


async def given_up(database: Database, *, now: datetime = LATER) -> list[Connection]:
    return await list_given_up(database, now=now, amount=9)


async def drop(database: Database, connection: Connection, *, now: datetime = LATER) -> bool:
    async with database.transaction() as queries:
        return await drop_unproven(queries, connection, now=now)


async def count_rows(database: Database) -> list[int]:
    tables = ("connection", "connection_external_map", "jira_connection", "refresh_lease")
    return [len(await database.fetch_all(f"SELECT * FROM {table}")) for table in tables]


async def refresh(database: Database, ring: KeyRing, connection: Connection, now: datetime) -> None:
    lease = await a_lease(database, connection, now=now)
    async with database.transaction() as queries:
        assert await save_refreshed_tokens(queries, ring, lease, tokens=some_tokens(), now=now)


async def test_a_grant_is_given_up_after_a_week_without_its_proof(
    database: Database, ring: KeyRing
) -> None:
    connection = (await save(database, ring)).connection
    early = await given_up(database, now=LATER - MOMENT)
    late = await given_up(database)
    is_dropped = await drop(database, late[0])

    assert timedelta(days=7) == GIVEN_UP_AFTER
    assert (early, late) == ([], [connection])
    assert is_dropped
    assert await count_rows(database) == [0, 0, 0, 0]


async def test_a_dead_grant_that_was_never_proven_is_given_up_too(
    database: Database, ring: KeyRing
) -> None:
    await end_grant(database, (await save(database, ring)).connection)
    [connection] = await given_up(database)

    assert connection.status is GrantStatus.INVALID
    assert await drop(database, connection)


async def test_a_linked_connection_is_never_given_up(database: Database, ring: KeyRing) -> None:
    linked = await a_connection(database, ring, external_id="linked")
    proven = (await save(database, ring)).connection
    await note_refresh(database)
    await try_to_prove(database, proven)

    assert await given_up(database) == []
    assert not await drop(database, linked)
    assert not await drop(database, proven)
    assert await count_rows(database) == [2, 2, 2, 0]


async def test_a_grant_whose_refresh_is_open_is_left(database: Database, ring: KeyRing) -> None:
    connection = (await save(database, ring)).connection
    [seen] = await given_up(database)
    await a_lease(database, connection, now=NOW)

    assert await given_up(database) == []
    assert not await drop(database, seen)
    assert await count_rows(database) == [1, 1, 0, 1]


async def test_a_grant_that_was_just_refreshed_is_left_for_two_hours(
    database: Database, ring: KeyRing
) -> None:
    connection = (await save(database, ring)).connection
    [seen] = await given_up(database)
    await refresh(database, ring, connection, LATER)
    soon, late = LATER + timedelta(hours=2) - MOMENT, LATER + timedelta(hours=2)

    assert not await drop(database, seen)
    assert await given_up(database, now=soon) == []
    assert not await drop(database, seen, now=late)
    [again] = await given_up(database, now=late)
    assert not await drop(database, again, now=soon)
    assert await count_rows(database) == [1, 1, 0, 0]
    assert await drop(database, again, now=late)


async def test_a_grant_that_gave_way_meanwhile_is_not_dropped_twice(
    database: Database, ring: KeyRing
) -> None:
    await save(database, ring)
    [seen] = await given_up(database)
    newer = await save(database, ring, token="a-newer-token")

    assert not await drop(database, seen)
    state = await find_refresh_state(database, newer.connection.connection_id)
    assert state is not None


async def test_of_many_processes_one_drops_a_grant(database: Database, ring: KeyRing) -> None:
    await save(database, ring)
    [seen] = await given_up(database)

    done = await asyncio.gather(*(drop(database, seen) for _ in range(8)))

    assert sorted(done) == [False] * 7 + [True]


async def test_the_oldest_are_given_up_first_and_no_more_than_asked(
    database: Database, ring: KeyRing
) -> None:
    for number in range(3):
        await save(database, ring, external_id=f"user-{number}", token=f"token-{number}")
        age = {"external_id": f"user-{number}", "at": write_instant(NOW - timedelta(days=number))}
        await database.execute(
            "UPDATE connection SET created_at = :at WHERE id IN "
            "(SELECT connection_id FROM connection_external_map WHERE external_id = :external_id)",
            age,
        )

    found = await list_given_up(database, now=LATER, amount=2)

    assert [each.external_id for each in found] == ["user-2", "user-1"]


async def test_a_refresh_and_a_drop_at_once_do_not_both_happen(
    database: Database, ring: KeyRing
) -> None:
    waiting = [
        (await save(database, ring, external_id=f"user-{n}", token=f"token-{n}")).connection
        for n in range(12)
    ]

    async def claim(connection: Connection) -> Lease | None:
        return await claim_refresh(
            database,
            connection.connection_id,
            generation=connection.generation,
            now=LATER,
            ends_at=LATER + HOUR,
            stale_before=LATER - HOUR,
        )

    leases, drops = await asyncio.gather(
        asyncio.gather(*(claim(each) for each in waiting)),
        asyncio.gather(*(drop(database, each) for each in waiting)),
    )

    assert [lease is None for lease in leases] == drops
    assert await count_rows(database) == [drops.count(False)] * 2 + [0, drops.count(False)]


async def test_a_proof_and_a_drop_at_once_do_not_both_happen(
    database: Database, ring: KeyRing
) -> None:
    waiting = [
        (await save(database, ring, external_id=f"user-{n}", token=f"token-{n}")).connection
        for n in range(12)
    ]
    await note_refresh(database)

    async def prove_late(connection: Connection) -> bool:
        try:
            return await try_to_prove(database, connection, now=LATER)
        except StatementRefusedError:
            return False  # its row was removed while the statement waited

    proofs, drops = await asyncio.gather(
        asyncio.gather(*(prove_late(each) for each in waiting)),
        asyncio.gather(*(drop(database, each) for each in waiting)),
    )

    assert [not is_proven for is_proven in proofs] == drops
    assert await count_rows(database) == [proofs.count(True)] * 3 + [0]
