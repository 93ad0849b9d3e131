"""What the commands of `juncture` share: the settings, the storage, and the words at a failure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import typer
from rich.console import Console

from server.settings import Settings, SettingsError
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.errors import KeysUnfitError, StorageError
from storage.key_check import check_keys
from storage.migrate import pending_migrations

OUT = Console()
"""For what a command was asked for."""
ERR = Console(stderr=True)
"""For everything else, so that what was asked for can be piped."""
_ACQUIRE_TIMEOUT = timedelta(seconds=5)
_POOL_SIZE = 2


def load_settings() -> Settings:
    """The settings of the environment and of `.env`; the command ends where they do not do."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        fail(str(error))
    if settings.secret_key is None or not settings.encryption_keys:
        fail(
            "JUNCTURE_ENVIRONMENT=demo makes up its keys in `juncture demo` alone: use that, or "
            "set JUNCTURE_ENVIRONMENT=development and the keys."
        )
    return settings


def check_migrated(settings: Settings) -> None:
    """End the command where the database is not at this version's tables."""
    try:
        pending = pending_migrations(settings.database_url.get_secret_value())
    except StorageError as error:
        fail(str(error))
    if pending:
        fail(f"The database lacks {len(pending)} migration(s): run `juncture migrate` first.")


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    """The database, connected, and the encryption keys in force; call `check_migrated` before.

    Raises:
        KeysUnfitError: the keys are not those that the database was written with.
        StorageError: the database cannot be reached.
    """
    async with open_unchecked_storage(settings) as (database, ring):
        await check_keys(database, ring, now=datetime.now(UTC))
        yield database, ring


@asynccontextmanager
async def open_unchecked_storage(settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    """The same, whatever the keys are, for commands that go on past what they do not open.

    Raises:
        StorageError: the database cannot be reached.
    """
    database = open_database(
        settings.database_url.get_secret_value(),
        acquire_timeout=_ACQUIRE_TIMEOUT,
        pool_size=_POOL_SIZE,
    )
    await database.connect()
    try:
        yield database, settings.key_ring
    finally:
        await database.disconnect()


async def check_encryption_keys(settings: Settings) -> None:
    """End the command where the keys are not those that the database was written with."""
    try:
        async with open_storage(settings):
            pass
    except KeysUnfitError as error:
        fail(f"{error} Nothing was served.")
    except StorageError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """End the command with a message and without success."""
    ERR.print(message, markup=False, highlight=False, soft_wrap=True, style="red")
    raise typer.Exit(1)
