"""Who may see one external id alone is given no other connection by the database."""

from storage.connections import load_connections_by_external_id, load_connections_by_id
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import LinkedId
from tests.storage.builders import a_connection


async def test_of_several_ids_the_own_one_alone_is_found(database: Database, ring: KeyRing) -> None:
    mine = await a_connection(database, ring, external_id="mine")
    foreign = await a_connection(database, ring, external_id="foreign")
    own = LinkedId("mine", "jira")

    by_id = await load_connections_by_id(
        database, [mine.connection_id, foreign.connection_id], only=own
    )
    by_external_id = await load_connections_by_external_id(
        database, provider="jira", external_ids=["mine", "foreign"], only=own
    )

    assert by_id == {mine.connection_id: mine}
    assert by_external_id == {"mine": mine}


async def test_the_same_external_id_at_another_provider_is_foreign(
    database: Database, ring: KeyRing
) -> None:
    foreign = await a_connection(database, ring, external_id="mine", provider="other")
    own = LinkedId("mine", "jira")

    by_id = await load_connections_by_id(database, [foreign.connection_id], only=own)
    by_external_id = await load_connections_by_external_id(
        database, provider="other", external_ids=["mine"], only=own
    )

    assert by_id == {}
    assert by_external_id == {}


async def test_without_a_bound_every_connection_is_found(database: Database, ring: KeyRing) -> None:
    made = [await a_connection(database, ring, external_id=name) for name in ("a", "b")]

    by_id = await load_connections_by_id(database, [each.connection_id for each in made])

    assert set(by_id) == {each.connection_id for each in made}
