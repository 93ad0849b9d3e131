"""Keys that the operator makes beside the secret key: narrower, many, each with an end.

A key is kept as a hash, encrypted together with its scopes, its end and its revocation: whoever can
write rows can neither make a key nor widen one. Functions that change a key add an event, so run
them inside a transaction, as its last statement.
"""

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, SecretStr, ValidationError

from storage.api_key_texts import ApiKeyText
from storage.audit import AuditKind, append_event, note_event
from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.instants import (
    read_instant,
    read_optional_instant,
    write_instant,
    write_optional_instant,
)

_TABLE: Final = "api_key"
_HASH_COLUMN: Final = "secret_hash"
_HASH_SIZE_BYTES: Final = 32
_LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)


class _Sealed(BaseModel):
    """What a cell of `secret_hash` holds; all but the hash stands in other columns as well."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    hash: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class ApiKeyState(Enum):
    """Whether a key opens anything."""

    ACTIVE = auto()
    EXPIRED = auto()
    REVOKED = auto()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; `scopes` are the names of scopes, in the order given.

    `last_used_at` is true to the minute; `replaces_id` is the id of the key it was made in the
    place of.
    """

    key_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaces_id: str | None
    sealed_hash: str = field(repr=False)

    def state(self, now: datetime) -> ApiKeyState:
        """Whether it opens anything at an instant; what was revoked stays so."""
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return ApiKeyState.EXPIRED
        return ApiKeyState.ACTIVE

    def open_hash(self, ring: KeyRing) -> SecretStr:
        """The hash of the key's text; of one that was revoked, a hash of nothing.

        Raises:
            CredentialUnreadableError: it was not written by a holder of the encryption keys, or
                under one that is not in the ring; or scopes, end or revocation are not those that
                it was written with.
        """
        text = ring.decrypt(self.sealed_hash, table=_TABLE, column=_HASH_COLUMN, row_id=self.key_id)
        try:
            opened = _Sealed.model_validate_json(text.get_secret_value())
        except ValidationError:
            raise CredentialUnreadableError(self.key_id, _HASH_COLUMN) from None
        if opened != self._to_seal(opened.hash):
            raise CredentialUnreadableError(self.key_id, _HASH_COLUMN)
        return SecretStr(opened.hash)

    def seal(self, ring: KeyRing, secret_hash: str) -> str:
        """The cell that holds this hash with what the other columns say."""
        text = SecretStr(self._to_seal(secret_hash).model_dump_json())
        return ring.encrypt(text, table=_TABLE, column=_HASH_COLUMN, row_id=self.key_id)

    def _to_seal(self, secret_hash: str) -> _Sealed:
        return _Sealed(
            hash=secret_hash,
            scopes=list(self.scopes),
            created_at=write_instant(self.created_at),
            expires_at=write_optional_instant(self.expires_at),
            revoked_at=write_optional_instant(self.revoked_at),
        )


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made, with the text that is told once and kept nowhere."""

    key: ApiKey
    text: SecretStr


_SELECT: Final = """
    SELECT id, name, secret_hash, scopes, created_at, expires_at, revoked_at, last_used_at,
        replaces_id
    FROM api_key
"""
_SELECT_ONE: Final = f"{_SELECT} WHERE id = :key_id"
_SELECT_SUCCESSOR: Final = f"{_SELECT} WHERE replaces_id = :key_id"
_SELECT_ALL: Final = f"{_SELECT} ORDER BY created_at, id"


async def find_api_key(queries: Queries, key_id: str) -> ApiKey | None:
    """The key of an id, whatever its state.

    Raises:
        CredentialUnreadableError: somebody changed the row to what Juncture never writes.
    """
    row = await queries.fetch_one(_SELECT_ONE, {"key_id": key_id})
    return None if row is None else _read_key(row)


async def find_successor(queries: Queries, key_id: str) -> ApiKey | None:
    """The key that was made in the place of this one."""
    row = await queries.fetch_one(_SELECT_SUCCESSOR, {"key_id": key_id})
    return None if row is None else _read_key(row)


async def list_api_keys(queries: Queries) -> list[ApiKey]:
    """All keys, whatever their states, the oldest first."""
    return [_read_key(row) for row in await queries.fetch_all(_SELECT_ALL)]


_INSERT = """
    INSERT INTO api_key (id, name, secret_hash, scopes, created_at, expires_at, replaces_id)
    VALUES (:key_id, :name, :secret_hash, :scopes, :now, :expires_at, :replaces_id)
"""


async def create_api_key(
    queries: Queries,
    ring: KeyRing,
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
) -> NewApiKey:
    """Make a key; None as `expires_at` means that it has no end."""
    made = await _insert(
        queries, ring, name=name, scopes=scopes, expires_at=expires_at, now=now, replaces_id=None
    )
    await _note(queries, ring, AuditKind.API_KEY_CREATED, made.key, now)
    return made


# Rows that are about to be sealed anew are locked by the statement that changes them.
_END_EARLIER = """
    UPDATE api_key SET
        expires_at = CASE
            WHEN expires_at IS NULL OR expires_at > :ends_at THEN :ends_at ELSE expires_at END
    WHERE id = :key_id AND revoked_at IS NULL
    RETURNING *
