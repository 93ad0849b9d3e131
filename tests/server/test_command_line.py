import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from graphql import build_schema as parse_schema
from typer.testing import CliRunner

from server.command_line import app
from server.settings import PREFIX
from storage.encryption import KeyRing, generate_key
from storage.migrate import migrate
from tests.support.servers import LOOPBACK, free_port

PROGRAM = str(Path(sys.executable).parent / "juncture")
PATIENCE_S = 30


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the database will lie, with every other setting that has to be there."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'juncture.db'}",
        "SECRET_KEY": "a-secret-key-of-these-very-tests-alone",
        "ENCRYPTION_KEYS": generate_key(datetime(2026, 6, 1, tzinfo=UTC).date()),
        "JIRA_CLIENT_ID": "an-app",
        "JIRA_CLIENT_SECRET": "a-secret-of-the-app",
    }
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name, value)
    return tmp_path / "juncture.db"


def refuse_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_positional: object, **_named: object) -> None:
        pytest.fail("it was served")

    monkeypatch.setattr(uvicorn, "run", run)


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, which is gone after."""
    pipe = subprocess.PIPE
    with subprocess.Popen([PROGRAM, *arguments], text=True, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", ["--host", "--port", "--workers"]),
        ("migrate", []),
        ("demo", ["--host", "--port", "--sandbox-port", "--state", "--data"]),
        (
            "sandbox",
            [
                *("--host", "--port", "--data", "--record", "--token-history"),
                *("--client-id", "--client-secret", "--until-stdin-ends"),
            ],
        ),
        ("schema", []),
        ("doctor", ["--external-id"]),
        ("new-key", []),
        ("rotate-keys", ["--dry-run"]),
        ("import", ["--from-postgres", "--dry-run", "--concurrency", "--report"]),
        ("keys create", ["--name", "--scopes", "--expires"]),
        ("keys list", []),
        ("keys revoke", []),
        ("keys rotate", ["--overlap"]),
        ("audit list", ["--external-id", "--limit", "--json"]),
        ("audit verify", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_help_names_the_options_of_each_command(command: str, options: list[str]) -> None:
    ran = CliRunner().invoke(
        app, [*command.split(), "--help"], env={"COLUMNS": "120", "TERM": "dumb"}
    )

    assert ran.exit_code == 0
    assert [option for option in options if option not in ran.output] == []


def test_help_alone_lists_the_commands() -> None:
    ran = CliRunner().invoke(app, ["--help"])

    commands = {
        *("serve", "migrate", "demo", "sandbox", "schema", "doctor", "new-key"),
        *("rotate-keys", "import", "keys", "audit"),
    }
    listed = re.findall(r"^[│ ]+([a-z-]+) {2,}\w", ran.output, flags=re.MULTILINE)
    assert set(listed) == commands


def test_serving_is_refused_with_every_missing_setting_in_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    refuse_to_serve(monkeypatch)

    ran = CliRunner().invoke(app, ["serve"])

    assert ran.exit_code == 1
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "JIRA_CLIENT_ID", "JIRA_CLIENT_SECRET"):
        assert f"{PREFIX}{name}: is missing" in ran.stderr
    assert "4 settings" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_several_workers_serve_one_sqlite_file(
    monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    migrate(f"sqlite:///{database}")
    served: dict[str, object] = {}
    monkeypatch.setattr(uvicorn, "run", lambda _app, **how: served.update(how))

    ran = CliRunner().invoke(app, ["serve", "--workers", "2", "--port", str(free_port())])

    assert ran.exit_code == 0, ran.stderr
    assert served["workers"] == 2


def test_serving_is_refused_before_the_database_is_migrated(
    monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    refuse_to_serve(monkeypatch)

    ran = CliRunner().invoke(app, ["serve"])

    assert ran.exit_code == 1
    assert "juncture migrate" in ran.stderr
    assert not database.exists()


def test_serving_is_refused_where_the_database_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    refuse_to_serve(monkeypatch)
    url = f"postgresql://somebody:hidden-word@{LOOPBACK}:{free_port()}/none"

    ran = CliRunner().invoke(app, ["serve"], env={f"{PREFIX}DATABASE_URL": url})

    assert ran.exit_code == 1
    assert ran.stderr.strip()
    assert "hidden-word" not in ran.output


def test_a_served_address_answers_until_it_is_told_to_end(database: Path) -> None:
    migrate(f"sqlite:///{database}")
    port = free_port()
    with running("serve", "--port", str(port)) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        with httpx.Client(transport=httpx.HTTPTransport(retries=6)) as http:
            answer = http.get(f"http://{LOOPBACK}:{port}/healthz")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)

    assert line == f"Starting Juncture at http://{LOOPBACK}:{port}/graphql; Ctrl-C stops it.\n"
    assert answer.text == "ok"


def test_serving_on_a_taken_port_says_which_option_changes_it(database: Path) -> None:
    migrate(f"sqlite:///{database}")
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]

        ran = CliRunner().invoke(app, ["serve", "--port", str(port)])

    assert ran.exit_code == 1
    assert f"Port {port}" in ran.stderr
    assert "--port" in ran.stderr


def test_migrating_again_changes_nothing(database: Path) -> None:
    first = CliRunner().invoke(app, ["migrate"])
    written = database.read_bytes()
    second = CliRunner().invoke(app, ["migrate"])

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "applied" in first.output
    assert "Nothing to do" in second.output
    assert database.read_bytes() == written


def test_migrating_where_nothing_can_be_written_is_told_in_a_sentence(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.mkdir()

    ran = CliRunner().invoke(app, ["migrate"])

    assert ran.exit_code == 1
    assert ran.stderr.strip()
    assert isinstance(ran.exception, SystemExit)


def test_a_new_key_is_one_that_the_settings_accept() -> None:
    keys = [CliRunner().invoke(app, ["new-key"]).output.strip() for _ in range(2)]

    assert keys[0] != keys[1]
    assert KeyRing.parse([keys[0]])


def test_the_schema_is_printed_as_sdl_and_needs_no_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = CliRunner().invoke(app, ["schema"])

    assert ran.exit_code == 0
    query = parse_schema(ran.output).query_type
    assert query is not None
    assert "connection" in query.fields


def test_the_sandbox_command_leaves_no_process_behind(tmp_path: Path) -> None:
    port, record = free_port(), tmp_path / "exchanges.jsonl"
    with running("sandbox", "--port", str(port), "--record", str(record)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)

        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{LOOPBACK}:{port}/__sandbox__/health")

    assert line.startswith(f"Sandbox ready on http://{LOOPBACK}:{port} ")
    assert record.exists()


def test_the_sandbox_command_takes_the_options_of_a_test_run() -> None:
    client = ("--client-id", "my-app", "--client-secret", "-a-secret-that-begins-so")
    command = [PROGRAM, "sandbox", "--port", "0", "--until-stdin-ends", *client]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().split()[3]
        body = {
            "grant_type": "authorization_code",
            "client_id": "my-app",
            "client_secret": "-a-secret-that-begins-so",
        }
        answer = httpx.post(f"{address}/oauth/token", json=body)
        process.stdin.close()
        process.wait(PATIENCE_S)

    # The app is known: the code that was left out is what is wrong.
    assert answer.json()["error"] == "invalid_grant"
    assert process.returncode == 0


def test_a_data_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["demo", "--data", str(tmp_path / "none.jsonl")])

    assert ran.exit_code == 2
    assert "--data" in ran.stderr
