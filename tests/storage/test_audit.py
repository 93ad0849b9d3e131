"""The record of events: added, never changed, and whoever changes it all the same is found out."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

import storage
from storage.audit import (
    OPERATOR,
    SYSTEM,
    Acting,
    AuditKind,
    ChainCheck,
    Subject,
    acting,
    append_event,
    check_chain,
    get_acting,
    list_events,
    note_event,
)
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from tests.storage.builders import NOW, a_connection, a_key, a_key_ring

MANY = 50
WHOLE = ChainCheck(5, is_whole=True)


async def add(
    database: Database, ring: KeyRing, *, external_id: str = "acme", **details: str
) -> None:
    async with database.transaction() as queries:
        await append_event(
            queries,
            ring,
            AuditKind.CONNECTED,
            now=NOW,
            subject=Subject(external_id, "jira", "c-1"),
            details=details,
        )


async def add_five(database: Database, ring: KeyRing) -> None:
    for number in range(1, 6):
        await add(database, ring, number=str(number))


async def test_an_event_tells_who_did_what_when_and_on_which_request(
    database: Database, ring: KeyRing
) -> None:
    connection = await a_connection(database, ring, external_id="acme")

    with acting(Acting("api_key:k-1", "request-1")):
        async with database.transaction() as queries:
            await append_event(
                queries,
                ring,
                AuditKind.DISCONNECTED,
                now=NOW,
                subject=Subject.of(connection),
                details={"site": "https://acme.example", "count": 2},
            )

    [event] = await list_events(database, amount=10)
    assert (event.sequence, event.kind, event.at) == (1, "DISCONNECTED", NOW)
    assert (event.actor, event.request_id) == ("api_key:k-1", "request-1")
    assert event.subject == Subject("acme", "jira", connection.connection_id)
    assert event.details == {"site": "https://acme.example", "count": 2}


async def test_what_nobody_asked_for_is_juncture_s_own_doing(
    database: Database, ring: KeyRing
) -> None:
    async with database.transaction() as queries:
        await append_event(queries, ring, AuditKind.ENCRYPTION_KEYS_ROTATED, now=NOW)

    [event] = await list_events(database, amount=10)
    assert (event.actor, event.request_id) == (SYSTEM.actor, None)
    assert event.subject == Subject()
    assert event.details == {}


async def test_tasks_begun_inside_act_on_the_same_behalf_and_those_outside_do_not() -> None:
    async def who() -> Acting:
        return get_acting()

    with acting(OPERATOR):
        inside = asyncio.create_task(who())
    outside = asyncio.create_task(who())

    assert await inside == OPERATOR
    assert await outside == SYSTEM


async def test_events_come_newest_first_and_of_one_external_id_where_asked(
    database: Database, ring: KeyRing
) -> None:
    for external_id in ("a", "b", "a", "b", "a"):
        await add(database, ring, external_id=external_id)

    newest = await list_events(database, amount=2)
    older = await list_events(database, before=newest[-1].sequence, amount=10)
    of_one = await list_events(database, external_id="b", amount=10)
    older_of_one = await list_events(database, external_id="b", before=4, amount=10)

    assert [event.sequence for event in newest] == [5, 4]
    assert [event.sequence for event in older] == [3, 2, 1]
    assert [event.sequence for event in of_one] == [4, 2]
    assert [event.sequence for event in older_of_one] == [2]
    assert await list_events(database, external_id="", amount=10) == []


async def test_an_event_is_gone_with_the_transaction_it_tells_of(
    database: Database, ring: KeyRing
) -> None:
    await add(database, ring)

    async def fail_after_it() -> None:
        async with database.transaction() as queries:
            await append_event(queries, ring, AuditKind.CONNECTED, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_it()
    await add(database, ring)

    assert [event.sequence for event in await list_events(database, amount=10)] == [2, 1]
    assert await check_chain(database, ring) == ChainCheck(2, is_whole=True)


async def test_many_processes_append_at_once_without_a_gap_or_a_fork(
    database: Database, database_url: str, ring: KeyRing
) -> None:
    other = open_database(database_url, acquire_timeout=timedelta(seconds=20), pool_size=4)
    await other.connect()

    await asyncio.gather(*(add((database, other)[n % 2], ring, number=str(n)) for n in range(MANY)))
    await other.disconnect()

    events = await list_events(database, amount=2 * MANY)
    assert [event.sequence for event in events] == list(range(MANY, 0, -1))
    assert len({event.details["number"] for event in events}) == MANY
    assert await check_chain(database, ring) == ChainCheck(MANY, is_whole=True)


async def test_a_chain_is_whole_before_its_first_event_and_while_others_are_added(
    database: Database, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.audit._BATCH_SIZE", 2)

    assert await check_chain(database, ring) == ChainCheck(0, is_whole=True)
    await add_five(database, ring)
    checks = await asyncio.gather(
        *(check_chain(database, ring) for _ in range(5)),
        *(add(database, ring) for _ in range(5)),
    )

    assert all(check.is_whole for check in checks if check is not None)
    assert await check_chain(database, ring) == ChainCheck(10, is_whole=True)


Break = Callable[[Database, KeyRing], Awaitable[None]]


def run(*statements: str) -> Break:
    async def run_all(database: Database, ring: KeyRing) -> None:
        for statement in statements:
            await database.execute(statement)

    return run_all


def move(old: int, new: int) -> str:
    return f"UPDATE audit_event SET sequence = {new} WHERE sequence = {old}"


def copy_as(sequence: int) -> str:
    return (
        "INSERT INTO audit_event (sequence, id, kind, actor, at, details, hash) "
        f"SELECT {sequence}, 'forged', kind, actor, at, details, hash FROM audit_event "
        "WHERE sequence = 2"
    )


def cut_to(sequence: int) -> Break:
    """Without its newest events, the chain's row and all, as far as the events tell its end."""
    return run(
        f"DELETE FROM audit_event WHERE sequence > {sequence}",
        f"UPDATE audit_chain SET sequence = {sequence}, hash = "
        f"COALESCE((SELECT hash FROM audit_event WHERE sequence = {sequence}), '')",
    )


