"""Who refreshes a connection's tokens now, and what comes of it.

A row of `refresh_lease` is written before the provider is asked and goes with the transaction that
keeps its answer. One that stays tells of a refresh that broke off: after its time anybody may take
it over, and has to before the provider forgets the former refresh token.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.database import Queries
from storage.encryption import KeyRing
from storage.errors import StatementRefusedError
from storage.instants import (
    read_optional_instant,
    write_instant,
    write_optional_instant,
)
from storage.records import ConnectionId, Tokens
from storage.token_columns import encrypt_tokens


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to refresh the tokens of one generation; each claim has an owner of its own."""

    connection_id: ConnectionId
    generation: int
    owner: str
    attempts: int


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How far the refresh of a connection is; `lease_ends_at` is None where none is open."""

    generation: int
    lease_ends_at: datetime | None
    failed_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueRefresh:
    """A connection whose tokens of this generation have to be refreshed though nobody asks."""

    connection_id: ConnectionId
    generation: int


_FOREIGN_KEY_VIOLATION: Final = "23503"
_CLAIM = """
    INSERT INTO refresh_lease (
        connection_id, generation, owner, expires_at, opened_at, attempts
    )
    SELECT id, generation, CAST(:owner AS text), CAST(:ends_at AS text), CAST(:now AS text), 1
    FROM connection
    WHERE id = :connection_id AND generation = :generation AND status = 'ACTIVE'
    ON CONFLICT (connection_id) DO UPDATE SET
        opened_at = CASE WHEN refresh_lease.generation = excluded.generation
            THEN refresh_lease.opened_at ELSE excluded.opened_at END,
        attempts = CASE WHEN refresh_lease.generation = excluded.generation
            THEN refresh_lease.attempts + 1 ELSE 1 END,
        generation = excluded.generation, owner = excluded.owner,
        expires_at = excluded.expires_at, failed_at = NULL, retry_at = NULL
    WHERE refresh_lease.generation <> excluded.generation
        OR (refresh_lease.expires_at <= :now
            AND (refresh_lease.failed_at IS NULL OR refresh_lease.failed_at <= :since)
            AND (refresh_lease.opened_at > :stale_before OR refresh_lease.failed_at IS NOT NULL
                OR refresh_lease.retry_at <= :now))
    RETURNING attempts
"""


async def claim_refresh(
    queries: Queries,
    connection_id: ConnectionId,
    *,
    generation: int,
    now: datetime,
    ends_at: datetime,
    stale_before: datetime,
    since: datetime | None = None,
) -> Lease | None:
    """The lease on a refresh of these tokens, until an instant; the row is the intent as well.

    None where another has it, or has failed `since` (by default: now); where the tokens are of
    another generation by now; where the grant is dead or gone; and where a refresh of which nobody
    told the end was begun before `stale_before`, and was not put off by `put_off_stale` or still
    is. Read the tokens once more under the lease before they are spent.
    """
    owner = uuid.uuid4().hex
    values = {
        "connection_id": connection_id,
        "generation": generation,
        "owner": owner,
        "now": write_instant(now),
        "ends_at": write_instant(ends_at),
        "stale_before": write_instant(stale_before),
        "since": write_instant(since or now),
    }
    try:
        row = await queries.fetch_one(_CLAIM, values)
    except StatementRefusedError as error:
        if error.code != _FOREIGN_KEY_VIOLATION:
            raise
        row = None  # the connection was deleted while the statement waited
    return None if row is None else Lease(connection_id, generation, owner, row["attempts"])


_FIND_STATE = """
    SELECT connection.generation, refresh_lease.expires_at, refresh_lease.failed_at,
        refresh_lease.retry_at
    FROM connection
    LEFT JOIN refresh_lease ON refresh_lease.connection_id = connection.id
        AND refresh_lease.generation = connection.generation
    WHERE connection.id = :connection_id
"""


async def find_refresh_state(queries: Queries, connection_id: ConnectionId) -> RefreshState | None:
    """How far the refresh of a connection is; None where there is no such connection."""
    row = await queries.fetch_one(_FIND_STATE, {"connection_id": connection_id})
    if row is None:
        return None
    return RefreshState(
        generation=row["generation"],
        lease_ends_at=read_optional_instant(row["expires_at"]),
        failed_at=read_optional_instant(row["failed_at"]),
        retry_at=read_optional_instant(row["retry_at"]),
    )


_CLOSE = """
    DELETE FROM refresh_lease
    WHERE connection_id = :connection_id AND owner = :owner AND generation = :generation
    RETURNING owner
"""
_REPLACE_TOKENS = """
    UPDATE connection SET
        status = 'ACTIVE', scopes = :scopes, access_token = :access_token,
        refresh_token = :refresh_token, access_expires_at = :access_expires_at,
        expires_at = :expires_at, generation = generation + 1, updated_at = :now,
        refreshed_at = :now, last_error = NULL, last_error_at = NULL
    WHERE id = :connection_id AND generation = :generation
    RETURNING id
"""


async def save_refreshed_tokens(
    queries: Queries, ring: KeyRing, lease: Lease, *, tokens: Tokens, now: datetime
) -> bool:
    """Replace the tokens and close the intent; run it inside a transaction.

    False means that the tokens stay as they are: another has taken the lease over, the tokens are
    newer, or the connection is gone.
    """
    if not await _close(queries, lease):
        return False
    values = {
        "connection_id": lease.connection_id,
        "generation": lease.generation,
        "now": write_instant(now),
        "expires_at": write_optional_instant(tokens.expires_at),
        **encrypt_tokens(ring, tokens, table="connection", row_id=lease.connection_id),
    }
    return await queries.fetch_one(_REPLACE_TOKENS, values) is not None


_MARK_INVALID = """
    UPDATE connection SET
        status = 'INVALID', updated_at = :now,
        last_error = 'NEEDS_REAUTHORIZATION', last_error_at = :now
    WHERE id = :connection_id AND generation = :generation
    RETURNING id
