"""Grants that are written down before they are proven: who meets them, and what replaces them."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import SecretStr

from storage.connections import get_tokens, load_connections_by_id
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, ConnectionId, GrantStatus
from storage.unproven import (
    Candidate,
    TokenTakenError,
    derive_connection_id,
    load_unproven_by_id,
    prove,
    save_unproven,
)
from tests.storage.builders import NOW, a_connection, a_site

TOKEN = "a-foreign-token"


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


async def try_to_prove(database: Database, connection: Connection) -> bool:
    async with database.transaction() as queries:
        return await prove(
            queries, connection.connection_id, site=a_site(), selected_project_id=None, now=NOW
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
