"""Connections of other systems' grants that nobody has proven yet.

They are written down before their refresh token is used, so that its successor has a place to be
kept. None of them has a row of `jira_connection` before its site is proven: whoever asks for
connections does not meet it, and nothing of it is used but for the refresh.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import SecretStr

from storage.connections import load_connections_by_id, read_connection
from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.errors import StorageError
from storage.instants import write_instant
from storage.records import AuthorizationKind, Connection, ConnectionId, Site, Tokens
from storage.token_columns import encrypt_tokens

GIVEN_UP_AFTER: Final = timedelta(days=7)
"""How long a grant may wait for its proof, from when it was written down."""
# Longer than an access token lives: whoever comes back later takes the lease before anything else.
_QUIET_FOR: Final = timedelta(hours=2)
_TABLE: Final = "connection"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TokenTakenError(StorageError):
    """A foreign refresh token is another connection's: it can be refreshed for one alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The connection of an external id; without a site as long as it is not proven."""

    connection: Connection
    is_proven: bool


def derive_connection_id(provider: str, refresh_token: SecretStr) -> ConnectionId:
    """The id of the connection that is made of a foreign refresh token.

    It tells, whatever became of the token since, that this very token was taken over already. The
    token is too long and too random to be guessed from it.
    """
    named = f"juncture import {provider} {refresh_token.get_secret_value()}"
    digest = hashlib.sha256(named.encode()).digest()
    return ConnectionId(str(uuid.UUID(bytes=digest[:16], version=5)))


# The no-op update makes the statement return the row that is there, and lock it.
_UPSERT_EXTERNAL_ID = """
    INSERT INTO connection_external_map (external_id, provider, connection_id)
    VALUES (:external_id, :provider, :connection_id)
    ON CONFLICT (external_id, provider) DO UPDATE SET external_id = excluded.external_id
    RETURNING connection_id
"""
_DELETE = "DELETE FROM connection WHERE id = :connection_id"
_INSERT = """
    INSERT INTO connection (
        id, provider, authorization_kind, status, scopes, access_token, refresh_token,
        access_expires_at, generation, created_at, updated_at
    ) VALUES (
        :connection_id, :provider, :kind, 'ACTIVE', :scopes, :access_token, :refresh_token,
        :access_expires_at, 1, :now, :now
    )
    ON CONFLICT (id) DO NOTHING
"""


async def save_unproven(
    queries: Queries,
    ring: KeyRing,
    *,
    external_id: str,
    provider: str,
    refresh_token: SecretStr,
    now: datetime,
) -> Candidate:
    """The connection of an external id, made of a foreign refresh token where there is none.

    One that waits for its proof stays as it is for the same token, and gives way to a new one for
    another. Run it inside a transaction.

    Raises:
        TokenTakenError: the token is another external id's.
    """
    connection_id = derive_connection_id(provider, refresh_token)
    row = {"external_id": external_id, "provider": provider, "connection_id": connection_id}
    present_id: ConnectionId = await queries.fetch_val(_UPSERT_EXTERNAL_ID, row)
    if present_id != connection_id:
        proven = await load_connections_by_id(queries, [present_id])
        if proven:
            return Candidate(proven[present_id], is_proven=True)
        await queries.execute(_DELETE, {"connection_id": present_id})
        await queries.execute(_UPSERT_EXTERNAL_ID, row)
    tokens = encrypt_tokens(ring, _spent(refresh_token), table=_TABLE, row_id=connection_id)
    values = {
        "connection_id": connection_id,
        "provider": provider,
        "kind": AuthorizationKind.OAUTH2.value,
        "now": write_instant(now),
    }
    await queries.execute(_INSERT, {**values, **tokens})
    # Asked now that the row is there, whoever wrote it: nobody else can be about to.
    if await _is_taken(queries, connection_id, external_id=external_id):
        raise TokenTakenError("This refresh token belongs to another external id.")
    return await _get_candidate(queries, connection_id)


async def _get_candidate(queries: Queries, connection_id: ConnectionId) -> Candidate:
    proven = await load_connections_by_id(queries, [connection_id])
    if proven:
        return Candidate(proven[connection_id], is_proven=True)
    waiting = await load_unproven_by_id(queries, [connection_id])
    return Candidate(waiting[connection_id], is_proven=False)


_FIND_OTHER = """
    SELECT external_id FROM connection_external_map
    WHERE connection_id = :connection_id AND external_id <> :external_id
"""


async def _is_taken(queries: Queries, connection_id: ConnectionId, *, external_id: str) -> bool:
    values = {"connection_id": connection_id, "external_id": external_id}
    return await queries.fetch_one(_FIND_OTHER, values) is not None


_SELECT = """
    SELECT connection.*, connection_external_map.external_id
    FROM connection
    JOIN connection_external_map ON connection_external_map.connection_id = connection.id
    WHERE NOT EXISTS (
        SELECT 1 FROM jira_connection WHERE jira_connection.connection_id = connection.id
    )
"""
_SELECT_ONE = f"{_SELECT} AND connection.id = :connection_id"
_SELECT_GIVEN_UP = f"""
    {_SELECT}
        AND connection.created_at <= :waiting_since AND connection.updated_at <= :untouched_since
        AND NOT EXISTS (
            SELECT 1 FROM refresh_lease WHERE refresh_lease.connection_id = connection.id
        )
    ORDER BY connection.created_at LIMIT :amount
"""  # noqa: S608 - a statement of this module
_NO_SITE: Final = {
    "cloud_id": None,
    "site_name": "",
    "site_url": "",
    "site_avatar_url": None,
    "selected_project_id": None,
}


