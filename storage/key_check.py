"""Whether the key ring fits what is stored, asked before anything is served."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from storage.database import Queries
from storage.encryption import KeyRing
from storage.errors import KeysUnfitError
from storage.sealed import (
    SEALED_TABLES,
    SealedRows,
    count_sealed_rows,
    find_secret,
    list_cells_under,
)

_SAMPLES: Final = 20


async def check_keys(queries: Queries, ring: KeyRing, *, now: datetime) -> dict[str, int]:
    """Prove that the ring has every key in use, each the right one: rows by the key they need.

    A key is right once it opens one of several cells that bear its id: one damaged row among good
    ones shows when it is asked for, and does not matter here.

    Raises:
        KeysUnfitError: A key is missing, or opens none of those that bear its id.
    """
    needs = _count_needs(await count_sealed_rows(queries, now=now))
    missing = {key_id: rows for key_id, rows in needs.items() if key_id not in ring.key_ids}
    wrong = {
        key_id: rows
        for key_id, rows in needs.items()
        if key_id in ring.key_ids and not await _opens_any(queries, ring, key_id)
    }
    if missing or wrong:
        raise KeysUnfitError(missing=missing, wrong=wrong)
    return needs


def _count_needs(counted: Iterable[SealedRows]) -> dict[str, int]:
    needs: Counter[str] = Counter()
    for rows in counted:
        for key_id in set(rows.key_ids.values()):
            if key_id is not None:
                needs[key_id] += rows.amount
    return dict(sorted(needs.items()))


async def _opens_any(queries: Queries, ring: KeyRing, key_id: str) -> bool:
    """Whether the key opens one of a few cells; ids of rows are random, so any few will do."""
    for table in SEALED_TABLES:
        for column in table.columns:
            cells = await list_cells_under(queries, table, column, key_id=key_id, amount=_SAMPLES)
            if any(find_secret(ring, cell) is not None for cell in cells):
                return True
    return False
