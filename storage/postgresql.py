"""PostgreSQL over the pool of the `databases` library, past its query and transaction layers.

Its own transactions lose a connection whenever COMMIT fails or a task is cancelled in one, and it
waits for a free connection for ever; hence the driver's transactions and our time limit here.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, Literal

import databases
from databases.core import Connection

from storage.engine import Fetch, Row
from storage.errors import StorageUnavailableError
from storage.failures import DRIVER_ERRORS, translated

_log = logging.getLogger("juncture.storage")
_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


class PostgresqlEngine:
    """The engine behind `postgresql://` URLs, which take every libpq option (sslmode and so on)."""

    dialect: Literal["sqlite", "postgresql"] = "postgresql"

    def __init__(
        self, url: str, *, acquire_timeout: timedelta, statement_timeout: timedelta, pool_size: int
    ) -> None:
        self._acquire_timeout_s = acquire_timeout.total_seconds()
        # The library reads few of a URL's options and logs it; the driver reads them all.
        self._library = databases.Database(
            "postgresql://",
            dsn=url,
            database=None,
            min_size=1,
            max_size=pool_size,
            # A connection that went silent, behind a firewall say, would hold its user for ever.
            command_timeout=statement_timeout.total_seconds(),
            # What a caller was given must outlive a crash, whatever the server's own setting is.
            server_settings={"application_name": "juncture", "synchronous_commit": "on"},
        )

    async def connect(self) -> None:
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await translated(self._library.connect)
        except TimeoutError:
            raise self._too_slow("the server did not answer") from None

    async def disconnect(self) -> None:
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._library.disconnect()
        except TimeoutError:
            # The pool waited for a connection to come back, and terminated it when cancelled;
            # closing what is closed lets the library note that it is disconnected.
            await self._library.disconnect()

    async def fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        async with self._lend() as raw:
            return await _fetch(raw, sql, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Fetch]:
        async with self._lend() as raw:
            transaction = await translated(_begin, raw)

            async def fetch(sql: str, values: Mapping[str, object]) -> list[Row]:
                return await _fetch(raw, sql, values)

            try:
                yield fetch
            except BaseException as error:
                # A rollback that fails is made good by the pool, which resets what it takes back.
                if getattr(error, "code", None) != TimeoutError.__name__:
                    with suppress(*DRIVER_ERRORS):
                        await transaction.rollback()
                raise
            await translated(transaction.commit)

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Any]:
        connection = await self._acquire()
        raw = connection.raw_connection
        try:
            yield raw
        except StorageUnavailableError as error:
            if error.code == TimeoutError.__name__:
                # It would not hear the rollback either, nor that it is given back.
                raw.terminate()
            raise
        finally:
            await self._release(connection, raw)

    async def _release(self, connection: Connection, raw: Any) -> None:
        # The library refuses to release once it is disconnected, when nothing is left to.
        if not self._library.is_connected:
            return
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await connection.__aexit__()
        except TimeoutError:
            raw.terminate()
        except DRIVER_ERRORS:
            # What was asked for is done by now; a connection that breaks here leaves the pool.
            _log.debug("a connection broke when it was given back")

    async def _acquire(self) -> Any:
        if not self._library.is_connected:
            raise StorageUnavailableError("it is not connected")
        # `Database.connection()` would share one connection among all the calls of a task, so a
        # cancelled release would spoil the task's next call; each of ours is a new one.
        connection = Connection(self._library, self._library._backend)  # noqa: SLF001 - see above
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                return await translated(connection.__aenter__)
        except TimeoutError:
            raise self._too_slow("no connection was free") from None

    def _too_slow(self, what: str) -> StorageUnavailableError:
        return StorageUnavailableError(f"{what} within {self._acquire_timeout_s:g} s")


async def _begin(raw: Any) -> Any:
    transaction = raw.transaction()
    await transaction.start()
    return transaction


async def _fetch(raw: Any, sql: str, values: Mapping[str, object]) -> list[Row]:
    statement, names = _number_parameters(sql)
    rows = await translated(raw.fetch, statement, *(values[name] for name in names))
    return [dict(row) for row in rows]


@lru_cache(maxsize=1024)
def _number_parameters(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1` for `:name`, as PostgreSQL wants it, and the names in their order."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _PARAMETER.sub(lambda match: numbers[match[1]], sql), names
