"""Before anything is served: every key in use is there, and is the right one."""

import pytest

from storage.database import Database
from storage.errors import KeysUnfitError
from storage.key_check import check_keys
from tests.storage.builders import HOUR, NOW, a_connection, a_key, a_key_ring, some_tokens
from tests.storage.sealed_bench import GRANT_END, NEW, OLD, CountingQueries, fill, read_cell, spoil


async def test_a_ring_that_wrote_everything_fits_and_rows_are_counted_by_key(
    database: Database,
) -> None:
    await fill(database, a_key_ring(OLD))
    await a_connection(database, a_key_ring(NEW), external_id="new")

    assert await check_keys(database, a_key_ring(NEW, OLD), now=NOW) == {"k1": 6, "k2": 1}


async def test_any_ring_fits_a_database_without_secrets(database: Database) -> None:
    assert await check_keys(database, a_key_ring(NEW), now=NOW) == {}


async def test_missing_keys_are_named_with_the_rows_that_need_each(database: Database) -> None:
    await fill(database, a_key_ring(OLD))
    await a_connection(database, a_key_ring(a_key("k0", b"older")), external_id="older")

    with pytest.raises(KeysUnfitError) as caught:
        await check_keys(database, a_key_ring(NEW), now=NOW)

    assert (caught.value.missing, caught.value.wrong) == ({"k0": 1, "k1": 6}, {})
    assert str(caught.value) == (
        "The encryption keys do not fit the database: key k0 is missing, which 1 row needs; "
        "key k1 is missing, which 6 rows need. Put back the keys that the database was written "
        "with."
    )


async def test_another_key_of_the_same_id_is_the_wrong_one(database: Database) -> None:
    await fill(database, a_key_ring(OLD))

    with pytest.raises(KeysUnfitError) as caught:
        await check_keys(database, a_key_ring(NEW, a_key("k1", b"another")), now=NOW)

    assert (caught.value.missing, caught.value.wrong) == ({}, {"k1": 6})
    assert "key k1 is not the one of that id, which 6 rows need" in str(caught.value)


async def test_an_older_key_that_is_wrong_is_found_beside_a_newest_that_is_right(
    database: Database,
) -> None:
    await a_connection(database, a_key_ring(OLD), external_id="old", now=NOW - HOUR)
    await fill(database, a_key_ring(NEW))

    with pytest.raises(KeysUnfitError) as caught:
        await check_keys(database, a_key_ring(NEW, a_key("k1", b"another")), now=NOW)

    assert caught.value.wrong == {"k1": 1}


@pytest.mark.parametrize("damage", ["moved", "cut", "flipped", "garbage", "short"])
async def test_damaged_rows_among_good_ones_keep_nobody_from_starting(
    database: Database, damage: str
) -> None:
    ring = a_key_ring(OLD)
    linked = [await a_connection(database, ring, external_id=f"{number}") for number in range(10)]
    *broken, good = sorted(linked, key=lambda connection: connection.connection_id)
    others = await read_cell(database, good)
    for connection in broken:
        text = await read_cell(database, connection)
        spoiled = {
            "moved": others,
            "cut": text[:-8],
            "flipped": text[:-8] + ("A" if text[-8] != "A" else "B") + text[-7:],
            "garbage": "not a token of ours, and longer than the shortest that could be one",
            "short": "v1.gone.AAAA",
        }[damage]
        await spoil(database, connection, spoiled)
        await spoil(database, connection, spoiled, column="refresh_token")

    needs = await check_keys(database, ring, now=NOW)

    assert needs == ({"k1": 1} if damage in {"garbage", "short"} else {"k1": 10})


async def test_a_grant_that_has_expired_needs_no_key_any_more(database: Database) -> None:
    await fill(database, a_key_ring(OLD), connections=0)
    await database.execute("DELETE FROM api_key")
    await database.execute("DELETE FROM audit_chain")

    with pytest.raises(KeysUnfitError):
        await check_keys(database, a_key_ring(NEW), now=NOW)
    assert await check_keys(database, a_key_ring(NEW), now=GRANT_END) == {}


async def test_the_message_holds_no_key_and_no_cell(database: Database) -> None:
    await fill(database, a_key_ring(OLD))
    plain = await a_connection(
        database, a_key_ring(OLD), external_id="x", tokens=some_tokens("canary", None)
    )
    await spoil(database, plain, "v1.canary-of-a-cell that was never encrypted, and is rather long")

    with pytest.raises(KeysUnfitError) as caught:
        await check_keys(database, a_key_ring(NEW), now=NOW)

    for secret in ("canary", OLD.partition(":")[2], NEW.partition(":")[2]):
        assert secret not in str(caught.value)


async def test_the_check_reads_each_table_once_and_a_cell_of_each_key(
    database: Database,
) -> None:
    await fill(database, a_key_ring(OLD), connections=3)
    counting = CountingQueries(database)

    await check_keys(counting, a_key_ring(OLD), now=NOW)

    assert counting.statements == 5
