"""The database on both engines: rows, transactions, and a pool that survives everything."""

import asyncio
import gc
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.errors import (
    StatementRefusedError,
    StorageUnavailableError,
    TransactionScopeError,
)
from storage.postgresql import PostgresqlEngine
from storage.sqlite import SqliteEngine

_POOL_SIZE = 3
_ORPHAN = """
    INSERT INTO connection_external_map (external_id, provider, connection_id)
    VALUES (:external_id, 'jira', 'no-such-connection')
"""


@asynccontextmanager
async def connected(
    url: str, *, pool_size: int = _POOL_SIZE, acquire_timeout: timedelta = timedelta(seconds=20)
) -> AsyncIterator[Database]:
    database = open_database(url, acquire_timeout=acquire_timeout, pool_size=pool_size)
    await database.connect()
    try:
        yield database
    finally:
        await database.disconnect()


@pytest.fixture
async def notes(database_url: str) -> AsyncIterator[Database]:
    """A database with an empty table `note (id, body)` and few connections."""
    async with connected(database_url) as database:
        await database.execute("CREATE TABLE note (id TEXT PRIMARY KEY, body TEXT)")
        yield database


async def add(database: Database, note_id: str, body: str | None = None) -> None:
    async with database.transaction() as queries:
        await queries.execute(
            "INSERT INTO note (id, body) VALUES (:id, :body)", {"id": note_id, "body": body}
        )


async def list_ids(database: Database) -> list[str]:
    return [row["id"] for row in await database.fetch_all("SELECT id FROM note ORDER BY id")]


async def count_free(database: Database) -> int:
    """How many connections could be had now, once those on their way back are there."""
    engine = database._engine
    if isinstance(engine, SqliteEngine):
        await asyncio.gather(*engine._writers._chores, *engine._readers._chores)
        return len(engine._writers._idle) + len(engine._readers._idle)
    assert isinstance(engine, PostgresqlEngine)
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    pool = engine._library._backend._pool
    return sum(holder.is_idle() for holder in pool._holders)


def shorten_the_wait(database: Database, limit: timedelta) -> None:
    """Only once connected, which a busy machine may need longer for."""
    if isinstance(database._engine, SqliteEngine):
        database._engine._writers._acquire_timeout = limit
    if isinstance(database._engine, PostgresqlEngine):
        database._engine._acquire_timeout_s = limit.total_seconds()


async def test_rows_come_as_mappings_in_order(notes: Database) -> None:
    await add(notes, "b", "two")
    await add(notes, "a", "one")

    rows = await notes.fetch_all("SELECT id, body FROM note ORDER BY id")

    assert rows == [{"id": "a", "body": "one"}, {"id": "b", "body": "two"}]
    assert await notes.fetch_one("SELECT id, body FROM note ORDER BY id DESC") == rows[1]
    assert await notes.fetch_val("SELECT body FROM note WHERE id = :id", {"id": "b"}) == "two"


async def test_no_row_is_none_or_an_empty_list(notes: Database) -> None:
    nothing = "SELECT id FROM note WHERE id = :id"

    assert await notes.fetch_one(nothing, {"id": "x"}) is None
    assert await notes.fetch_val(nothing, {"id": "x"}) is None
    assert await notes.fetch_all(nothing, {"id": "x"}) == []


async def test_a_parameter_may_stand_twice_and_a_percent_sign_is_a_percent_sign(
    notes: Database,
) -> None:
    await add(notes, "100%", "100%")

    found = await notes.fetch_val(
        "SELECT body FROM note WHERE id = :text AND body = :text AND body LIKE '1%'",
        {"text": "100%"},
    )

    assert found == "100%"


async def test_a_write_may_return_what_it_did(notes: Database) -> None:
    await add(notes, "a")

    deleted = await notes.fetch_all("DELETE FROM note RETURNING id")

    assert deleted == [{"id": "a"}]
    assert await list_ids(notes) == []


async def test_a_transaction_sees_its_writes_and_others_see_them_after_it(notes: Database) -> None:
    is_written, may_end = asyncio.Event(), asyncio.Event()

    async def write() -> list[str]:
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (id) VALUES ('a')")
            is_written.set()
            await may_end.wait()
            return [row["id"] for row in await queries.fetch_all("SELECT id FROM note")]

    writing = asyncio.create_task(write())
    await is_written.wait()
    during = await list_ids(notes)
    may_end.set()

    assert (during, await writing, await list_ids(notes)) == ([], ["a"], ["a"])


