"""Everything comes under the newest key while others read and write, wherever it is ended."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import pytest

from storage.connections import get_tokens
from storage.database import Database, Queries, Row
from storage.encryption import KeyRing
from storage.key_check import check_keys
from storage.records import Connection
from storage.refreshes import save_refreshed_tokens
from storage.rotation import Rotation, count_cells, rotate_cells
from tests.storage.builders import (
    NOW,
    a_connection,
    a_key_ring,
    a_lease,
    reload,
    some_tokens,
)
from tests.storage.sealed_bench import (
    CELLS_BESIDE_CONNECTIONS,
    NEW,
    OLD,
    fill,
    read_cell,
    spoil,
)

BEFORE = a_key_ring(OLD, NEW)
"""The ring of a server that knows the new key and writes with the old one still."""
AFTER = a_key_ring(NEW, OLD)
CELLS = 3 * 3 + CELLS_BESIDE_CONNECTIONS


async def read_token(database: Database, ring: KeyRing, connection: Connection) -> str:
    stored = await get_tokens(database, ring, connection.connection_id)
    return stored.tokens.access_token.get_secret_value()


async def refresh(database: Database, ring: KeyRing, connection: Connection, name: str) -> None:
    """What a server does that renews the connection's tokens."""
    lease = await a_lease(database, await reload(database, connection))
    async with database.transaction() as queries:
        assert await save_refreshed_tokens(
            queries, ring, lease, tokens=some_tokens(name, f"refresh of {name}"), now=NOW
        )


class Killed(BaseException):
    """The process ended here."""


@dataclass
class MortalDatabase:
    """A database whose user is killed at one of its steps, counted from 1."""

    database: Database
    last_step: int
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.last_step:
            raise Killed

    async def fetch_all(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        self.step()
        rows = await self.database.fetch_all(sql, values)
        await asyncio.sleep(0)
        self.step()
        return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Queries]:
        self.step()
        async with self.database.transaction() as queries:
            yield cast("Queries", _MortalQueries(self, queries))
            self.step()
        self.step()


