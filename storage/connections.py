"""Connections, their tokens, and the external ids they are found by.

Functions that take `queries` run on the database or inside the caller's transaction alike.
"""

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError, CredentialUnreadableError
from storage.instants import (
    read_instant,
    read_optional_instant,
    write_instant,
    write_optional_instant,
)
from storage.records import (
    AuthorizationKind,
    Connection,
    ConnectionId,
    GrantStatus,
    LinkedId,
    Site,
    StoredTokens,
    Tokens,
)
from storage.token_columns import decrypt_tokens, encrypt_tokens

BATCH_SIZE: Final = 512
"""How many ids one statement names, where each brings a row back."""
_TABLE: Final = "connection"

SELECT_CONNECTION: Final = """
    SELECT connection.id, connection.provider, connection.authorization_kind, connection.status,
        connection.scopes, connection.expires_at, connection.generation, connection.metadata,
        connection.created_at, connection.updated_at, connection.last_used_at,
        connection.consented_at, connection.last_error, connection.last_error_at,
        connection_external_map.external_id, jira_connection.cloud_id, jira_connection.site_name,
        jira_connection.site_url, jira_connection.site_avatar_url,
        jira_connection.selected_project_id
    FROM connection
    JOIN connection_external_map ON connection_external_map.connection_id = connection.id
    JOIN jira_connection ON jira_connection.connection_id = connection.id
"""


async def load_connections_by_external_id(
    queries: Queries,
    *,
    provider: str,
    external_ids: Sequence[str],
    only: LinkedId | None = None,
) -> dict[str, Connection]:
    """The connections of these external ids, by external id; those that have none are left out.

    Where `only` is given, every other connection is as good as absent.
    """
    where, values = _within(only)
    where += "connection_external_map.provider = :provider AND external_id IN "
    found = await _load(queries, where, external_ids, {"provider": provider, **values})
    return {connection.external_id: connection for connection in found}


async def load_connections_by_id(
    queries: Queries, connection_ids: Sequence[ConnectionId], *, only: LinkedId | None = None
) -> dict[ConnectionId, Connection]:
    """The connections with these ids, by id; ids that do not exist are left out.

    Where `only` is given, every other connection is as good as absent.
    """
    where, values = _within(only)
    found = await _load(queries, f"{where} connection.id IN ", connection_ids, values)
    return {connection.connection_id: connection for connection in found}


_ONLY: Final = """
    connection_external_map.external_id = :only_external_id
    AND connection_external_map.provider = :only_provider AND
"""


def _within(only: LinkedId | None) -> tuple[str, dict[str, str]]:
    """The beginning of a condition, and its values, that no foreign row passes."""
    if only is None:
        return "WHERE ", {}
    values = {"only_external_id": only.external_id, "only_provider": only.provider}
    return f"WHERE {_ONLY} ", values


async def find_newest_connection(queries: Queries) -> Connection | None:
    """The connection whose row changed last; None where there is none."""
    row = await queries.fetch_one(
        f"{SELECT_CONNECTION} ORDER BY connection.updated_at DESC LIMIT 1"
    )
    return None if row is None else read_connection(row)


_SELECT_TOKENS = """
    SELECT id, access_token, refresh_token, access_expires_at, scopes, expires_at, generation,
        status, login, consented_at
    FROM connection WHERE id
"""


async def get_tokens(queries: Queries, ring: KeyRing, connection_id: ConnectionId) -> StoredTokens:
    """The tokens of a connection, decrypted.

    Raises:
        ConnectionMissingError: There is no such connection.
        CredentialUnreadableError: A token cannot be decrypted.
    """
    values = {"connection_id": connection_id}
    row = await queries.fetch_one(f"{_SELECT_TOKENS} = :connection_id", values)
    if row is None:
        raise ConnectionMissingError(connection_id)
    return _read_tokens(ring, row)


async def load_tokens(
    queries: Queries, ring: KeyRing, connection_ids: Sequence[ConnectionId]
) -> dict[ConnectionId, StoredTokens | CredentialUnreadableError]:
    """The tokens of these connections, by id; in the place of those that are unreadable, why."""
    found: dict[ConnectionId, StoredTokens | CredentialUnreadableError] = {}
    for placeholders, batch in iter_batches(connection_ids):
        for row in await queries.fetch_all(f"{_SELECT_TOKENS} IN ({placeholders})", batch):
            try:
                found[ConnectionId(row["id"])] = _read_tokens(ring, row)
            except CredentialUnreadableError as error:
                found[ConnectionId(row["id"])] = error
    return found