"""


async def mark_invalid(queries: Queries, lease: Lease, *, now: datetime) -> bool:
    """Note that the provider no longer honours these tokens; run it inside a transaction.

    False means that nothing was noted: another has the lease, the tokens are newer, or the
    connection is gone.
    """
    if not await _close(queries, lease):
        return False
    values = {
        "connection_id": lease.connection_id,
        "generation": lease.generation,
        "now": write_instant(now),
    }
    return await queries.fetch_one(_MARK_INVALID, values) is not None


_LEAVE_OPEN = """
    UPDATE refresh_lease SET expires_at = :now, failed_at = :now, retry_at = :retry_at
    WHERE connection_id = :connection_id AND owner = :owner
    RETURNING owner
"""
_NOTE_ERROR = """
    UPDATE connection SET last_error = :error, last_error_at = :now
    WHERE id = :connection_id AND generation = :generation
"""


async def note_failed_refresh(
    queries: Queries, lease: Lease, *, error: str, now: datetime, retry_at: datetime
) -> bool:
    """Give the lease back after a failure; run it inside a transaction.

    The intent stays open: a caller may try again at once, and whoever looks for work from
    `retry_at` on. False where another has the lease by now.
    """
    values = {
        "connection_id": lease.connection_id,
        "owner": lease.owner,
        "now": write_instant(now),
        "retry_at": write_instant(retry_at),
    }
    if await queries.fetch_one(_LEAVE_OPEN, values) is None:
        return False
    noted = {
        "connection_id": lease.connection_id,
        "generation": lease.generation,
        "error": error,
        "now": write_instant(now),
    }
    await queries.execute(_NOTE_ERROR, noted)
    return True


async def release_refresh(queries: Queries, lease: Lease) -> None:
    """Close the intent of a refresh that turned out to be none: nothing was spent."""
    await _close(queries, lease)


_PUT_OFF_STALE = """
    UPDATE refresh_lease SET retry_at = :until
    WHERE retry_at IS NULL AND expires_at <= :now AND opened_at <= :stale_before
"""


async def put_off_stale(
    queries: Queries, *, now: datetime, stale_before: datetime, until: datetime
) -> None:
    """Leave refreshes that were begun before `stale_before` to their owners for a while.

    Their owners may have been kept from saving the answer by an outage of the database, and the
    provider takes the former token no more: a second use of it would end the grant.
    """
    values = {
        "now": write_instant(now),
        "stale_before": write_instant(stale_before),
        "until": write_instant(until),
    }
    await queries.execute(_PUT_OFF_STALE, values)


_DISCARD_OUTDATED = """
    DELETE FROM refresh_lease
    WHERE expires_at <= :now AND NOT EXISTS (
        SELECT 1 FROM connection
        WHERE connection.id = refresh_lease.connection_id AND connection.status = 'ACTIVE'
            AND connection.generation = refresh_lease.generation
    )
"""


async def discard_outdated(queries: Queries, *, now: datetime) -> None:
    """Forget intents for tokens that others have replaced, or whose grant has died, meanwhile.

    A process leaves one behind where it ends between its claim and its second look at the tokens.
    """
    await queries.execute(_DISCARD_OUTDATED, {"now": write_instant(now)})


_LIST_BROKEN_OFF = """
    SELECT refresh_lease.connection_id, refresh_lease.generation
    FROM refresh_lease
    JOIN connection ON connection.id = refresh_lease.connection_id
    WHERE refresh_lease.expires_at <= :now
        AND (refresh_lease.retry_at IS NULL OR refresh_lease.retry_at <= :now)
        AND connection.status = 'ACTIVE' AND connection.generation = refresh_lease.generation
    ORDER BY refresh_lease.opened_at LIMIT :amount
"""
_LIST_IDLE = """
    SELECT id AS connection_id, generation FROM connection
    WHERE refreshed_at <= :idle_since AND status = 'ACTIVE' AND refresh_token IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM refresh_lease WHERE connection_id = connection.id)
    ORDER BY refreshed_at LIMIT :amount
"""


async def list_broken_off(queries: Queries, *, now: datetime, amount: int) -> Sequence[DueRefresh]:
    """Refreshes that were begun and never ended, whose lease is over; the oldest first."""
    rows = await queries.fetch_all(_LIST_BROKEN_OFF, {"now": write_instant(now), "amount": amount})
    return [DueRefresh(ConnectionId(row["connection_id"]), row["generation"]) for row in rows]


async def list_idle(queries: Queries, *, idle_since: datetime, amount: int) -> Sequence[DueRefresh]:
    """Living grants that nobody has refreshed since an instant, the longest idle first."""
    values = {"idle_since": write_instant(idle_since), "amount": amount}
    rows = await queries.fetch_all(_LIST_IDLE, values)
    return [DueRefresh(ConnectionId(row["connection_id"]), row["generation"]) for row in rows]


async def _close(queries: Queries, lease: Lease) -> bool:
    values = {
        "connection_id": lease.connection_id,
        "owner": lease.owner,
        "generation": lease.generation,
    }
    return await queries.fetch_one(_CLOSE, values) is not None