async def test_an_exception_rolls_the_transaction_back_and_passes_through(notes: Database) -> None:
    with pytest.raises(LookupError, match="mine"):  # noqa: PT012 - the whole block is the subject
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (id) VALUES ('a')")
            raise LookupError("mine")

    assert await list_ids(notes) == []
    assert await count_free(notes) == _POOL_SIZE


async def test_an_ended_transaction_takes_no_statement(notes: Database) -> None:
    async with notes.transaction() as queries:
        pass

    with pytest.raises(TransactionScopeError, match="ended"):
        await queries.fetch_all("SELECT id FROM note")


async def test_another_task_may_not_use_the_transaction(notes: Database) -> None:
    async with notes.transaction() as queries:
        other = asyncio.create_task(queries.fetch_all("SELECT id FROM note"))
        with pytest.raises(TransactionScopeError, match="another task"):
            await other


async def test_inside_a_transaction_the_database_itself_is_refused(notes: Database) -> None:
    async with notes.transaction():
        with pytest.raises(TransactionScopeError, match="open here"):
            await notes.fetch_all("SELECT id FROM note")
        with pytest.raises(TransactionScopeError, match="open here"):
            async with notes.transaction():
                pass
        child = asyncio.create_task(list_ids(notes))
        with pytest.raises(TransactionScopeError, match="open here"):
            await child

    assert await list_ids(notes) == []


async def test_a_task_that_outlives_the_transaction_it_began_in_may_use_the_database(
    notes: Database,
) -> None:
    has_ended = asyncio.Event()

    async def read_later() -> list[str]:
        await has_ended.wait()
        return await list_ids(notes)

    async with notes.transaction() as queries:
        later = asyncio.create_task(read_later())
        await queries.execute("INSERT INTO note (id) VALUES ('a')")
    has_ended.set()

    assert await later == ["a"]


async def test_a_transaction_on_one_database_leaves_another_free(
    notes: Database, tmp_path: Path
) -> None:
    async with connected(f"sqlite:///{tmp_path / 'other.db'}") as other, notes.transaction():
        assert await other.fetch_val("SELECT 1 AS one") == 1
        async with other.transaction() as queries:
            assert await queries.fetch_val("SELECT 1 AS one") == 1


async def test_parallel_transactions_all_succeed(notes: Database) -> None:
    await asyncio.gather(*(add(notes, f"{number:02}") for number in range(20)))

    assert await list_ids(notes) == [f"{number:02}" for number in range(20)]


async def test_a_commit_that_fails_costs_no_connection(notes: Database) -> None:
    for number in range(4 * _POOL_SIZE):
        with pytest.raises(StatementRefusedError):
            async with notes.transaction() as queries:
                await queries.execute(_ORPHAN, {"external_id": str(number)})

    assert await count_free(notes) == _POOL_SIZE
    assert await notes.fetch_val("SELECT count(*) AS n FROM connection_external_map") == 0
    await add(notes, "a")
    assert await list_ids(notes) == ["a"]


async def test_300_cancellations_cost_no_connection_and_halve_no_transaction(
    notes: Database,
) -> None:
    dice = random.Random(20261121)

    async def write_a_pair(number: int) -> None:
        async with notes.transaction() as queries:
            for half in "ab":
                await queries.execute(
                    "INSERT INTO note (id) VALUES (:id)", {"id": f"{number}{half}"}
                )

    async def read_or_write(number: int) -> None:
        await notes.fetch_all("SELECT id FROM note")
        await notes.execute("UPDATE note SET body = :body", {"body": str(number)})

    loop = asyncio.get_running_loop()
    outcomes: list[object] = []
    for start in range(0, 300, 6):
        tasks = []
        for number in range(start, start + 6):
            work = write_a_pair if dice.random() < 0.7 else read_or_write
            task = asyncio.create_task(work(number))
            # Twice, so that some strike while the first is being cleaned up after.
            for _ in range(2):
                loop.call_later(dice.uniform(0, 0.008), task.cancel)
            tasks.append(task)
        outcomes += await asyncio.gather(*tasks, return_exceptions=True)

    cancelled = [one for one in outcomes if isinstance(one, asyncio.CancelledError)]
    others = [one for one in outcomes if one is not None and one not in cancelled]
    assert len(cancelled) > 50
    assert others == []
    assert await count_free(notes) == _POOL_SIZE
    ids = await list_ids(notes)
    assert [one[:-1] for one in ids if one[-1] == "a"] == [
        one[:-1] for one in ids if one[-1] == "b"
    ]


