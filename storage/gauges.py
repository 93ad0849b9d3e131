"""How many rows of each kind there are, for whoever watches the server."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Queries
from storage.instants import write_instant
from storage.notices import GIVEN_UP_AFTER


@dataclass(frozen=True, slots=True)
class Gauges:
    """Counts at one instant; each connection counts once, and so does each notice."""

    active_connections: int
    dying_connections: int
    expired_connections: int
    invalid_connections: int
    open_refresh_intents: int
    waiting_notices: int
    delivered_notices: int
    given_up_notices: int
    audit_events: int


# The record's length stands in its chain: counting its rows would take longer with every event.
# What is being moved in from elsewhere has no site before it is proven, and does not count yet.
_READ = """
    WITH linked AS (
        SELECT status, expires_at, authorization_kind FROM connection
        JOIN jira_connection ON jira_connection.connection_id = connection.id
    )
    SELECT
        (SELECT COUNT(*) FROM linked WHERE status = 'ACTIVE'
            AND (expires_at IS NULL OR expires_at > :dying_by
                OR (expires_at > :now AND authorization_kind <> 'OAUTH2'))) AS active_connections,
        (SELECT COUNT(*) FROM linked WHERE status = 'ACTIVE' AND expires_at > :now
            AND expires_at <= :dying_by AND authorization_kind = 'OAUTH2') AS dying_connections,
        (SELECT COUNT(*) FROM linked
            WHERE status = 'ACTIVE' AND expires_at <= :now) AS expired_connections,
        (SELECT COUNT(*) FROM linked WHERE status = 'INVALID') AS invalid_connections,
        (SELECT COUNT(*) FROM refresh_lease) AS open_refresh_intents,
        (SELECT COUNT(*) FROM notice
            WHERE delivered_at IS NULL AND created_at > :made_after) AS waiting_notices,
        (SELECT COUNT(*) FROM notice WHERE delivered_at IS NOT NULL) AS delivered_notices,
        (SELECT COUNT(*) FROM notice
            WHERE delivered_at IS NULL AND created_at <= :made_after) AS given_up_notices,
        COALESCE((SELECT sequence FROM audit_chain), 0) AS audit_events
"""


async def read_gauges(queries: Queries, *, dying_by: datetime, now: datetime) -> Gauges:
    """The counts now; a grant that ends by `dying_by` unless it is renewed is dying."""
    values = {
        "dying_by": write_instant(dying_by),
        "now": write_instant(now),
        "made_after": write_instant(now - GIVEN_UP_AFTER),
    }
    row = await queries.fetch_one(_READ, values)
    assert row is not None
    return Gauges(**row)
