"""All connections, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from storage.connections import SELECT_CONNECTION, read_connection
from storage.database import Queries
from storage.instants import write_instant
from storage.records import Connection, ConnectionId


class Standing(Enum):
    """How the grant of a connection stands at an instant."""

    ACTIVE = auto()
    EXPIRED = auto()
    INVALID = auto()


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A place in the list of all connections, which is ordered by creation and then by id."""

    created_at: datetime
    connection_id: ConnectionId


_STANDING: Final[Mapping[Standing, str]] = {
    Standing.ACTIVE: "connection.status = 'ACTIVE' "
    "AND (connection.expires_at IS NULL OR connection.expires_at > :now)",
    Standing.EXPIRED: "connection.status = 'ACTIVE' AND connection.expires_at <= :now",
    Standing.INVALID: "connection.status = 'INVALID'",
}
_BEHIND: Final = "(connection.created_at, connection.id) > (:created_at, :connection_id)"
_ORDER: Final = "ORDER BY connection.created_at, connection.id LIMIT :amount"


async def list_connections(
    queries: Queries,
    *,
    standing: Standing | None,
    now: datetime,
    after: ListPlace | None,
    amount: int,
) -> list[Connection]:
    """Connections behind a place, the oldest first; of one standing `now`, or of any."""
    values: dict[str, object] = {"amount": amount}
    conditions = []
    if after is not None:
        conditions.append(_BEHIND)
        values |= {
            "created_at": write_instant(after.created_at),
            "connection_id": after.connection_id,
        }
    if standing is not None:
        conditions.append(_STANDING[standing])
    if standing in {Standing.ACTIVE, Standing.EXPIRED}:
        values["now"] = write_instant(now)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await queries.fetch_all(f"{SELECT_CONNECTION} {where} {_ORDER}", values)
    return [read_connection(row) for row in rows]
