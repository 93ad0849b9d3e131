"""What is counted for whoever watches the server."""

from dataclasses import asdict
from datetime import timedelta

from pydantic import SecretStr

from storage.database import Database
from storage.encryption import KeyRing
from storage.gauges import read_gauges
from storage.records import Connection
from storage.refreshes import save_refreshed_tokens
from storage.unproven import save_unproven
from tests.storage.builders import HOUR, NOW, a_connection, a_lease, end_grant, some_tokens

DAY = timedelta(days=1)


async def an_unproven_grant(database: Database, ring: KeyRing, name: str) -> Connection:
    async with database.transaction() as queries:
        candidate = await save_unproven(
            queries,
            ring,
            external_id=name,
            provider="jira",
            refresh_token=SecretStr(f"token-of-{name}"),
            now=NOW,
        )
    return candidate.connection


async def count(database: Database) -> dict[str, int]:
    """The gauges that are not zero; what ends within a fortnight is dying."""
    gauges = await read_gauges(database, dying_by=NOW + 14 * DAY, now=NOW)
    return {name: value for name, value in asdict(gauges).items() if value}


async def test_each_connection_counts_once(database: Database, ring: KeyRing) -> None:
    for name, ends_in in (("good", 90 * DAY), ("dying", DAY), ("over", -HOUR)):
        tokens = some_tokens(expires_at=NOW + ends_in)
        await a_connection(database, ring, external_id=name, tokens=tokens)
    await end_grant(database, await a_connection(database, ring, external_id="dead"))

    assert await count(database) == {
        "active_connections": 1,
        "dying_connections": 1,
        "expired_connections": 1,
        "invalid_connections": 1,
    }


async def test_what_is_being_moved_in_counts_once_it_is_proven(
    database: Database, ring: KeyRing
) -> None:
    await an_unproven_grant(database, ring, "new")
    await end_grant(database, await an_unproven_grant(database, ring, "dead"))
    for name, ends_in in (("refreshed", 90 * DAY), ("dying", DAY), ("over", -HOUR)):
        lease = await a_lease(database, await an_unproven_grant(database, ring, name))
        tokens = some_tokens(expires_at=NOW + ends_in)
        async with database.transaction() as queries:
            assert await save_refreshed_tokens(queries, ring, lease, tokens=tokens, now=NOW)
    assert len(await database.fetch_all("SELECT id FROM connection")) == 5

    assert await count(database) == {}


async def test_a_refresh_under_way_counts_before_the_proof_too(
    database: Database, ring: KeyRing
) -> None:
    await a_lease(database, await an_unproven_grant(database, ring, "new"))

    assert await count(database) == {"open_refresh_intents": 1}
