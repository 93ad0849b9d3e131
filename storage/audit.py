"""What happened to connections, keys and tokens: events that are added and never changed.

Each event's hash is made of the event and of the hash before it, with a key that is encrypted at
rest: an event that is changed, removed or put in shows where the chain is read.
"""

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue, SecretStr

from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.instants import read_instant, write_instant
from storage.records import Connection

_CHAIN_ID: Final = "chain"
_CHAIN_KEY_SIZE_BYTES: Final = 32


class AuditKind(StrEnum):
    """What an event tells of."""

    AUTHORIZATION_BEGUN = "AUTHORIZATION_BEGUN"
    CONNECTED = "CONNECTED"
    REAUTHORIZED = "REAUTHORIZED"
    IMPORTED = "IMPORTED"
    TOKENS_REFRESHED = "TOKENS_REFRESHED"
    REFRESH_FAILED = "REFRESH_FAILED"
    GRANT_DIED = "GRANT_DIED"
    CREDENTIALS_READ = "CREDENTIALS_READ"
    DISCONNECTED = "DISCONNECTED"
    FRONTEND_TOKEN_MINTED = "FRONTEND_TOKEN_MINTED"  # noqa: S105 - a kind, not a secret
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_ROTATED = "API_KEY_ROTATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    ENCRYPTION_KEYS_ROTATED = "ENCRYPTION_KEYS_ROTATED"


@dataclass(frozen=True, slots=True)
class Acting:
    """On whose behalf things happen: a kind of caller, with the id of its key or token.

    `request_id` is None for what no request asked for.
    """

    actor: str
    request_id: str | None = None


SYSTEM: Final = Acting("system")
"""Juncture itself, with nobody asking."""
OPERATOR: Final = Acting("operator")
"""Whoever runs the command line."""
_ACTING: ContextVar[Acting] = ContextVar("juncture_acting", default=SYSTEM)


@contextmanager
def acting(who: Acting) -> Iterator[None]:
    """Whatever happens inside, and in tasks begun inside, is done on this behalf."""
    token = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(token)


def get_acting() -> Acting:
    """On whose behalf the running code acts."""
    return _ACTING.get()


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about, as far as it is about a connection or an external id."""

    external_id: str | None = None
    provider: str | None = None
    connection_id: str | None = None

    @classmethod
    def of(cls, connection: Connection) -> "Subject":
        """The subject of an event about a connection."""
        return cls(connection.external_id, connection.provider, connection.connection_id)


NOTHING: Final = Subject()


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event; `sequence` counts from 1 without a gap."""

    sequence: int
    event_id: str
    kind: str
    actor: str
    at: datetime
    subject: Subject
    request_id: str | None
    details: Mapping[str, JsonValue]


# Whoever adds an event holds this row until the transaction ends, so that events have an order.
_ADVANCE = """
    UPDATE audit_chain SET sequence = sequence + 1 WHERE id = :chain_id
    RETURNING sequence, hash, chain_key
"""
_BEGIN_CHAIN = """
    INSERT INTO audit_chain (id, sequence, hash, chain_key)
    VALUES (:chain_id, 0, '', :chain_key)
    ON CONFLICT (id) DO NOTHING
"""
_NOTE_HASH = "UPDATE audit_chain SET hash = :hash WHERE id = :chain_id"
_INSERT = """
    INSERT INTO audit_event (
        sequence, id, kind, actor, at, external_id, provider, connection_id, request_id, details,
        hash
    ) VALUES (
        :sequence, :event_id, :kind, :actor, :at, :external_id, :provider, :connection_id,
        :request_id, :details, :hash
    )
"""


