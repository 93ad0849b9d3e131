"""When external ids were last disconnected; frontend tokens made before it are dead."""

from datetime import datetime

from storage.database import Queries
from storage.instants import read_instant, write_instant

_SELECT = """
    SELECT disconnected_at FROM disconnection
    WHERE external_id = :external_id AND provider = :provider
"""


async def find_disconnection(
    queries: Queries, *, external_id: str, provider: str
) -> datetime | None:
    """When an external id was last disconnected; None where it never was, or long ago."""
    values = {"external_id": external_id, "provider": provider}
    row = await queries.fetch_one(_SELECT, values)
    return None if row is None else read_instant(row["disconnected_at"])


# Processes' clocks differ: the later of two instants stays, so that no token comes alive again.
_NOTE = """
    INSERT INTO disconnection (external_id, provider, disconnected_at)
    VALUES (:external_id, :provider, :now)
    ON CONFLICT (external_id, provider) DO UPDATE SET disconnected_at = excluded.disconnected_at
    WHERE excluded.disconnected_at > disconnection.disconnected_at
"""


async def note_disconnection(
    queries: Queries, *, external_id: str, provider: str, now: datetime
) -> None:
    """Keep that an external id is disconnected now; an instant before the one kept changes nothing.

    Run it in the transaction that removes the connection.
    """
    values = {"external_id": external_id, "provider": provider, "now": write_instant(now)}
    await queries.execute(_NOTE, values)


_DELETE_OLD = "DELETE FROM disconnection WHERE disconnected_at < :before"


async def delete_old_disconnections(queries: Queries, *, before: datetime) -> None:
    """Remove those that no token is old enough for: the longest made before them has expired."""
    await queries.execute(_DELETE_OLD, {"before": write_instant(before)})
