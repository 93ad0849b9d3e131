"""Bringing a database to this release's tables, from the migrations that ship with it."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.errors import SchemaTooNewError
from storage.failures import DRIVER_ERRORS, translate_failure
from storage.sqlite import get_sqlite_path, prepare_sqlite_file

_T = TypeVar("_T")
_CONNECT_TIMEOUT_S: Final = 10.0
# Any number will do, as long as every release uses the same.
_ADVISORY_LOCK: Final = 5_701_886_294


def migrate(url: str) -> None:
    """Apply every migration the database lacks, all or none; again does nothing.

    Synchronous; may be called where an event loop runs, and by many processes at once: the others
    wait for the first.

    Raises:
        SchemaTooNewError: A newer release has migrated this database.
        StorageUnavailableError: The database cannot be reached or written.
        StatementRefusedError: A migration does not fit what it finds.
    """
    if url.startswith("sqlite:"):
        prepare_sqlite_file(get_sqlite_path(url))
    _run(url, _upgrade)


def pending_migrations(url: str) -> list[str]:
    """The revisions that `migrate` would apply, in their order; empty when there is none.

    Synchronous, and leaves the database as it is: a missing SQLite file is not made.

    Raises:
        SchemaTooNewError: A newer release has migrated this database.
        StorageUnavailableError: The database cannot be reached.
    """
    if url.startswith("sqlite:") and not get_sqlite_path(url).exists():
        return _list_revisions_after(None)
    return _run(url, lambda connection: _list_revisions_after(_find_revision(connection)))


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    if _list_revisions_after(_find_revision(connection)):
        config = _configure()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _find_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _list_revisions_after(current: str | None) -> list[str]:
    newest_first = ScriptDirectory.from_config(_configure()).walk_revisions()
    revisions = [script.revision for script in newest_first][::-1]
    if current is None:
        return revisions
    if current not in revisions:
        raise SchemaTooNewError(current)
    return revisions[revisions.index(current) + 1 :]


def _configure() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config


def _run(url: str, work: Callable[[Connection], _T]) -> _T:
    try:
        if url.startswith("sqlite:"):
            return _run_on_sqlite(url, work)
        return _run_in_thread(_run_on_postgresql(url, work))
    except DBAPIError as error:
        failure = translate_failure(error.orig or error)
    except DRIVER_ERRORS as error:
        failure = translate_failure(error)
    raise failure


def _run_on_sqlite(url: str, work: Callable[[Connection], _T]) -> _T:
    # In its own mode the driver commits before DDL; in this one, the BEGIN of `_upgrade` holds.
    engine = create_engine(
        URL.create("sqlite", database=str(get_sqlite_path(url))),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"timeout": _CONNECT_TIMEOUT_S},
    )
    with engine.begin() as connection:
        return work(connection)


async def _run_on_postgresql(url: str, work: Callable[[Connection], _T]) -> _T:
    # The driver reads the URL itself, so that libpq options mean here what they mean to the pool.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn=url, timeout=_CONNECT_TIMEOUT_S),
        poolclass=NullPool,
    )
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def _run_in_thread(work: Coroutine[Any, Any, _T]) -> _T:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