async def rewrite(database: Database, ring: KeyRing) -> None:
    """All of it anew, by somebody whose own key ring is not this server's."""
    for table in ("audit_event", "audit_chain"):
        await database.execute(f"DELETE FROM {table}")
    await add_five(database, a_key_ring(a_key("k1", b"\x09")))


async def rewrite_under_the_old_key(database: Database, ring: KeyRing) -> None:
    """All of it anew, under the sealed key of the true chain, which the forger cannot open."""
    sealed = await database.fetch_val("SELECT chain_key FROM audit_chain")
    await rewrite(database, ring)
    await database.execute("UPDATE audit_chain SET chain_key = :sealed", {"sealed": sealed})


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        (run("DELETE FROM audit_event WHERE sequence = 1"), 1),
        (run("DELETE FROM audit_event WHERE sequence = 3"), 3),
        (run("UPDATE audit_event SET actor = 'operator' WHERE sequence = 3"), 3),
        (run("UPDATE audit_event SET details = '{}' WHERE sequence = 2"), 2),
        (run("UPDATE audit_event SET external_id = NULL WHERE sequence = 5"), 5),
        (run(move(5, 9), move(4, 5), move(3, 4), copy_as(3)), 3),
        (run(copy_as(6)), 6),
        (run(copy_as(6), "UPDATE audit_chain SET sequence = 6"), 6),
        (run(move(2, 9), move(3, 2), move(9, 3)), 2),
        (run("DELETE FROM audit_event WHERE sequence = 5"), 5),
        (run("DELETE FROM audit_event WHERE sequence > 3"), 4),
        (cut_to(4), 5),
        (cut_to(0), 1),
        (run("DELETE FROM audit_event"), 1),
        (run("DELETE FROM audit_chain"), 1),
        (run("UPDATE audit_chain SET sequence = 4"), 6),
        (rewrite_under_the_old_key, 1),
    ],
    ids=[
        "the first deleted",
        "one deleted",
        "who did it edited",
        "details edited",
        "the external id edited out",
        "one inserted",
        "one added",
        "one added and counted",
        "two swapped",
        "the last deleted",
        "a tail deleted",
        "a tail deleted and the end moved",
        "all deleted and the end moved",
        "all events deleted",
        "the chain's row deleted",
        "the end moved alone",
        "rewritten without the key",
    ],
)
async def test_the_first_broken_event_is_found(
    database: Database, ring: KeyRing, damage: Break, broken_at: int
) -> None:
    await add_five(database, ring)
    assert await check_chain(database, ring) == WHOLE

    await damage(database, ring)

    check = await check_chain(database, ring)
    assert not check.is_whole
    assert check.broken_at == broken_at


