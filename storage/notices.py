"""What the operator's own service is told of grants: a row a notice, made once and kept.

A row stays after its delivery, so that nothing is told twice, and goes with its connection. A
process that delivers holds it under a lease; where the process dies, another tells it again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.database import Database, Queries
from storage.instants import write_instant

GIVEN_UP_AFTER: Final = timedelta(days=14)
"""How long a notice is tried for, from when it was made."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to deliver; `payload` is JSON, `attempts` how often it was tried in vain."""

    notice_id: str
    payload: str
    attempts: int


# Functions of both engines that differ in nothing but their names.
_JSON_OBJECT: Final = {"sqlite": "json_object", "postgresql": "json_build_object"}

# The id is made of what the notice tells: told again, it would be the same.
_MAKE: Final = """
    INSERT INTO notice (
        id, kind, connection_id, occasion, payload, created_at, attempts, retry_at
    )
    SELECT told.id, told.kind, told.connection_id, told.occasion,
        CAST(JSON_OBJECT(
            'id', told.id, 'kind', told.kind, 'externalId', told.external_id,
            'provider', told.provider, 'connectionId', told.connection_id, 'site', told.site_url,
            'expiresAt', told.expires_at, 'at', CAST(:now AS TEXT)
        ) AS TEXT), :now, 0, :now
    FROM (
        SELECT found.kind || '.' || found.id || '.' || found.occasion AS id, found.kind,
            found.id AS connection_id, found.occasion, found.expires_at,
            connection_external_map.external_id, connection_external_map.provider,
            jira_connection.site_url
        FROM (FOUND) AS found
        JOIN connection_external_map ON connection_external_map.connection_id = found.id
        JOIN jira_connection ON jira_connection.connection_id = found.id
    ) AS told
    WHERE NOT EXISTS (SELECT 1 FROM notice WHERE notice.id = told.id)
    ON CONFLICT DO NOTHING
"""
_DYING: Final = """
    SELECT 'grant.dying' AS kind, id, expires_at AS occasion, expires_at FROM connection
    WHERE status = 'ACTIVE' AND authorization_kind = 'OAUTH2' AND expires_at <= :dying_by
"""
_DEAD: Final = """
    SELECT 'grant.dead' AS kind, id, CAST(generation AS TEXT) AS occasion, expires_at
    FROM connection WHERE status = 'INVALID'
"""


async def make_dying_notices(database: Database, *, dying_by: datetime, now: datetime) -> None:
    """A notice for each grant that ends by then unless it is renewed, once for that end."""
    values = {"dying_by": write_instant(dying_by), "now": write_instant(now)}
    await database.execute(_statement(database, _DYING), values)


async def make_dead_notices(database: Database, *, now: datetime) -> None:
    """A notice for each grant that the provider no longer honours, once for its generation."""
    await database.execute(_statement(database, _DEAD), {"now": write_instant(now)})


def _statement(database: Database, found: str) -> str:
    named = _MAKE.replace("JSON_OBJECT", _JSON_OBJECT[database.dialect])
    return named.replace("FOUND", found)


_DROP_OUTDATED = """
    DELETE FROM notice WHERE delivered_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM connection WHERE connection.id = notice.connection_id AND (
            (notice.kind = 'grant.dying' AND connection.status = 'ACTIVE'
                AND connection.expires_at = notice.occasion)
            OR (notice.kind = 'grant.dead' AND connection.status = 'INVALID'
                AND CAST(connection.generation AS TEXT) = notice.occasion)
        )
    )
"""


async def drop_outdated_notices(queries: Queries) -> None:
    """Remove what was not delivered yet and is no longer so: the grant was renewed, or is dead."""
    await queries.execute(_DROP_OUTDATED)


# The conditions stand twice: where another process claims a row in between, PostgreSQL looks at
# the outer ones again.
_CLAIM = """
    UPDATE notice SET owner = :owner, lease_expires_at = :lease_expires_at
    WHERE id IN (
        SELECT id FROM notice
        WHERE delivered_at IS NULL AND created_at > :made_after AND retry_at <= :now
            AND (lease_expires_at IS NULL OR lease_expires_at <= :now)
        ORDER BY retry_at LIMIT :amount
    )
        AND delivered_at IS NULL AND retry_at <= :now
        AND (lease_expires_at IS NULL OR lease_expires_at <= :now)
    RETURNING id, payload, attempts
"""


async def claim_notices(
    queries: Queries, *, owner: str, now: datetime, lease: timedelta, amount: int
) -> list[Notice]:
    """Notices that are due, held by this owner until the lease ends; the longest due first."""
    rows = await queries.fetch_all(
        _CLAIM,
        {
            "owner": owner,
            "lease_expires_at": write_instant(now + lease),
            "made_after": write_instant(now - GIVEN_UP_AFTER),
            "now": write_instant(now),
            "amount": amount,
        },
    )
    return [Notice(row["id"], row["payload"], row["attempts"]) for row in rows]


_NOTE_DELIVERED = """
    UPDATE notice SET delivered_at = :now, owner = NULL, lease_expires_at = NULL
    WHERE id = :notice_id AND delivered_at IS NULL
"""
_NOTE_FAILED = """
    UPDATE notice SET attempts = attempts + 1, retry_at = :retry_at, owner = NULL,
        lease_expires_at = NULL
    WHERE id = :notice_id AND owner = :owner AND delivered_at IS NULL
"""


async def note_delivered(queries: Queries, notice_id: str, *, now: datetime) -> None:
    """Keep that a notice was taken, whoever holds it by now."""
    await queries.execute(_NOTE_DELIVERED, {"notice_id": notice_id, "now": write_instant(now)})


async def note_failed(queries: Queries, notice_id: str, *, owner: str, retry_at: datetime) -> None:
    """Keep that a notice was not taken; nothing changes where another owner holds it by now."""
    values = {"notice_id": notice_id, "owner": owner, "retry_at": write_instant(retry_at)}
    await queries.execute(_NOTE_FAILED, values)
