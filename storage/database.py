"""The database as the rest of the code sees it: text SQL, named parameters, plain rows.

SQL is written once for both engines. Parameters are written `:name`, in lower case; every value is
bound, so that no literal in a statement holds a colon.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Literal, Protocol

from storage.engine import Engine, Fetch, Row
from storage.errors import TransactionScopeError
from storage.postgresql import PostgresqlEngine
from storage.sqlite import SqliteEngine

_STATEMENT_TIMEOUT = timedelta(seconds=10)

__all__ = ["Database", "Queries", "Row", "open_database"]


class Queries(Protocol):
    """Whatever runs statements: the database, each one by itself, or one open transaction.

    Raises, from each of its functions:
        StorageUnavailableError: The same call may succeed later.
        StatementRefusedError: It will not: a constraint, a wrong value, wrong SQL.
    """

    async def fetch_one(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        """The first row, or None where there is none."""
        ...

    async def fetch_all(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """All rows, in the statement's order."""
        ...

    async def fetch_val(self, sql: str, values: Mapping[str, object] | None = None) -> Any:
        """The first column of the first row, or None where there is no row."""
        ...

    async def execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        """Run a statement for what it does; use RETURNING and a fetch to learn what it did."""
        ...


class _Statements(ABC):
    """The four ways to ask, over the one way to run."""

    async def fetch_one(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        rows = await self._fetch(sql, values or {})
        return rows[0] if rows else None

    async def fetch_all(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        return await self._fetch(sql, values or {})

    async def fetch_val(self, sql: str, values: Mapping[str, object] | None = None) -> Any:
        rows = await self._fetch(sql, values or {})
        return next(iter(rows[0].values())) if rows else None

    async def execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        await self._fetch(sql, values or {})

    @abstractmethod
    async def _fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]: ...


class _Transaction(_Statements):
    """The handle of one open transaction, for the task that opened it."""

    def __init__(self, database: "Database", fetch: Fetch) -> None:
        self._run = fetch
        self._owner = asyncio.current_task()
        self.database = database
        self.is_open = True

    async def _fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        if not self.is_open:
            raise TransactionScopeError("This transaction has ended")
        if asyncio.current_task() is not self._owner:
            raise TransactionScopeError("This transaction belongs to another task")
        return await self._run(sql, values)


# Child tasks inherit it: what they would send past the transaction that encloses them could not
# see its writes, and on SQLite a write would wait for the very transaction that waits for it.
_ENCLOSING: ContextVar[_Transaction | None] = ContextVar("juncture_transaction", default=None)


class Database(_Statements):
    """One database and its pool of connections; made by `open_database`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect: Literal["sqlite", "postgresql"] = engine.dialect

    async def connect(self) -> None:
        """Open the pool and prove that the database answers.

        Disconnect before the process ends: the threads of SQLite's connections keep it alive.

        Raises:
            StorageUnavailableError: It does not.
        """
        await self._engine.connect()

    async def disconnect(self) -> None:
        """Close the pool; statements after it raise StorageUnavailableError."""
        await self._engine.disconnect()

    def transaction(self) -> AbstractAsyncContextManager[Queries]:
        """A transaction: committed at the end of the block, rolled back when the block raises.

        Its statements go through the handle that the block is given, from the same task; while it
        is open, the database itself refuses the task and the tasks it starts. On SQLite one
        transaction runs at a time, so keep the block short and wait for nothing else inside.

        Raises:
            TransactionScopeError: One is open already.
            StorageUnavailableError: No connection was free in time, or the commit failed.
            StatementRefusedError: The commit was refused by a constraint checked then.
        """
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Queries]:
        self._refuse_inside_transaction()
        enclosing = _ENCLOSING.get()
        async with self._engine.transaction() as fetch:
            handle = _Transaction(self, fetch)
            _ENCLOSING.set(handle)
            try:
                yield handle
            finally:
                handle.is_open = False
                _ENCLOSING.set(enclosing)

    async def _fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        self._refuse_inside_transaction()
        return await self._engine.fetch(sql, values)

    def _refuse_inside_transaction(self) -> None:
        enclosing = _ENCLOSING.get()
        if enclosing is not None and enclosing.is_open and enclosing.database is self:
            raise TransactionScopeError("A transaction on this database is open here")


def open_database(
    url: str,
    *,
    acquire_timeout: timedelta,
    pool_size: int,
    statement_timeout: timedelta = _STATEMENT_TIMEOUT,
) -> Database:
    """The database behind a URL, not yet connected.

    `sqlite:///folder/name.db` (four slashes for an absolute path) makes the file and its folder;
    `postgresql://…` takes every libpq option. A call waits `acquire_timeout` for a free connection
    and then raises StorageUnavailableError; so
    does a statement that PostgreSQL has not answered within `statement_timeout`.

    Raises:
        ValueError: The URL is neither.
    """
    # At DEBUG these libraries print the values of every statement, and at INFO nothing of use.
    for name in ("databases", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if url.startswith("sqlite:"):
        return Database(SqliteEngine(url, acquire_timeout=acquire_timeout, pool_size=pool_size))
    if url.startswith(("postgresql://", "postgres://")):
        engine = PostgresqlEngine(
            url,
            acquire_timeout=acquire_timeout,
            statement_timeout=statement_timeout,
            pool_size=pool_size,
        )
        return Database(engine)
    raise ValueError("A database URL begins with sqlite:/// or postgresql://")
