"""Writes that their callers want to happen once: a row before the call, its outcome after it.

A key of a connection has one row. Who has its lease may write to Jira; nobody else does. RUNNING
and UNKNOWN rows have an instant to be looked at, `settle_at`, so that one whose process died, or
whose answer was lost, is settled though nobody asks for it again. Rows hold hashes, the ids of what
was made and the marker it was made with, and nothing of its content.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from storage.database import Queries, Row
from storage.errors import StatementRefusedError
from storage.instants import read_instant, write_instant, write_optional_instant
from storage.records import ConnectionId

KEPT_FOR: Final = timedelta(hours=24)
"""How long the outcome of a key is replayed, from when it was last written or looked for."""
GIVEN_UP_AFTER: Final = timedelta(days=7)
"""How long a lost answer is looked for where Jira cannot be asked, because the grant died say.

It counts from the last write.
"""
_FOREIGN_KEY_VIOLATION: Final = "23503"


class WriteKind(StrEnum):
    """What is made."""

    ISSUES = "ISSUES"
    COMMENT = "COMMENT"
    WORKLOG = "WORKLOG"


class WriteState(StrEnum):
    """How far a key is.

    RUNNING: somebody writes, or died of it. UNKNOWN: an answer was lost, and what it was about has
    not been found. DONE: all was made. OPEN: what is missing was not made, and may be made.
    """

    RUNNING = "RUNNING"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class Made:
    """Jira's id of a thing that was made, and the key of an issue as it was then."""

    jira_id: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class WriteKey:
    """A key of a connection, and what it is used for; `place` is where Jira is asked to write.

    `fingerprint` stands for the whole input. `amount` things are to be made.
    """

    connection_id: ConnectionId
    key_hash: str
    kind: WriteKind
    fingerprint: str
    place: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write, or to look for what was written; each has an owner of its own.

    Only a RUNNING one may write; an OPEN one after `begin_again`, an UNKNOWN one once what is
    missing was not found from `certain_at` on. `made` is what is known to be made, by its number in
    the input.
    """

    write: WriteKey
    state: WriteState
    owner: str
    marker: str
    started_at: datetime
    certain_at: datetime
    made: Mapping[int, Made]


@dataclass(frozen=True, slots=True)
class KnownWrite:
    """What is kept of a key."""

    kind: str
    fingerprint: str
    state: WriteState
    made: Mapping[int, Made]


# A parameter in a SELECT list has no type of its own on PostgreSQL. Where a row is there, it is
# taken over if its input is the same, and nobody has it; the marker stays, so that whatever an
# earlier attempt made is found by it.
_CLAIM = """
    INSERT INTO idempotency_key (
        connection_id, key_hash, kind, fingerprint, state, owner, lease_expires_at, marker, place,
        amount, started_at, certain_at, settle_at, attempts
    )
    SELECT id, CAST(:key_hash AS text), CAST(:kind AS text), CAST(:fingerprint AS text), 'RUNNING',
        CAST(:owner AS text), CAST(:ends_at AS text), CAST(:marker AS text), CAST(:place AS text),
        CAST(:amount AS integer), CAST(:now AS text), CAST(:certain_at AS text),
        CAST(:ends_at AS text), 1
    FROM connection WHERE id = :connection_id
    ON CONFLICT (connection_id, key_hash) DO UPDATE SET
        state = CASE WHEN idempotency_key.state = 'OPEN' THEN 'OPEN' ELSE 'UNKNOWN' END,
        owner = excluded.owner, lease_expires_at = excluded.lease_expires_at,
        settle_at = CASE WHEN idempotency_key.state = 'OPEN' THEN NULL
            ELSE excluded.settle_at END,
        attempts = idempotency_key.attempts + 1
    WHERE idempotency_key.state <> 'DONE' AND idempotency_key.lease_expires_at <= :now
        AND idempotency_key.kind = excluded.kind
        AND idempotency_key.fingerprint = excluded.fingerprint
    RETURNING *
