import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.exchanges import is_whole_run
from tests.support.exchanges import describe_request
from tests.support.missing import REQUIRE_VARIABLE
from tests.support.servers import REPOSITORY


def run_tests(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    # The run inside is no worker of the run around it.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*command, *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_run_keeps_what_juncture_asks_and_what_sandboxes_answer(tmp_path: Path) -> None:
    ran = run_tests(
        "tests/jira_api/test_issues.py", "tests/sandbox/test_main.py",
        "-k", "knows_issues_by_id_and_key or runs_as_a_process_of_its_own",
        f"--record-exchanges={tmp_path}",
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout
    asked, answered = read(tmp_path, "juncture-main.jsonl"), read(tmp_path, "sandbox-main.jsonl")
    assert {exchange["userAgent"] for exchange in asked} == {"juncture"}
    assert "/rest/api/3/issue/bulkfetch" in {exchange["path"] for exchange in asked}
    assert {exchange["path"] for exchange in asked} == {exchange["path"] for exchange in answered}
    assert (tmp_path / "process-main.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "is_whole"),
    [
        ([], True),
        (["--ignore", "tests/contract"], True),
        (["tests/jira_api"], False),
        (["-k", "jira"], False),
        (["-m", "slow"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_run_of_every_test_is_told_from_one_of_a_few(
    arguments: list[str], *, is_whole: bool, tmp_path: Path
) -> None:
    run_tests(*arguments, "--ignore-glob=*", f"--record-exchanges={tmp_path}")

    assert is_whole_run(tmp_path) == is_whole


@pytest.mark.parametrize(
    ("required", "outcome"),
    [("all", "error"), ("redis", "skipped")],
)
def test_without_recorded_exchanges_the_check_says_how_to_record_them(
    required: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRE_VARIABLE, required)

    ran = run_tests("tests/contract/test_contract.py", "-k", "keep_to_atlassians")

    assert f"1 {outcome}" in ran.stdout
    assert "exchanges is missing: no run of the tests was recorded" in ran.stdout
    assert "--record-exchanges=FOLDER" in ran.stdout


def test_a_request_is_described_without_its_credentials() -> None:
    request = httpx.Request(
        "POST",
        "https://api.test/ex/jira/a/rest/x?q=%20",
        json={"a": 1},
        headers={"Authorization": "Bearer secret", "Cookie": "secret"},
    )

    assert describe_request(request, "/rest/x") == {
        "method": "POST",
        "path": "/rest/x",
        "query": "q=%20",
        "requestType": "application/json",
        "requestBody": '{"a":1}',
        "userAgent": "juncture",
    }
