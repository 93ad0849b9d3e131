"""The manual's session runs from top to bottom and answers as it says."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from sandbox.application import create_application
from sandbox.faults.order import FaultOrder
from sandbox.world import World
from tests.support.missing import Missing, require
from tests.support.servers import REPOSITORY

MANUAL = (REPOSITORY / "docs" / "sandbox.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", MANUAL, flags=re.DOTALL)
SESSION = [text for kind, text in BLOCKS if kind == "sh"]
PROGRAMS = [text for kind, text in BLOCKS if kind == "python"]
SHOWN = [
    (text, answer, kind)
    for (before, text), (kind, answer) in pairwise(BLOCKS)
    if before == "sh" and kind in ("json", "text")
]
ANYTHING = "…"
SEPARATOR = "\x1e"


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, str]]:
    """What each part of the session wrote, from one shell at a sandbox of its own."""
    require(shutil.which("curl") or Missing("curl", "install it (Debian: apt-get install curl)"))
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--until-stdin-ends"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, cwd=REPOSITORY, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield run_session(process.stdout.readline().split()[3])
        finally:
            process.stdin.close()


def run_session(address: str) -> dict[str, str]:
    parts = [text.replace("http://127.0.0.1:8001", address) for text in SESSION]
    script = f"\nprintf '{SEPARATOR}'\n".join(parts)
    shell = ["bash", "-e", "-u", "-o", "pipefail", "-c", script]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    return dict(zip(SESSION, done.stdout.split(SEPARATOR), strict=True))


def is_as_shown(answer: Any, shown: Any) -> bool:
    """Whether they are the same, but for what the manual leaves open."""
    if shown == ANYTHING:
        return True
    if isinstance(shown, dict) and isinstance(answer, dict):
        return answer.keys() == shown.keys() and all(
            is_as_shown(answer[name], value) for name, value in shown.items()
        )
    if isinstance(shown, list) and isinstance(answer, list):
        return all(is_as_shown(*pair) for pair in zip_longest(answer, shown))
    return bool(answer == shown)


@pytest.mark.parametrize(("asked", "shown", "kind"), SHOWN, ids=range(len(SHOWN)))
def test_a_part_of_the_session_answers_what_stands_below_it(
    answers: dict[str, str], asked: str, shown: str, kind: str
) -> None:
    answer = answers[asked]

    if kind == "text":
        assert answer.split() == shown.split()
    else:
        assert is_as_shown(json.loads(answer), json.loads(shown)), answer


def test_a_rate_limit_of_the_session_has_no_retry_after(answers: dict[str, str]) -> None:
    [headers] = [answer for asked, answer in answers.items() if "quota-global" in asked]

    assert "HTTP/1.1 429" in headers
    assert "ratelimit-reason: jira-quota-global-based" in headers
    assert "retry-after" not in headers


def test_the_session_is_long_and_most_of_it_is_shown() -> None:
    assert len(SESSION) >= 15
    assert len(SHOWN) >= 9


def test_the_fixture_serves_a_sandbox(tmp_path: Path) -> None:
    [fixture] = [program for program in PROGRAMS if "@pytest.fixture" in program]
    file = tmp_path / "test_mine.py"
    file.write_text(
        f"{fixture}\n\nfrom urllib.request import urlopen\n\n\n"
        "def test_it_answers(sandbox):\n"
        "    with urlopen(f'{sandbox}/__sandbox__/health') as answer:\n"
        "        assert answer.status == 200\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider"]

    done = subprocess.run(
        [*command, str(file)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_world_made_in_code_is_asked_in_process() -> None:
    [program] = [program for program in PROGRAMS if "WorldBuilder" in program]

    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False)

    assert done.returncode == 0


def test_every_call_of_the_control_api_stands_in_the_manual() -> None:
    routes = [route for route in create_application(World()).routes if isinstance(route, Route)]
    paths = {route.path.partition("/{")[0] for route in routes if "__sandbox__" in route.path}

    assert [path for path in sorted(paths) if path not in MANUAL] == []


def test_every_member_of_a_fault_has_its_line() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", MANUAL, flags=re.MULTILINE)

    assert sorted(listed) == sorted(
        field.alias or name for name, field in FaultOrder.model_fields.items()
    )
