from storage.database import Database
from storage.encryption import KeyRing
from storage.granted_scopes import count_by_scopes
from tests.storage.builders import a_connection, end_grant, some_tokens


async def test_grants_are_counted_by_their_scopes_in_any_order(
    database: Database, ring: KeyRing
) -> None:
    for number, scopes in enumerate([("a", "b"), ("b", "a"), ("a",)]):
        tokens = some_tokens(scopes=scopes)
        await a_connection(database, ring, external_id=f"user-{number}", tokens=tokens)

    counts = await count_by_scopes(database, provider="jira")

    assert counts == {frozenset({"a", "b"}): 2, frozenset({"a"}): 1}


async def test_dead_grants_and_those_of_other_providers_do_not_count(
    database: Database, ring: KeyRing
) -> None:
    dead = await a_connection(database, ring)
    await a_connection(database, ring, external_id="user-2", provider="other")
    await end_grant(database, dead)

    assert await count_by_scopes(database, provider="jira") == {}