def _read_tokens(ring: KeyRing, row: Row) -> StoredTokens:
    tokens = decrypt_tokens(ring, row, table=_TABLE, row_id=row["id"], expires_at=row["expires_at"])
    if row["login"] is not None:
        login = ring.decrypt(row["login"], table=_TABLE, column="login", row_id=row["id"])
        tokens = replace(tokens, login=login)
    return StoredTokens(
        tokens,
        row["generation"],
        GrantStatus(row["status"]),
        read_optional_instant(row["consented_at"]),
    )


# The no-op update makes the statement return the row that is there, and lock it.
_UPSERT_EXTERNAL_ID = """
    INSERT INTO connection_external_map (external_id, provider, connection_id)
    VALUES (:external_id, :provider, :connection_id)
    ON CONFLICT (external_id, provider) DO UPDATE SET external_id = excluded.external_id
    RETURNING connection_id
"""

_UPSERT_CONNECTION = """
    INSERT INTO connection (
        id, provider, authorization_kind, status, scopes, access_token, refresh_token,
        login, access_expires_at, expires_at, generation, created_at, updated_at, consented_at,
        refreshed_at
    ) VALUES (
        :connection_id, :provider, :kind, 'ACTIVE', :scopes, :access_token, :refresh_token,
        :login, :access_expires_at, :expires_at, 1, :now, :now, :now, :now
    )
    ON CONFLICT (id) DO UPDATE SET
        authorization_kind = excluded.authorization_kind, status = excluded.status,
        scopes = excluded.scopes, access_token = excluded.access_token,
        refresh_token = excluded.refresh_token, login = excluded.login,
        access_expires_at = excluded.access_expires_at,
        expires_at = excluded.expires_at, generation = connection.generation + 1,
        updated_at = excluded.updated_at, consented_at = excluded.consented_at,
        refreshed_at = excluded.refreshed_at, last_error = NULL, last_error_at = NULL
"""

# Sites that are no cloud tenant have no cloud id to tell them apart; their address does.
_UPSERT_SITE = """
    INSERT INTO jira_connection (connection_id, cloud_id, site_name, site_url, site_avatar_url)
    VALUES (:connection_id, :cloud_id, :site_name, :site_url, :site_avatar_url)
    ON CONFLICT (connection_id) DO UPDATE SET
        selected_project_id = CASE
            WHEN jira_connection.cloud_id = excluded.cloud_id
                OR (jira_connection.cloud_id IS NULL AND excluded.cloud_id IS NULL
                    AND jira_connection.site_url = excluded.site_url)
            THEN jira_connection.selected_project_id END,
        cloud_id = excluded.cloud_id, site_name = excluded.site_name,
        site_url = excluded.site_url, site_avatar_url = excluded.site_avatar_url
"""


# What was under way was for the tokens that these replace.
_CLOSE_INTENT = "DELETE FROM refresh_lease WHERE connection_id = :connection_id"


async def save_connection(
    queries: Queries,
    ring: KeyRing,
    *,
    external_id: str,
    provider: str,
    kind: AuthorizationKind,
    tokens: Tokens,
    site: Site,
    now: datetime,
) -> Connection:
    """Link the external id to the site with these tokens; run it inside a transaction.

    An external id that is linked already keeps its connection id, creation and metadata; its
    generation grows by one and it is active again. Its selected project stays when the site does,
    and is cleared when the site is another.
    """
    candidate = {
        "external_id": external_id,
        "provider": provider,
        "connection_id": str(uuid.uuid4()),
    }
    connection_id: ConnectionId = await queries.fetch_val(_UPSERT_EXTERNAL_ID, candidate)
    await queries.execute(
        _UPSERT_CONNECTION,
        {
            "connection_id": connection_id,
            "provider": provider,
            "kind": kind.value,
            "now": write_instant(now),
            "expires_at": write_optional_instant(tokens.expires_at),
            "login": _encrypt_login(ring, tokens, connection_id),
            **encrypt_tokens(ring, tokens, table=_TABLE, row_id=connection_id),
        },
    )
    await queries.execute(_CLOSE_INTENT, {"connection_id": connection_id})
    await queries.execute(_UPSERT_SITE, {"connection_id": connection_id, **_write_site(site)})
    return (await load_connections_by_id(queries, [connection_id]))[connection_id]