"""
_SEAL = "UPDATE api_key SET secret_hash = :secret_hash WHERE id = :key_id"


async def rotate_api_key(
    queries: Queries, ring: KeyRing, old: ApiKey, *, old_ends_at: datetime, now: datetime
) -> NewApiKey | None:
    """Make a key in the place of another: the same name, the same scopes, as long a life.

    The old one goes on until `old_ends_at`, and never for longer than it would have. None where it
    was revoked meanwhile; nothing is made then.

    Raises:
        CredentialUnreadableError: the old one is not as Juncture wrote it.
    """
    secret_hash = old.open_hash(ring).get_secret_value()
    values = {"key_id": old.key_id, "ends_at": write_instant(old_ends_at)}
    row = await queries.fetch_one(_END_EARLIER, values)
    if row is None:
        return None
    await _keep_seal(queries, ring, _read_key(row), secret_hash)
    expires_at = None if old.expires_at is None else _after(now, old.expires_at - old.created_at)
    made = await _insert(
        queries,
        ring,
        name=old.name,
        scopes=old.scopes,
        expires_at=expires_at,
        now=now,
        replaces_id=old.key_id,
    )
    await _note(queries, ring, AuditKind.API_KEY_ROTATED, made.key, now)
    return made


_REVOKE = """
    UPDATE api_key SET revoked_at = :now WHERE id = :key_id AND revoked_at IS NULL
    RETURNING *
"""


async def revoke_api_key(
    queries: Queries, ring: KeyRing, key_id: str, *, now: datetime
) -> ApiKey | None:
    """Let a key open nothing any more; None where there is none, or it was revoked before.

    Its hash is replaced by one that no text has.
    """
    values = {"key_id": key_id, "now": write_instant(now)}
    row = await queries.fetch_one(_REVOKE, values)
    if row is None:
        return None
    revoked = _read_key(row)
    await _keep_seal(queries, ring, revoked, secrets.token_hex(_HASH_SIZE_BYTES))
    await _note(queries, ring, AuditKind.API_KEY_REVOKED, revoked, now)
    return revoked


_TOUCH = """
    UPDATE api_key SET last_used_at = :now
    WHERE id = :key_id AND (last_used_at IS NULL OR last_used_at <= :before)
"""


async def note_key_use(queries: Queries, key_id: str, *, before: datetime, now: datetime) -> None:
    """Keep that a key was used, unless a use after `before` is kept already."""
    values = {"key_id": key_id, "before": write_instant(before), "now": write_instant(now)}
    await queries.execute(_TOUCH, values)


async def _insert(
    queries: Queries,
    ring: KeyRing,
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
    replaces_id: str | None,
) -> NewApiKey:
    made = ApiKeyText.make()
    key = ApiKey(
        key_id=made.key_id,
        name=name,
        scopes=tuple(scopes),
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
        replaces_id=replaces_id,
        sealed_hash="",
    )
    key = replace(key, sealed_hash=key.seal(ring, made.hash))
    values = {
        "key_id": key.key_id,
        "name": name,
        "secret_hash": key.sealed_hash,
        "scopes": json.dumps(list(scopes)),
        "now": write_instant(now),
        "expires_at": write_optional_instant(expires_at),
        "replaces_id": replaces_id,
    }
    await queries.execute(_INSERT, values)
    return NewApiKey(key, SecretStr(made.text))


async def _keep_seal(queries: Queries, ring: KeyRing, key: ApiKey, secret_hash: str) -> None:
    """Seal a key's hash with what its other columns now say."""
    values = {"key_id": key.key_id, "secret_hash": key.seal(ring, secret_hash)}
    await queries.execute(_SEAL, values)


def _after(now: datetime, life: timedelta) -> datetime:
    """The end of a life, or the last instant there is."""
    return now + life if life <= _LAST_INSTANT - now else _LAST_INSTANT


async def _note(
    queries: Queries, ring: KeyRing, kind: AuditKind, key: ApiKey, now: datetime
) -> None:
    details: dict[str, JsonValue] = {
        "keyId": key.key_id,
        "name": key.name,
        "scopes": list(key.scopes),
    }
    if key.replaces_id is not None and kind is AuditKind.API_KEY_ROTATED:
        details["replacesId"] = key.replaces_id
    # A key is taken away although that cannot be recorded; none is made so.
    add = note_event if kind is AuditKind.API_KEY_REVOKED else append_event
    await add(queries, ring, kind, now=now, details=details)


def _read_key(row: Row) -> ApiKey:
    try:
        return ApiKey(
            key_id=row["id"],
            name=row["name"],
            scopes=_read_scopes(row["scopes"]),
            created_at=read_instant(row["created_at"]),
            expires_at=read_optional_instant(row["expires_at"]),
            revoked_at=read_optional_instant(row["revoked_at"]),
            last_used_at=read_optional_instant(row["last_used_at"]),
            replaces_id=row["replaces_id"],
            sealed_hash=row["secret_hash"],
        )
    except ValueError:
        raise CredentialUnreadableError(row["id"], _HASH_COLUMN) from None


def _read_scopes(text: str) -> tuple[str, ...]:
    names = json.loads(text)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("no list of names")
    return tuple(names)
