"""Connections go with all that belongs to them, and with nothing that does not."""

from datetime import timedelta

import pytest

from storage.audit import AuditKind, Subject, append_event, list_events
from storage.authorizations import save_pending_grant
from storage.connections import load_connections_by_external_id, select_project
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, ConnectionId
from storage.refreshes import claim_refresh
from storage.removals import delete_connection, list_missing_connections
from tests.storage.builders import HOUR, NOW, a_connection, a_flow, a_site, some_tokens

LEFT = ("connection", "connection_external_map", "jira_connection", "refresh_lease")


async def count(database: Database, table: str) -> int:
    amount = await database.fetch_val(f"SELECT COUNT(*) FROM {table}")
    assert isinstance(amount, int)
    return amount


async def remove(database: Database, connection: Connection) -> int | None:
    async with database.transaction() as queries:
        return await delete_connection(queries, connection)


async def test_all_rows_of_a_connection_go_and_no_other(database: Database, ring: KeyRing) -> None:
    gone = await a_connection(database, ring, external_id="gone")
    kept = await a_connection(database, ring, external_id="kept")
    for connection in (gone, kept):
        await claim_refresh(
            database,
            connection.connection_id,
            generation=1,
            now=NOW,
            ends_at=NOW + HOUR,
            stale_before=NOW - HOUR,
        )

    generation = await remove(database, gone)

    assert generation == 1
    assert [await count(database, table) for table in LEFT] == [1, 1, 1, 1]
    found = await load_connections_by_external_id(
        database, provider="jira", external_ids=["gone", "kept"]
    )
    assert list(found) == ["kept"]


async def test_links_and_open_consents_of_its_external_id_are_void(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring, external_id="user-1")
    other = await a_connection(database, ring, external_id="user-2")
    flow = await a_flow(database)
    await save_pending_grant(
        database,
        ring,
        grant_id="grant-1",
        code_hash="code",
        browser_hash="browser",
        flow=flow,
        tokens=some_tokens(),
        sites=[a_site()],
        expires_at=NOW + timedelta(minutes=10),
        now=NOW,
    )

    await remove(database, other)
    after_another = (
        await count(database, "pending_grant"),
        await count(database, "authorization_flow"),
    )
    await remove(database, connection)

    assert after_another == (1, 1)
    assert await count(database, "pending_grant") == 0
    assert await count(database, "authorization_flow") == 0


async def test_a_connection_that_is_gone_is_not_removed_again(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring)

    assert await remove(database, connection) == 1
    assert await remove(database, connection) is None


async def test_events_outlive_the_connection(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    async with database.transaction() as queries:
        await append_event(
            queries, ring, AuditKind.CONNECTED, now=NOW, subject=Subject.of(connection)
        )

    await remove(database, connection)

    events = await list_events(database, external_id=connection.external_id, amount=10)
    assert [event.kind for event in events] == ["CONNECTED"]


async def test_what_is_written_later_finds_no_row(database: Database, ring: KeyRing) -> None:
    connection = await a_connection(database, ring)
    await remove(database, connection)

    async with database.transaction() as queries:
        is_kept = await select_project(queries, connection.connection_id, "10000", now=NOW)

    assert not is_kept
    assert [await count(database, table) for table in LEFT] == [0, 0, 0, 0]


async def test_the_missing_ones_of_some_connections_are_named(
    database: Database, ring: KeyRing
) -> None:
    there = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(5)]
    missing = {ConnectionId("no-such"), ConnectionId("nor-this")}

    found = await list_missing_connections(
        database, {*(each.connection_id for each in there), *missing}
    )

    assert found == missing


@pytest.mark.parametrize(("asked", "statements"), [(0, 0), (1, 1), (600, 1), (16_385, 2)])
async def test_any_number_of_connections_is_looked_up_in_few_statements(
    database: Database, monkeypatch: pytest.MonkeyPatch, asked: int, statements: int
) -> None:
    ids = {ConnectionId(f"id-{number}") for number in range(asked)}
    fetch, seen = database.fetch_all, list[str]()

    async def watched(sql: str, values: object = None) -> object:
        seen.append(sql)
        return await fetch(sql, values)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(database, "fetch_all", watched)

    assert await list_missing_connections(database, ids) == ids
    assert len(seen) == statements
