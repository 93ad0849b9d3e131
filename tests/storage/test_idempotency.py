"""Keys of writes: who may write, what stays of it, and what is left to be settled."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage.database import Database
from storage.encryption import KeyRing
from storage.idempotency import (
    Claim,
    Made,
    WriteKey,
    WriteKind,
    WriteState,
    begin_again,
    claim_due_writes,
    claim_write,
    delete_old_writes,
    find_write,
    forget_write,
    keep_all,
    keep_open,
    keep_unknown,
)
from tests.storage.builders import HOUR, NOW, a_connection

MINUTE = timedelta(minutes=1)
ONE = {0: Made("10001", "A-1")}


@pytest.fixture
async def key(database: Database, ring: KeyRing) -> WriteKey:
    """A key of a connection, for one issue."""
    connection = await a_connection(database, ring)
    return WriteKey(connection.connection_id, "hash", WriteKind.ISSUES, "input", "10000")


async def claim(database: Database, key: WriteKey, now: datetime = NOW) -> Claim | None:
    return await claim_write(
        database, key, now=now, ends_at=now + MINUTE, certain_at=now + 4 * MINUTE
    )


async def get_claim(database: Database, key: WriteKey, now: datetime = NOW) -> Claim:
    claimed = await claim(database, key, now)
    assert claimed is not None
    return claimed


async def lose(database: Database, claimed: Claim, now: datetime = NOW) -> None:
    await keep_unknown(
        database,
        claimed,
        {},
        now=now,
        certain_at=claimed.certain_at,
        settle_at=now + MINUTE,
    )


async def list_due(database: Database, now: datetime) -> list[str]:
    due = await claim_due_writes(database, now=now, ends_at=now + MINUTE, amount=10)
    return [each.write.key_hash for each in due]


async def state_of(database: Database, key: WriteKey) -> WriteState | None:
    known = await find_write(database, key)
    return None if known is None else known.state


async def test_of_many_claims_one_may_write(database: Database, key: WriteKey) -> None:
    claims = await asyncio.gather(*(claim(database, key) for _ in range(20)))

    assert [each.state for each in claims if each] == [WriteState.RUNNING]


async def test_what_was_made_is_kept_and_nobody_may_write_again(
    database: Database, key: WriteKey
) -> None:
    await keep_all(database, await get_claim(database, key), ONE)

    known = await find_write(database, key)
    assert known is not None
    assert (known.state, known.made) == (WriteState.DONE, ONE)
    assert await claim(database, key, NOW + HOUR) is None
    assert await list_due(database, NOW + HOUR) == []


@pytest.mark.parametrize(
    "other",
    [
        lambda key: replace(key, fingerprint="another"),
        lambda key: replace(key, kind=WriteKind.COMMENT),
    ],
    ids=["input", "kind"],
)
async def test_a_key_of_another_input_is_never_taken_over(
    database: Database, key: WriteKey, other: Callable[[WriteKey], WriteKey]
) -> None:
    await keep_open(database, await get_claim(database, key), {}, now=NOW)

    assert await claim(database, other(key), NOW + HOUR) is None


async def test_a_write_that_broke_off_may_be_looked_for_under_its_marker(
    database: Database, key: WriteKey
) -> None:
    first = await get_claim(database, key)

    early = await claim(database, key, NOW + MINUTE - timedelta(microseconds=1))
    later = await get_claim(database, key, NOW + MINUTE)

    assert early is None
    assert later.state is WriteState.UNKNOWN
    assert later.owner != first.owner
    assert (later.marker, later.started_at, later.certain_at) == (
        first.marker,
        NOW,
        first.certain_at,
    )


async def test_one_that_broke_off_is_due_once_its_lease_is_over_and_for_one_process(
    database: Database, key: WriteKey
) -> None:
    await claim(database, key)

    assert await list_due(database, NOW + MINUTE - timedelta(microseconds=1)) == []
    both = await asyncio.gather(*(list_due(database, NOW + MINUTE) for _ in range(2)))
    assert sorted(both) == [[], ["hash"]]
    assert await claim(database, key, NOW + MINUTE) is None


async def test_a_lost_answer_is_due_when_told(database: Database, key: WriteKey) -> None:
    await lose(database, await get_claim(database, key))

    assert await list_due(database, NOW + MINUTE - timedelta(microseconds=1)) == []
    assert await list_due(database, NOW + MINUTE) == ["hash"]


async def test_what_an_open_key_lacks_may_be_written_after_it_was_looked_for(
    database: Database, key: WriteKey
) -> None:
    first = await get_claim(database, key)
    await keep_open(database, first, ONE, now=NOW)

    again = await get_claim(database, key)
    began = await begin_again(
        database, again, made=ONE, ends_at=NOW + HOUR, certain_at=NOW + 2 * HOUR
    )

    assert (again.state, again.made, again.marker) == (WriteState.OPEN, ONE, first.marker)
    assert began
    assert await state_of(database, key) is WriteState.RUNNING
    assert await list_due(database, NOW + HOUR) == ["hash"]


async def test_an_open_key_whose_process_dies_before_it_writes_is_open_still(
    database: Database, key: WriteKey
) -> None:
    await keep_open(database, await get_claim(database, key), {}, now=NOW)
    await claim(database, key)

    assert await list_due(database, NOW + HOUR) == []
    assert (await get_claim(database, key, NOW + HOUR)).state is WriteState.OPEN


async def test_who_lost_the_lease_begins_and_opens_and_frees_nothing(
    database: Database, key: WriteKey
) -> None:
    former = await get_claim(database, key)
    await get_claim(database, key, NOW + HOUR)

    later = NOW + 2 * HOUR
    assert not await begin_again(database, former, made={}, ends_at=later, certain_at=later)
    await keep_open(database, former, {}, now=NOW)
    await forget_write(database, former)

    assert await state_of(database, key) is WriteState.UNKNOWN


async def test_what_is_made_is_kept_even_by_who_lost_the_lease(
    database: Database, key: WriteKey
) -> None:
    former = await get_claim(database, key)
    latter = await get_claim(database, key, NOW + HOUR)

    await keep_all(database, former, ONE)
    await lose(database, latter, NOW + HOUR)
    await forget_write(database, latter)

    assert await state_of(database, key) is WriteState.DONE


async def test_a_key_that_was_freed_is_free_for_another_input(
    database: Database, key: WriteKey
) -> None:
    former = await get_claim(database, key)
    await forget_write(database, former)

    latter = await get_claim(database, replace(key, fingerprint="another"))

    assert latter.state is WriteState.RUNNING
    assert latter.marker != former.marker


async def test_a_connection_takes_its_keys_along(database: Database, key: WriteKey) -> None:
    await claim(database, key)

    await database.execute("DELETE FROM connection")

    assert await find_write(database, key) is None
    assert await claim(database, key) is None


async def test_keys_are_forgotten_after_a_day_and_lost_answers_after_a_week(
    database: Database, key: WriteKey
) -> None:
    kept, lost = replace(key, key_hash="kept"), replace(key, key_hash="lost")
    await keep_all(database, await get_claim(database, kept), ONE)
    await lose(database, await get_claim(database, lost))

    seen = []
    for days in (0.9, 1.01, 6.9, 7.01):
        await delete_old_writes(database, now=NOW + timedelta(days=days))
        seen.append([await find_write(database, each) is not None for each in (kept, lost)])

    assert seen == [[True, True], [False, True], [False, True], [False, False]]


@pytest.mark.parametrize("is_found", [True, False])
async def test_what_is_written_late_is_kept_as_long_as_any(
    database: Database, key: WriteKey, *, is_found: bool
) -> None:
    late = NOW + timedelta(days=6.9)
    await keep_open(database, await get_claim(database, key), {}, now=NOW)
    again = await get_claim(database, key, late)
    certain_at = late + 4 * MINUTE
    await begin_again(database, again, made={}, ends_at=late + MINUTE, certain_at=certain_at)
    if is_found:
        await keep_all(database, again, ONE)
    else:
        await lose(database, replace(again, certain_at=certain_at), late)

    for days in (0.2, 0.9):
        await delete_old_writes(database, now=late + timedelta(days=days))

    assert await find_write(database, key) is not None


async def test_what_is_found_after_days_is_kept_for_a_day(
    database: Database, key: WriteKey
) -> None:
    late = NOW + timedelta(days=6.9)
    await lose(database, await get_claim(database, key))
    await keep_all(database, await get_claim(database, key, late), ONE)

    await delete_old_writes(database, now=late + timedelta(days=0.9))

    assert await state_of(database, key) is WriteState.DONE
