"""API keys at rest: made, found, replaced, revoked, and on record."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.api_key_texts import ApiKeyText
from storage.api_keys import (
    ApiKeyState,
    NewApiKey,
    create_api_key,
    find_api_key,
    find_successor,
    list_api_keys,
    note_key_use,
    revoke_api_key,
    rotate_api_key,
)
from storage.audit import OPERATOR, acting, list_events
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.instants import write_instant
from tests.storage.builders import HOUR, NOW, a_key, a_key_ring

DAY = 24 * HOUR
MINUTE = timedelta(minutes=1)


def read_files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


async def make(database: Database, ring: KeyRing, name: str = "billing") -> NewApiKey:
    async with database.transaction() as queries:
        return await create_api_key(
            queries,
            ring,
            name=name,
            scopes=["GRAPH_READ", "GRAPH_WRITE"],
            expires_at=NOW + 90 * DAY,
            now=NOW,
        )


async def rotate(
    database: Database, ring: KeyRing, old: NewApiKey, *, overlap: timedelta
) -> NewApiKey | None:
    now = NOW + HOUR
    async with database.transaction() as queries:
        return await rotate_api_key(queries, ring, old.key, old_ends_at=now + overlap, now=now)


async def test_a_made_key_is_kept_as_it_was_asked_for(database: Database, ring: KeyRing) -> None:
    made = await make(database, ring)

    found = await find_api_key(database, made.key.key_id)

    assert found == made.key
    assert (found.name, found.scopes) == ("billing", ("GRAPH_READ", "GRAPH_WRITE"))
    assert (found.created_at, found.expires_at) == (NOW, NOW + 90 * DAY)
    assert (found.revoked_at, found.last_used_at, found.replaces_id) == (None, None, None)


async def test_what_is_kept_is_the_hash_of_the_text_that_was_given(
    database: Database, ring: KeyRing
) -> None:
    made = await make(database, ring)

    text = ApiKeyText.find(made.text.get_secret_value())

    assert text is not None
    assert text.key_id == made.key.key_id
    assert made.key.open_hash(ring).get_secret_value() == text.hash


async def test_neither_key_nor_hash_can_be_found_in_the_stored_bytes(
    database: Database, ring: KeyRing, tmp_path: Path
) -> None:
    made = [await make(database, ring, f"number {number}") for number in range(20)]
    texts = [each.text.get_secret_value() for each in made]
    secrets = [text.split("_")[2] for text in texts]
    hashes = [each.key.open_hash(ring).get_secret_value() for each in made]

    tables = [await database.fetch_all(f"SELECT * FROM {table}") for table in _TABLES]
    files = read_files(tmp_path)

    everything = repr([dict(row) for rows in tables for row in rows]).encode() + b"".join(files)
    assert b"number 19" in everything
    assert database.dialect == "postgresql" or any(b"number 19" in file for file in files)
    assert [each for each in (*texts, *secrets, *hashes) if each.encode() in everything] == []
    assert [each for each in hashes if bytes.fromhex(each) in everything] == []


_TABLES = ("api_key", "audit_event")


async def test_a_hash_of_another_row_is_unreadable(database: Database, ring: KeyRing) -> None:
    one, other = await make(database, ring), await make(database, ring)

    planted = replace(one.key, sealed_hash=other.key.sealed_hash)

    with pytest.raises(CredentialUnreadableError):
        planted.open_hash(ring)


async def test_a_hash_made_without_the_encryption_keys_is_unreadable(
    database: Database, ring: KeyRing
) -> None:
    forged = await make(database, a_key_ring(a_key("k1", b"\x09")))

    with pytest.raises(CredentialUnreadableError):
        forged.key.open_hash(ring)


async def test_a_key_hides_its_text_and_its_hash(database: Database, ring: KeyRing) -> None:
    made = await make(database, ring)

    assert made.text.get_secret_value() not in repr(made)
    assert made.key.sealed_hash not in repr(made)


async def test_keys_are_listed_from_the_oldest_on(database: Database, ring: KeyRing) -> None:
    made = [await make(database, ring, "one")]
    replaced = await rotate(database, ring, made[0], overlap=HOUR)
    assert replaced is not None

    assert [key.key_id for key in await list_api_keys(database)] == [
        made[0].key.key_id,
        replaced.key.key_id,
    ]


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(0), ApiKeyState.ACTIVE),
        (90 * DAY - MINUTE, ApiKeyState.ACTIVE),
        (90 * DAY, ApiKeyState.EXPIRED),
    ],
    ids=["at once", "nearly over", "over"],
)
async def test_a_key_is_good_until_its_end(
    database: Database, ring: KeyRing, after: timedelta, state: ApiKeyState
) -> None:
    assert (await make(database, ring)).key.state(NOW + after) is state


async def test_a_revoked_key_is_so_whatever_its_end(database: Database, ring: KeyRing) -> None:
    made = await make(database, ring)

    async with database.transaction() as queries:
        revoked = await revoke_api_key(queries, ring, made.key.key_id, now=NOW + HOUR)

    assert revoked is not None
    assert revoked.revoked_at == NOW + HOUR
    assert revoked.state(NOW + HOUR) is ApiKeyState.REVOKED
    assert revoked.state(NOW + 91 * DAY) is ApiKeyState.REVOKED


async def test_a_key_is_revoked_once(database: Database, ring: KeyRing) -> None:
    made = await make(database, ring)

    async def revoke() -> bool:
        async with database.transaction() as queries:
            return await revoke_api_key(queries, ring, made.key.key_id, now=NOW) is not None

    assert sorted(await asyncio.gather(*(revoke() for _ in range(5)))) == [False] * 4 + [True]
    assert await kinds(database) == ["API_KEY_REVOKED", "API_KEY_CREATED"]


async def test_no_unknown_key_is_revoked(database: Database, ring: KeyRing) -> None:
    async with database.transaction() as queries:
        assert await revoke_api_key(queries, ring, "nobody", now=NOW) is None

    assert await kinds(database) == []


async def test_a_rotated_key_has_a_successor_of_the_same_name_scopes_and_life(
    database: Database, ring: KeyRing
) -> None:
    old = await make(database, ring)

    made = await rotate(database, ring, old, overlap=DAY)

    assert made is not None
    assert (made.key.name, made.key.scopes) == (old.key.name, old.key.scopes)
    assert made.key.expires_at == NOW + HOUR + 90 * DAY
    assert made.key.replaces_id == old.key.key_id
    assert await find_successor(database, old.key.key_id) == made.key
    assert await find_successor(database, made.key.key_id) is None


@pytest.mark.parametrize(
    ("overlap", "ends_at"),
    [(DAY, NOW + HOUR + DAY), (timedelta(0), NOW + HOUR), (91 * DAY, NOW + 90 * DAY)],
    ids=["a day", "at once", "later than its own end"],
)
async def test_a_rotated_key_ends_with_the_overlap_and_never_later_than_it_would_have(
    database: Database, ring: KeyRing, overlap: timedelta, ends_at: object
) -> None:
    old = await make(database, ring)

    await rotate(database, ring, old, overlap=overlap)

    found = await find_api_key(database, old.key.key_id)
    assert found is not None
    assert found.expires_at == ends_at


async def test_a_key_without_an_end_gets_one_when_it_is_rotated_and_its_successor_none(
    database: Database, ring: KeyRing
) -> None:
    async with database.transaction() as queries:
        old = await create_api_key(
            queries, ring, name="a", scopes=["ADMIN"], expires_at=None, now=NOW
        )

    made = await rotate(database, ring, old, overlap=DAY)

    found = await find_api_key(database, old.key.key_id)
    assert made is not None
    assert made.key.expires_at is None
    assert found is not None
    assert found.expires_at == NOW + HOUR + DAY


async def test_a_key_revoked_meanwhile_is_not_replaced(database: Database, ring: KeyRing) -> None:
    old = await make(database, ring)
    async with database.transaction() as queries:
        await revoke_api_key(queries, ring, old.key.key_id, now=NOW)

    assert await rotate(database, ring, old, overlap=DAY) is None
    assert len(await list_api_keys(database)) == 1


async def test_every_change_leaves_one_event_on_behalf_of_who_made_it(
    database: Database, ring: KeyRing
) -> None:
    with acting(OPERATOR):
        old = await make(database, ring)
        new = await rotate(database, ring, old, overlap=DAY)
        async with database.transaction() as queries:
            await revoke_api_key(queries, ring, old.key.key_id, now=NOW)

    events = await list_events(database, amount=10)
    assert new is not None
    told = {"name": "billing", "scopes": ["GRAPH_READ", "GRAPH_WRITE"]}
    assert [(event.kind, event.actor, event.details) for event in events] == [
        ("API_KEY_REVOKED", "operator", {"keyId": old.key.key_id, **told}),
        (
            "API_KEY_ROTATED",
            "operator",
            {"keyId": new.key.key_id, "replacesId": old.key.key_id, **told},
        ),
        ("API_KEY_CREATED", "operator", {"keyId": old.key.key_id, **told}),
    ]


async def test_a_use_is_kept_unless_a_later_one_is(database: Database, ring: KeyRing) -> None:
    key_id = (await make(database, ring)).key.key_id
    seen = []

    for now in (NOW, NOW + MINUTE / 2, NOW + MINUTE, NOW - HOUR):
        await note_key_use(database, key_id, before=now - MINUTE, now=now)
        found = await find_api_key(database, key_id)
        seen.append(found and found.last_used_at)

    assert seen == [NOW, NOW, NOW + MINUTE, NOW + MINUTE]


async def kinds(database: Database) -> list[str]:
    return [event.kind for event in await list_events(database, amount=10)]


TAMPERED = {
    "wider": ("scopes", '["GRAPH_READ", "GRAPH_WRITE", "ADMIN"]'),
    "narrower": ("scopes", '["GRAPH_READ"]'),
    "scopes of another kind": ("scopes", "5"),
    "scopes that are no JSON": ("scopes", "ADMIN"),
    "longer": ("expires_at", write_instant(NOW + 91 * DAY)),
    "endless": ("expires_at", None),
    "an end that is none": ("expires_at", "later"),
    "begun earlier": ("created_at", write_instant(NOW - 91 * DAY)),
    "revoked by others": ("revoked_at", write_instant(NOW)),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_a_key_whose_row_was_changed_is_unreadable_and_not_rotated(
    database: Database, ring: KeyRing, name: str
) -> None:
    made = await make(database, ring)
    await change(database, made.key.key_id, *TAMPERED[name])

    async def find_and_rotate() -> None:
        found = await find_api_key(database, made.key.key_id)
        assert found is not None
        await rotate(database, ring, replace(made, key=found), overlap=DAY)

    with pytest.raises(CredentialUnreadableError):
        await find_and_rotate()
    assert await database.fetch_val("SELECT COUNT(*) FROM api_key") == 1


async def test_a_key_and_its_successor_open_after_a_rotation(
    database: Database, ring: KeyRing
) -> None:
    old = await make(database, ring)
    new = await rotate(database, ring, old, overlap=DAY)
    assert new is not None

    kept = await list_api_keys(database)

    assert [key.open_hash(ring).get_secret_value() for key in kept] == [
        hash_of(old),
        hash_of(new),
    ]


async def test_a_revoked_key_has_a_hash_that_no_text_has(database: Database, ring: KeyRing) -> None:
    made = await make(database, ring)
    async with database.transaction() as queries:
        await revoke_api_key(queries, ring, made.key.key_id, now=NOW)

    revoked = await find_api_key(database, made.key.key_id)

    assert revoked is not None
    assert len(revoked.open_hash(ring).get_secret_value()) == len(hash_of(made))
    assert revoked.open_hash(ring).get_secret_value() != hash_of(made)


async def test_a_revocation_that_was_taken_back_by_hand_brings_nothing_back(
    database: Database, ring: KeyRing
) -> None:
    made = await make(database, ring)
    async with database.transaction() as queries:
        await revoke_api_key(queries, ring, made.key.key_id, now=NOW)

    await change(database, made.key.key_id, "revoked_at", None)

    found = await find_api_key(database, made.key.key_id)
    assert found is not None
    with pytest.raises(CredentialUnreadableError):
        found.open_hash(ring)


async def test_a_key_that_was_changed_by_hand_can_be_revoked(
    database: Database, ring: KeyRing
) -> None:
    made = await make(database, ring)
    await change(database, made.key.key_id, *TAMPERED["wider"])

    async with database.transaction() as queries:
        revoked = await revoke_api_key(queries, ring, made.key.key_id, now=NOW)

    assert revoked is not None
    assert revoked.state(NOW) is ApiKeyState.REVOKED


async def test_the_successor_of_a_key_with_the_farthest_end_has_it_too(
    database: Database, ring: KeyRing
) -> None:
    farthest = datetime.max.replace(tzinfo=UTC)
    async with database.transaction() as queries:
        old = await create_api_key(
            queries, ring, name="a", scopes=["ADMIN"], expires_at=farthest, now=NOW
        )

    made = await rotate(database, ring, old, overlap=DAY)

    assert made is not None
    assert made.key.expires_at == farthest
    assert await find_api_key(database, made.key.key_id) == made.key


def hash_of(made: NewApiKey) -> str:
    text = ApiKeyText.find(made.text.get_secret_value())
    assert text is not None
    return text.hash


async def change(database: Database, key_id: str, column: str, value: str | None) -> None:
    """What somebody does who can write rows."""
    await database.execute(
        f"UPDATE api_key SET {column} = :value WHERE id = :key_id",
        {"value": value, "key_id": key_id},
    )