"""


async def claim_write(
    queries: Queries, write: WriteKey, *, now: datetime, ends_at: datetime, certain_at: datetime
) -> Claim | None:
    """The lease on a key until an instant; the row is the intent as well.

    From `certain_at` on, whatever this attempt made can be found. None where another has the lease,
    where all was made, where the key was used for another input, or where the connection is gone.
    """
    values = {
        "connection_id": write.connection_id,
        "key_hash": write.key_hash,
        "kind": write.kind.value,
        "fingerprint": write.fingerprint,
        "place": write.place,
        "amount": write.amount,
        "owner": uuid.uuid4().hex,
        "marker": uuid.uuid4().hex,
        "now": write_instant(now),
        "ends_at": write_instant(ends_at),
        "certain_at": write_instant(certain_at),
    }
    try:
        row = await queries.fetch_one(_CLAIM, values)
    except StatementRefusedError as error:
        if error.code != _FOREIGN_KEY_VIOLATION:
            raise
        row = None  # the connection was deleted while the statement waited
    return None if row is None else _read_claim(row)


_FIND = """
    SELECT kind, fingerprint, state, outcome FROM idempotency_key
    WHERE connection_id = :connection_id AND key_hash = :key_hash
"""


async def find_write(queries: Queries, write: WriteKey) -> KnownWrite | None:
    """What is kept of a key; None where it was never used, or is free again."""
    values = {"connection_id": write.connection_id, "key_hash": write.key_hash}
    row = await queries.fetch_one(_FIND, values)
    if row is None:
        return None
    return KnownWrite(
        row["kind"], row["fingerprint"], WriteState(row["state"]), _read_made(row["outcome"])
    )


_OWNED = "connection_id = :connection_id AND key_hash = :key_hash AND owner = :owner"
_BEGIN_AGAIN = f"""
    UPDATE idempotency_key SET state = 'RUNNING', lease_expires_at = :ends_at,
        settle_at = :ends_at, certain_at = :certain_at, outcome = :outcome
    WHERE {_OWNED} RETURNING owner
"""  # noqa: S608 - a statement of this module


async def begin_again(
    queries: Queries,
    claim: Claim,
    *,
    made: Mapping[int, Made],
    ends_at: datetime,
    certain_at: datetime,
) -> bool:
    """Keep that what is missing is written now, after it turned out that it was not made.

    False where another has the lease by now: nothing may be written then.
    """
    values = {
        **_owned(claim),
        "ends_at": write_instant(ends_at),
        "certain_at": write_instant(certain_at),
        "outcome": _write_made(made),
    }
    return await queries.fetch_one(_BEGIN_AGAIN, values) is not None


# What is made stays made, whoever has the lease by now: the marker names the write.
_KEEP_ALL = """
    UPDATE idempotency_key SET state = 'DONE', settle_at = NULL, outcome = :outcome
    WHERE connection_id = :connection_id AND key_hash = :key_hash AND marker = :marker
        AND state <> 'DONE'
"""
_KEEP_SOME = f"""
    UPDATE idempotency_key SET state = :state, lease_expires_at = :now, settle_at = :settle_at,
        certain_at = :certain_at, outcome = :outcome
    WHERE {_OWNED} AND state <> 'DONE'
"""  # noqa: S608 - a statement of this module
_FORGET = f"""
    DELETE FROM idempotency_key WHERE {_OWNED} AND state <> 'DONE'
