"""The search for marked secrets finds what is planted, and nothing in a connection's life."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.canaries import MARK, Findings
from tests.support.servers import REPOSITORY

_LEAKS = {
    "printed": "print(secrets.token_urlsafe())",
    "logged": "logging.getLogger('juncture').error('met %s', secrets.token_urlsafe())",
}


def run_with_canaries(*paths: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.canaries", "-n", "0", "-q"]
    options = ["-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(REPOSITORY)]
    return subprocess.run(
        [*command, *options, "-c", str(REPOSITORY / "pyproject.toml"), *map(str, paths)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "text",
    [f"{MARK}abc", "jgk_0123456789ab_0123456789", "x eyJhbGciOiJIUzI1NiIs"],
    ids=["a mark", "an API key", "a frontend token"],
)
def test_each_kind_of_secret_is_a_hit_that_does_not_repeat_it(text: str) -> None:
    findings = Findings()

    findings.look_at("log", f"before {text} after", "a test")

    assert len(findings.hits) == 1
    assert text[2:] not in findings.hits[0]


@pytest.mark.parametrize("leak", _LEAKS)
def test_a_planted_leak_fails_the_run(leak: str, tmp_path: Path) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(
        f"import logging\nimport secrets\n\n\ndef test_it() -> None:\n    {_LEAKS[leak]}\n"
    )

    ran = run_with_canaries(planted)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 hits" in ran.stdout


def test_a_secret_kept_in_clear_fails_the_run(tmp_path: Path) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(
        "import secrets\n\nimport pytest\n\n\n@pytest.fixture\n"
        "def database_url(tmp_path):\n    return f'sqlite:///{tmp_path}/juncture.db'\n\n\n"
        "def test_it(database_url, tmp_path):\n"
        "    (tmp_path / 'juncture.db-wal').write_text(secrets.token_urlsafe())\n"
    )

    ran = run_with_canaries(planted)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 hits" in ran.stdout


def test_the_life_of_a_connection_leaves_no_mark() -> None:
    ran = run_with_canaries("tests/end_to_end/test_connection.py", "tests/server/test_secrets.py")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 hits" in ran.stdout