_SELECT_PROJECT = """
    UPDATE jira_connection SET selected_project_id = :project_id
    WHERE connection_id = :connection_id
    RETURNING connection_id
"""
_TOUCH_UPDATED = "UPDATE connection SET updated_at = :now WHERE id = :connection_id"


async def select_project(
    queries: Queries, connection_id: ConnectionId, project_id: str | None, *, now: datetime
) -> bool:
    """Set, or with None clear, the project that the connection works on; False if it is gone."""
    values = {"connection_id": connection_id, "project_id": project_id}
    if await queries.fetch_one(_SELECT_PROJECT, values) is None:
        return False
    updated = {"connection_id": connection_id, "now": write_instant(now)}
    await queries.execute(_TOUCH_UPDATED, updated)
    return True


_TOUCH_LAST_USED = """
    UPDATE connection SET last_used_at = :now
    WHERE id = :connection_id AND (last_used_at IS NULL OR last_used_at < :now)
"""


async def touch_last_used(queries: Queries, connection_id: ConnectionId, *, now: datetime) -> None:
    """Note the use of a connection; an instant older than the one noted changes nothing."""
    values = {"connection_id": connection_id, "now": write_instant(now)}
    await queries.execute(_TOUCH_LAST_USED, values)


async def _load(
    queries: Queries, where: str, ids: Sequence[str], values: Mapping[str, str]
) -> list[Connection]:
    rows: list[Row] = []
    for placeholders, batch in iter_batches(ids):
        sql = f"{SELECT_CONNECTION} {where} ({placeholders})"
        rows += await queries.fetch_all(sql, {**values, **batch})
    return [read_connection(row) for row in rows]


def iter_batches(
    ids: Collection[str], *, most: int = BATCH_SIZE
) -> Iterator[tuple[str, dict[str, str]]]:
    """What stands between the brackets of IN, and its values, for up to `most` ids at a time.

    Their number is a power of two, the last id repeated: few sizes of statement stay prepared,
    where each count of ids would prepare one of its own. `most` has to be such a power too.
    """
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), most):
        batch = unique[start : start + most]
        size = 1 << (len(batch) - 1).bit_length()
        batch += batch[-1:] * (size - len(batch))
        values = {f"id_{number}": one for number, one in enumerate(batch)}
        yield ", ".join(f":{name}" for name in values), values


def read_connection(row: Row) -> Connection:
    """The connection of a row that `SELECT_CONNECTION` yields."""
    return Connection(
        connection_id=ConnectionId(row["id"]),
        external_id=row["external_id"],
        provider=row["provider"],
        authorization_kind=AuthorizationKind(row["authorization_kind"]),
        status=GrantStatus(row["status"]),
        scopes=tuple(json.loads(row["scopes"])),
        expires_at=read_optional_instant(row["expires_at"]),
        generation=row["generation"],
        created_at=read_instant(row["created_at"]),
        updated_at=read_instant(row["updated_at"]),
        last_used_at=read_optional_instant(row["last_used_at"]),
        metadata=None if row["metadata"] is None else json.loads(row["metadata"]),
        site=Site(row["cloud_id"], row["site_name"], row["site_url"], row["site_avatar_url"]),
        selected_project_id=row["selected_project_id"],
        consented_at=read_optional_instant(row["consented_at"]),
        last_error=row["last_error"],
        last_error_at=read_optional_instant(row["last_error_at"]),
    )


def _encrypt_login(ring: KeyRing, tokens: Tokens, connection_id: ConnectionId) -> str | None:
    if tokens.login is None:
        return None
    return ring.encrypt(tokens.login, table=_TABLE, column="login", row_id=connection_id)


def _write_site(site: Site) -> dict[str, str | None]:
    return {
        "cloud_id": site.cloud_id,
        "site_name": site.name,
        "site_url": site.url,
        "site_avatar_url": site.avatar_url,
    }
