"""Databases in which every encrypted column has cells, and ways to spoil them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from storage.api_keys import create_api_key
from storage.authorizations import save_pending_grant
from storage.database import Database, Row
from storage.encryption import KeyRing
from storage.records import Connection
from tests.storage.builders import HOUR, NOW, a_connection, a_flow, a_key, a_site, some_tokens

OLD, NEW = a_key("k1", b"old"), a_key("k2", b"new")
GRANT_END = NOW + 20 * 365 * 24 * HOUR
"""When the pending grant expires: late enough for commands, which ask the real clock."""
CELLS_BESIDE_CONNECTIONS = 4
"""Of a grant that is pending, of an API key, and of the record of events."""


async def fill(database: Database, ring: KeyRing, *, connections: int = 3) -> Sequence[Connection]:
    """Connections of three cells each, and a cell or two in each other column."""
    linked = [
        await a_connection(
            database,
            ring,
            external_id=f"user-{number}",
            tokens=replace(
                some_tokens(f"access-{number}", f"refresh-{number}"),
                login=SecretStr(f"login-{number}"),
            ),
        )
        for number in range(connections)
    ]
    await save_pending_grant(
        database,
        ring,
        grant_id="grant-1",
        code_hash="code-1",
        browser_hash="browser-1",
        flow=await a_flow(database),
        tokens=some_tokens(),
        sites=[a_site()],
        expires_at=GRANT_END,
        now=NOW,
    )
    async with database.transaction() as queries:
        await create_api_key(
            queries, ring, name="key", scopes=["GRAPH_READ"], expires_at=None, now=NOW
        )
    return linked


async def spoil(
    database: Database,
    connection: Connection,
    text: str,
    *,
    column: str = "access_token",
) -> None:
    """Put a text in the place of a cell of a connection."""
    await database.execute(
        f"UPDATE connection SET {column} = :text WHERE id = :connection_id",
        {"text": text, "connection_id": connection.connection_id},
    )


async def read_cell(
    database: Database, connection: Connection, *, column: str = "access_token"
) -> str:
    """The stored text of a cell of a connection."""
    text = await database.fetch_val(
        f"SELECT {column} FROM connection WHERE id = :connection_id",
        {"connection_id": connection.connection_id},
    )
    assert isinstance(text, str)
    return text


class CountingQueries:
    """Passes statements on to the database, and counts them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.statements = 0

    async def fetch_one(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        self.statements += 1
        return await self._database.fetch_one(sql, values)

    async def fetch_all(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        self.statements += 1
        return await self._database.fetch_all(sql, values)

    async def fetch_val(self, sql: str, values: Mapping[str, object] | None = None) -> Any:
        self.statements += 1
        return await self._database.fetch_val(sql, values)

    async def execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        self.statements += 1
        await self._database.execute(sql, values)
