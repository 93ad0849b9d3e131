"""What storage's tests are about, with defaults for all that a test does not care for."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pydantic import SecretStr

from storage.authorizations import create_flow, find_flow_by_link
from storage.connections import load_connections_by_id, save_connection
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import AuthorizationFlow, AuthorizationKind, Connection, Site, Tokens
from storage.refreshes import Lease, claim_refresh, mark_invalid

NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_key(key_id: str = "k1", fill: bytes = b"\x01") -> str:
    """An entry whose key follows from the fill and looks random, as keys have to."""
    return f"{key_id}:{base64.b64encode(sha256(fill).digest()).decode()}"


def a_key_ring(*entries: str) -> KeyRing:
    return KeyRing.parse(entries or [a_key()])


def some_tokens(
    access_token: str = "an access token",
    refresh_token: str | None = "a refresh token",
    *,
    scopes: Sequence[str] = ("read:jira-work", "offline_access"),
    expires_at: datetime | None = NOW + 90 * 24 * HOUR,
) -> Tokens:
    return Tokens(
        access_token=SecretStr(access_token),
        refresh_token=None if refresh_token is None else SecretStr(refresh_token),
        access_expires_at=NOW + HOUR,
        scopes=tuple(scopes),
        expires_at=expires_at,
    )


def a_site(
    cloud_id: str | None = "cloud-1",
    *,
    name: str = "Acme",
    url: str = "https://acme.atlassian.example",
    avatar_url: str | None = None,
) -> Site:
    return Site(cloud_id, name, url, avatar_url)


async def a_connection(
    database: Database,
    ring: KeyRing,
    *,
    external_id: str = "user-1",
    provider: str = "jira",
    tokens: Tokens | None = None,
    site: Site | None = None,
    now: datetime = NOW,
) -> Connection:
    async with database.transaction() as queries:
        return await save_connection(
            queries,
            ring,
            external_id=external_id,
            provider=provider,
            kind=AuthorizationKind.OAUTH2,
            tokens=tokens or some_tokens(),
            site=site or a_site(),
            now=now,
        )


async def a_lease(
    database: Database, connection: Connection, *, now: datetime = NOW, lasting: timedelta = HOUR
) -> Lease:
    """The lease on a refresh of the connection's tokens as they are."""
    lease = await claim_refresh(
        database,
        connection.connection_id,
        generation=connection.generation,
        now=now,
        ends_at=now + lasting,
        stale_before=now - HOUR,
    )
    assert lease is not None
    return lease


async def end_grant(database: Database, connection: Connection, *, now: datetime = NOW) -> None:
    """Note that the provider no longer honours the connection's tokens."""
    lease = await a_lease(database, connection, now=now)
    async with database.transaction() as queries:
        assert await mark_invalid(queries, lease, now=now)


async def refuse_leases(database: Database) -> None:
    """Let no lease be written from now on."""
    if database.dialect == "sqlite":
        await database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON refresh_lease "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        return
    await database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100''; END'"
    )
    await database.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON refresh_lease "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )


async def a_flow(
    database: Database,
    *,
    flow_id: str = "flow-1",
    link_hash: str = "link-1",
    expires_at: datetime = NOW + HOUR,
) -> AuthorizationFlow:
    await create_flow(
        database,
        flow_id=flow_id,
        link_hash=link_hash,
        external_id="user-1",
        provider="jira",
        return_to="https://product.example/done",
        expires_at=expires_at,
        now=NOW,
    )
    flow = await find_flow_by_link(database, link_hash, expires_at - timedelta(microseconds=1))
    assert flow is not None
    return flow


async def reload(database: Database, connection: Connection) -> Connection:
    found = await load_connections_by_id(database, [connection.connection_id])
    return found[connection.connection_id]
