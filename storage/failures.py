"""The one place where a driver's error becomes one of ours, and loses the values it quotes."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final, ParamSpec, TypeVar

import asyncpg

from storage.errors import StatementRefusedError, StorageError, StorageUnavailableError

_T = TypeVar("_T")
_Arguments = ParamSpec("_Arguments")

DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    OSError,
    # A text that cannot be encoded, a number too large for a column, a connection closed under
    # its user: the SQLite drivers say these with the built-in errors.
    ValueError,
    OverflowError,
)

# Source: PostgreSQL 15 manual, appendix A "PostgreSQL Error Codes", classes by their two letters.
_SQLSTATE_CLASSES_TO_RETRY: Final = {
    "08": "the connection failed",
    "28": "the server refused our credentials",
    "3D": "the server does not have this database",
    "40": "a concurrent transaction was in the way",
    "53": "the server is out of space, memory or connections",
    "55": "something it needs is locked or not ready",
    "57": "the server is stopping or starting, or cancelled the statement",
    "58": "the server met a system error",
}
_SQLSTATE_READ_ONLY: Final = "25006"

# Source: the SQLite manual, "Result and Error Codes"; the primary code is the lowest byte.
_SQLITE_CODES_TO_RETRY: Final = {
    sqlite3.SQLITE_PERM: "the file may not be opened",
    sqlite3.SQLITE_BUSY: "another process holds the write lock",
    sqlite3.SQLITE_LOCKED: "a table is locked",
    sqlite3.SQLITE_NOMEM: "memory ran out",
    sqlite3.SQLITE_READONLY: "it takes no writes",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}


async def translated(
    call: Callable[_Arguments, Awaitable[_T]], *args: _Arguments.args, **kwargs: _Arguments.kwargs
) -> _T:
    """The result of the call, with a driver's error turned into one of ours.

    It makes the call itself, since drivers raise some errors before there is anything to await.

    Raises:
        StorageUnavailableError: The same call may succeed later.
        StatementRefusedError: It will not.
    """
    try:
        return await call(*args, **kwargs)
    except DRIVER_ERRORS as error:
        failure = translate_failure(error)
    # Raised out here so that the driver's error, whose text may quote values, is not its context.
    raise failure


def translate_failure(error: BaseException) -> StorageError:
    """Our error for a driver's: by SQLSTATE, by SQLite's code, else by the driver's class."""
    if isinstance(sqlstate := getattr(error, "sqlstate", None), str):
        return _translate_sqlstate(sqlstate)
    if isinstance(code := getattr(error, "sqlite_errorcode", None), int):
        reason = _SQLITE_CODES_TO_RETRY.get(code & 0xFF)
        name: str = error.sqlite_errorname  # type: ignore[attr-defined]  # stands beside the code
        return StorageUnavailableError(reason, code=name) if reason else StatementRefusedError(name)
    name = type(error).__name__
    if _is_about_a_value(error):
        return StatementRefusedError(name)
    return StorageUnavailableError("the connection failed", code=name)


def _translate_sqlstate(sqlstate: str) -> StorageError:
    if sqlstate == _SQLSTATE_READ_ONLY:
        return StorageUnavailableError("it takes no writes", code=sqlstate)
    reason = _SQLSTATE_CLASSES_TO_RETRY.get(sqlstate[:2])
    if reason is None:
        return StatementRefusedError(sqlstate)
    return StorageUnavailableError(reason, code=sqlstate)


def _is_about_a_value(error: BaseException) -> bool:
    return isinstance(error, (UnicodeError, OverflowError, sqlite3.Error))
