"""SECURITY.md has a row for each threat, fault and bad input, and names tests that there are."""

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from server.command_line import app
from server.settings import PREFIX, Settings
from tests.faults.__main__ import SCENARIOS
from tests.support.servers import REPOSITORY

SECURITY = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
LINKED = (
    "SECURITY.md", "docs/rights.md", "docs/notices.md", "docs/moving-in.md", "docs/security.md",
)  # fmt: skip
THREATS = (
    "finish somebody else's consent",
    "a state is used again",
    "put into another flow",
    "sent on to an attacker's page",
    "takes over a connection",
    "a backup of it is stolen",
    "an encryption key has to be replaced",
    "a cancelled caller lose a token",
    "taken away goes on working",
    "a secret leaves",
    "an API key is stolen",
    "a frontend token is forged",
    "one tenant reads",
    "another place of Jira",
    "call into its own network",
    "the address of an attachment is forged",
    "a stranger's file runs",
    "a process is full of them",
    "a page is framed",
    "a foreign page asks",
    "the record has a gap",
)
FAULTS = (
    *(f"`{name}`" for name in dict.fromkeys(key.split()[0] for key in SCENARIOS)),
    "an encryption key is wrong",
)
INPUTS = ("return URLs", "addresses of sites", "`Authorization`", "callbacks")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@dataclass(frozen=True)
class Row:
    """One line of a table: what may happen, what holds, and `file::test` for each test."""

    what: str
    holds: str
    tests: tuple[tuple[str, str], ...]


def read_table(heading: str) -> list[Row]:
    """The rows of the table whose first column has this heading."""
    _, found, rest = SECURITY.partition(f"| {heading} |")
    assert found, heading
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [read_row(line) for line in lines]


def read_row(line: str) -> Row:
    what, holds, tests = line.removeprefix("| ").removesuffix(" |").split(" | ")
    named = tuple(_TEST.findall(tests))
    assert _TEST.sub("", tests).strip(", ") == "", f"more than tests stands beside {what!r}"
    return Row(what, holds, named)


TABLES = {"threat": THREATS, "fault": FAULTS, "input": INPUTS}
ROWS = [row for heading in TABLES for row in read_table(heading)]


@cache
def list_tests(path: str) -> frozenset[str]:
    """The tests that pytest collects from a file: functions of its top level."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in tree.body if isinstance(node, functions)}
    return frozenset(name for name in names if name.startswith("test_"))


@pytest.mark.parametrize("heading", TABLES)
def test_each_threat_has_its_row_and_each_row_its_threat(heading: str) -> None:
    rows = read_table(heading)

    found = [[row.what for row in rows if words in row.what] for words in TABLES[heading]]

    assert [len(each) for each in found] == [1] * len(TABLES[heading])
    assert {what for each in found for what in each} == {row.what for row in rows}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what[:40])
def test_a_row_says_what_holds_and_names_tests_that_there_are(row: Row) -> None:
    assert row.holds
    assert row.tests
    assert len(set(row.tests)) == len(row.tests)
    for path, name in row.tests:
        assert path.rpartition("/")[2].startswith("test_"), f"pytest does not collect {path}"
        assert name in list_tests(path), f"{path} has no test {name}"


def test_every_test_that_is_named_stands_in_a_row() -> None:
    in_rows = {f"{path}::{name}" for row in ROWS for path, name in row.tests}

    assert set(re.findall(r"tests/[\w/]+\.py::\w+", SECURITY)) == in_rows


def test_every_command_that_is_named_is_one() -> None:
    commands = list_commands()
    named = re.findall(r"`juncture ([^`]+)`", SECURITY)

    assert len(named) >= 4
    assert [text for text in named if not is_command(text.split(), commands)] == []


def list_commands() -> set[tuple[str, ...]]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    found: set[tuple[str, ...]] = set()
    for name, command in group.commands.items():
        below = getattr(command, "commands", {})
        found |= {(name,), *((name, each) for each in below)}
    return found


def is_command(words: list[str], commands: set[tuple[str, ...]]) -> bool:
    has_more = any(known[0] == words[0] and len(known) > 1 for known in commands)
    return tuple(words[: 2 if has_more else 1]) in commands


def test_every_target_of_make_that_is_named_is_one() -> None:
    targets = re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    named = set(re.findall(r"`make ([\w-]+)", SECURITY))

    assert named <= set(targets)
    assert {"test", "faults", "mutants"} <= named


def test_every_setting_that_is_named_is_one() -> None:
    named = set(re.findall(rf"`{PREFIX}(\w+)`", SECURITY))

    assert named <= {name.upper() for name in Settings.model_fields}
    assert "REVOCATION_INTERVAL_SECONDS" in named


def test_links_lead_to_files_and_the_readme_leads_to_them_all() -> None:
    linked = re.findall(r"\]\(([^)#]+)", SECURITY)

    assert [path for path in linked if not (REPOSITORY / path).is_file()] == []
    assert [path for path in LINKED if f"]({path})" not in README] == []
    assert [path for path in LINKED if not (REPOSITORY / path).is_file()] == []
