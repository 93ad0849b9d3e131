import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.formats import parse_instant

ROOT = Path(__file__).parents[2]


def test_it_runs_as_a_process_of_its_own_and_says_when_it_is_ready() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--client-id", "mine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, cwd=ROOT, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = line.split()[3]
            answer = httpx.get(f"{address}/__sandbox__/health")
        finally:
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate()

    assert (process.returncode, complaints) == (0, "")
    assert line.startswith("Sandbox ready on http://127.0.0.1:")
    assert "2000 issues" in line
    assert answer.json()["status"] == "ok"
    assert len(answer.headers.get_list("date")) == 1


def ask_for_a_while(*options: str, environment: Mapping[str, str] | None = None) -> None:
    """Run it, ask Jira's API once, and stop it."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, text=True, cwd=ROOT, stdout=pipe, env={**os.environ, **(environment or {})}
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[3]
            httpx.get(f"{address}/ex/jira/none/rest/api/3/myself")
        finally:
            process.send_signal(signal.SIGINT)


def test_what_jiras_api_is_asked_is_kept_where_the_option_says(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"

    ask_for_a_while("--record", str(file))

    (kept,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (kept["path"], kept["status"]) == ("/rest/api/3/myself", 401)


def test_what_jiras_api_is_asked_is_kept_where_the_environment_says(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"

    ask_for_a_while(environment={"SANDBOX_RECORD": str(file)})

    assert len(file.read_text().splitlines()) == 1


def test_a_file_to_keep_calls_in_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = main(["--record", str(tmp_path / "none" / "exchanges.jsonl")])

    assert outcome == 1
    assert "The sandbox cannot start" in capsys.readouterr().err


def test_a_taken_port_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        outcome = main(["--port", str(port)])

    assert outcome == 1
    assert capsys.readouterr().err == (
        f"Port {port} on 127.0.0.1 is taken: stop what listens there, or choose another with "
        "--port.\n"
    )


def test_a_missing_file_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = main(["--data", str(tmp_path / "none.jsonl")])

    assert outcome == 1
    assert "The sandbox cannot start" in capsys.readouterr().err
    assert "none.jsonl" not in capsys.readouterr().out


def test_a_broken_file_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("\n" + json.dumps({"id": "1"}) + "\n")

    outcome = main(["--data", str(path)])

    assert outcome == 1
    assert f"Line 2 of {path} is not a Jira issue" in capsys.readouterr().err


def test_an_instant_without_offset_counts_as_utc() -> None:
    assert parse_instant("2026-01-01").isoformat() == "2026-01-01T00:00:00+00:00"


def test_it_ends_when_told_to_and_whoever_holds_its_input_is_gone() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--until-stdin-ends"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        is_up = httpx.get(f"{line.split()[3]}/__sandbox__/health").is_success
        process.stdin.close()
        process.wait(timeout=10)

    assert is_up
    assert process.returncode == 0
