"""A migrated database on each engine, empty and of its own for each test; a pytest plugin."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.migrate import migrate
from tests.storage.builders import a_key_ring
from tests.support.missing import require
from tests.support.servers import postgres_url


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


@pytest.fixture
def database_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database, on each engine in turn."""
    if dialect == "sqlite":
        path = tmp_path / "juncture.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgresql_template")
    with _postgresql_database(f"TEMPLATE {template}") as url:
        yield url


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


def _run_in_thread(work: Coroutine[Any, Any, None]) -> None:
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work).result()
