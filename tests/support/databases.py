"""A migrated database on each engine, empty and of its own for each test; a pytest plugin."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.migrate import migrate
from tests.storage.builders import a_key_ring
from tests.support.missing import require
from tests.support.servers import postgres_url

T = TypeVar("T")


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """The name of a migrated PostgreSQL database that each test copies."""
    name = f"juncture_test_{uuid.uuid4().hex}"
    _run_in_thread(_administer(f"CREATE DATABASE {name}"))
    migrate(_url_of(name))
    yield name
    _run_in_thread(_administer(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    path = tmp_path_factory.mktemp("template") / "juncture.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def lent_database(postgresql_template: str) -> Iterator["LentDatabase"]:
    """The PostgreSQL database that the tests of one process have after each other."""
    lent = LentDatabase(postgresql_template)
    yield lent
    lent.drop()


@pytest.fixture
def database_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database, on each engine in turn."""
    if dialect == "sqlite":
        path = tmp_path / "juncture.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    lent: LentDatabase = request.getfixturevalue("lent_database")
    yield lent.lend()
    lent.take_back()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite database, for tests in which storage plays no part."""
    path = tmp_path / "juncture.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_database_url(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a database without tables, on each engine in turn."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'juncture.db'}"
        return
    request.getfixturevalue("postgresql_template")
    with _postgresql_database("TEMPLATE template0") as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url, acquire_timeout=timedelta(seconds=20), pool_size=4)
    await database.connect()
    yield database
    await database.disconnect()


@pytest.fixture
def ring() -> KeyRing:
    return a_key_ring()


class LentDatabase:
    """A migrated PostgreSQL database that is emptied after each loan.

    Making a database for each test takes PostgreSQL most of a second of writing to disk. One that a
    test left with other tables, triggers, functions, settings or another migration than it had is
    made anew.
    """

    def __init__(self, template: str) -> None:
        self._template = template
        self._name: str | None = None
        self._form: object = None

    def lend(self) -> str:
        """The URL of the database, which holds no rows."""
        if self._name is None:
            name = f"juncture_test_{uuid.uuid4().hex}"
            _run_in_thread(_administer(f"CREATE DATABASE {name} TEMPLATE {self._template}"))
            self._name, self._form = name, _run_in_thread(_empty(_url_of(name)))
        return _url_of(self._name)

    def take_back(self) -> None:
        """Empty the database, or drop it where its form was changed."""
        assert self._name is not None
        if _run_in_thread(_empty(_url_of(self._name))) != self._form:
            self.drop()

    def drop(self) -> None:
        """Give the database up."""
        if self._name is not None:
            _run_in_thread(_administer(f"DROP DATABASE {self._name} WITH (FORCE)"))
            self._name = None


_FORM = """
    SELECT
        (SELECT string_agg(attrelid || '.' || attname, ' ' ORDER BY attrelid, attnum)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relkind IN ('r', 'S', 'v') AND attrelid >= 16384),
        (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
        (SELECT count(*) FROM pg_proc WHERE oid >= 16384),
        (SELECT count(*) FROM pg_namespace WHERE oid >= 16384),
        (SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON setdatabase = pg_database.oid
         WHERE datname = current_database())
"""
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def _empty(url: str) -> object:
    """Take every row away; the form of what holds them."""
    connection = await asyncpg.connect(dsn=url, timeout=5)
    try:
        await connection.execute(_END_OTHERS)
        tables = await connection.fetch(
            "SELECT relname FROM pg_stat_user_tables "
            "WHERE relname <> 'alembic_version' AND schemaname = 'public'"
        )
        named = [f'"{row["relname"]}"' for row in tables]
        await connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; "
            + "; ".join(f"DELETE FROM {name}" for name in named)
        )
        return await _read_form(connection)
    finally:
        await connection.close()


async def _read_form(connection: Any) -> object:
    """What must be the same after a test as before it, or the database is not lent again."""
    has_migration = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    sql = "SELECT version_num FROM alembic_version"
    migrations = await connection.fetch(sql) if has_migration else []
    return (*await connection.fetchrow(_FORM), *(row["version_num"] for row in migrations))


@contextmanager
def _postgresql_database(options: str) -> Iterator[str]:
    name = f"juncture_test_{uuid.uuid4().hex}"
    _run_in_thread(_administer(f"CREATE DATABASE {name} {options}"))
    yield _url_of(name)
    _run_in_thread(_administer(f"DROP DATABASE {name} WITH (FORCE)"))


def _url_of(name: str) -> str:
    return urlsplit(require(postgres_url()))._replace(path=f"/{name}").geturl()


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(dsn=require(postgres_url()), timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run_in_thread(work: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
