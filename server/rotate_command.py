"""`juncture rotate-keys`: everything encrypted comes under the newest key, while others serve."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from pydantic import JsonValue

from server.console import ERR, OUT, check_migrated, fail, load_settings, open_unchecked_storage
from server.settings import Settings
from storage.audit import OPERATOR, AuditKind, acting, append_event
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageError
from storage.rotation import Rotation, count_cells, rotate_cells
from storage.sealed import SealedCell

_TOLD_EVERY: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was done, if anything was to be, and how many cells each key has written now."""

    ring: KeyRing
    rotation: Rotation | None
    counts: Mapping[str | None, int]


class _Progress:
    """How many cells are rewritten, said now and then on standard error."""

    def __init__(self) -> None:
        self._rewritten = 0
        self._told = 0

    def tell(self, rewritten: int) -> None:
        self._rewritten = rewritten
        if rewritten >= self._told + _TOLD_EVERY:
            self._told = rewritten
            ERR.print(f"{_count_cells(rewritten)} rewritten …", highlight=False)

    def describe(self) -> str:
        """What stands, and what to do, where the command ended early."""
        if not self._rewritten:
            return "Nothing was rewritten."
        return "What was rewritten stays so: run `juncture rotate-keys` again."


def rotate_keys(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count the cells of each key, and change nothing.")
    ] = False,
) -> None:
    """Rewrite what older keys encrypted with the first of JUNCTURE_ENCRYPTION_KEYS.

    Servers may go on meanwhile. It can be stopped at any time and run again.
    """
    settings, progress = load_settings(), _Progress()
    check_migrated(settings)
    try:
        outcome = asyncio.run(_count(settings) if dry_run else _rotate(settings, progress))
    except StorageError as error:
        fail(f"{error}{'' if dry_run else f' {progress.describe()}'}")
    for line in _describe(outcome):
        OUT.print(line, markup=False, highlight=False, soft_wrap=True)
    unreadable = outcome.rotation.unreadable if outcome.rotation else ()
    for cell in unreadable:
        ERR.print(_name(cell), markup=False, highlight=False, soft_wrap=True)
    if unreadable:
        fail(
            f"{_count_cells(len(unreadable))} left as before, for no key there is opens them: put "
            "the key back that wrote them, or authorize those connections again."
        )


async def _count(settings: Settings) -> _Outcome:
    async with open_unchecked_storage(settings) as (database, ring):
        return _Outcome(ring, None, await count_cells(database, now=datetime.now(UTC)))


async def _rotate(settings: Settings, progress: _Progress) -> _Outcome:
    async with open_unchecked_storage(settings) as (database, ring):
        rotation = await rotate_cells(database, ring, tell=progress.tell)
        counts = await count_cells(database, now=datetime.now(UTC))
        # Without the key of the chain nothing can be added to it; the key is named as unreadable.
        if all(cell.table != "audit_chain" for cell in rotation.unreadable):
            await _note(database, ring, rotation, counts)
        return _Outcome(ring, rotation, counts)


async def _note(
    database: Database, ring: KeyRing, rotation: Rotation, counts: Mapping[str | None, int]
) -> None:
    details: dict[str, JsonValue] = {
        "rewritten": rotation.rewritten,
        "unreadable": len(rotation.unreadable),
        "cells": {key_id: amount for key_id, amount in counts.items() if key_id is not None},
    }
    with acting(OPERATOR):
        async with database.transaction() as queries:
            await append_event(
                queries,
                ring,
                AuditKind.ENCRYPTION_KEYS_ROTATED,
                now=datetime.now(UTC),
                details=details,
            )


def _describe(outcome: _Outcome) -> Iterator[str]:
    if outcome.rotation is not None:
        yield f"{_count_cells(outcome.rotation.rewritten)} rewritten."
    known = outcome.ring.key_ids
    strange = sorted(key_id for key_id in outcome.counts if key_id and key_id not in known)
    for key_id in (*known, *strange):
        place = "" if key_id in known else ", and the key is not in JUNCTURE_ENCRYPTION_KEYS"
        yield f"{key_id}: {_count_cells(outcome.counts.get(key_id, 0))}{place}"
    if damaged := outcome.counts.get(None):
        yield f"no key at all: {_count_cells(damaged)}, which are damaged"
    for key_id in known[1:]:
        yield from _advise(key_id, known[0], outcome.counts.get(key_id, 0))


def _advise(key_id: str, first: str, amount: int) -> Iterator[str]:
    if amount:
        yield f"Key {key_id} is still needed: run `juncture rotate-keys`, again where it just ran."
    else:
        yield (
            f"Key {key_id} may be removed from JUNCTURE_ENCRYPTION_KEYS now. Frontend tokens and "
            f"cursors signed with it end with it: once every server has run for 15 minutes with "
            f"{first} first, no frontend token is among them."
        )


def _name(cell: SealedCell) -> str:
    return f"Unreadable: the {cell.column} of {cell.table.replace('_', ' ')} {cell.row_id}."


def _count_cells(amount: int) -> str:
    return "1 cell" if amount == 1 else f"{amount} cells"
