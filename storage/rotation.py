"""Rewriting what older keys wrote with the ring's first one, so that they can be let go."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.database import Database, Queries
from storage.encryption import KeyRing
from storage.sealed import (
    SEALED_TABLES,
    SealedCell,
    SealedTable,
    count_sealed_rows,
    find_secret,
    list_cells_beside,
    replace_cell,
)

_BATCH_SIZE: Final = 100
_MOST_PASSES: Final = 3
"""A server that still has the former ring writes under its first key for as long as it runs."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: how many cells it rewrote, and those that no key of the ring opens."""

    rewritten: int
    unreadable: tuple[SealedCell, ...]


async def count_cells(queries: Queries, *, now: datetime) -> Counter[str | None]:
    """How many cells each key wrote, by its id; those that nothing of ours wrote under None."""
    counts: Counter[str | None] = Counter()
    for rows in await count_sealed_rows(queries, now=now):
        for key_id in rows.key_ids.values():
            counts[key_id] += rows.amount
    return counts


async def rotate_cells(
    database: Database, ring: KeyRing, *, tell: Callable[[int], None] = lambda _rewritten: None
) -> Rotation:
    """Rewrite every cell that is not under the ring's first key; `tell` hears how many are.

    Each batch is kept at once: it may end anywhere and be begun again. A cell that changes
    meanwhile stays as whoever changed it left it, and is looked at again in a further pass.

    Raises:
        StorageError: The database cannot be read or written; what was rewritten stays so.
    """
    rewritten = 0
    unreadable: tuple[SealedCell, ...] = ()
    for _ in range(_MOST_PASSES):
        before, unreadable = rewritten, ()
        async for batch in _iter_batches(database, ring):
            renewed, closed = _renew(ring, batch)
            unreadable += closed
            rewritten += await _replace(database, renewed)
            tell(rewritten)
        if rewritten == before:
            break
    return Rotation(rewritten, unreadable)


async def _iter_batches(database: Database, ring: KeyRing) -> AsyncIterator[list[SealedCell]]:
    for table in SEALED_TABLES:
        for column in table.columns:
            after = ""
            while batch := await list_cells_beside(
                database,
                table,
                column,
                key_id=ring.first_key_id,
                after=after,
                amount=_batch_size(table),
            ):
                yield batch
                after = batch[-1].row_id


def _batch_size(table: SealedTable) -> int:
    # Others delete several of these rows at once, in an order of their own: holding one at a time,
    # a batch cannot wait for them while they wait for it.
    return 1 if table.is_passing else _BATCH_SIZE


Renewed = tuple[SealedCell, str]


def _renew(
    ring: KeyRing, cells: Iterable[SealedCell]
) -> tuple[list[Renewed], tuple[SealedCell, ...]]:
    """The cells with their new texts, and those that cannot be opened."""
    renewed: list[Renewed] = []
    closed: list[SealedCell] = []
    for cell in cells:
        secret = find_secret(ring, cell)
        if secret is None:
            closed.append(cell)
            continue
        text = ring.encrypt(secret, table=cell.table, column=cell.column, row_id=cell.row_id)
        renewed.append((cell, text))
    return renewed, tuple(closed)


async def _replace(database: Database, renewed: Iterable[Renewed]) -> int:
    """Keep the new texts of what is still as it was read, and say how many those are."""
    async with database.transaction() as queries:
        return sum([await replace_cell(queries, cell, text) for cell, text in renewed])
