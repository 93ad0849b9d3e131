"""The keys that the operator makes: what each opens, and until when."""

import asyncio
import hmac
from collections.abc import Mapping
from datetime import timedelta

import pytest

from resolvers.access.viewer import FrontendScope, Scope, ViewerKind
from server import authentication
from server.authentication import Authenticator
from storage.api_keys import find_api_key
from storage.audit import list_events
from storage.database import Database, Row
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import LinkedId
from tests.end_to_end.frontend import MINT
from tests.server.callers import (
    Clocks,
    a_key_text,
    an_authenticator,
    forge,
    make_key,
    revoke,
    show,
)
from tests.storage.builders import HOUR, a_key, a_key_ring
from tests.support.gateway import Backend, open_gateway


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def door(database: Database, ring: KeyRing, clocks: Clocks) -> Authenticator:
    return an_authenticator(database, ring, clocks)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first words of the statements that are sent outside of transactions, as they come."""
    sent: list[str] = []
    fetch = Database._fetch

    async def noting(database: Database, sql: str, values: Mapping[str, object]) -> list[Row]:
        sent.append(sql.split(maxsplit=1)[0])
        return await fetch(database, sql, values)

    monkeypatch.setattr(Database, "_fetch", noting)
    return sent


async def test_an_api_key_has_its_scopes_its_id_and_its_end(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks, scopes=["GRAPH_READ", "ADMIN"])

    viewer = await door.authenticate([f"Bearer {made.text}"])

    assert viewer.kind is ViewerKind.API_KEY
    assert viewer.scopes == {Scope.GRAPH_READ, Scope.ADMIN}
    assert viewer.key_id == made.key_id
    assert viewer.expires_at == clocks.day.now + HOUR
    assert viewer.linked_id is None
    assert viewer.actor == f"api_key:{made.key_id}"


async def test_a_scope_that_this_release_does_not_know_gives_nothing(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks, scopes=["GRAPH_READ", "FLY"])

    assert (await door.authenticate([f"Bearer {made.text}"])).scopes == {Scope.GRAPH_READ}


async def test_unknown_wrong_revoked_and_expired_are_told_alike_and_cost_alike(
    door: Authenticator,
    database: Database,
    ring: KeyRing,
    clocks: Clocks,
    statements: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expired = await a_key_text(database, ring, clocks, lifetime=timedelta(minutes=1))
    revoked, good = [await a_key_text(database, ring, clocks) for _ in range(2)]
    await revoke(database, ring, revoked.key_id, clocks)
    clocks.day.advance(minutes=1)
    compared: list[tuple[int, int]] = []

    compare_digest = hmac.compare_digest

    def noting(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare_digest(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noting)

    told = {}
    for text in (forge("0123456789abcdef"), forge(good.key_id), revoked.text, expired.text):
        statements.clear()
        compared.clear()
        told[text] = (await show(door, text), tuple(statements), tuple(compared[1:]))

    assert len(told) == 4
    assert set(told.values()) == {("The key is not valid.", ("SELECT",), ((64, 64),))}
    assert await show(door, good.text) is None


async def test_a_typo_is_told_before_any_row_is_read(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks, statements: list[str]
) -> None:
    made = await a_key_text(database, ring, clocks)
    last = "a" if made.text[-1] != "a" else "b"
    statements.clear()

    assert await show(door, made.text[:-1] + last) == "The key is not valid."
    assert statements == []


async def test_a_row_that_somebody_planted_opens_nothing(
    door: Authenticator, database: Database, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    planted = await a_key_text(database, a_key_ring(a_key("k1", b"\x09")), clocks)

    assert await show(door, planted.text) == "The key is not valid."
    assert planted.key_id in caplog.text
    assert planted.text not in caplog.text


async def test_a_key_that_somebody_widened_opens_nothing_and_is_named_once(
    door: Authenticator,
    database: Database,
    ring: KeyRing,
    clocks: Clocks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = await a_key_text(database, ring, clocks)
    await database.execute("UPDATE api_key SET scopes = :scopes", {"scopes": '["ADMIN"]'})

    told = [await show(door, made.text) for _ in range(2)]

    assert told == ["The key is not valid."] * 2
    assert [record.levelname for record in caplog.records if made.key_id in record.message] == [
        "WARNING"
    ]
    assert made.text not in caplog.text


async def test_a_revocation_that_was_taken_back_by_hand_lets_nobody_in(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks)
    before = await show(door, made.text)
    await revoke(database, ring, made.key_id, clocks)
    await database.execute("UPDATE api_key SET revoked_at = NULL")

    clocks.pass_interval()

    assert before is None
    assert await show(door, made.text) == "The key is not valid."


async def test_a_revoked_key_opens_nothing_once_the_interval_is_over(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks)
    before = await show(door, made.text)
    await revoke(database, ring, made.key_id, clocks)

    clocks.pass_interval()

    assert before is None
    assert await show(door, made.text) == "The key is not valid."


async def test_an_expired_key_opens_nothing_from_that_instant_on(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks)
    clocks.day.advance(minutes=59, seconds=59)
    before = await show(door, made.text)

    clocks.day.advance(seconds=1)

    assert before is None
    assert await show(door, made.text) == "The key is not valid."


async def test_a_key_without_an_end_has_none(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    made = await a_key_text(database, ring, clocks, lifetime=None)
    clocks.day.advance(days=10_000)

    assert await show(door, made.text) is None


async def test_fifty_requests_at_once_read_the_key_and_keep_its_use_once(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks, statements: list[str]
) -> None:
    made = await a_key_text(database, ring, clocks)
    statements.clear()

    await asyncio.gather(*(show(door, made.text) for _ in range(50)))

    assert sorted(statements) == ["SELECT", "UPDATE"]


async def test_the_last_use_is_kept_once_a_minute(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks, statements: list[str]
) -> None:
    made = await a_key_text(database, ring, clocks)
    statements.clear()
    began = clocks.day.now
    kept = []

    for _ in range(4):
        await show(door, made.text)
        found = await find_api_key(database, made.key_id)
        kept.append(found and found.last_used_at)
        clocks.day.advance(seconds=30)
        clocks.pass_interval()

    minute = timedelta(minutes=1)
    assert kept == [began, began, began + minute, began + minute]
    assert statements.count("UPDATE") == 2


async def test_a_use_that_another_process_kept_is_not_kept_again(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks, statements: list[str]
) -> None:
    made = await a_key_text(database, ring, clocks)
    await show(an_authenticator(database, ring, clocks), made.text)
    statements.clear()

    await show(door, made.text)

    assert statements == ["SELECT"]


async def test_a_use_that_cannot_be_kept_fails_no_request(
    door: Authenticator, database: Database, ring: KeyRing, clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = await a_key_text(database, ring, clocks)
    tried = []

    async def refuse(*_positional: object, **_named: object) -> None:
        tried.append(True)
        raise StorageUnavailableError("it takes no writes")

    monkeypatch.setattr(authentication, "note_key_use", refuse)

    assert await show(door, made.text) is None
    assert tried == [True]


async def test_two_keys_open_in_an_overlap_and_the_old_one_then_no_more(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        old, new = await make_key(gateway), await make_key(gateway, lifetime=2 * HOUR)

        both = [(await gateway.ask("{ __typename }", key=key.text)).status for key in (old, new)]
        gateway.clock.advance(hours=1)
        after = [(await gateway.ask("{ __typename }", key=key.text)).status for key in (old, new)]

    assert both == [200, 200]
    assert after == [401, 200]


async def test_a_revoked_key_is_refused_in_every_process_within_the_interval(
    backend: Backend,
) -> None:
    clocks = Clocks()
    shared = {
        **backend,
        "encryption_keys": a_key(),
        "parts": {"monotonic": lambda: clocks.now_s},
    }
    async with open_gateway(**shared) as one, open_gateway(**shared) as other:
        made = await make_key(one)
        before = [(await each.ask("{ __typename }", key=made.text)).status for each in (one, other)]
        clocks.day = one.clock
        await revoke(one.services.database, one.services.ring, made.key_id, clocks)

        clocks.now_s += one.settings.revocation_interval_seconds

        after = [await each.ask("{ __typename }", key=made.text) for each in (one, other)]

    assert one.settings.revocation_interval_seconds < 1
    assert before == [200, 200]
    assert [(each.status, each.codes) for each in after] == [(401, ["UNAUTHENTICATED"])] * 2


async def test_without_a_database_callers_are_told_to_wait_and_the_secret_key_is_let_in(
    backend: Backend,
) -> None:
    async with open_gateway(**backend) as gateway:
        key = (await make_key(gateway)).text
        linked_id = LinkedId("acme", "jira")
        tokens = gateway.services.frontend_tokens
        scopes = [FrontendScope.READ]
        token = tokens.mint(linked_id, scopes, timedelta(minutes=5), maker=None).token
        await gateway.services.database.disconnect()

        refused = [await gateway.ask("{ __typename }", key=shown) for shown in (key, token)]
        let_in = await gateway.ask("{ viewer { kind } }")

    assert [(each.status, each.codes) for each in refused] == [(503, ["STORAGE_UNAVAILABLE"])] * 2
    assert all(int(each.headers["Retry-After"]) >= 1 for each in refused)
    assert not any("data" in each.body for each in refused)
    assert let_in.data == {"viewer": {"kind": "SECRET_KEY"}}


async def test_what_a_request_does_is_on_record_for_its_key_and_its_id(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        made = await make_key(gateway)
        given = {"externalId": "acme", "scopes": ["READ"]}
        answer = await gateway.ask(MINT, {"input": given}, key=made.text)
        (event,) = await list_events(gateway.services.database, external_id="acme", amount=10)

    assert event.actor == f"api_key:{made.key_id}"
    assert event.request_id == answer.headers["X-Request-Id"]
