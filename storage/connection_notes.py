"""What is written beside a connection: what its callers attach, and what it failed at last."""

import json
from datetime import datetime

from pydantic import JsonValue

from storage.database import Queries
from storage.instants import write_instant, write_optional_instant
from storage.records import Connection, ConnectionId

_SET_METADATA = "UPDATE connection SET metadata = :metadata WHERE id = :connection_id RETURNING id"


async def set_metadata(queries: Queries, connection_id: ConnectionId, metadata: JsonValue) -> bool:
    """Keep what a caller attaches in the place of what was there; None clears. False if it is gone.

    Raises:
        ValueError: it holds a number that JSON cannot write.
    """
    text = None if metadata is None else json.dumps(metadata, allow_nan=False)
    values = {"connection_id": connection_id, "metadata": text}
    return await queries.fetch_one(_SET_METADATA, values) is not None


# Where somebody has consented anew meanwhile, the failure was of the grant before.
_NOTE_ERROR = """
    UPDATE connection SET last_error = :error, last_error_at = :now
    WHERE id = :connection_id AND COALESCE(consented_at, '') = :consented_at
        AND (last_error_at IS NULL OR last_error_at <= :noted_before)
"""


async def note_error(
    queries: Queries, connection: Connection, error: str, *, now: datetime, noted_before: datetime
) -> None:
    """Keep the code of what a connection fails at, unless one was kept after `noted_before`."""
    values = {
        "connection_id": connection.connection_id,
        "consented_at": write_optional_instant(connection.consented_at) or "",
        "error": error,
        "now": write_instant(now),
        "noted_before": write_instant(noted_before),
    }
    await queries.execute(_NOTE_ERROR, values)
