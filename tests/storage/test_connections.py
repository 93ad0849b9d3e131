"""Connections on both engines: linking, refreshing, and keeping their tokens unreadable at rest."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from storage.connections import (
    get_tokens,
    load_connections_by_external_id,
    load_connections_by_id,
    save_connection,
    select_project,
    touch_last_used,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError
from storage.records import (
    AuthorizationKind,
    Connection,
    ConnectionId,
    GrantStatus,
    Site,
    StoredTokens,
)
from tests.storage.builders import (
    HOUR,
    NOW,
    a_connection,
    a_site,
    end_grant,
    reload,
    some_tokens,
)

MISSING = ConnectionId("no-such-connection")


def read_files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


async def test_a_new_connection_has_all_it_was_saved_with(
    database: Database, ring: KeyRing
) -> None:
    site = a_site(avatar_url="https://acme.atlassian.example/avatar")
    tokens = some_tokens()

    saved = await a_connection(database, ring, tokens=tokens, site=site)

    assert saved == Connection(
        connection_id=saved.connection_id,
        external_id="user-1",
        provider="jira",
        authorization_kind=AuthorizationKind.OAUTH2,
        status=GrantStatus.ACTIVE,
        scopes=("read:jira-work", "offline_access"),
        expires_at=NOW + 90 * 24 * HOUR,
        generation=1,
        created_at=NOW,
        updated_at=NOW,
        last_used_at=None,
        metadata=None,
        site=site,
        selected_project_id=None,
        consented_at=NOW,
    )
    stored = await get_tokens(database, ring, saved.connection_id)
    assert stored == StoredTokens(tokens, 1, GrantStatus.ACTIVE, consented_at=NOW)


async def test_tokens_without_refresh_token_or_end_come_back_so(
    database: Database, ring: KeyRing
) -> None:
    tokens = some_tokens(refresh_token=None, expires_at=None)

    saved = await a_connection(database, ring, tokens=tokens, site=a_site(cloud_id=None))

    assert saved.expires_at is None
    assert saved.site.cloud_id is None
    assert (await get_tokens(database, ring, saved.connection_id)).tokens == tokens


async def test_linking_again_keeps_id_and_creation_and_renews_the_rest(
    database: Database, ring: KeyRing
) -> None:
    first = await a_connection(database, ring)
    await end_grant(database, first)

    tokens = some_tokens("another access token", refresh_token=None, scopes=["read:jira-user"])
    again = await a_connection(database, ring, tokens=tokens, now=NOW + HOUR)

    assert (again.connection_id, again.created_at) == (first.connection_id, NOW)
    assert (again.generation, again.updated_at) == (2, NOW + HOUR)
    assert (again.status, again.scopes) == (GrantStatus.ACTIVE, ("read:jira-user",))
    assert (await get_tokens(database, ring, again.connection_id)).tokens == tokens


async def test_linking_again_keeps_metadata_and_last_use(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    await touch_last_used(database, connection.connection_id, now=NOW)
    await database.execute(
        "UPDATE connection SET metadata = :metadata", {"metadata": '{"plan": ["a", 1]}'}
    )

    again = await a_connection(database, ring, now=NOW + HOUR)

    assert again.last_used_at == NOW
    assert again.metadata == {"plan": ["a", 1]}


@pytest.mark.parametrize(
    ("before", "after", "is_kept"),
    [
        pytest.param(a_site("c1"), a_site("c1", url="https://renamed.example"), True, id="same"),
        pytest.param(a_site("c1"), a_site("c2"), False, id="another"),
        pytest.param(a_site(None), a_site(None), True, id="same-server"),
        pytest.param(a_site(None), a_site(None, url="https://b.example"), False, id="other-server"),
        pytest.param(a_site(None), a_site("c1"), False, id="server-to-cloud"),
        pytest.param(a_site("c1"), a_site(None), False, id="cloud-to-server"),
    ],
)
async def test_the_selected_project_stays_with_its_site(
    database: Database, ring: KeyRing, before: Site, after: Site, *, is_kept: bool
) -> None:
    connection = await a_connection(database, ring, site=before)
    await select_project(database, connection.connection_id, "10001", now=NOW)

    again = await a_connection(database, ring, site=after)

    assert again.selected_project_id == ("10001" if is_kept else None)
    assert again.site == after


async def test_an_external_id_belongs_to_its_provider(database: Database, ring: KeyRing) -> None:
    jira = await a_connection(database, ring, provider="jira")
    other = await a_connection(database, ring, provider="other")

    found = await load_connections_by_external_id(
        database, provider="jira", external_ids=["user-1"]
    )

    assert jira.connection_id != other.connection_id
    assert found == {"user-1": jira}


async def test_callers_that_link_one_external_id_at_once_share_one_connection(
    database: Database, ring: KeyRing
) -> None:
    saved = await asyncio.gather(*(a_connection(database, ring) for _ in range(8)))

    assert len({connection.connection_id for connection in saved}) == 1
    assert sorted(connection.generation for connection in saved) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert await database.fetch_val("SELECT count(*) FROM connection") == 1


async def test_a_failed_transaction_links_nothing(database: Database, ring: KeyRing) -> None:
    with pytest.raises(LookupError):  # noqa: PT012 - the whole block is the subject
        async with database.transaction() as queries:
            await save_connection(
                queries,
                ring,
                external_id="user-1",
                provider="jira",
                kind=AuthorizationKind.OAUTH2,
                tokens=some_tokens(),
                site=a_site(),
                now=NOW,
            )
            raise LookupError

    for table in ("connection", "connection_external_map", "jira_connection"):
        assert await database.fetch_val(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("count", [0, 1, 3, 512, 513], ids=lambda count: f"{count}-ids")
async def test_a_batch_finds_what_exists_whatever_its_size(
    database: Database, ring: KeyRing, count: int
) -> None:
    connection = await a_connection(database, ring, external_id="user-0")
    ids = [f"user-{number}" for number in reversed(range(count))]

    by_external_id = await load_connections_by_external_id(
        database, provider="jira", external_ids=ids
    )
    by_id = await load_connections_by_id(
        database, [ConnectionId(one) for one in ids[1:]] + [connection.connection_id] * 2
    )

    assert by_external_id == ({"user-0": connection} if count else {})
    assert by_id == {connection.connection_id: connection}


async def test_unusual_external_ids_come_back_unchanged(database: Database, ring: KeyRing) -> None:
    ids = ["100%", "a:b", ":provider", "'; DROP TABLE connection; --", "Zoë 🛰\u200d", "\\", "%s"]
    for external_id in ids:
        await a_connection(database, ring, external_id=external_id)

    found = await load_connections_by_external_id(database, provider="jira", external_ids=ids)

    assert set(found) == set(ids)


async def test_tokens_of_no_connection_are_an_error_that_names_it(
    database: Database, ring: KeyRing
) -> None:
    with pytest.raises(ConnectionMissingError) as caught:
        await get_tokens(database, ring, MISSING)

    assert caught.value.connection_id == MISSING


async def test_a_project_is_selected_and_cleared(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)

    is_selected = await select_project(database, connection.connection_id, "10001", now=NOW + HOUR)
    selected = await reload(database, connection)
    is_cleared = await select_project(database, connection.connection_id, None, now=NOW + 2 * HOUR)
    cleared = await reload(database, connection)

    assert (is_selected, is_cleared) == (True, True)
    assert (selected.selected_project_id, selected.updated_at) == ("10001", NOW + HOUR)
    assert (cleared.selected_project_id, cleared.updated_at) == (None, NOW + 2 * HOUR)
    assert await select_project(database, MISSING, "10001", now=NOW) is False


async def test_last_use_moves_forward_only(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)

    for used_at in (NOW, NOW + HOUR, NOW + timedelta(minutes=1)):
        await touch_last_used(database, connection.connection_id, now=used_at)

    after = await reload(database, connection)
    assert (after.last_used_at, after.updated_at) == (NOW + HOUR, NOW)
