"""SQLite in one file: kept-open connections, many readers, one writer at a time.

The `databases` library opens a connection for each query (1.2 ms, and its PRAGMAs are lost with
it), so here its connections are opened once and kept, and statements go to the raw ones below.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import aiosqlite
import databases

from storage.engine import Fetch, Row
from storage.errors import StorageUnavailableError
from storage.failures import DRIVER_ERRORS, translated

_T = TypeVar("_T")

_WRITER_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
# A statement taken for a read by mistake is refused, rather than run beside the one writer.
_READER_PRAGMAS: Final = ("query_only = ON",)


def get_sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///file` URL, relative to the working folder without a fourth slash.

    Raises:
        ValueError: The URL names no file, or carries options.
    """
    parsed = databases.DatabaseURL(url)
    if parsed.components.netloc or parsed.options or parsed.database in {"", ":memory:"}:
        raise ValueError("A SQLite URL names a file and nothing else: sqlite:///folder/name.db")
    return Path(parsed.database)


def prepare_sqlite_file(path: Path) -> None:
    """Make the file and its folder where they are missing; only its owner may read it.

    SQLite gives the files beside it (-wal, -shm) the same mode.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)


class SqliteEngine:
    """The engine behind `sqlite:///` URLs."""

    dialect: Literal["sqlite", "postgresql"] = "sqlite"

    def __init__(self, url: str, *, acquire_timeout: timedelta, pool_size: int) -> None:
        self._path = get_sqlite_path(url)
        # sqlite3 calls its busy timeout `timeout`: how long to wait for another process's writes.
        library = databases.Database(url, timeout=acquire_timeout.total_seconds())
        self._writers = _KeptConnections(library, _WRITER_PRAGMAS, 1, acquire_timeout)
        self._readers = _KeptConnections(
            library, _READER_PRAGMAS, max(1, pool_size - 1), acquire_timeout
        )

    async def connect(self) -> None:
        await translated(asyncio.to_thread, prepare_sqlite_file, self._path)
        for connections in (self._writers, self._readers):
            connections.reopen()
            async with connections.lend():
                pass

    async def disconnect(self) -> None:
        await self._readers.close()
        await self._writers.close()

    async def fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        is_read = sql.lstrip()[:6].upper() == "SELECT"
        async with (self._readers if is_read else self._writers).lend() as raw:
            return await _fetch(raw, sql, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Fetch]:
        async with self._writers.lend() as raw:
            await _fetch(raw, "BEGIN IMMEDIATE", {})

            async def fetch(sql: str, values: Mapping[str, object]) -> list[Row]:
                return await _fetch(raw, sql, values)

            yield fetch
            await _fetch(raw, "COMMIT", {})


class _KeptConnection:
    """One connection, opened when first needed, and again after it broke."""

    def __init__(self, library: databases.Database, pragmas: tuple[str, ...]) -> None:
        self._library = library
        self._pragmas = pragmas
        # Opening and mending run in tasks of their own; the lock keeps them in their order.
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self.raw: aiosqlite.Connection | None = None

    async def open(self) -> aiosqlite.Connection:
        async with self._lock, AsyncExitStack() as stack:
            # The library keeps one connection a task, and this is a task of its own.
            connection = await stack.enter_async_context(self._library.connection())
            raw: aiosqlite.Connection = connection.raw_connection
            raw.row_factory = sqlite3.Row
            for pragma in self._pragmas:
                await raw.execute_fetchall(f"PRAGMA {pragma}")
            self._stack = stack.pop_all()
            self.raw = raw
            return raw

    async def mend(self) -> None:
        """Leave no transaction open; a connection that cannot even roll back is thrown away.

        Runs after whatever its user had begun: a connection does its work in the order given.
        """
        async with self._lock:
            if self.raw is None:
                return
            try:
                await self.raw.rollback()
            except DRIVER_ERRORS:
                await self._discard()

    async def close(self) -> None:
        async with self._lock:
            await self._discard()

    async def _discard(self) -> None:
        self.raw = None
        with suppress(*DRIVER_ERRORS):
            await self._stack.aclose()


class _KeptConnections:
    """Lends connections; whoever is cancelled while holding one, it comes back whole."""

    def __init__(
        self,
        library: databases.Database,
        pragmas: tuple[str, ...],
        size: int,
        acquire_timeout: timedelta,
    ) -> None:
        self._acquire_timeout = acquire_timeout
        self._all = [_KeptConnection(library, pragmas) for _ in range(size)]
        self._idle = list(self._all)
        # A queue would let a task that gives a connection back and takes the next one, without a
        # pause, go before all who wait; a semaphore lets them go in their order.
        self._turns = asyncio.Semaphore(size)
        self._chores: set[asyncio.Task[Any]] = set()
        self._is_closed = True

    def reopen(self) -> None:
        self._is_closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[aiosqlite.Connection]:
        kept = await self._take()
        try:
            raw = kept.raw
            yield await translated(self._finish, kept.open()) if raw is None else raw
        except BaseException:
            await self._finish(self._take_back(kept))
            raise
        self._give_back(kept)

    async def close(self) -> None:
        """Close every connection, those still lent too, once their running statement ends."""
        self._is_closed = True
        await asyncio.gather(*self._chores, return_exceptions=True)
        for kept in self._all:
            await kept.close()

    async def _take(self) -> _KeptConnection:
        if self._is_closed:
            raise StorageUnavailableError("it is not connected")
        try:
            async with asyncio.timeout(self._acquire_timeout.total_seconds()):
                await self._turns.acquire()
        except TimeoutError:
            raise StorageUnavailableError(
                f"no connection was free within {self._acquire_timeout.total_seconds():g} s"
            ) from None
        return self._idle.pop()

    async def _take_back(self, kept: _KeptConnection) -> None:
        await kept.mend()
        self._give_back(kept)

    def _give_back(self, kept: _KeptConnection) -> None:
        self._idle.append(kept)
        self._turns.release()

    async def _finish(self, chore: Coroutine[Any, Any, _T]) -> _T:
        """Do the chore to its end, even when the task that waits for it is cancelled."""
        task = asyncio.ensure_future(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return await asyncio.shield(task)


async def _fetch(raw: aiosqlite.Connection, sql: str, values: Mapping[str, object]) -> list[Row]:
    rows = await translated(raw.execute_fetchall, sql, values)
    return [dict(row) for row in rows]
