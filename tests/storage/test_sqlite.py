"""What only SQLite can do wrong: files, locks, and connections that are kept open."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from storage.database import Database, open_database
from storage.errors import StorageUnavailableError
from storage.failures import translated
from storage.sqlite import SqliteEngine, get_sqlite_path


def opened(path: Path, *, timeout: timedelta = timedelta(seconds=20)) -> Database:
    return open_database(f"sqlite:///{path}", acquire_timeout=timeout, pool_size=3)


def list_modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def make_open_file(path: Path) -> None:
    path.touch()
    path.chmod(0o644)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "juncture.db"


@pytest.fixture
async def notes(path: Path) -> AsyncIterator[Database]:
    database = opened(path)
    await database.connect()
    await database.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)")
    yield database
    await database.disconnect()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///juncture.db", "juncture.db"),
        ("sqlite:///a/b.db", "a/b.db"),
        ("sqlite:////var/a b.db", "/var/a b.db"),
        ("sqlite:////var/a%20b.db", "/var/a b.db"),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url: str, path: str) -> None:
    assert get_sqlite_path(url) == Path(path)


async def test_the_files_are_for_their_owner_alone(path: Path, notes: Database) -> None:
    await notes.execute("INSERT INTO note (body) VALUES ('a')")

    assert list_modes(path.parent) == dict.fromkeys(
        ("juncture.db", "juncture.db-wal", "juncture.db-shm"), 0o600
    )


async def test_an_open_file_found_is_closed_to_others(tmp_path: Path) -> None:
    make_open_file(tmp_path / "juncture.db")
    database = opened(tmp_path / "juncture.db")

    await database.connect()
    await database.disconnect()

    assert list_modes(tmp_path) == {"juncture.db": 0o600}


async def test_the_writer_is_durable_and_keeps_foreign_keys(notes: Database) -> None:
    async with notes.transaction() as queries:
        found = {
            name: await queries.fetch_val(f"PRAGMA {name}")
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 20_000,
    }


async def test_transactions_that_read_and_then_write_take_turns(notes: Database) -> None:
    async def add_the_next() -> None:
        async with notes.transaction() as queries:
            last = await queries.fetch_val("SELECT coalesce(max(id), 0) FROM note")
            await queries.execute("INSERT INTO note (id) VALUES (:id)", {"id": last + 1})

    await asyncio.gather(*(add_the_next() for _ in range(20)))

    assert await notes.fetch_val("SELECT max(id) FROM note") == 20


async def test_reads_go_on_while_a_transaction_is_open(notes: Database) -> None:
    is_open, may_end = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (body) VALUES ('a')")
            is_open.set()
            await may_end.wait()

    holding = asyncio.create_task(hold())
    await is_open.wait()
    counts = await asyncio.gather(
        *(notes.fetch_val("SELECT count(*) FROM note") for _ in range(10))
    )
    may_end.set()
    await holding

    assert counts == [0] * 10


async def test_another_process_holding_the_lock_makes_it_unavailable(
    path: Path, notes: Database
) -> None:
    hasty = opened(path, timeout=timedelta(milliseconds=20))
    await hasty.connect()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailableError, match="another process") as caught:
        await hasty.execute("INSERT INTO note (body) VALUES ('a')")
    other.execute("ROLLBACK")
    other.close()
    await hasty.execute("INSERT INTO note (body) VALUES ('b')")

    assert caught.value.code == "SQLITE_BUSY"
    assert await hasty.fetch_val("SELECT body FROM note") == "b"
    await hasty.disconnect()


async def test_a_database_that_takes_no_writes_is_unavailable(notes: Database) -> None:
    await notes.execute("PRAGMA query_only = ON")

    with pytest.raises(StorageUnavailableError, match="takes no writes"):
        await notes.execute("INSERT INTO note (body) VALUES ('a')")

    assert await notes.fetch_val("SELECT count(*) FROM note") == 0


async def test_a_full_disk_makes_it_unavailable_and_leaves_it_whole(notes: Database) -> None:
    pages = await notes.fetch_val("PRAGMA page_count")
    await notes.execute(f"PRAGMA max_page_count = {pages + 1}")

    with pytest.raises(StorageUnavailableError, match="full"):  # noqa: PT012 - the whole block is the subject
        async with notes.transaction() as queries:
            for _ in range(20):
                await queries.execute(
                    "INSERT INTO note (body) VALUES (:body)", {"body": "x" * 4096}
                )
    await notes.execute(f"PRAGMA max_page_count = {pages + 1000}")
    await notes.execute("INSERT INTO note (body) VALUES ('a')")

    assert await notes.fetch_val("SELECT count(*) FROM note") == 1
    assert await notes.fetch_val("PRAGMA integrity_check") == "ok"


async def test_a_write_that_looks_like_a_read_is_refused(notes: Database) -> None:
    engine = notes._engine
    assert isinstance(engine, SqliteEngine)

    with pytest.raises(StorageUnavailableError, match="takes no writes"):
        async with engine._readers.lend() as raw:
            await translated(raw.execute_fetchall, "INSERT INTO note (body) VALUES ('a')")


async def test_a_connection_that_cannot_roll_back_is_replaced(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: aiosqlite.Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch, pytest.raises(LookupError):  # noqa: PT012 - the whole block is the subject
        patch.setattr(aiosqlite.Connection, "rollback", fail)
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (body) VALUES ('a')")
            raise LookupError

    await notes.execute("INSERT INTO note (body) VALUES ('b')")
    rows = await notes.fetch_all("SELECT body FROM note")
    foreign_keys = await notes.fetch_val("PRAGMA foreign_keys")
    assert ([row["body"] for row in rows], foreign_keys) == (["b"], 1)


async def test_a_connection_that_cannot_be_opened_is_tried_again(
    path: Path, notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(path)

    async def fail(*_: object) -> None:
        sqlite3.connect(path.parent)

    with monkeypatch.context() as patch, pytest.raises(StorageUnavailableError):  # noqa: PT012 - the whole block is the subject
        patch.setattr(aiosqlite.Connection, "execute_fetchall", fail)
        await database.connect()
    await database.connect()

    assert await database.fetch_val("SELECT count(*) FROM note") == 0
    await database.disconnect()


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        await opened(tmp_path).connect()


async def test_disconnecting_ends_a_transaction_without_committing_it(
    path: Path, notes: Database
) -> None:
    database = opened(path)
    await database.connect()

    with pytest.raises(StorageUnavailableError):  # noqa: PT012 - the whole block is the subject
        async with database.transaction() as queries:
            await queries.execute("INSERT INTO note (body) VALUES ('a')")
            await database.disconnect()
            await queries.execute("INSERT INTO note (body) VALUES ('b')")

    assert await notes.fetch_val("SELECT count(*) FROM note") == 0


async def test_a_task_cancelled_again_while_it_rolls_back_leaves_the_writer_whole(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_written, is_rolling_back, may_roll_back = (asyncio.Event() for _ in range(3))
    roll_back = aiosqlite.Connection.rollback

    async def tell_and_roll_back(connection: aiosqlite.Connection) -> None:
        is_rolling_back.set()
        await may_roll_back.wait()
        await roll_back(connection)

    async def write_for_ever() -> None:
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note (body) VALUES ('a')")
            has_written.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(aiosqlite.Connection, "rollback", tell_and_roll_back)
    task = asyncio.create_task(write_for_ever())
    for event in (has_written, is_rolling_back):
        await event.wait()
        task.cancel()
    await asyncio.wait([task])
    may_roll_back.set()
    await notes.execute("INSERT INTO note (body) VALUES ('b')")

    rows = await notes.fetch_all("SELECT body FROM note")
    assert task.cancelled()
    assert [row["body"] for row in rows] == ["b"]


async def test_who_asks_again_and_again_goes_before_nobody_who_waits(notes: Database) -> None:
    order: list[str] = []

    async def write(name: str, times: int) -> None:
        for _ in range(times):
            await notes.execute("INSERT INTO note (body) VALUES ('x')")
            order.append(name)

    await asyncio.gather(write("greedy", 20), *(write(f"patient {n}", 1) for n in range(4)))

    assert order.index("patient 3") < 6
