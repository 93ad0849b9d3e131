"""Uses of connections are noted, to the minute, and cost a query nothing."""

import asyncio
from datetime import timedelta

import pytest

from resolvers.access import last_uses
from resolvers.access.last_uses import LastUses
from storage.connections import touch_last_used
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from tests.storage.builders import NOW, a_connection, reload
from tests.support.gateway import MovingClock

MINUTE = timedelta(minutes=1)


class Writes:
    """Counts what is written; fails while `is_down`."""

    def __init__(self) -> None:
        self.count = 0
        self.is_down = False

    async def write(self, *args: object, **kwargs: object) -> None:
        self.count += 1
        if self.is_down:
            raise StorageUnavailableError("the database does not answer")
        await touch_last_used(*args, **kwargs)  # type: ignore[arg-type]  # handed on as given


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    writes = Writes()
    monkeypatch.setattr(last_uses, "touch_last_used", writes.write)
    return writes


async def test_a_thousand_uses_write_once_a_minute(
    database: Database, ring: KeyRing, writes: Writes
) -> None:
    connection, clock = await a_connection(database, ring), MovingClock(NOW)
    uses = LastUses(database, clock)
    counts = []

    for wait in (timedelta(0), MINUTE - timedelta(microseconds=1), timedelta(microseconds=1)):
        clock.now += wait
        await asyncio.gather(*(uses.note(connection) for _ in range(1_000)))
        counts.append(writes.count)

    assert counts == [1, 1, 2]
    assert (await reload(database, connection)).last_used_at == NOW + MINUTE


async def test_what_another_process_has_noted_is_not_written_again(
    database: Database, ring: KeyRing, writes: Writes
) -> None:
    connection, clock = await a_connection(database, ring), MovingClock(NOW)
    await touch_last_used(database, connection.connection_id, now=NOW)

    clock.now += MINUTE / 2
    await LastUses(database, clock).note(await reload(database, connection))

    assert writes.count == 0


async def test_each_connection_has_a_minute_of_its_own(
    database: Database, ring: KeyRing, writes: Writes
) -> None:
    linked = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(3)]
    uses = LastUses(database, MovingClock(NOW))

    for connection in linked * 2:
        await uses.note(connection)

    assert writes.count == 3


async def test_no_query_fails_for_a_use_that_cannot_be_noted(
    database: Database, ring: KeyRing, writes: Writes
) -> None:
    connection = await a_connection(database, ring)
    writes.is_down = True

    await LastUses(database, MovingClock(NOW)).note(connection)

    assert writes.count == 1
    assert (await reload(database, connection)).last_used_at is None


async def test_no_more_connections_are_remembered_than_may_be(
    database: Database, ring: KeyRing, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_uses, "_MOST_REMEMBERED", 2)
    linked = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(3)]
    uses = LastUses(database, MovingClock(NOW))

    for connection in [*linked, linked[0], linked[2]]:
        await uses.note(connection)

    assert writes.count == 4
