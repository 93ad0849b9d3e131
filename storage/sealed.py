"""Every encrypted cell: where they are, which keys wrote them, and how one is replaced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.instants import write_instant

_KEY_CHARACTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_HEAD: Final = re.compile(r"v1\.([A-Za-z0-9_-]{1,32})\.")
_SHORTEST: Final = len("v1.k.") + 38
"""The least that `storage.encryption` writes: 38 characters hold a nonce and the tag of nothing."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with encrypted columns; its rows are named by `id`.

    `is_passing`: its rows end by themselves at `expires_at`, and are deleted several at once.
    """

    name: str
    columns: tuple[str, ...]
    is_passing: bool = False


SEALED_TABLES: Final = (
    SealedTable("connection", ("access_token", "refresh_token", "login")),
    SealedTable("pending_grant", ("access_token", "refresh_token"), is_passing=True),
    SealedTable("api_key", ("secret_hash",)),
    SealedTable("audit_chain", ("chain_key",)),
)


@dataclass(frozen=True, slots=True)
class SealedCell:
    """One encrypted cell, and its text as it was read."""

    table: str
    column: str
    row_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SealedRows:
    """How many rows of a table have cells of these columns under these keys.

    Empty cells are left out; a cell that nothing of ours wrote is under None.
    """

    table: str
    key_ids: Mapping[str, str | None]
    amount: int


async def count_sealed_rows(queries: Queries, *, now: datetime) -> list[SealedRows]:
    """All rows by the keys of their cells, in one reading of each table.

    What has expired is left out: it is never read again.
    """
    return [
        SealedRows(table.name, _read_key_ids(table, row), row["amount"])
        for table in SEALED_TABLES
        for row in await _count(queries, table, now)
    ]


async def _count(queries: Queries, table: SealedTable, now: datetime) -> list[Row]:
    starts = ", ".join(f"substr({name}, 1, {_SHORTEST}) AS {name}" for name in table.columns)
    heads = ", ".join(f"{_head_of(name)} AS {name}" for name in table.columns)
    living = "WHERE expires_at > :now" if table.is_passing else ""
    positions = ", ".join(str(place) for place in range(1, len(table.columns) + 1))
    # Materialised, or SQLite reads each long cell anew for each mention of its start.
    return await queries.fetch_all(
        f"SELECT {heads}, COUNT(*) AS amount "  # noqa: S608 - names of our own tables
        f"FROM (WITH read AS MATERIALIZED (SELECT {starts} FROM {table.name} {living}) "
        f"SELECT * FROM read) AS cells GROUP BY {positions}",
        {"key_characters": _KEY_CHARACTERS, **({"now": write_instant(now)} if living else {})},
    )


def _head_of(column: str) -> str:
    """The `v1.<key id>.` of the start of a cell, empty where that is too short."""
    longest = f"substr({column}, 1, 36)"
    after_key_id = f"ltrim(substr({column}, 4, 33), :key_characters)"
    return (
        f"CASE WHEN length({column}) < {_SHORTEST} THEN '' WHEN {column} IS NOT NULL "
        f"THEN substr({column}, 1, length({longest}) - length({after_key_id}) + 1) END"
    )


def _read_key_ids(table: SealedTable, row: Row) -> dict[str, str | None]:
    heads = {column: row[column] for column in table.columns if row[column] is not None}
    found = {column: _HEAD.fullmatch(head) for column, head in heads.items()}
    return {column: match[1] if match else None for column, match in found.items()}


async def list_cells_under(
    queries: Queries, table: SealedTable, column: str, *, key_id: str, amount: int
) -> list[SealedCell]:
    """A few cells that this key wrote, by the row's id."""
    prefix = f"v1.{key_id}."
    rows = await queries.fetch_all(
        f"SELECT id, {column} FROM {table.name} "  # noqa: S608 - names of our own tables
        f"WHERE substr({column}, 1, :length) = :prefix ORDER BY id LIMIT :amount",
        {"length": len(prefix), "prefix": prefix, "amount": amount},
    )
    return _read_cells(table, column, rows)


async def list_cells_beside(
    queries: Queries, table: SealedTable, column: str, *, key_id: str, after: str, amount: int
) -> list[SealedCell]:
    """The next cells that this key did not write, by the row's id, from past `after` on."""
    prefix = f"v1.{key_id}."
    rows = await queries.fetch_all(
        f"SELECT id, {column} FROM {table.name} "  # noqa: S608 - names of our own tables
        f"WHERE id > :after AND {column} IS NOT NULL AND substr({column}, 1, :length) <> :prefix "
        "ORDER BY id LIMIT :amount",
        {"after": after, "length": len(prefix), "prefix": prefix, "amount": amount},
    )
    return _read_cells(table, column, rows)


def _read_cells(table: SealedTable, column: str, rows: list[Row]) -> list[SealedCell]:
    return [SealedCell(table.name, column, row["id"], row[column]) for row in rows]


def find_secret(ring: KeyRing, cell: SealedCell) -> SecretStr | None:
    """What the cell holds; None where no key of the ring opens it."""
    try:
        return ring.decrypt(cell.text, table=cell.table, column=cell.column, row_id=cell.row_id)
    except CredentialUnreadableError:
        return None


async def replace_cell(queries: Queries, cell: SealedCell, text: str) -> bool:
    """Put the text in the place of what was read; False where the cell is another by now."""
    row = await queries.fetch_one(
        f"UPDATE {cell.table} SET {cell.column} = :text "  # noqa: S608 - names of our own tables
        f"WHERE id = :row_id AND {cell.column} = :former RETURNING id",
        {"text": text, "row_id": cell.row_id, "former": cell.text},
    )
    return row is not None
