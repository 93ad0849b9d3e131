"""`juncture audit`: what an operator reads of the record, and is told of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from server.command_line import app
from server.settings import PREFIX
from storage.audit import OPERATOR, AuditKind, Subject, acting, append_event
from storage.database import Database, open_database
from storage.encryption import KeyRing
from tests.storage.builders import NOW, a_key

T = TypeVar("T")
Work = Callable[[Database], Awaitable[T]]
KEYS = a_key()


@pytest.fixture
def run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Result]:
    """The command on a migrated database, with settings that do."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-secret-key-of-these-very-tests-alone",
        "ENCRYPTION_KEYS": KEYS,
        "JIRA_CLIENT_ID": "an-app",
        "JIRA_CLIENT_SECRET": "a-secret-of-the-app",
    }
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name, value)
    return lambda *arguments: CliRunner().invoke(app, ["audit", *arguments])


def work_on(url: str, work: Work[T]) -> T:
    async def connected() -> T:
        database = open_database(url, acquire_timeout=timedelta(seconds=20), pool_size=2)
        await database.connect()
        try:
            return await work(database)
        finally:
            await database.disconnect()

    return asyncio.run(connected())


@pytest.fixture
def events(database_url: str) -> None:
    """Three events: of `acme`, of `other`, and of `acme` again."""

    async def add(database: Database) -> None:
        for external_id in ("acme", "other", "acme"):
            async with database.transaction() as queries:
                with acting(OPERATOR):
                    await append_event(
                        queries,
                        KeyRing.parse([KEYS]),
                        AuditKind.IMPORTED,
                        now=NOW,
                        subject=Subject(external_id, "jira", "c-1"),
                        details={"from": "a file"},
                    )

    work_on(database_url, add)


def damage(url: str, statement: str) -> None:
    work_on(url, lambda database: database.execute(statement))


def test_events_are_listed_newest_first(run: Callable[..., Result], events: None) -> None:
    ran = run("list")

    assert ran.exit_code == 0, ran.output
    lines = [line.split(maxsplit=5) for line in ran.stdout.splitlines()]
    assert [line[0] for line in lines] == ["3", "2", "1"]
    assert lines[1] == [
        "2",
        "2026-11-21T12:30:15Z",
        "IMPORTED",
        "operator",
        '"other"',
        '{"from": "a file"}',
    ]


def test_events_are_listed_of_one_external_id_and_no_more_than_asked(
    run: Callable[..., Result], events: None
) -> None:
    of_one = run("list", "--external-id", "acme", "--json")
    fewer = run("list", "--limit", "1", "--json")

    assert [json.loads(line)["sequence"] for line in of_one.stdout.splitlines()] == [3, 1]
    [newest] = [json.loads(line) for line in fewer.stdout.splitlines()]
    assert newest.pop("eventId")
    assert newest == {
        "sequence": 3,
        "kind": "IMPORTED",
        "actor": "operator",
        "at": NOW.isoformat(),
        "externalId": "acme",
        "provider": "jira",
        "connectionId": "c-1",
        "requestId": None,
        "details": {"from": "a file"},
    }


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_malformed_external_id_is_told(run: Callable[..., Result]) -> None:
    ran = run("list", "--external-id", "\x1b[2J")

    assert ran.exit_code == 1
    assert "--external-id" in ran.stderr
    assert ran.stdout == ""


def test_a_whole_record_verifies(run: Callable[..., Result], events: None) -> None:
    ran = run("verify")

    assert ran.exit_code == 0, ran.output
    assert ran.stdout == "All 3 events are as they were written.\n"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_event SET external_id = 'acme' WHERE sequence = 2", 2),
        ("DELETE FROM audit_event WHERE sequence = 3", 3),
    ],
    ids=["edited", "truncated"],
)
def test_the_first_broken_event_is_named(
    run: Callable[..., Result], events: None, database_url: str, statement: str, named: int
) -> None:
    damage(database_url, statement)

    ran = run("verify")

    assert ran.exit_code == 1
    assert f"Event {named} is the first that is not as it was written" in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_record_under_a_key_that_is_gone_is_told_without_a_traceback(
    run: Callable[..., Result], events: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}ENCRYPTION_KEYS", a_key("k2", b"\x02"))

    ran = run("verify")

    assert ran.exit_code == 1
    assert "cannot be verified" in ran.stderr
    assert "Traceback" not in ran.output


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("command", ["list", "verify"])
def test_an_unmigrated_database_is_told(
    run: Callable[..., Result], command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", f"sqlite:///{tmp_path / 'bare.db'}")

    ran = run(command)

    assert ran.exit_code == 1
    assert "juncture migrate" in ran.stderr
