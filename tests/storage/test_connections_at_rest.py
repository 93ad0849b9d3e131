"""Connections at rest: what the bytes hold, and what keys read; and which are current."""

from pathlib import Path

import pytest

from storage.connections import (
    find_newest_connection,
    get_tokens,
    select_project,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from tests.storage.builders import (
    HOUR,
    NOW,
    a_connection,
    a_key,
    a_key_ring,
    some_tokens,
)


def read_files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


@pytest.mark.parametrize("column", ["access_token", "refresh_token"])
async def test_ciphertexts_swapped_between_rows_are_unreadable(
    database: Database, ring: KeyRing, column: str
) -> None:
    one = await a_connection(database, ring, external_id="one")
    other = await a_connection(database, ring, external_id="other")
    rows = await database.fetch_all(f"SELECT id, {column} FROM connection")
    stored = {row["id"]: row[column] for row in rows}

    for target, source in ((one, other), (other, one)):
        await database.execute(
            f"UPDATE connection SET {column} = :text WHERE id = :connection_id",
            {"text": stored[source.connection_id], "connection_id": target.connection_id},
        )

    for connection in (one, other):
        with pytest.raises(CredentialUnreadableError) as caught:
            await get_tokens(database, ring, connection.connection_id)
        assert (caught.value.connection_id, caught.value.column) == (
            connection.connection_id,
            column,
        )


async def test_one_unreadable_row_leaves_the_others_readable(
    database: Database, ring: KeyRing
) -> None:
    broken = await a_connection(database, ring, external_id="broken")
    sound = await a_connection(database, ring, external_id="sound")
    await database.execute(
        "UPDATE connection SET access_token = :text WHERE id = :connection_id",
        {"text": "v1.gone.AAAA", "connection_id": broken.connection_id},
    )

    with pytest.raises(CredentialUnreadableError):
        await get_tokens(database, ring, broken.connection_id)

    assert (await get_tokens(database, ring, sound.connection_id)).tokens == some_tokens()


async def test_a_new_first_key_reads_what_the_old_one_wrote(database: Database) -> None:
    old, new = a_key("old", b"\x01"), a_key("new", b"\x02")
    connection = await a_connection(database, a_key_ring(old))

    stored = await get_tokens(database, a_key_ring(new, old), connection.connection_id)

    assert stored.tokens == some_tokens()


async def test_no_token_can_be_found_in_the_stored_bytes(
    database: Database, ring: KeyRing, tmp_path: Path
) -> None:
    secrets = [f"canary-{number:03}-{kind}" for number in range(100) for kind in ("a", "r")]
    for number in range(100):
        access_token, refresh_token = secrets[2 * number : 2 * number + 2]
        await a_connection(
            database,
            ring,
            external_id=f"user-{number}",
            tokens=some_tokens(access_token, refresh_token),
        )

    rows = await database.fetch_all("SELECT * FROM connection")
    files = read_files(tmp_path)

    everything = repr([dict(row) for row in rows]).encode() + b"".join(files)
    assert len(rows) == 100
    assert database.dialect == "postgresql" or any(b"user-99" in file for file in files)
    assert [secret for secret in secrets if secret.encode() in everything] == []


async def test_the_newest_connection_is_the_one_that_changed_last(
    database: Database, ring: KeyRing
) -> None:
    assert await find_newest_connection(database) is None
    first = await a_connection(database, ring, external_id="first")
    await a_connection(database, ring, external_id="second")

    await select_project(database, first.connection_id, "10001", now=NOW + HOUR)

    newest = await find_newest_connection(database)
    assert newest is not None
    assert newest.external_id == "first"