"""  # noqa: S608 - a statement of this module


async def keep_all(queries: Queries, claim: Claim, made: Mapping[int, Made]) -> None:
    """Keep that all was made; nothing changes where that is known."""
    values = {
        "connection_id": claim.write.connection_id,
        "key_hash": claim.write.key_hash,
        "marker": claim.marker,
        "outcome": _write_made(made),
    }
    await queries.execute(_KEEP_ALL, values)


async def keep_open(
    queries: Queries, claim: Claim, made: Mapping[int, Made], *, now: datetime
) -> None:
    """Keep that only this was made, and give the lease back: the same input may make the rest."""
    values = {
        **_owned(claim),
        "state": WriteState.OPEN.value,
        "now": write_instant(now),
        "settle_at": None,
        "certain_at": write_instant(claim.certain_at),
        "outcome": _write_made(made),
    }
    await queries.execute(_KEEP_SOME, values)


async def keep_unknown(
    queries: Queries,
    claim: Claim,
    made: Mapping[int, Made],
    *,
    now: datetime,
    certain_at: datetime,
    settle_at: datetime,
) -> None:
    """Keep that more than this may have been made, and give the lease back.

    It is looked for again at `settle_at`, whoever asks.
    """
    values = {
        **_owned(claim),
        "state": WriteState.UNKNOWN.value,
        "now": write_instant(now),
        "settle_at": write_optional_instant(settle_at),
        "certain_at": write_instant(certain_at),
        "outcome": _write_made(made),
    }
    await queries.execute(_KEEP_SOME, values)


async def forget_write(queries: Queries, claim: Claim) -> None:
    """Free the key, since nothing was made: it may be used again, for another input too."""
    await queries.execute(_FORGET, _owned(claim))


# The conditions stand twice: where another process claims a row in between, PostgreSQL looks at
# the outer ones again.
_CLAIM_DUE = """
    UPDATE idempotency_key SET owner = :owner, lease_expires_at = :ends_at
    WHERE (connection_id, key_hash) IN (
        SELECT connection_id, key_hash FROM idempotency_key
        WHERE settle_at <= :now AND lease_expires_at <= :now
        ORDER BY settle_at LIMIT :amount
    )
        AND settle_at <= :now AND lease_expires_at <= :now
    RETURNING *
"""


async def claim_due_writes(
    queries: Queries, *, now: datetime, ends_at: datetime, amount: int
) -> Sequence[Claim]:
    """Writes whose outcome nobody knows and nobody looks for, held until an instant."""
    values = {
        "owner": uuid.uuid4().hex,
        "now": write_instant(now),
        "ends_at": write_instant(ends_at),
        "amount": amount,
    }
    return [_read_claim(row) for row in await queries.fetch_all(_CLAIM_DUE, values)]


# Whoever writes or looks takes the lease for it, so that its end is the last time that anybody did:
# what is made long after the key's first use is kept as long as any. `started_at` is never later;
# it stands here for its index.
_DELETE_OLD = """
    DELETE FROM idempotency_key
    WHERE started_at <= :kept_since AND (
        (settle_at IS NULL AND lease_expires_at <= :kept_since)
        OR (settle_at IS NOT NULL AND lease_expires_at <= :now
            AND certain_at <= :looked_for_since)
    )
"""


async def delete_old_writes(queries: Queries, *, now: datetime) -> None:
    """Forget keys whose time is over, and those whose outcome nobody could find out."""
    values = {
        "now": write_instant(now),
        "kept_since": write_instant(now - KEPT_FOR),
        "looked_for_since": write_instant(now - GIVEN_UP_AFTER),
    }
    await queries.execute(_DELETE_OLD, values)


def _owned(claim: Claim) -> dict[str, object]:
    return {
        "connection_id": claim.write.connection_id,
        "key_hash": claim.write.key_hash,
        "owner": claim.owner,
    }


def _read_claim(row: Row) -> Claim:
    write = WriteKey(
        connection_id=ConnectionId(row["connection_id"]),
        key_hash=row["key_hash"],
        kind=WriteKind(row["kind"]),
        fingerprint=row["fingerprint"],
        place=row["place"],
        amount=row["amount"],
    )
    return Claim(
        write,
        state=WriteState(row["state"]),
        owner=row["owner"],
        marker=row["marker"],
        started_at=read_instant(row["started_at"]),
        certain_at=read_instant(row["certain_at"]),
        made=_read_made(row["outcome"]),
    )


def _write_made(made: Mapping[int, Made]) -> str | None:
    listed = {str(number): [each.jira_id, each.key] for number, each in sorted(made.items())}
    return json.dumps(listed, separators=(",", ":")) if listed else None


def _read_made(text: str | None) -> dict[int, Made]:
    listed = json.loads(text) if text else {}
    return {int(number): Made(jira_id, key) for number, (jira_id, key) in listed.items()}
