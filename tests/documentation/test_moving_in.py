"""What docs/moving-in.md shows is what the command does."""

import io
import json
import re
import shlex

import pytest
from typer.testing import CliRunner

from oauth.imports import Outcome
from server.command_line import app
from storage.foreign_connections import ForeignConnection, check_entry, read_json_lines
from storage.foreign_tables import _SELECT
from tests.oauth.refresh_bench import on_sqlite
from tests.server.moving_in import SITE, Place, place
from tests.support.foreign_grants import give_grant
from tests.support.servers import REPOSITORY

__all__ = ["place"]

MANUAL = (REPOSITORY / "docs" / "moving-in.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", MANUAL, flags=re.DOTALL)
[LINES] = [text for kind, text in BLOCKS if kind == "jsonl"]
COMMANDS = [text.strip() for kind, text in BLOCKS if kind == "sh"]
ANSWERS = [text for kind, text in BLOCKS if kind == "text"]


def test_every_line_that_is_shown_is_a_connection() -> None:
    entries = list(read_json_lines(io.BytesIO(LINES.encode())))

    assert len(entries) == 2
    assert all(isinstance(entry, ForeignConnection) for entry in entries)


@on_sqlite
async def test_the_commands_answer_what_stands_below_them(place: Place) -> None:
    lines = [json.loads(line) for line in LINES.splitlines()]
    for line in lines:
        line |= {"site": SITE, "refreshToken": await give_grant(place.sandbox)}
    place.file.write_text("\n".join(json.dumps(line) for line in lines))

    answers = []
    for command in COMMANDS:
        _, _, *arguments = shlex.split(command)
        ran = await place.run(*arguments)
        assert ran.exit_code == 0, ran.output
        answers.append(ran.stdout)

    assert answers == ANSWERS
    assert len(COMMANDS) == 3
    report = (place.folder / "report.jsonl").read_text().splitlines()
    assert list(json.loads(report[0])) == ["line", "externalId", "outcome", "text"]


def test_every_outcome_has_its_line_and_no_other() -> None:
    told = re.findall(r"^\| `([a-z ]+)` \|", MANUAL.partition("| outcome |")[2], flags=re.MULTILINE)

    assert sorted(told) == sorted(Outcome)


def test_every_member_of_a_line_has_its_line() -> None:
    told = re.findall(r"^\| `(\w+)` \|", MANUAL.partition("## The tables")[0], flags=re.MULTILINE)
    good = {"externalId": "a", "site": "b", "refreshToken": "c", "selectedProject": "1"}

    assert told == [*good, "provider"]
    assert isinstance(check_entry({**good, "provider": "d"}, line=1), ForeignConnection)


def test_every_column_that_is_read_is_named() -> None:
    columns = set(re.findall(r"\b(?:map|connection|jira)\.(\w+)", _SELECT))
    columns -= {"connection_external_map", "connection", "jira_connection"}

    assert columns == {
        "external_id",
        "provider",
        "connection_id",
        "refresh_token",
        "jira_site_id",
        "selected_jira_project_id",
    }
    assert [column for column in sorted(columns) if f"`{column}`" not in MANUAL] == []


@pytest.mark.parametrize("option", ["--from-postgres", "--dry-run", "--concurrency", "--report"])
def test_every_option_is_explained(option: str) -> None:
    ran = CliRunner().invoke(app, ["import", "--help"], env={"COLUMNS": "120", "TERM": "dumb"})

    assert option in ran.output
    assert option in MANUAL
