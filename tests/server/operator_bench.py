"""A database and the settings of the command line, for tests of the operator's commands."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from server.command_line import app
from server.console import open_unchecked_storage
from server.settings import PREFIX, Settings
from storage.database import Database
from storage.encryption import KeyRing
from storage.rotation import count_cells
from tests.storage.builders import NOW
from tests.storage.sealed_bench import OLD

T = TypeVar("T")
Work = Callable[[Database, KeyRing], Awaitable[T]]


def set_environment(monkeypatch: pytest.MonkeyPatch, folder: Path, database_url: str) -> None:
    """What the commands find: the old key alone."""
    monkeypatch.chdir(folder)
    values = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-secret-key-of-these-very-tests-alone",
        "ENCRYPTION_KEYS": OLD,
        "JIRA_CLIENT_ID": "an-app",
        "JIRA_CLIENT_SECRET": "a-secret-of-the-app",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)


def set_keys(monkeypatch: pytest.MonkeyPatch, *entries: str) -> None:
    monkeypatch.setenv(f"{PREFIX}ENCRYPTION_KEYS", ",".join(entries))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})


def with_storage(work: Work[T]) -> T:
    """Do something with the database, and with the keys in force."""

    async def open_and_work() -> T:
        async with open_unchecked_storage(Settings.load()) as (database, ring):
            return await work(database, ring)

    return asyncio.run(open_and_work())


def counted() -> Counter[str | None]:
    return with_storage(lambda database, _: count_cells(database, now=NOW))
