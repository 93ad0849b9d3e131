"""`juncture import` against the sandbox: what it says, what it calls, what it keeps to itself."""

import asyncio
import json
import signal
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from server.command_line import app
from storage.connections import get_tokens, load_connections_by_external_id
from storage.database import Database, open_database
from storage.encryption import KeyRing, generate_key
from storage.instants import read_instant
from storage.unproven import save_unproven
from tests.faults.waiting import until
from tests.oauth.refresh_bench import on_sqlite
from tests.server.moving_in import SITE, Place, has_taken_signals, place
from tests.server.test_command_line import PROGRAM
from tests.storage.builders import a_lease
from tests.support.foreign_grants import (
    count_living,
    find_cloud_id,
    give_grant,
    list_refreshes,
)
from tests.support.foreign_tables import add_foreign_row, make_foreign_tables

__all__ = ["place"]


async def linked(database: Database, *external_ids: str) -> list[str]:
    found = await load_connections_by_external_id(
        database, provider="jira", external_ids=external_ids
    )
    return sorted(found)


async def test_a_file_moves_in_with_one_refresh_a_grant_over_two_runs(
    place: Place, database: Database
) -> None:
    names = [f"user-{number}" for number in range(12)]
    await place.write_grants(*names, selectedProject="10001")

    first = await place.run(str(place.file))
    second = await place.run(str(place.file))

    assert (first.exit_code, first.stdout) == (0, "12 imported.\n"), first.output
    assert (second.exit_code, second.stdout) == (0, "12 skipped.\n"), second.output
    refreshes = await list_refreshes(place.sandbox)
    assert len(refreshes) == 12
    assert len({each["token"] for each in refreshes}) == 12
    assert not any(each["isFork"] or each["error"] for each in refreshes)
    assert await linked(database, *names) == sorted(names)


async def test_a_connection_that_moved_in_is_refreshed_like_any_other(
    place: Place, database: Database
) -> None:
    [token] = await place.write_grants("acme")
    await place.run(str(place.file))

    found = await load_connections_by_external_id(database, provider="jira", external_ids=["acme"])
    ring = KeyRing.parse([place.environment["JUNCTURE_ENCRYPTION_KEYS"]])
    stored = await get_tokens(database, ring, found["acme"].connection_id)

    assert found["acme"].site.url == SITE
    assert stored.tokens.refresh_token is not None
    assert stored.tokens.refresh_token.get_secret_value() != token
    assert await count_living(place.sandbox) == {True: 1}


async def test_a_dry_run_checks_all_and_neither_calls_nor_writes(
    place: Place, database: Database
) -> None:
    await place.write_grants("acme", "globex")
    with place.file.open("a") as file:
        file.write('{"externalId": "third"}\n')

    ran = await place.run(str(place.file), "--dry-run")

    assert (ran.exit_code, ran.stdout) == (1, "2 ready, 1 unreadable.\n")
    assert ran.stderr == 'line 3 "third": unreadable: lacks `site`\n'
    assert await list_refreshes(place.sandbox) == []
    assert await database.fetch_all("SELECT id FROM connection") == []


async def test_what_is_left_to_do_is_told_by_line_and_in_the_report(
    place: Place, database: Database
) -> None:
    tokens = await place.write_grants("acme", "acme", "elsewhere")
    lines = place.file.read_text().splitlines()
    lines[2] = lines[2].replace("acme.atlassian", "nine.atlassian")
    dead = {"externalId": "dead\x1b[2J", "site": SITE, "refreshToken": "never-given"}
    gone = {"externalId": "gone", "site": SITE, "refreshToken": "never-given-either"}
    place.file.write_text("\n".join([*lines, "nothing", json.dumps(dead), json.dumps(gone)]))
    report = place.folder / "report.jsonl"

    ran = await place.run(str(place.file), "--report", str(report), "--concurrency", "1")

    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert ran.exit_code == 1
    assert [(each["line"], each["externalId"], each["outcome"]) for each in told] == [
        (1, "acme", "imported"),
        (2, "acme", "unreadable"),
        (3, "elsewhere", "site not granted"),
        (4, None, "unreadable"),
        (5, "dead\x1b[2J", "unreadable"),
        (6, "gone", "needs consent"),
    ]
    assert ran.stdout == "1 imported, 3 unreadable, 1 needs consent, 1 site not granted.\n"
    assert len(ran.stderr.splitlines()) == 5
    assert "\x1b[2J" not in ran.stderr
    assert report.stat().st_mode & 0o777 == 0o600
    assert not any(secret in ran.output + report.read_text() for secret in [*tokens, "never-given"])


