"""Notices are rows: who may deliver one, for how long, and what becomes of it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from storage.database import Database
from storage.encryption import KeyRing
from storage.notices import (
    GIVEN_UP_AFTER,
    Notice,
    claim_notices,
    drop_outdated_notices,
    make_dead_notices,
    note_delivered,
    note_failed,
)
from tests.storage.builders import HOUR, NOW, a_connection

LEASE = timedelta(seconds=30)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def ids(database: Database, ring: KeyRing) -> Sequence[str]:
    """The ids of three notices, due at once, of grants that are dead."""
    linked = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(3)]
    await database.execute("UPDATE connection SET status = 'INVALID'")
    await make_dead_notices(database, now=NOW)
    return [f"grant.dead.{connection.connection_id}.1" for connection in linked]


async def claim(
    database: Database,
    owner: str = "process-1",
    *,
    after: timedelta = timedelta(0),
    amount: int = 9,
) -> set[str]:
    claimed = await claim_notices(
        database, owner=owner, now=NOW + after, lease=LEASE, amount=amount
    )
    return {notice.notice_id for notice in claimed}


async def test_claimed_notices_are_nobody_else_s_until_the_lease_ends(
    database: Database, ids: Sequence[str]
) -> None:
    first = await claim(database, amount=2)
    others = await claim(database, "process-2")
    early = await claim(database, "process-2", after=LEASE - MOMENT)
    late = await claim(database, "process-2", after=LEASE)

    assert len(first) == 2
    assert others == set(ids) - first
    assert early == set()
    assert late == set(ids)


async def test_a_notice_that_was_not_taken_is_due_again_when_it_says(
    database: Database, ids: Sequence[str]
) -> None:
    await claim(database)

    await note_failed(database, ids[0], owner="process-1", retry_at=NOW + HOUR)

    assert ids[0] not in await claim(database, after=HOUR - MOMENT)
    due = await claim_notices(database, owner="process-1", now=NOW + HOUR, lease=LEASE, amount=9)
    [again] = [notice for notice in due if notice.notice_id == ids[0]]
    assert again == Notice(ids[0], again.payload, 1)


async def test_a_notice_that_was_taken_is_never_due_again_whoever_held_it(
    database: Database, ids: Sequence[str]
) -> None:
    await claim(database, "process-1")
    await claim(database, "process-2", after=LEASE)

    for notice_id in ids:
        await note_delivered(database, notice_id, now=NOW + LEASE)
        await note_failed(database, notice_id, owner="process-2", retry_at=NOW)

    assert await claim(database, after=HOUR) == set()


async def test_the_longest_due_come_first_and_the_oldest_are_given_up(
    database: Database, ids: Sequence[str]
) -> None:
    await claim(database)
    for hours, notice_id in enumerate(ids):
        retry_at = NOW + hours * HOUR
        await note_failed(database, notice_id, owner="process-1", retry_at=retry_at)

    assert await claim(database, after=3 * HOUR, amount=1) == {ids[0]}
    assert await claim(database, after=GIVEN_UP_AFTER - MOMENT) == set(ids)
    assert await claim(database, after=GIVEN_UP_AFTER + LEASE) == set()


async def test_what_is_no_longer_so_is_dropped_and_what_was_told_is_kept(
    database: Database, ids: Sequence[str]
) -> None:
    await note_delivered(database, ids[0], now=NOW)
    await database.execute("UPDATE connection SET generation = 2")

    await drop_outdated_notices(database)

    kept = await database.fetch_all("SELECT id FROM notice")
    assert [row["id"] for row in kept] == [ids[0]]


async def test_nothing_is_dropped_while_it_is_so(database: Database, ids: Sequence[str]) -> None:
    await drop_outdated_notices(database)
    await make_dead_notices(database, now=NOW + HOUR)

    rows = await database.fetch_all("SELECT id, created_at FROM notice")
    assert {row["id"] for row in rows} == set(ids)
    assert len({row["created_at"] for row in rows}) == 1