@pytest.mark.parametrize("ticks", range(12))
async def test_a_task_cancelled_at_any_step_can_go_on_with_the_database(
    notes: Database, ticks: int
) -> None:
    """The release of a connection, too, may be where the cancellation strikes."""

    async def be_cancelled_and_go_on() -> list[str]:
        try:
            await add(notes, "a")
        except asyncio.CancelledError:
            return await list_ids(notes)
        return await list_ids(notes)

    task = asyncio.create_task(be_cancelled_and_go_on())
    for _ in range(ticks):
        await asyncio.wait([task], timeout=0)
    task.cancel()

    outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    assert outcome in ([], ["a"]) or isinstance(outcome, asyncio.CancelledError)
    assert await count_free(notes) == _POOL_SIZE


async def test_waiting_for_a_connection_ends_in_time(database_url: str) -> None:
    is_taken, may_end = asyncio.Event(), asyncio.Event()

    async def take(database: Database) -> None:
        async with database.transaction():
            is_taken.set()
            await may_end.wait()

    async with connected(database_url, pool_size=1) as database:
        shorten_the_wait(database, timedelta(milliseconds=20))
        taking = asyncio.create_task(take(database))
        await is_taken.wait()
        with pytest.raises(StorageUnavailableError, match=r"within 0\.02 s"):
            async with database.transaction():
                pass
        may_end.set()
        await taking
        assert await database.fetch_val("SELECT 1 AS one") == 1


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        pytest.param("INSERT INTO note (id) VALUES (:id)", {"id": "hunter2"}, id="constraint"),
        pytest.param("UPDATE note SET body = :body", {"body": "hunter2 \ud800"}, id="surrogate"),
        pytest.param("UPDATE note SET body = :body", {"body": object()}, id="type"),
        pytest.param("UPDATE note SET boddy = :body", {"body": "hunter2"}, id="no-column"),
        pytest.param("UPDATE note SETT", {}, id="syntax"),
    ],
)
async def test_a_refused_statement_tells_a_code_and_no_values(
    notes: Database, sql: str, values: dict[str, object]
) -> None:
    await add(notes, "hunter2")

    with pytest.raises(StatementRefusedError) as caught:
        await notes.execute(sql, values)

    assert caught.value.code in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_refused_statement_leaves_its_transaction_to_be_rolled_back(
    notes: Database,
) -> None:
    await add(notes, "a")

    with pytest.raises(StatementRefusedError):  # noqa: PT012 - the whole block is the subject
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (id) VALUES ('b')")
            await queries.execute("INSERT INTO note (id) VALUES ('a')")

    assert await list_ids(notes) == ["a"]
    assert await count_free(notes) == _POOL_SIZE


async def test_a_database_is_unavailable_until_connected_and_after(database_url: str) -> None:
    database = open_database(database_url, acquire_timeout=timedelta(seconds=5), pool_size=1)

    for _ in range(2):
        with pytest.raises(StorageUnavailableError, match="not connected"):
            await database.fetch_val("SELECT 1 AS one")
        await database.connect()
        assert await database.fetch_val("SELECT 1 AS one") == 1
        await database.disconnect()
    with pytest.raises(StorageUnavailableError, match="not connected"):
        await database.fetch_val("SELECT 1 AS one")


async def test_nothing_is_left_to_the_garbage_collector(database_url: str) -> None:
    async with connected(database_url) as database:
        await asyncio.gather(*(database.fetch_val("SELECT 1 AS one") for _ in range(20)))
    del database

    # An unclosed connection would warn here, and warnings are errors.
    gc.collect()


async def test_bound_values_are_never_logged(
    notes: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await add(notes, "a", "hunter2")
    await notes.fetch_all("SELECT id FROM note WHERE body = :body", {"body": "hunter2"})

    assert "hunter2" not in caplog.text
    assert logging.getLogger("databases").level == logging.WARNING


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://root:hunter2@localhost/a",
        "juncture.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host:hunter2/a.db",
        "sqlite:///a.db?password=hunter2",
    ],
)
def test_other_urls_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        open_database(url, acquire_timeout=timedelta(seconds=1), pool_size=1)

    assert "hunter2" not in str(caught.value)
