"""Issues that were just written: kept for minutes, for their connection alone, the latest first."""

from datetime import timedelta

import pytest

from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StatementRefusedError
from storage.recent_writes import (
    KEPT_FOR,
    MOST_KEPT,
    forget_write,
    list_writes,
    name_write,
    note_writes,
    sweep_writes,
)
from storage.records import ConnectionId
from tests.storage.builders import NOW, a_connection

MINUTE = timedelta(minutes=1)


async def count_rows(database: Database) -> int:
    return int(await database.fetch_val("SELECT COUNT(*) AS count FROM recent_write"))


async def test_writes_are_listed_the_latest_first_until_they_are_old(
    database: Database, ring: KeyRing
) -> None:
    mine = (await a_connection(database, ring)).connection_id
    other = (await a_connection(database, ring, external_id="user-2")).connection_id
    await note_writes(database, mine, ["1", "2"], now=NOW)
    await note_writes(database, mine, ["3", "1", "3"], now=NOW + MINUTE)
    await note_writes(database, other, ["9"], now=NOW)

    soon = await list_writes(database, mine, now=NOW + MINUTE)
    later = await list_writes(database, mine, now=NOW + KEPT_FOR)
    late = await list_writes(database, mine, now=NOW + KEPT_FOR + MINUTE)

    assert soon == ["3", "1", "2"]
    assert later == ["3", "1"]
    assert late == []


async def test_of_many_the_last_are_kept_and_listed(database: Database, ring: KeyRing) -> None:
    mine = (await a_connection(database, ring)).connection_id
    many = [str(number) for number in range(1, 201)]

    await note_writes(database, mine, many, now=NOW)
    await note_writes(database, mine, [], now=NOW)
    await note_writes(database, mine, ["500"], now=NOW + MINUTE)
    found = await list_writes(database, mine, now=NOW + MINUTE)

    assert await count_rows(database) == MOST_KEPT + 1
    assert len(found) == MOST_KEPT
    assert found[0] == "500"
    assert set(found[1:]) < set(many[-MOST_KEPT:])


async def test_a_key_is_replaced_by_the_id_it_stands_for(database: Database, ring: KeyRing) -> None:
    mine = (await a_connection(database, ring)).connection_id
    await note_writes(database, mine, ["7"], now=NOW)
    await note_writes(database, mine, ["TEST-7", "TEST-8"], now=NOW + MINUTE)

    async with database.transaction() as queries:
        await name_write(queries, mine, "TEST-7", "7")
        await name_write(queries, mine, "TEST-9", "9")
    await forget_write(database, mine, "TEST-8")

    assert await list_writes(database, mine, now=NOW + KEPT_FOR) == ["7"]


async def test_what_is_old_is_swept(database: Database, ring: KeyRing) -> None:
    mine = (await a_connection(database, ring)).connection_id
    await note_writes(database, mine, ["1"], now=NOW)
    await note_writes(database, mine, ["2"], now=NOW + MINUTE)

    await sweep_writes(database, now=NOW + KEPT_FOR)

    assert await count_rows(database) == 1


async def test_writes_go_with_their_connection_and_are_kept_of_none_other(
    database: Database, ring: KeyRing
) -> None:
    mine = (await a_connection(database, ring)).connection_id
    await note_writes(database, mine, ["1"], now=NOW)

    await database.execute("DELETE FROM connection")

    assert await count_rows(database) == 0
    with pytest.raises(StatementRefusedError):
        await note_writes(database, ConnectionId("gone"), ["1"], now=NOW)
