"""What is written beside a connection changes nothing else of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from storage.connection_notes import note_error, set_metadata
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, ConnectionId
from tests.storage.builders import HOUR, NOW, a_connection, reload

MINUTE = timedelta(minutes=1)


async def note(
    database: Database, connection: Connection, error: str, after: timedelta = timedelta(0)
) -> Connection:
    now = NOW + after
    await note_error(database, connection, error, now=now, noted_before=now - MINUTE)
    return await reload(database, connection)


@pytest.mark.parametrize(
    "metadata",
    [{"plan": "gold", "seats": 3}, [], "text", 0, False, {"n": 10**30, "s": "\x00\ud83dé"}],
    ids=["object", "empty list", "text", "zero", "false", "odd"],
)
async def test_metadata_comes_back_as_it_was_attached(
    database: Database, ring: KeyRing, metadata: JsonValue
) -> None:
    connection = await a_connection(database, ring)

    is_kept = await set_metadata(database, connection.connection_id, metadata)

    assert is_kept
    assert await reload(database, connection) == replace(connection, metadata=metadata)


async def test_metadata_is_cleared_and_outlives_a_new_consent(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    await set_metadata(database, connection.connection_id, {"plan": "gold"})
    again = await a_connection(database, ring, now=NOW + HOUR)

    await set_metadata(database, connection.connection_id, None)

    assert again.metadata == {"plan": "gold"}
    assert (await reload(database, connection)).metadata is None


async def test_metadata_of_a_connection_that_is_gone_is_not_kept(database: Database) -> None:
    assert not await set_metadata(database, ConnectionId("no-such"), {})


async def test_an_error_is_kept_with_its_instant_once_a_minute(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)

    first = await note(database, connection, "MISSING_SCOPE")
    soon = await note(database, connection, "NEEDS_REAUTHORIZATION", MINUTE - timedelta.resolution)
    later = await note(database, connection, "NEEDS_REAUTHORIZATION", MINUTE)

    assert first == replace(connection, last_error="MISSING_SCOPE", last_error_at=NOW)
    assert soon == first
    assert (later.last_error, later.last_error_at) == ("NEEDS_REAUTHORIZATION", NOW + MINUTE)


async def test_an_error_of_the_grant_before_is_not_noted_of_the_new_one(
    database: Database, ring: KeyRing
) -> None:
    before = await a_connection(database, ring)
    await note(database, before, "NEEDS_REAUTHORIZATION")
    await a_connection(database, ring, now=NOW + HOUR)

    after = await note(database, before, "NEEDS_REAUTHORIZATION", 2 * HOUR)

    assert (after.last_error, after.last_error_at) == (None, None)
