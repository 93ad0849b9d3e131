import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import REPOSITORY


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """What the Makefile reads, and nothing that it makes."""
    for name in ("Makefile", "pyproject.toml", "hatch_build.py"):
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    for name in ("requirements", "graphiql"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    clients = tmp_path / "tests" / "clients"
    clients.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(REPOSITORY / "tests" / "clients" / name, clients / name)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "command"),
    [
        (".venv", "--require-hashes -r requirements/runtime.txt"),
        ("run", "juncture demo"),
        ("check", "lint-imports"),
        ("test", "--cov --cov-report=term"),
        ("faults", "-m tests.faults --out docs/security.md"),
        ("mutants", "-m tests.faults.mutants"),
        ("schema", "juncture schema"),
        ("requirements", "--generate-hashes"),
        ("clean", "rm -rf .venv .clients"),
    ],
)
def test_each_target_runs_its_command(fresh: Path, target: str, command: str) -> None:
    told = make(fresh, "--dry-run", target)

    assert told.returncode == 0, told.stderr
    assert command in told.stdout


def test_arguments_reach_the_demo(fresh: Path) -> None:
    told = make(fresh, "--dry-run", "run", "ARGS=--port 9000")

    assert "juncture demo --port 9000" in told.stdout


def test_tests_run_the_linters_first(fresh: Path) -> None:
    told = make(fresh, "--dry-run", "test").stdout

    steps = ["/ruff check", "/ruff format --check", "/mypy", "/lint-imports", "-m pytest -n"]
    places = [told.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_what_the_tests_exchange_with_jira_is_kept_anew_and_then_checked(fresh: Path) -> None:
    told = make(fresh, "--dry-run", "test", "ARGS=--maxfail 1").stdout

    steps = [
        "rm -rf .exchanges",
        "--ignore tests/contract --record-exchanges=.exchanges --maxfail 1",
        "-m pytest tests/contract --check-exchanges=.exchanges",
    ]
    places = [told.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_an_old_python_is_refused_with_the_remedy(fresh: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    told = make(fresh, ".venv", f"PYTHON={old}")

    assert told.returncode != 0
    assert f"Juncture needs Python 3.11 or newer, and '{old}' is not" in told.stderr
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize(
    "changed",
    ["requirements/runtime.txt", "pyproject.toml", "graphiql/package-lock.json", "hatch_build.py"],
)
def test_the_environment_is_made_again_when_what_it_is_made_from_changes(
    fresh: Path, changed: str
) -> None:
    stamp = fresh / ".venv" / "runtime.stamp"
    stamp.parent.mkdir()
    stamp.touch()
    before = make(fresh, "--question", ".venv")
    later = stamp.stat().st_mtime_ns + 10**9

    os.utime(fresh / changed, ns=(later, later))
    after = make(fresh, "--question", ".venv")

    assert (before.returncode, after.returncode) == (0, 1)


def test_requirements_say_where_uv_is_missing(fresh: Path) -> None:
    told = make(fresh, "requirements", "UV=no-such-uv")

    assert told.returncode != 0
    assert "needs uv" in told.stderr
    assert "==>" not in told.stdout


def test_a_failing_linter_stops_the_run(fresh: Path, tmp_path: Path) -> None:
    folder = fresh / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("ruff", "python"):
        (folder / name).write_text("#!/bin/sh\nexit 3\n")
        (folder / name).chmod(0o755)
    for name in ("runtime.stamp", "development.stamp"):
        (fresh / ".venv" / name).touch()

    told = make(fresh, "test")

    assert told.returncode != 0
    assert "==> pytest" not in told.stdout


@pytest.mark.parametrize(
    ("client", "command"),
    [
        ("jira", "--require-hashes -r requirements/clients-jira.txt"),
        ("atlassian", "--require-hashes -r requirements/clients-atlassian.txt"),
        ("node", "npm ci --ignore-scripts"),
    ],
)
def test_the_clients_of_others_get_packages_of_their_own_before_the_tests(
    fresh: Path, client: str, command: str
) -> None:
    told = make(fresh, "--dry-run", "test").stdout

    assert -1 < told.find(f".clients/{client}") < told.find("-m pytest")
    assert command in told


@pytest.mark.parametrize(
    ("client", "made_from"),
    [
        ("jira", "requirements/clients-jira.txt"),
        ("atlassian", "requirements/clients-atlassian.txt"),
        ("node", "tests/clients/package-lock.json"),
    ],
)
def test_a_client_is_installed_again_when_its_pins_change(
    fresh: Path, client: str, made_from: str
) -> None:
    stamp = fresh / ".clients" / f"{client}.stamp"
    runtime = fresh / ".venv" / "runtime.stamp"
    for path in (runtime, stamp):
        path.parent.mkdir()
        path.touch()
    before = make(fresh, "--question", f".clients/{client}.stamp")
    later = stamp.stat().st_mtime_ns + 10**9

    os.utime(fresh / made_from, ns=(later, later))
    after = make(fresh, "--question", f".clients/{client}.stamp")

    assert (before.returncode, after.returncode) == (0, 1)