@dataclass
class _MortalQueries:
    mortal: MortalDatabase
    queries: Queries

    async def fetch_one(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        self.mortal.step()
        row = await self.queries.fetch_one(sql, values)
        self.mortal.step()
        return row


async def rotate_until(database: Database, last_step: int) -> Rotation | None:
    """Rotate until it is done, or until the process is killed at that step: None."""
    try:
        return await rotate_cells(cast("Database", MortalDatabase(database, last_step)), AFTER)
    except Killed:
        return None


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.rotation._BATCH_SIZE", 2)


@pytest.mark.usefixtures("_small_batches")
async def test_every_cell_comes_under_the_first_key_and_says_what_it_said(
    database: Database,
) -> None:
    linked = await fill(database, BEFORE)
    assert await count_cells(database, now=NOW) == Counter(k1=CELLS)
    before = [await reload(database, connection) for connection in linked]
    heard: list[int] = []

    rotation = await rotate_cells(database, AFTER, tell=heard.append)

    assert rotation == Rotation(CELLS, ())
    assert heard == sorted(heard)
    assert heard[-1] == CELLS
    assert await count_cells(database, now=NOW) == Counter(k2=CELLS)
    new_alone = a_key_ring(NEW)
    assert await check_keys(database, new_alone, now=NOW) == {"k2": 6}
    for number, connection in enumerate(linked):
        tokens = (await get_tokens(database, new_alone, connection.connection_id)).tokens
        assert tokens.refresh_token is not None
        assert tokens.login is not None
        found = (tokens.access_token, tokens.refresh_token, tokens.login)
        assert [each.get_secret_value().rpartition("-") for each in found] == [
            (kind, "-", str(number)) for kind in ("access", "refresh", "login")
        ]
    assert [await reload(database, connection) for connection in linked] == before


async def test_what_is_under_the_first_key_already_is_not_written_again(
    database: Database,
) -> None:
    linked = await fill(database, AFTER)
    before = [await read_cell(database, connection) for connection in linked]

    rotation = await rotate_cells(database, AFTER)

    assert rotation == Rotation(0, ())
    assert [await read_cell(database, connection) for connection in linked] == before


async def test_keys_from_long_ago_are_left_behind_in_one_go(database: Database) -> None:
    oldest = f"k0:{OLD.partition(':')[2]}"
    await a_connection(database, a_key_ring(oldest), external_id="oldest")
    await fill(database, BEFORE)

    await rotate_cells(database, a_key_ring(NEW, OLD, oldest))

    assert set(await count_cells(database, now=NOW)) == {"k2"}


@pytest.mark.usefixtures("_small_batches")
async def test_unreadable_cells_are_named_and_the_rest_is_done(database: Database) -> None:
    linked = await fill(database, BEFORE, connections=5)
    gone = f"gone:{OLD.partition(':')[2]}"
    lost = await a_connection(
        database, a_key_ring(gone), external_id="lost", tokens=some_tokens("lost", None)
    )
    await spoil(database, linked[1], await read_cell(database, linked[0]))
    await spoil(database, linked[2], "not a token", column="refresh_token")

    rotation = await rotate_cells(database, AFTER)

    assert {(cell.table, cell.column, cell.row_id) for cell in rotation.unreadable} == {
        ("connection", "access_token", linked[1].connection_id),
        ("connection", "refresh_token", linked[2].connection_id),
        ("connection", "access_token", lost.connection_id),
    }
    assert len(rotation.unreadable) == 3
    counts = await count_cells(database, now=NOW)
    assert counts == Counter({"k2": rotation.rewritten, "k1": 1, None: 1, "gone": 1})
    assert rotation.rewritten == 5 * 3 + CELLS_BESIDE_CONNECTIONS - 2


async def test_a_refresh_between_reading_and_writing_is_not_undone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (connection, *_) = await fill(database, BEFORE)
    mortal = MortalDatabase(database, last_step=0)
    begin = mortal.transaction

    @asynccontextmanager
    async def refresh_first() -> AsyncIterator[Queries]:
        monkeypatch.setattr(mortal, "transaction", begin)
        await refresh(database, BEFORE, connection, "newer")
        async with begin() as queries:
            yield queries

    monkeypatch.setattr(mortal, "transaction", refresh_first)
    rotation = await rotate_cells(cast("Database", mortal), AFTER)

    assert await read_token(database, a_key_ring(NEW), connection) == "newer"
    assert rotation.unreadable == ()
    assert set(await count_cells(database, now=NOW)) == {"k2"}


async def test_a_row_that_goes_meanwhile_is_left_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (connection, *_) = await fill(database, BEFORE)
    mortal = MortalDatabase(database, last_step=0)
    begin = mortal.transaction

    @asynccontextmanager
    async def delete_first() -> AsyncIterator[Queries]:
        await database.execute(
            "DELETE FROM connection WHERE id = :gone", {"gone": connection.connection_id}
        )
        async with begin() as queries:
            yield queries

    monkeypatch.setattr(mortal, "transaction", delete_first)

    assert await rotate_cells(cast("Database", mortal), AFTER) == Rotation(CELLS - 3, ())


async def test_a_server_that_goes_on_writing_with_the_old_key_does_not_hold_it_up_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (connection, *_) = await fill(database, BEFORE)
    writes = 0

    class Busy(MortalDatabase):
        async def fetch_all(
            self, sql: str, values: Mapping[str, object] | None = None
        ) -> list[Row]:
            nonlocal writes
            writes += 1
            await refresh(database, BEFORE, connection, f"newer {writes}")
            return await super().fetch_all(sql, values)

    async with asyncio.timeout(60):
        await rotate_cells(cast("Database", Busy(database, last_step=0)), AFTER)

    assert await read_token(database, AFTER, connection) == f"newer {writes}"
    assert (await count_cells(database, now=NOW))["k1"] > 0


@pytest.mark.untraced
@pytest.mark.usefixtures("_small_batches")
async def test_killed_at_any_step_it_loses_nothing_and_goes_on_where_it_was(
    database: Database,
) -> None:
    linked = await fill(database, BEFORE)
    kills = 0

    while await rotate_until(database, kills + 1) is None:
        kills += 1
        tokens = [await read_token(database, AFTER, connection) for connection in linked]
        assert tokens == [f"access-{number}" for number in range(3)]
        assert (await rotate_cells(database, AFTER)).unreadable == ()
        assert await count_cells(database, now=NOW) == Counter(k2=CELLS)
        assert (await rotate_cells(database, BEFORE)).rewritten == CELLS

    assert kills > CELLS


@pytest.mark.usefixtures("_small_batches")
async def test_under_reads_refreshes_and_kills_no_read_fails_and_the_old_key_can_go(
    database: Database,
) -> None:
    linked = list(await fill(database, BEFORE, connections=10))
    said = {each.connection_id: {f"access-{number}"} for number, each in enumerate(linked)}
    newest: dict[str, str] = {}
    reads, is_over = 0, False

    async def keep_reading(ring: KeyRing) -> None:
        nonlocal reads
        while not is_over:
            for connection in linked:
                token = await read_token(database, ring, connection)
                assert token in said[connection.connection_id]
                reads += 1

    async def keep_refreshing(ring: KeyRing, ours: Sequence[Connection], times: int) -> None:
        for number in range(times):
            for connection in ours:
                name = f"{ring} {number} {connection.connection_id}"
                said[connection.connection_id].add(name)
                await refresh(database, ring, connection, name)
                newest[connection.connection_id] = name

    readers = [asyncio.create_task(keep_reading(ring)) for ring in (BEFORE, AFTER)]
    writers = [
        asyncio.create_task(keep_refreshing(BEFORE, linked[:4], 5)),
        asyncio.create_task(keep_refreshing(AFTER, linked[4:8], 5)),
    ]
    kills = 0
    while not all(writer.done() for writer in writers):
        kills += await rotate_until(database, 3 * kills + 2) is None
    await asyncio.gather(*writers)
    await rotate_cells(database, AFTER)
    is_over = True
    await asyncio.gather(*readers)

    assert reads > len(linked)
    assert kills > 3
    for number, connection in enumerate(linked):
        expected = newest.get(connection.connection_id, f"access-{number}")
        assert await read_token(database, a_key_ring(NEW), connection) == expected
    assert set(await count_cells(database, now=NOW)) == {"k2"}


async def test_two_rotations_at_once_do_the_work_once(database: Database) -> None:
    await fill(database, BEFORE, connections=20)

    both = await asyncio.gather(*(rotate_cells(database, AFTER) for _ in range(2)))

    assert sum(rotation.rewritten for rotation in both) == 20 * 3 + CELLS_BESIDE_CONNECTIONS
    assert [rotation.unreadable for rotation in both] == [(), ()]