@on_sqlite
async def test_an_app_that_is_refused_ends_the_run(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.write_grants("acme", "globex")
    with monkeypatch.context() as patched:
        patched.setenv("JUNCTURE_JIRA_CLIENT_SECRET", "another-secret")
        refused = await place.run(str(place.file), "--concurrency", "1")
    good = await place.run(str(place.file))

    assert (refused.exit_code, refused.stdout) == (1, "1 app refused.\n")
    assert "JUNCTURE_JIRA_CLIENT_SECRET" in refused.stderr
    assert "another-secret" not in refused.output
    assert (good.exit_code, good.stdout) == (0, "2 imported.\n")


@on_sqlite
async def test_a_provider_that_is_away_is_told_and_nothing_is_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.write_grants("acme")
    with monkeypatch.context() as patched:
        patched.setenv("JUNCTURE_JIRA_AUTH_URL", "http://127.0.0.1:9")
        away = await place.run(str(place.file))
    back = await place.run(str(place.file))

    assert (away.exit_code, away.stdout) == (1, "1 unavailable.\n")
    assert (back.exit_code, back.stdout) == (0, "1 imported.\n")
    assert len(await list_refreshes(place.sandbox)) == 1


@on_sqlite
async def test_keys_that_the_database_was_not_written_with_are_refused_before_anything(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.write_grants("acme")
    assert (await place.run(str(place.file))).exit_code == 0
    await place.write_grants("globex")
    monkeypatch.setenv("JUNCTURE_ENCRYPTION_KEYS", generate_key(date(2026, 7, 1)))

    ran = await place.run(str(place.file))

    assert ran.exit_code == 1
    assert ran.stderr.endswith("Nothing was imported.\n")
    assert len(await list_refreshes(place.sandbox)) == 1


async def test_a_run_that_is_killed_again_and_again_loses_no_grant(
    place: Place, database: Database
) -> None:
    names = [f"user-{number}" for number in range(16)]
    await place.write_grants(*names)
    for answered in (0, 4, 5):
        process = await start_until_held(place, after=answered)
        process.kill()
        await process.communicate()
        place.door.open()
    ran = await place.run(str(place.file))

    refreshes = await list_refreshes(place.sandbox)
    assert ran.exit_code == 0, ran.output
    assert await linked(database, *names) == sorted(names)
    assert [each["error"] for each in refreshes if each["error"]] == []
    assert len({each["token"] for each in refreshes}) == 16
    # One that was under way at a kill is asked for once more, and no other one.
    assert 16 + 3 <= len(refreshes) <= 16 + 3 * 4
    assert await count_living(place.sandbox) == {True: 16}
    kinds = await database.fetch_all("SELECT kind FROM audit_event WHERE kind = 'IMPORTED'")
    assert len(kinds) == 16


@on_sqlite
async def test_a_run_that_is_stopped_keeps_what_is_on_its_way(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However late an answer is, its token is not asked for once more.
    monkeypatch.setenv("JUNCTURE_REFRESH_DEADLINE_SECONDS", "60")
    monkeypatch.setenv("JUNCTURE_REFRESH_LEASE_SECONDS", "120")
    await place.write_grants(*(f"user-{number}" for number in range(16)))
    process = await start_until_held(place)
    process.send_signal(signal.SIGINT)
    await until(lambda: has_taken_signals(process.pid), "the end of its other work")
    place.door.open()
    _, told = await process.communicate()
    begun = await list_refreshes(place.sandbox)
    kept = await database.fetch_all("SELECT id FROM connection WHERE refreshed_at IS NOT NULL")
    ran = await place.run(str(place.file))

    refreshes = await list_refreshes(place.sandbox)
    assert process.returncode == 1
    assert told.decode().startswith("Stopped. Run the same command again")
    assert 1 <= len(begun) == len(kept) <= 4
    assert ran.exit_code == 0, ran.output
    assert len(refreshes) == len({each["token"] for each in refreshes}) == 16


async def start_until_held(place: Place, *, after: int = 0) -> asyncio.subprocess.Process:
    """The command as a process of its own, which waits for an answer after so many."""
    place.door.hold(after=after)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "import", str(place.file), stdout=pipe, stderr=pipe
    )
    await until(place.door.has_held.is_set, "a refresh whose answer is kept back")
    return process


def set_machine_clock(monkeypatch: pytest.MonkeyPatch, year: int) -> None:
    """Let the command read another year wherever it asks the machine."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wrong":
            return cls(year, 1, 1, tzinfo=tz)

    for module in ("storage.clock", "server.import_command"):
        monkeypatch.setattr(f"{module}.datetime", Wrong, raising=False)


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("year", [2020, 2090])
async def test_a_run_on_a_machine_whose_clock_is_wrong_writes_the_databases_time(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    await place.write_grants("acme")
    set_machine_clock(monkeypatch, year)

    ran = await place.run(str(place.file))

    assert ran.exit_code == 0, ran.output
    columns = "created_at, updated_at, refreshed_at, access_expires_at"
    row = await database.fetch_one(f"SELECT {columns} FROM connection")
    assert row is not None
    far = [
        name
        for name, text in row.items()
        if abs(read_instant(text) - datetime.now(UTC)) > timedelta(hours=2)
    ]
    assert far == []


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_a_run_on_a_machine_whose_clock_is_ahead_takes_over_no_living_lease(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    [token] = await place.write_grants("acme")
    ring = KeyRing.parse([place.environment["JUNCTURE_ENCRYPTION_KEYS"]])
    now = datetime.now(UTC)
    async with database.transaction() as queries:
        candidate = await save_unproven(
            queries,
            ring,
            external_id="acme",
            provider="jira",
            refresh_token=SecretStr(token),
            now=now,
        )
    await a_lease(database, candidate.connection, now=now)
    set_machine_clock(monkeypatch, 2090)

    ran = await place.run(str(place.file))

    assert (ran.exit_code, ran.stdout) == (1, "1 unavailable.\n"), ran.output
    assert await list_refreshes(place.sandbox) == []


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_the_tables_of_the_system_before_move_in(
    place: Place, database: Database, empty_database_url: str
) -> None:
    foreign = open_database(empty_database_url, acquire_timeout=timedelta(seconds=20), pool_size=1)
    await foreign.connect()
    await make_foreign_tables(foreign)
    site = await find_cloud_id(place.sandbox)
    for name in ("acme", "flagged", "globex"):
        token = await give_grant(place.sandbox)
        await add_foreign_row(foreign, name, token, site=site, is_invalid=name == "flagged")
    await add_foreign_row(foreign, "dead", "never-given", site=site)
    await add_foreign_row(foreign, "nowhere", await give_grant(place.sandbox), site=None)
    await foreign.disconnect()

    first = await place.run("--from-postgres", empty_database_url)
    second = await place.run("--from-postgres", empty_database_url)

    assert first.stdout == "3 imported, 1 unreadable, 1 needs consent.\n", first.output
    assert second.stdout == "3 skipped, 1 unreadable, 1 needs consent.\n", second.output
    assert '"nowhere": unreadable' in first.stderr
    assert await linked(database, "acme", "globex", "flagged", "dead") == [
        "acme",
        "flagged",
        "globex",
    ]
    refreshes = await list_refreshes(place.sandbox)
    assert sorted(each["error"] or "" for each in refreshes) == ["", "", "", "invalid_grant"]
    assert "never-given" not in first.output + second.output


@on_sqlite
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///other.db", "--from-postgres takes a PostgreSQL database"),
        ("postgresql://me:hidden-word@127.0.0.1:9/none", "--from-postgres cannot be opened"),
        ("postgresql://me:hidden-word@127.0.0.1:nine/none", "--from-postgres cannot be opened"),
    ],
    ids=["another kind", "nobody there", "malformed"],
)
async def test_a_database_that_cannot_be_read_is_told_without_its_address(
    place: Place, url: str, told: str
) -> None:
    ran = await place.run("--from-postgres", url)

    assert ran.exit_code == 1
    assert told in ran.stderr
    assert isinstance(ran.exception, SystemExit)
    assert "hidden-word" not in ran.output


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_a_database_of_something_else_is_told(place: Place, empty_database_url: str) -> None:
    ran = await place.run("--from-postgres", empty_database_url)

    assert ran.exit_code == 1
    assert "--from-postgres cannot be read" in ran.stderr
    assert isinstance(ran.exception, SystemExit)


@on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [[], ["grants.jsonl", "--from-postgres", "postgresql://db/x"]],
    ids=["none", "both"],
)
async def test_exactly_one_source_is_asked_for(place: Place, arguments: list[str]) -> None:
    await place.write_grants("acme")

    ran = await place.run(*arguments)

    assert ran.exit_code == 1
    assert "either a file of JSON Lines, or --from-postgres" in ran.stderr


@on_sqlite
@pytest.mark.parametrize("report", ["grants.jsonl", "./grants.jsonl", "none/report.jsonl", "."])
async def test_a_report_that_cannot_be_written_is_told_before_anything_is_done(
    place: Place, report: str
) -> None:
    await place.write_grants("acme")
    before = place.file.read_bytes()

    ran = await place.run("grants.jsonl", "--report", report)

    assert ran.exit_code == 1
    assert "--report" in ran.stderr
    assert place.file.read_bytes() == before
    assert await list_refreshes(place.sandbox) == []


@on_sqlite
async def test_a_file_without_entries_is_no_fault(place: Place) -> None:
    place.file.write_text("\n\n")

    ran = await place.run("grants.jsonl")

    assert (ran.exit_code, ran.stdout) == (0, "nothing found.\n")


def test_moving_in_is_refused_without_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "grants.jsonl"
    file.write_text("")

    ran = CliRunner().invoke(app, ["import", str(file)])

    assert ran.exit_code == 1
    assert "settings need mending" in ran.stderr
