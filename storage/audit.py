"""What happened to connections, keys and tokens: events that are added and never changed.

They are chained by a key (see `storage.audit_chain`): an event that is changed, removed, moved or
put in shows where the chain is read.
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from storage.audit_chain import ChainEnd, find_end, hold_end, move_end
from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.instants import read_instant, write_instant
from storage.records import Connection

_LATEST: Final = 2**31 - 1
_BATCH_SIZE: Final = 1_000
_NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
_log = logging.getLogger("juncture.audit")


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


_INSERT = """
    INSERT INTO audit_event (
        sequence, id, kind, actor, at, external_id, provider, connection_id, request_id, details,
        hash
    ) VALUES (
        :sequence, :id, :kind, :actor, :at, :external_id, :provider, :connection_id, :request_id,
        :details, :hash
    )
    ON CONFLICT (sequence) DO NOTHING
    RETURNING sequence
"""
_SELECT_LAST = "SELECT MAX(sequence) FROM audit_event"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is not in the chain yet; it has happened at its time, on its actor's behalf."""

    event_id: str
    kind: AuditKind
    at: datetime
    acting: Acting
    subject: Subject
    details_json: str


def new_event(
    kind: AuditKind,
    *,
    now: datetime,
    subject: Subject = NOTHING,
    details: Mapping[str, JsonValue] | None = None,
) -> NewEvent:
    """An event on behalf of whoever the running code acts for; `details` hold no secret."""
    told = json.dumps(details or {}, sort_keys=True)
    return NewEvent(uuid.uuid4().hex, kind, now, get_acting(), subject, told)


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
    event = new_event(kind, now=now, subject=subject, details=details)
    await append_events(queries, ring, [event])


async def append_events(queries: Queries, ring: KeyRing, events: Sequence[NewEvent]) -> None:
    """Add events in their order, as `append_event` adds one.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    end = await hold_end(queries, ring)
    for event in events:
        end = await _insert(queries, end, event)
    await move_end(queries, end)


async def note_event(
    queries: Queries,
    ring: KeyRing,
    kind: AuditKind,
    *,
    now: datetime,
    subject: Subject = NOTHING,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    """Add an event of something that must happen all the same where the record is unreadable.

    A token is kept, and a key or a connection taken away, although nothing can be recorded any
    more; the log tells of it instead.
    """
    try:
        await append_event(queries, ring, kind, now=now, subject=subject, details=details)
    except CredentialUnreadableError:
        _log.exception("the event %s of %s could not be recorded", kind.value, subject)


async def _insert(queries: Queries, end: ChainEnd, event: NewEvent) -> ChainEnd:
    """The end that the event makes; rows that somebody put in its way stay, and show as such."""
    while True:
        row = _write_event(event, end.sequence + 1)
        followed = end.follow(row)
        if await queries.fetch_one(_INSERT, {**row, "hash": followed.mark}) is not None:
            return followed
        end = end.passing(await queries.fetch_val(_SELECT_LAST))


def _write_event(event: NewEvent, sequence: int) -> dict[str, str | int | None]:
    return {
        "sequence": sequence,
        "id": event.event_id,
        "kind": event.kind.value,
        "actor": event.acting.actor,
        "at": write_instant(event.at),
        "external_id": event.subject.external_id,
        "provider": event.subject.provider,
        "connection_id": event.subject.connection_id,
        "request_id": event.acting.request_id,
        "details": event.details_json,
    }


_SELECT: Final = """
    SELECT sequence, id, kind, actor, at, external_id, provider, connection_id, request_id, details,
        hash
    FROM audit_event
"""
_NEWEST_FIRST: Final = "sequence < :before ORDER BY sequence DESC LIMIT :amount"
_SELECT_NEWEST: Final = f"{_SELECT} WHERE {_NEWEST_FIRST}"
_SELECT_NEWEST_OF: Final = f"{_SELECT} WHERE external_id = :external_id AND {_NEWEST_FIRST}"
_SELECT_IN_ORDER: Final = f"{_SELECT} WHERE sequence > :after ORDER BY sequence LIMIT :amount"


async def list_events(
    queries: Queries, *, external_id: str | None = None, before: int | None = None, amount: int
) -> list[AuditEvent]:
    """Events, the newest first: of one external id or of all, older than `before`."""
    values: dict[str, object] = {
        "before": _LATEST if before is None else before,
        "amount": amount,
    }
    if external_id is None:
        rows = await queries.fetch_all(_SELECT_NEWEST, values)
    else:
        rows = await queries.fetch_all(_SELECT_NEWEST_OF, {**values, "external_id": external_id})
    return [_read_event(row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """How far the chain of events is whole: `sound` events from the first on."""

    sound: int
    is_whole: bool

    @property
    def broken_at(self) -> int | None:
        """The sequence of the first event that was changed, removed, moved or put in."""
        return None if self.is_whole else self.sound + 1


async def check_chain(queries: Queries, ring: KeyRing) -> ChainCheck:
    """Read all events in order, while others may be added, and see where their chain breaks.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    noted = await find_end(queries, ring)
    if noted is None:
        stray = await queries.fetch_one(_SELECT_IN_ORDER, {"after": 0, "amount": 1})
        return ChainCheck(0, is_whole=stray is None)
    reached = noted.start()
    while rows := await _list_after(queries, reached.sequence):
        for row in rows:
            end = reached.follow(row)
            if row["sequence"] != end.sequence or not end.is_mark(row["hash"]):
                return ChainCheck(reached.sequence, is_whole=False)
            reached = end
        # Read before the next events: where none follow, it is the end of those that were read.
        noted = await find_end(queries, ring)
    return ChainCheck(reached.sequence, is_whole=noted is not None and noted.is_same(reached))


async def _list_after(queries: Queries, sequence: int) -> list[Row]:
    values = {"after": sequence, "amount": _BATCH_SIZE}
    return await queries.fetch_all(_SELECT_IN_ORDER, values)


def _read_event(row: Row) -> AuditEvent:
    try:
        at, details = read_instant(row["at"]), json.loads(row["details"])
    except ValueError:
        # Somebody changed it: it is shown as it is, at no time, rather than hide the others.
        at, details = _NO_TIME, {"damagedAt": row["at"], "damagedDetails": row["details"]}
    return AuditEvent(
        sequence=row["sequence"],
        event_id=row["id"],
        kind=row["kind"],
        actor=row["actor"],
        at=at,
        subject=Subject(row["external_id"], row["provider"], row["connection_id"]),
        request_id=row["request_id"],
        details=details if isinstance(details, dict) else {"damagedDetails": row["details"]},
    )