async def test_a_chain_rewritten_under_another_key_is_not_believed(
    database: Database, ring: KeyRing
) -> None:
    await add_five(database, ring)

    await rewrite(database, ring)

    with pytest.raises(CredentialUnreadableError):
        await check_chain(database, ring)


async def test_the_newest_link_stands_in_no_event(database: Database, ring: KeyRing) -> None:
    links = set()
    for _ in range(3):
        await add(database, ring)
        links.add(await database.fetch_val("SELECT hash FROM audit_chain"))

    shown = {row["hash"] for row in await database.fetch_all("SELECT hash FROM audit_event")}
    assert len(links) == len(shown) == 3
    assert links.isdisjoint(shown)


async def test_the_chain_s_key_lies_encrypted(database: Database, ring: KeyRing) -> None:
    await add(database, ring)

    sealed = await database.fetch_val("SELECT chain_key FROM audit_chain")
    opened = ring.decrypt(sealed, table="audit_chain", column="chain_key", row_id="chain")
    assert len(bytes.fromhex(opened.get_secret_value())) == 32
    assert sealed.startswith("v1.k1.")


def test_no_statement_of_ours_changes_or_removes_events() -> None:
    folder = Path(storage.__file__ or "").parent
    changing = re.compile(
        r"(?:UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+audit_event\b"
        r"|INTO\s+audit_event\b(?:(?!\"\"\").)*DO\s+UPDATE",
        flags=re.IGNORECASE | re.DOTALL,
    )

    sources = [path for path in folder.parent.rglob("*.py") if ".venv" not in path.parts]
    ours = [path for path in sources if "tests" not in path.relative_to(folder.parent).parts]
    found = [path.name for path in ours if changing.search(path.read_text(encoding="utf-8"))]

    assert folder / "audit.py" in ours
    assert found == []
    assert changing.search("delete from  audit_event")


async def test_rows_put_in_the_way_stop_no_event_and_show_where_they_stand(
    database: Database, ring: KeyRing
) -> None:
    await add_five(database, ring)
    for number, sequence in enumerate((6, 7)):
        await database.execute(
            "INSERT INTO audit_event (sequence, id, kind, actor, at, details, hash) "
            "VALUES (:sequence, :id, 'CONNECTED', 'nobody', 'never', '{}', 'none')",
            {"sequence": sequence, "id": f"stray-{number}"},
        )

    await add(database, ring, number="after")
    await add(database, ring, number="after that")

    assert [event.sequence for event in await list_events(database, amount=3)] == [9, 8, 7]
    assert (await check_chain(database, ring)).broken_at == 6


async def test_a_chain_that_somebody_began_anew_goes_on_and_is_not_believed(
    database: Database, ring: KeyRing
) -> None:
    await add_five(database, ring)
    await database.execute("DELETE FROM audit_chain")

    await add(database, ring)

    assert [event.sequence for event in await list_events(database, amount=1)] == [6]
    assert (await check_chain(database, ring)).broken_at == 1


@pytest.mark.parametrize(("column", "text"), [("details", "x"), ("details", "[]"), ("at", "y")])
async def test_an_event_that_somebody_damaged_hides_no_other(
    database: Database, ring: KeyRing, column: str, text: str
) -> None:
    await add_five(database, ring)
    await database.execute(
        f"UPDATE audit_event SET {column} = :text WHERE sequence = 3", {"text": text}
    )

    events = await list_events(database, amount=10)

    assert [event.sequence for event in events] == [5, 4, 3, 2, 1]
    assert text in str(events[2].details)


async def test_what_must_happen_is_logged_where_it_cannot_be_recorded(
    database: Database, ring: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    await add(database, ring)
    await database.execute("UPDATE audit_chain SET chain_key = 'v1.gone.AAAA'")

    async with database.transaction() as queries:
        await queries.execute("DELETE FROM audit_event")
        await note_event(
            queries, ring, AuditKind.DISCONNECTED, now=NOW, subject=Subject("acme", "jira", "c-1")
        )

    assert await list_events(database, amount=10) == []
    assert "DISCONNECTED" in caplog.text
    assert "acme" in caplog.text