async def append_event(
    queries: Queries,
    ring: KeyRing,
    kind: AuditKind,
    *,
    now: datetime,
    subject: Subject = NOTHING,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    """Add an event, in the transaction of what it tells of; `details` hold no secret.

    Make it the transaction's last statement: other events wait from here to the commit.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    chain = await _advance(queries, ring)
    values: dict[str, str | int | None] = {
        "sequence": chain["sequence"],
        "event_id": uuid.uuid4().hex,
        "kind": kind.value,
        "actor": get_acting().actor,
        "at": write_instant(now),
        "external_id": subject.external_id,
        "provider": subject.provider,
        "connection_id": subject.connection_id,
        "request_id": get_acting().request_id,
        "details": json.dumps(details or {}, sort_keys=True),
    }
    values["hash"] = _chain_hash(_open_key(ring, chain["chain_key"]), chain["hash"], values)
    await queries.execute(_INSERT, values)
    await queries.execute(_NOTE_HASH, {"chain_id": _CHAIN_ID, "hash": values["hash"]})


async def _advance(queries: Queries, ring: KeyRing) -> Row:
    row = await queries.fetch_one(_ADVANCE, {"chain_id": _CHAIN_ID})
    if row is None:
        chain_key = ring.encrypt(
            SecretStr(os.urandom(_CHAIN_KEY_SIZE_BYTES).hex()),
            table="audit_chain",
            column="chain_key",
            row_id=_CHAIN_ID,
        )
        await queries.execute(_BEGIN_CHAIN, {"chain_id": _CHAIN_ID, "chain_key": chain_key})
        row = await queries.fetch_one(_ADVANCE, {"chain_id": _CHAIN_ID})
        assert row is not None
    return row


_SELECT: Final = """
    SELECT sequence, id, kind, actor, at, external_id, provider, connection_id, request_id, details,
        hash
    FROM audit_event
"""
_NEWEST: Final = """
    WHERE sequence < :before AND (:external_id = '' OR external_id = :external_id)
    ORDER BY sequence DESC LIMIT :amount
"""
_SELECT_NEWEST: Final = f"{_SELECT} {_NEWEST}"
_SELECT_IN_ORDER: Final = f"{_SELECT} WHERE sequence > :after ORDER BY sequence LIMIT :amount"
_SELECT_CHAIN = "SELECT sequence, hash, chain_key FROM audit_chain WHERE id = :chain_id"
_LATEST: Final = 2**31 - 1
_BATCH_SIZE: Final = 1_000


async def list_events(
    queries: Queries, *, external_id: str | None = None, before: int | None = None, amount: int
) -> list[AuditEvent]:
    """Events, the newest first: of one external id or of all, older than `before`."""
    values = {
        "external_id": external_id or "",
        "before": _LATEST if before is None else before,
        "amount": amount,
    }
    return [_read_event(row) for row in await queries.fetch_all(_SELECT_NEWEST, values)]


async def find_broken_link(queries: Queries, ring: KeyRing) -> int | None:
    """The first event that was changed, removed or put in, by its sequence; None where none was.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    chain = await queries.fetch_one(_SELECT_CHAIN, {"chain_id": _CHAIN_ID})
    if chain is None:
        return 1 if await queries.fetch_all(_SELECT_IN_ORDER, {"after": 0, "amount": 1}) else None
    chain_key = _open_key(ring, chain["chain_key"])
    sequence, link = 0, ""
    while rows := await queries.fetch_all(
        _SELECT_IN_ORDER, {"after": sequence, "amount": _BATCH_SIZE}
    ):
        for row in rows:
            if row["sequence"] > chain["sequence"]:
                break  # added since the chain's end was read
            sequence += 1
            values = {**row, "event_id": row["id"]}
            link = _chain_hash(chain_key, link, values)
            if row["sequence"] != sequence or not hmac.compare_digest(row["hash"], link):
                return sequence
        else:
            continue
        break
    is_whole = sequence == chain["sequence"] and hmac.compare_digest(link, chain["hash"])
    return None if is_whole else sequence + 1


def _open_key(ring: KeyRing, sealed: str) -> bytes:
    opened = ring.decrypt(sealed, table="audit_chain", column="chain_key", row_id=_CHAIN_ID)
    return bytes.fromhex(opened.get_secret_value())


_HASHED: Final = (
    "sequence",
    "event_id",
    "kind",
    "actor",
    "at",
    "external_id",
    "provider",
    "connection_id",
    "request_id",
    "details",
)


def _chain_hash(chain_key: bytes, before: str, values: Mapping[str, object]) -> str:
    told = json.dumps([before, *(values[name] for name in _HASHED)])
    return hmac.new(chain_key, told.encode(), hashlib.sha256).hexdigest()


def _read_event(row: Row) -> AuditEvent:
    return AuditEvent(
        sequence=row["sequence"],
        event_id=row["id"],
        kind=row["kind"],
        actor=row["actor"],
        at=read_instant(row["at"]),
        subject=Subject(row["external_id"], row["provider"], row["connection_id"]),
        request_id=row["request_id"],
        details=json.loads(row["details"]),
    )
