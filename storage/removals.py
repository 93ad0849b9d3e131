"""Connections taken away, and which of some are."""

from collections.abc import Collection
from typing import Final

from storage.connections import iter_batches
from storage.database import Queries
from storage.records import Connection, ConnectionId

_MOST_IN_ONE_STATEMENT: Final = 16_384

# Rows are locked in the order in which linking, selecting and refreshing lock them. What points at
# the connection would go with it; its own statements are for the order alone.
_DELETE_AROUND: Final = (
    "DELETE FROM pending_grant WHERE external_id = :external_id AND provider = :provider",
    "DELETE FROM authorization_flow WHERE external_id = :external_id AND provider = :provider",
    "DELETE FROM connection_external_map WHERE connection_id = :connection_id",
    "DELETE FROM refresh_lease WHERE connection_id = :connection_id",
    "DELETE FROM jira_connection WHERE connection_id = :connection_id",
)
_DELETE = "DELETE FROM connection WHERE id = :connection_id RETURNING generation"


async def delete_connection(queries: Queries, connection: Connection) -> int | None:
    """Remove a connection with its tokens, and whatever would link its external id again.

    These are the links that were handed out for it and the consents that nobody has confirmed. Run
    it inside a transaction, and roll that back where the answer is None: the connection was gone.
    Otherwise it is the generation that its tokens had last.
    """
    by_id = {"connection_id": connection.connection_id}
    by_name = {"external_id": connection.external_id, "provider": connection.provider}
    for statement in _DELETE_AROUND:
        await queries.execute(statement, by_id if ":connection_id" in statement else by_name)
    row = await queries.fetch_one(_DELETE, by_id)
    return None if row is None else row["generation"]


async def list_missing_connections(
    queries: Queries, connection_ids: Collection[ConnectionId]
) -> set[ConnectionId]:
    """Those of some connections that do not exist: one statement for up to 16,384, none for none.

    Raises:
        StorageError: nobody knows.
    """
    missing = set(connection_ids)
    for placeholders, values in iter_batches(connection_ids, most=_MOST_IN_ONE_STATEMENT):
        sql = f"SELECT id FROM connection WHERE id IN ({placeholders})"  # noqa: S608 - names alone
        missing.difference_update(row["id"] for row in await queries.fetch_all(sql, values))
    return missing
