"""`juncture rotate-keys`: what it does, says, and leaves on record."""

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from server.settings import PREFIX
from storage.audit import AuditEvent, check_chain, list_events
from storage.connections import get_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection
from tests.server.operator_bench import counted, run, set_environment, set_keys, with_storage
from tests.storage.builders import a_connection, a_key, a_key_ring, some_tokens
from tests.storage.sealed_bench import (
    CELLS_BESIDE_CONNECTIONS,
    NEW,
    OLD,
    fill,
    read_cell,
    spoil,
)

PROGRAM = str(Path(sys.executable).parent / "juncture")
CELLS = 3 * 3 + CELLS_BESIDE_CONNECTIONS
PATIENCE_S = 60
on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    set_environment(monkeypatch, tmp_path, database_url)


def rotations() -> list[AuditEvent]:
    events = with_storage(lambda database, _: list_events(database, amount=100))
    return [event for event in events if event.kind == "ENCRYPTION_KEYS_ROTATED"]


def test_the_old_key_may_go_once_everything_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    linked = with_storage(fill)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys")

    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        f"{CELLS} cells rewritten.",
        f"k2: {CELLS} cells",
        "k1: 0 cells",
        (
            "Key k1 may be removed from JUNCTURE_ENCRYPTION_KEYS now. Frontend tokens and cursors "
            "signed with it end with it: once every server has run for 15 minutes with k2 first, "
            "no frontend token is among them."
        ),
    ]
    set_keys(monkeypatch, NEW)
    assert counted() == Counter(k2=CELLS)

    async def read_all(database: Database, ring: KeyRing) -> int:
        return len([await get_tokens(database, ring, each.connection_id) for each in linked])

    assert with_storage(read_all) == 3


def test_a_rotation_is_one_event_of_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    with_storage(fill)
    set_keys(monkeypatch, NEW, OLD)

    run("rotate-keys")

    (event,) = rotations()
    assert (event.actor, event.request_id) == ("operator", None)
    assert event.details == {"rewritten": CELLS, "unreadable": 0, "cells": {"k2": CELLS}}
    assert with_storage(check_chain).is_whole


@on_sqlite
def test_how_far_it_is_is_told_beside_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    with_storage(fill)
    set_keys(monkeypatch, NEW, OLD)
    monkeypatch.setattr("server.rotate_command._TOLD_EVERY", 5)

    ran = run("rotate-keys")

    assert ran.stderr.splitlines() == ["6 cells rewritten …", "11 cells rewritten …"]
    assert "…" not in ran.stdout


@on_sqlite
def test_a_database_that_fails_midway_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(database: Database, ring: KeyRing) -> None:
        await fill(database, ring)
        await database.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON api_key BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    with_storage(refuse)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys")

    assert ran.exit_code == 1
    assert "run `juncture rotate-keys` again" in ran.stderr
    assert "Traceback" not in ran.output
    assert counted() == Counter(k2=CELLS - 2, k1=2)


@on_sqlite
def test_a_database_that_fails_at_once_is_told_without_promises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(database: Database, ring: KeyRing) -> None:
        await fill(database, ring)
        await database.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON connection BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    with_storage(refuse)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys")

    assert ran.exit_code == 1
    assert "Nothing was rewritten." in ran.stderr
    assert "stays so" not in ran.stderr
    assert counted() == Counter(k1=CELLS)


def test_a_dry_run_counts_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_storage(fill)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys", "--dry-run")

    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == [
        "k2: 0 cells",
        f"k1: {CELLS} cells",
        "Key k1 is still needed: run `juncture rotate-keys`, again where it just ran.",
    ]
    assert counted() == Counter(k1=CELLS)
    assert rotations() == []


def test_unreadable_cells_are_named_the_rest_is_done_and_the_command_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def spoil_one(database: Database, ring: KeyRing) -> tuple[Connection, Connection]:
        broken, other, _ = await fill(database, ring)
        await spoil(database, broken, await read_cell(database, other))
        lost = await a_connection(
            database,
            a_key_ring(a_key("k0", b"older")),
            external_id="lost",
            tokens=some_tokens("lost", None),
        )
        return broken, lost

    broken, lost = with_storage(spoil_one)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys")

    assert ran.exit_code == 1
    for connection in (broken, lost):
        name = f"Unreadable: the access_token of connection {connection.connection_id}.\n"
        assert name in ran.stderr
    assert "2 cells" in ran.stderr
    assert "Traceback" not in ran.output
    assert "k0: 1 cell, and the key is not in JUNCTURE_ENCRYPTION_KEYS\n" in ran.stdout
    assert "Key k1 is still needed" in ran.stdout
    assert counted() == Counter(k2=CELLS - 1, k1=1, k0=1)
    (event,) = rotations()
    assert event.details["unreadable"] == 2


def test_a_record_that_no_key_opens_does_not_keep_the_rest_from_being_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def spoil_chain(database: Database, ring: KeyRing) -> None:
        await fill(database, ring)
        await database.execute("UPDATE audit_chain SET chain_key = :text", {"text": "spoiled"})

    with_storage(spoil_chain)
    set_keys(monkeypatch, NEW, OLD)

    ran = run("rotate-keys")

    assert ran.exit_code == 1
    assert "Unreadable: the chain_key of audit chain chain." in ran.stderr
    assert "no key at all: 1 cell" in ran.stdout
    assert counted() == Counter({"k2": CELLS - 1, None: 1})


def test_a_rotation_needs_the_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")

    ran = run("rotate-keys")

    assert ran.exit_code == 1
    assert "juncture migrate" in ran.stderr


def test_a_process_that_is_killed_loses_nothing_and_the_next_one_finishes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connections = 100
    linked = with_storage(lambda database, ring: fill(database, ring, connections=connections))
    set_keys(monkeypatch, NEW, OLD)
    are_killed = [kill_when_rewritten(least) for least in (1, 150)]

    finished = run("rotate-keys")

    assert finished.exit_code == 0, finished.stderr
    assert any(are_killed)
    assert counted() == Counter(k2=3 * connections + CELLS_BESIDE_CONNECTIONS)
    set_keys(monkeypatch, NEW)

    async def read_all(database: Database, ring: KeyRing) -> list[str]:
        found = [await get_tokens(database, ring, each.connection_id) for each in linked]
        return [each.tokens.access_token.get_secret_value() for each in found]

    assert with_storage(read_all) == [f"access-{number}" for number in range(connections)]
    assert with_storage(check_chain).is_whole


def kill_when_rewritten(least: int) -> bool:
    """Kill the command once it has rewritten so many cells; False where it ended before."""
    deadline = time.monotonic() + PATIENCE_S
    with subprocess.Popen([PROGRAM, "rotate-keys"]) as process:
        while counted()["k2"] < least:
            assert time.monotonic() < deadline
        process.kill()
    return process.returncode == -signal.SIGKILL
