"""Every encrypted cell is known, and is counted under the key that wrote it."""

import pytest

from storage.database import Database
from storage.encryption import KeyRing
from storage.sealed import (
    SEALED_TABLES,
    SealedRows,
    SealedTable,
    count_sealed_rows,
    find_secret,
    list_cells_beside,
    list_cells_under,
    replace_cell,
)
from storage.tables import METADATA
from tests.storage.builders import NOW, a_connection, a_key_ring, some_tokens
from tests.storage.sealed_bench import GRANT_END, NEW, OLD, fill, read_cell, spoil

CONNECTION = SEALED_TABLES[0]


async def count_by_table(database: Database) -> dict[str, list[SealedRows]]:
    counted = await count_sealed_rows(database, now=NOW)
    return {
        table.name: [rows for rows in counted if rows.table == table.name]
        for table in SEALED_TABLES
    }


async def test_no_encrypted_cell_stands_in_a_column_that_is_not_listed(database: Database) -> None:
    await fill(database, a_key_ring(OLD))

    found = set()
    for table in METADATA.tables.values():
        for row in await database.fetch_all(f"SELECT * FROM {table.name}"):
            found |= {(table.name, name) for name, cell in row.items() if "v1.k1." in str(cell)}

    assert found == {(table.name, column) for table in SEALED_TABLES for column in table.columns}


async def test_rows_are_counted_by_the_keys_of_their_cells(database: Database) -> None:
    await fill(database, a_key_ring(OLD))
    await a_connection(
        database, a_key_ring(NEW), external_id="other", tokens=some_tokens(refresh_token=None)
    )

    counted = await count_by_table(database)

    old = {"access_token": "k1", "refresh_token": "k1", "login": "k1"}
    assert len(counted["connection"]) == 2
    assert SealedRows("connection", old, 3) in counted["connection"]
    assert SealedRows("connection", {"access_token": "k2"}, 1) in counted["connection"]
    assert counted["pending_grant"] == [
        SealedRows("pending_grant", {"access_token": "k1", "refresh_token": "k1"}, 1)
    ]
    assert counted["api_key"] == [SealedRows("api_key", {"secret_hash": "k1"}, 1)]
    assert counted["audit_chain"] == [SealedRows("audit_chain", {"chain_key": "k1"}, 1)]


@pytest.mark.parametrize("key_id", ["k", "K_-9", "x" * 32, "v1", "-"])
async def test_a_key_id_of_any_form_is_found(database: Database, key_id: str) -> None:
    ring = a_key_ring(f"{key_id}:{OLD.partition(':')[2]}")
    await a_connection(database, ring, tokens=some_tokens("", None))

    (rows,) = (await count_by_table(database))["connection"]

    assert rows == SealedRows("connection", {"access_token": key_id}, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v1",
        "v1.k1",
        "v1.k1.",
        "v1.gone.AAAA",
        "a token that was never encrypted, of whatever length it may be",
        "v2.k1." + "A" * 60,
        "v1.." + "A" * 60,
        "v1.k 1." + "A" * 60,
        "v1." + "k" * 33 + "." + "A" * 60,
        "v1.ключ." + "A" * 60,
        "\n" * 60,
    ],
)
async def test_what_is_no_encrypted_text_is_under_no_key(
    database: Database, ring: KeyRing, text: str
) -> None:
    connection = await a_connection(database, ring, tokens=some_tokens(refresh_token=None))
    await spoil(database, connection, text)

    (rows,) = (await count_by_table(database))["connection"]

    assert rows == SealedRows("connection", {"access_token": None}, 1)


async def test_an_expired_grant_needs_no_key(database: Database, ring: KeyRing) -> None:
    await fill(database, ring, connections=0)

    later = {rows.table for rows in await count_sealed_rows(database, now=GRANT_END)}

    assert later == {"api_key", "audit_chain"}


async def test_cells_are_listed_by_id_in_pages_of_those_under_a_key_or_beside_it(
    database: Database,
) -> None:
    old, new = a_key_ring(OLD), a_key_ring(NEW)
    theirs = {(await a_connection(database, old, external_id=f"{n}")).connection_id for n in "abc"}
    await a_connection(database, new, external_id="new")

    async def list_beside(after: str, amount: int) -> list[str]:
        cells = await list_cells_beside(
            database, CONNECTION, "access_token", key_id="k2", after=after, amount=amount
        )
        return [cell.row_id for cell in cells]

    first = await list_beside("", 2)
    rest = await list_beside(first[-1], 2)
    under = await list_cells_under(database, CONNECTION, "access_token", key_id="k1", amount=10)

    assert len(first) == 2
    assert [*first, *rest] == sorted(theirs) == [cell.row_id for cell in under]


async def test_a_key_whose_id_begins_like_another_s_is_another(database: Database) -> None:
    longer = a_key_ring(f"k11:{OLD.partition(':')[2]}")
    await a_connection(database, longer)

    under = await list_cells_under(database, CONNECTION, "access_token", key_id="k1", amount=10)
    beside = await list_cells_beside(
        database, CONNECTION, "access_token", key_id="k1", after="", amount=10
    )

    assert (len(under), len(beside)) == (0, 1)


async def test_a_cell_is_replaced_only_while_it_is_as_it_was_read(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)
    (cell,) = await list_cells_under(database, CONNECTION, "access_token", key_id="k1", amount=1)

    assert await replace_cell(database, cell, "mine")
    assert not await replace_cell(database, cell, "late")

    assert await read_cell(database, connection) == "mine"


async def test_a_cell_gives_its_secret_to_the_right_ring_alone(
    database: Database, ring: KeyRing
) -> None:
    await a_connection(database, ring)
    (cell,) = await list_cells_under(database, CONNECTION, "access_token", key_id="k1", amount=1)

    secret = find_secret(ring, cell)

    assert secret is not None
    assert secret.get_secret_value() == "an access token"
    assert find_secret(a_key_ring(NEW), cell) is None


def test_a_table_that_passes_has_an_end_in_each_row() -> None:
    passing = [table for table in SEALED_TABLES if table.is_passing]

    assert passing == [SealedTable("pending_grant", ("access_token", "refresh_token"), True)]
    assert not METADATA.tables["pending_grant"].c["expires_at"].nullable