async def load_unproven_by_id(
    queries: Queries, connection_ids: Sequence[ConnectionId]
) -> dict[ConnectionId, Connection]:
    """Those of these connections that wait for their proof, by id, for refreshing them alone."""
    rows: list[Row] = []
    for connection_id in connection_ids:
        rows += await queries.fetch_all(_SELECT_ONE, {"connection_id": connection_id})
    return {row["id"]: read_connection({**row, **_NO_SITE}) for row in rows}


async def list_given_up(queries: Queries, *, now: datetime, amount: int) -> list[Connection]:
    """Those that have waited for their proof too long, the oldest first.

    Those that are being refreshed, or whose refresh broke off, are not among them, and neither are
    those that somebody has just come back to.
    """
    values = {
        "waiting_since": write_instant(now - GIVEN_UP_AFTER),
        "untouched_since": write_instant(now - _QUIET_FOR),
        "amount": amount,
    }
    rows = await queries.fetch_all(_SELECT_GIVEN_UP, values)
    return [read_connection({**row, **_NO_SITE}) for row in rows]


# Whoever links, removes or moves in the external id waits for this row first.
_LOCK_EXTERNAL_ID = """
    UPDATE connection_external_map SET external_id = external_id
    WHERE connection_id = :connection_id
    RETURNING external_id
"""
# Nobody can begin a refresh beside this row; it goes with the connection.
_KEEP_REFRESHES_OUT = """
    INSERT INTO refresh_lease (connection_id, generation, owner, expires_at, opened_at, attempts)
    VALUES (:connection_id, :generation, :owner, :now, :now, 1)
    ON CONFLICT (connection_id) DO NOTHING
    RETURNING owner
"""
_LET_REFRESHES_IN = """
    DELETE FROM refresh_lease WHERE connection_id = :connection_id AND owner = :owner
"""
_DELETE_UNTOUCHED = """
    DELETE FROM connection
    WHERE id = :connection_id AND generation = :generation AND updated_at <= :untouched_since
        AND NOT EXISTS (
            SELECT 1 FROM jira_connection WHERE jira_connection.connection_id = connection.id
        )
    RETURNING id
"""


async def drop_unproven(queries: Queries, connection: Connection, *, now: datetime) -> bool:
    """Remove one that was given up, with its tokens; in a transaction.

    False where it stays: by now it is gone, proven, touched by somebody or being refreshed.
    """
    by_id = {"connection_id": connection.connection_id}
    if await queries.fetch_one(_LOCK_EXTERNAL_ID, by_id) is None:
        return False
    seen = {**by_id, "generation": connection.generation}
    lease = {**by_id, "owner": uuid.uuid4().hex}
    claim = {**seen, **lease, "now": write_instant(now)}
    if await queries.fetch_one(_KEEP_REFRESHES_OUT, claim) is None:
        return False
    untouched = {**seen, "untouched_since": write_instant(now - _QUIET_FOR)}
    if await queries.fetch_one(_DELETE_UNTOUCHED, untouched) is None:
        await queries.execute(_LET_REFRESHES_IN, lease)
        return False
    return True


# A parameter in a SELECT list has no type of its own on PostgreSQL.
_INSERT_SITE = """
    INSERT INTO jira_connection (
        connection_id, cloud_id, site_name, site_url, site_avatar_url, selected_project_id
    )
    SELECT id, CAST(:cloud_id AS text), CAST(:name AS text), CAST(:url AS text),
        CAST(:avatar_url AS text), CAST(:project_id AS text)
    FROM connection WHERE id = :connection_id AND refreshed_at IS NOT NULL
    ON CONFLICT (connection_id) DO NOTHING
    RETURNING connection_id
"""
_TOUCH = "UPDATE connection SET updated_at = :now WHERE id = :connection_id"


async def prove(
    queries: Queries,
    connection_id: ConnectionId,
    *,
    site: Site,
    selected_project_id: str | None,
    now: datetime,
) -> bool:
    """Let everybody see a connection whose refreshed grant opens the site; in a transaction.

    False where nothing was written: the connection is gone, or was linked by somebody else.
    """
    values = {
        "connection_id": connection_id,
        "cloud_id": site.cloud_id,
        "name": site.name,
        "url": site.url,
        "avatar_url": site.avatar_url,
        "project_id": selected_project_id,
    }
    if await queries.fetch_one(_INSERT_SITE, values) is None:
        return False
    await queries.execute(_TOUCH, {"connection_id": connection_id, "now": write_instant(now)})
    return True


def _spent(refresh_token: SecretStr) -> Tokens:
    """Tokens that are due for a refresh, whatever the hour."""
    return Tokens(
        access_token=SecretStr(""),
        refresh_token=refresh_token,
        access_expires_at=_LONG_AGO,
        scopes=(),
        expires_at=None,
    )
