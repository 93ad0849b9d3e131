"""Which errors of the drivers are worth another try, and that none passes on what it quotes."""

import sqlite3

import asyncpg
import pytest

from storage.errors import StatementRefusedError, StorageError, StorageUnavailableError
from storage.failures import translated


def postgresql_error(sqlstate: str) -> asyncpg.PostgresError:
    error = asyncpg.PostgresError("hunter2")
    error.sqlstate = sqlstate
    return error


def sqlite_error(code: int, name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("hunter2")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (postgresql_error("08006"), StorageUnavailableError, "08006"),
        (postgresql_error("25006"), StorageUnavailableError, "25006"),
        (postgresql_error("25001"), StatementRefusedError, "25001"),
        (postgresql_error("40P01"), StorageUnavailableError, "40P01"),
        (postgresql_error("53100"), StorageUnavailableError, "53100"),
        (postgresql_error("57P01"), StorageUnavailableError, "57P01"),
        (postgresql_error("23505"), StatementRefusedError, "23505"),
        (sqlite_error(13, "SQLITE_FULL"), StorageUnavailableError, "SQLITE_FULL"),
        (sqlite_error(5, "SQLITE_BUSY"), StorageUnavailableError, "SQLITE_BUSY"),
        (
            sqlite_error(517, "SQLITE_BUSY_SNAPSHOT"),
            StorageUnavailableError,
            "SQLITE_BUSY_SNAPSHOT",
        ),
        (
            sqlite_error(2067, "SQLITE_CONSTRAINT_UNIQUE"),
            StatementRefusedError,
            "SQLITE_CONSTRAINT_UNIQUE",
        ),
        (sqlite3.ProgrammingError("hunter2"), StatementRefusedError, "ProgrammingError"),
        (asyncpg.DataError("hunter2"), StatementRefusedError, "22000"),
        (asyncpg.InterfaceError("hunter2"), StorageUnavailableError, "InterfaceError"),
        (ConnectionResetError("hunter2"), StorageUnavailableError, "ConnectionResetError"),
        (ValueError("hunter2"), StorageUnavailableError, "ValueError"),
        (OverflowError("hunter2"), StatementRefusedError, "OverflowError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_error_is_translated_by_its_code_and_loses_its_text(
    error: Exception, kind: type[StorageError], code: str
) -> None:
    async def fail() -> None:
        raise error

    with pytest.raises(kind) as caught:
        await translated(fail)

    assert caught.value.code == code  # type: ignore[attr-defined]  # both kinds have one
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_an_error_that_is_no_driver_s_passes_unchanged() -> None:
    async def fail() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await translated(fail)
