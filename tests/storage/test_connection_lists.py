"""All connections are listed in one order, page by page, whatever is linked in between."""

from datetime import datetime, timedelta

import pytest

from storage.connection_lists import ListPlace, Standing, list_connections
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection
from tests.storage.builders import HOUR, NOW, a_connection, some_tokens


async def list_all(
    database: Database,
    *,
    standing: Standing | None = None,
    now: datetime = NOW,
    after: ListPlace | None = None,
    amount: int = 100,
) -> list[Connection]:
    return await list_connections(database, standing=standing, now=now, after=after, amount=amount)


def place_of(connection: Connection) -> ListPlace:
    return ListPlace(connection.created_at, connection.connection_id)


async def test_the_oldest_comes_first_and_equals_are_ordered_by_id(
    database: Database, ring: KeyRing
) -> None:
    young = await a_connection(database, ring, external_id="young", now=NOW + HOUR)
    equals = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(5)]

    listed = await list_all(database)

    assert listed == [*sorted(equals, key=lambda each: each.connection_id), young]


async def test_each_is_met_once_though_others_are_linked_between_the_pages(
    database: Database, ring: KeyRing
) -> None:
    first = [
        await a_connection(database, ring, external_id=f"user-{n}", now=NOW + timedelta(n // 3))
        for n in range(20)
    ]
    met: list[Connection] = []
    after = None

    while len(met) < 100 and (page := await list_all(database, after=after, amount=3)):
        met += page
        after = place_of(page[-1])
        number = len(met)
        if number < 30:
            await a_connection(
                database, ring, external_id=f"new-{number}", now=NOW + timedelta(100, number)
            )

    ids = [each.connection_id for each in met]
    assert len(ids) == len(set(ids))
    assert {each.connection_id for each in first} <= set(ids)


async def test_authorising_again_moves_nothing(database: Database, ring: KeyRing) -> None:
    linked = [
        await a_connection(database, ring, external_id=f"user-{n}", now=NOW + n * HOUR)
        for n in range(3)
    ]
    await a_connection(database, ring, external_id="user-0", now=NOW + 9 * HOUR)

    listed = await list_all(database)

    assert [each.external_id for each in listed] == [each.external_id for each in linked]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.ACTIVE, ["endless", "living"]),
        (Standing.EXPIRED, ["ended", "ends now"]),
        (Standing.INVALID, ["dead", "dead and ended"]),
        (None, ["dead", "dead and ended", "ended", "endless", "ends now", "living"]),
    ],
    ids=["active", "expired", "invalid", "any"],
)
async def test_each_connection_has_one_standing(
    database: Database, ring: KeyRing, standing: Standing | None, expected: list[str]
) -> None:
    ends = {
        "living": NOW + HOUR,
        "endless": None,
        "ended": NOW - HOUR,
        "ends now": NOW,
        "dead": NOW + HOUR,
        "dead and ended": NOW - HOUR,
    }
    for external_id, expires_at in ends.items():
        tokens = some_tokens(expires_at=expires_at)
        connection = await a_connection(database, ring, external_id=external_id, tokens=tokens)
        if external_id.startswith("dead"):
            await database.execute(
                "UPDATE connection SET status = 'INVALID' WHERE id = :id",
                {"id": connection.connection_id},
            )

    listed = await list_all(database, standing=standing)
    behind = await list_all(database, standing=standing, after=place_of(listed[0]))

    assert sorted(each.external_id for each in listed) == expected
    assert behind == listed[1:]
