"""What a connection signs in with: not renewed where nothing can be, not sent to another site."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from jira_api.doors import Dialect
from oauth.credentials import authorization_of, find_door, get_current_tokens, renew_tokens
from oauth.errors import ConnectionChangedError, SiteTokenRefusedError
from storage.connections import save_connection
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import NEVER, AuthorizationKind, Connection, Tokens
from tests.oauth.refresh_bench import Bench, on_sqlite, set_up_bench
from tests.storage.builders import NOW, a_site

TYPED = Tokens(
    access_token=SecretStr("typed"),
    refresh_token=None,
    access_expires_at=NEVER,
    scopes=(),
    expires_at=None,
    login=SecretStr("ada@example.com"),
)
KINDS = [kind for kind in AuthorizationKind if kind is not AuthorizationKind.OAUTH2]
every_typed_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


async def relink(bench: Bench, kind: AuthorizationKind, *, tokens: Tokens = TYPED) -> Connection:
    async with bench.database.transaction() as queries:
        return await save_connection(
            queries,
            bench.keeper.ring,
            external_id=bench.connection.external_id,
            provider="jira",
            kind=kind,
            tokens=tokens,
            site=a_site(),
            now=NOW,
        )


@every_typed_kind
async def test_what_was_typed_is_never_due_and_never_refreshed(
    bench: Bench, kind: AuthorizationKind
) -> None:
    connection = await relink(bench, kind)
    bench.clock.now = NOW + timedelta(days=3_650)

    assert await get_current_tokens(bench.keeper, connection) == TYPED
    assert await bench.keeper.get(connection) == TYPED
    assert bench.provider.refreshed == []


@on_sqlite
@every_typed_kind
async def test_what_jira_refuses_of_it_is_told_without_a_refresh(
    bench: Bench, kind: AuthorizationKind
) -> None:
    connection = await relink(bench, kind)

    with pytest.raises(SiteTokenRefusedError):
        await renew_tokens(bench.keeper, connection, TYPED.access_token)

    assert bench.provider.refreshed == []


@on_sqlite
@every_typed_kind
async def test_a_dead_one_is_not_tried(bench: Bench, kind: AuthorizationKind) -> None:
    connection = await relink(bench, kind)
    await end_grant(bench, connection)

    with pytest.raises(SiteTokenRefusedError):
        await get_current_tokens(bench.keeper, connection)


async def end_grant(bench: Bench, connection: Connection) -> None:
    await bench.database.execute(
        "UPDATE connection SET status = :status WHERE id = :connection_id",
        {"status": "INVALID", "connection_id": connection.connection_id},
    )


@on_sqlite
@every_typed_kind
async def test_a_row_that_was_read_before_it_was_linked_anew_gets_nothing(
    bench: Bench, kind: AuthorizationKind
) -> None:
    of_a_consent = bench.connection
    typed = await relink(bench, kind)
    await relink(bench, kind, tokens=replace(TYPED, access_token=SecretStr("for another site")))

    for stale in (of_a_consent, typed):
        with pytest.raises(ConnectionChangedError):
            await get_current_tokens(bench.keeper, stale)


@on_sqlite
async def test_a_consent_is_renewed_as_ever(bench: Bench) -> None:
    bench.clock.now = NOW
    tokens = await get_current_tokens(bench.keeper, bench.connection)
    renewed = await renew_tokens(bench.keeper, bench.connection, tokens.access_token)

    assert tokens.access_token.get_secret_value() == "an access token"
    assert renewed.access_token.get_secret_value() == "access token 1"


def test_a_login_makes_it_basic_in_utf_8_and_a_token_alone_bearer() -> None:
    secret = SecretStr("p\N{LATIN SMALL LETTER A WITH DIAERESIS}ss")

    assert authorization_of(secret, SecretStr("ada")).get_secret_value() == "Basic YWRhOnDDpHNz"
    assert authorization_of(SecretStr("t"), None).get_secret_value() == "Bearer t"
    assert "YWRh" not in repr(authorization_of(secret, SecretStr("ada")))


@pytest.mark.parametrize(
    ("kind", "dialect"),
    [
        (AuthorizationKind.OAUTH2, None),
        (AuthorizationKind.SCOPED_API_TOKEN, None),
        (AuthorizationKind.API_TOKEN, Dialect.CLOUD),
        (AuthorizationKind.PERSONAL_ACCESS_TOKEN, Dialect.DATA_CENTER),
        (AuthorizationKind.BASIC, Dialect.DATA_CENTER),
    ],
)
async def test_each_kind_has_its_door(kind: AuthorizationKind, dialect: Dialect | None) -> None:
    async with httpx.AsyncClient() as http:
        door = find_door(kind, "https://jira.test/jira/", http)

    assert (door.dialect if door else None) is dialect
    assert door is None or door.root == "https://jira.test/jira"
