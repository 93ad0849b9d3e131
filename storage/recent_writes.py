"""Issues that were just written through a connection, which Jira's searches may not show yet.

A row names an issue by its id, or by its key where no more was known when it was written.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from storage.database import Database, Queries
from storage.instants import write_instant
from storage.records import ConnectionId

KEPT_FOR: Final = timedelta(minutes=10)
"""Far longer than Jira's search lags: seconds as a rule, minutes at worst."""
MOST_KEPT: Final = 50
"""As many as Jira's search takes."""


async def note_writes(
    database: Database, connection_id: ConnectionId, issues: Sequence[str], *, now: datetime
) -> None:
    """Keep that issues were written; of more than `MOST_KEPT` the last."""
    # In one order for everybody, so that no two writers wait for each other's rows.
    named = sorted(list(dict.fromkeys(issues))[-MOST_KEPT:])
    if not named:
        return
    values = {f"issue_{number}": issue for number, issue in enumerate(named)}
    rows = ", ".join(f"(:connection_id, :{name}, :now)" for name in values)
    await database.execute(
        _UPSERT.replace("ROWS", rows),
        {"connection_id": connection_id, "now": write_instant(now), **values},
    )


_UPSERT: Final = """
    INSERT INTO recent_write (connection_id, issue_id, written_at) VALUES ROWS
    ON CONFLICT (connection_id, issue_id) DO UPDATE SET written_at = excluded.written_at
"""


async def list_writes(
    database: Database, connection_id: ConnectionId, *, now: datetime, most: int = MOST_KEPT
) -> list[str]:
    """The issues of the last minutes, `most` at most, the latest first."""
    values = {"connection_id": connection_id, "since": write_instant(now - KEPT_FOR)}
    rows = await database.fetch_all(_SELECT, {**values, "most": most})
    return [row["issue_id"] for row in rows]


_SELECT: Final = """
    SELECT issue_id FROM recent_write
    WHERE connection_id = :connection_id AND written_at > :since
    ORDER BY written_at DESC, issue_id DESC LIMIT :most
"""


async def name_write(
    queries: Queries, connection_id: ConnectionId, key: str, issue_id: str
) -> None:
    """Call an issue by its id from now on that was kept by its key."""
    values = {"connection_id": connection_id, "key": key}
    await queries.execute(_INSERT_NAMED, {**values, "issue_id": issue_id})
    await forget_write(queries, connection_id, key)


_INSERT_NAMED: Final = """
    INSERT INTO recent_write (connection_id, issue_id, written_at)
    SELECT connection_id, CAST(:issue_id AS TEXT), written_at FROM recent_write
    WHERE connection_id = :connection_id AND issue_id = :key
    ON CONFLICT (connection_id, issue_id) DO UPDATE SET written_at = excluded.written_at
"""


async def forget_write(queries: Queries, connection_id: ConnectionId, key: str) -> None:
    """Keep no longer that an issue was written, which is not there any more."""
    await queries.execute(_DELETE_KEY, {"connection_id": connection_id, "key": key})


_DELETE_KEY: Final = """
    DELETE FROM recent_write WHERE connection_id = :connection_id AND issue_id = :key
"""


async def sweep_writes(database: Database, *, now: datetime) -> None:
    """Remove what no search needs any more."""
    await database.execute(_SWEEP, {"before": write_instant(now - KEPT_FOR)})


_SWEEP: Final = "DELETE FROM recent_write WHERE written_at <= :before"
