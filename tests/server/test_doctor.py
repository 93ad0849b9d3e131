import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from server.command_line import app
from server.demo_flow import connect_demo
from server.doctor import Finding, examine, examine_scopes
from server.settings import DEFAULT_SCOPES, PREFIX
from storage.encryption import generate_key
from storage.migrate import migrate
from tests.support.house import House, open_house
from tests.support.missing import require
from tests.support.servers import LOOPBACK, free_port, redis_url

SECRET_KEY = "a-secret-key-of-the-doctor-s-tests"
Set = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Set:
    """Sets settings by name in the environment; those that have to be there are."""
    monkeypatch.chdir(tmp_path)

    def configure(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)

    configure(
        database_url=f"sqlite:///{tmp_path / 'juncture.db'}",
        secret_key=SECRET_KEY,
        encryption_keys=generate_key(datetime(2026, 6, 1, tzinfo=UTC).date()),
        jira_client_id="sandbox-client",
        jira_client_secret="sandbox-secret",
    )
    return configure


@pytest.fixture
async def linked(tmp_path: Path, configure: Set) -> AsyncIterator[House]:
    """Both applications, and the external id `demo` linked; the environment fits them."""
    async with open_house(tmp_path) as house:
        await connect_demo(house.juncture, house.key)
        configure(
            database_url=house.database_url,
            encryption_keys=house.encryption_key,
            jira_auth_url=house.sandbox,
            jira_api_url=house.sandbox,
        )
        yield house


def outcomes(findings: list[Finding]) -> dict[str, bool]:
    return {finding.subject: finding.is_good for finding in findings}


async def test_jira_is_asked_through_the_newest_connection(linked: House) -> None:
    findings = await examine(None)

    assert outcomes(findings) == dict.fromkeys(
        ["configuration", "scopes", "redis", "database", "migrations", "keys", "grants", "jira"],
        True,
    )
    assert findings[-1].text == "demo at https://acme.atlassian.example answers as Sandbox Person"


async def test_jira_is_asked_through_a_named_connection(linked: House) -> None:
    findings = await examine("demo")

    assert "demo at https://acme.atlassian.example" in findings[-1].text


async def test_a_connection_that_is_not_there_is_a_fault(linked: House) -> None:
    findings = await examine("nobody")

    assert findings[-1] == Finding("jira", is_good=False, text="no connection of that external id")


async def test_a_dead_grant_is_a_fault(linked: House) -> None:
    async with httpx.AsyncClient(base_url=f"{linked.sandbox}/__sandbox__") as sandbox:
        await sandbox.post("/revoke", json={})
        await sandbox.post("/clock", json={"advanceSeconds": 7_200})

    findings = await examine("demo")

    assert outcomes(findings)["jira"] is False
    assert findings[-1].text


async def test_a_jira_that_does_not_answer_is_a_fault(linked: House, configure: Set) -> None:
    configure(jira_api_url=f"http://{LOOPBACK}:{free_port()}")

    findings = await examine("demo")

    assert outcomes(findings)["jira"] is False
    assert findings[-1].text


async def test_without_any_connection_all_can_be_well(configure: Set, tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")

    findings = await examine(None)

    assert all(outcomes(findings).values())
    assert findings[-1].text == "no connection yet"


async def test_a_redis_that_answers_is_well(configure: Set) -> None:
    configure(redis_url=require(redis_url()))

    findings = await examine(None)

    assert outcomes(findings)["redis"] is True
    assert Finding("redis", is_good=True, text="answers") in findings


async def test_a_redis_that_does_not_answer_is_a_fault_and_the_rest_is_still_looked_at(
    configure: Set, tmp_path: Path
) -> None:
    configure(redis_url=f"redis://{LOOPBACK}:{free_port()}/0")
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")

    findings = await examine(None)

    faults = [subject for subject, is_good in outcomes(findings).items() if not is_good]
    assert faults == ["redis"]
    assert findings[-1].subject == "jira"


async def test_a_database_that_does_not_answer_ends_the_examination(configure: Set) -> None:
    configure(database_url=f"postgresql://somebody:hidden-word@{LOOPBACK}:{free_port()}/none")

    findings = await examine(None)

    assert findings[-1].subject == "database"
    assert not findings[-1].is_good
    assert "hidden-word" not in str(findings)


async def test_missing_migrations_are_a_fault(configure: Set, tmp_path: Path) -> None:
    (tmp_path / "juncture.db").touch()

    findings = await examine(None)

    assert findings[-1].subject == "migrations"
    assert "juncture migrate" in findings[-1].text


async def test_a_database_of_a_newer_release_is_a_fault(configure: Set, tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")
    with closing(sqlite3.connect(tmp_path / "juncture.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'of-the-future'")
        database.commit()

    findings = await examine(None)

    assert findings[-1].subject == "migrations"
    assert not findings[-1].is_good


async def test_a_missing_file_of_sqlite_is_a_fault_and_is_not_made(
    configure: Set, tmp_path: Path
) -> None:
    findings = await examine(None)

    assert findings[-1].subject == "database"
    assert "juncture migrate" in findings[-1].text
    assert not (tmp_path / "juncture.db").exists()


def test_a_fault_makes_the_command_fail_with_a_line_for_each_finding(configure: Set) -> None:
    ran = CliRunner().invoke(app, ["doctor"])

    assert ran.exit_code == 1
    lines = ran.output.splitlines()
    assert [line[:4] for line in lines[:-1]] == ["ok  "] * (len(lines) - 1)
    assert lines[-1].startswith("FAIL database: ")


def test_every_wrong_setting_stands_in_the_one_line_on_the_configuration(
    configure: Set,
) -> None:
    configure(secret_key="short", database_url="mysql://somewhere")

    ran = CliRunner().invoke(app, ["doctor"])

    (line,) = ran.output.splitlines()
    assert ran.exit_code == 1
    assert line.startswith("FAIL configuration: ")
    assert "JUNCTURE_SECRET_KEY" in line
    assert "JUNCTURE_DATABASE_URL" in line
    assert "short" not in line.replace("shortest", "")


def test_no_fault_makes_the_command_succeed(configure: Set, tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")

    ran = CliRunner().invoke(app, ["doctor"])

    assert ran.exit_code == 0
    assert "FAIL" not in ran.output


def without(*scopes: str) -> list[str]:
    return [scope for scope in DEFAULT_SCOPES if scope not in scopes]


def test_the_default_scopes_are_all_that_every_field_needs() -> None:
    assert examine_scopes(DEFAULT_SCOPES) == [
        Finding("scopes", is_good=True, text="every field has what it needs")
    ]


def test_a_missing_scope_for_reading_is_a_fault_that_names_the_fields() -> None:
    (finding,) = examine_scopes(without("read:jql:jira"))

    assert not finding.is_good
    assert finding.text == (
        "without read:jql:jira in JUNCTURE_JIRA_SCOPES these fields fail: Sprint: issues, progress"
    )


def test_each_missing_scope_has_a_line_of_its_own() -> None:
    findings = examine_scopes(without("read:jira-user", "read:sprint:jira-software"))

    assert [finding.text.split()[1] for finding in findings] == [
        "read:sprint:jira-software",
        "read:jira-user",
    ]
    assert findings[0].text.endswith(
        "fail: Query: node (of a Sprint), nodes (of a Sprint); Connection: sprint; Project: "
        "sprints, activeSprints; Board: sprints, activeSprints; Sprint: issues, progress"
    )


def test_a_missing_scope_for_changes_alone_is_no_fault() -> None:
    (finding,) = examine_scopes(without("write:jira-work"))

    assert finding.is_good
    assert finding.text == (
        "without write:jira-work in JUNCTURE_JIRA_SCOPES these fields fail: Mutation: addComment, "
        "updateComment, deleteComment, addWorklog, updateWorklog, deleteWorklog, createIssue, "
        "createIssues, updateIssue, deleteIssue, transitionIssue, assignIssue, linkIssues, "
        "unlinkIssues, watchIssue, unwatchIssue, deleteAttachment; Route: `POST "
        "/connections/…/attachments`; leave it so where nobody is to change anything"
    )


def test_scopes_that_open_nothing_yet_can_be_left_out() -> None:
    findings = examine_scopes(without("read:me", "manage:jira-webhook", "read:epic:jira-software"))

    assert [finding.text for finding in findings] == ["every field has what it needs"]


def test_granular_scopes_are_as_good_as_classic_ones() -> None:
    granular = [
        "read:application-role:jira",
        "read:group:jira",
        "read:user:jira",
        "read:avatar:jira",
        "read:user.property:jira",
        "read:issue:jira",
    ]

    findings = examine_scopes([*without("read:jira-user"), *granular])

    assert [finding.text for finding in findings] == ["every field has what it needs"]


def test_without_a_refresh_token_is_a_fault_although_every_field_has_what_it_needs() -> None:
    well, fault = examine_scopes(without("offline_access"))

    assert well.is_good
    assert not fault.is_good
    assert "offline_access" in fault.text
    assert "no refresh token" in fault.text


@pytest.mark.parametrize(
    ("scope", "ending"),
    [
        ("read:jira-wrok", "; did you mean read:jira-work?"),
        ("read:sprint:jirasoftware", "; did you mean read:sprint:jira-software?"),
        ("search:confluence", "of which Juncture makes no use"),
    ],
    ids=["letters", "hyphen", "another product"],
)
def test_a_scope_that_nothing_uses_is_pointed_out(scope: str, ending: str) -> None:
    *_, finding = examine_scopes([*DEFAULT_SCOPES, scope])

    assert finding.is_good
    assert scope in finding.text
    assert finding.text.endswith(ending)


def test_a_missing_scope_makes_the_command_fail(configure: Set, tmp_path: Path) -> None:
    configure(jira_scopes="offline_access,read:jira-user,read:jira-work")
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")

    ran = CliRunner().invoke(app, ["doctor"])

    assert ran.exit_code == 1
    assert "FAIL scopes: without read:board-scope:jira-software in " in ran.output
    assert "ok   scopes: without write:jira-work in " in ran.output


async def test_grants_with_fewer_scopes_than_set_are_counted(linked: House, configure: Set) -> None:
    before = await examine(None)
    configure(jira_scopes=",".join([*DEFAULT_SCOPES, "read:comment:jira"]))
    after = await examine(None)

    assert (
        Finding("grants", is_good=True, text="1 living, with all of JUNCTURE_JIRA_SCOPES") in before
    )
    (finding,) = [each for each in after if each.subject == "grants"]
    assert finding.is_good
    assert finding.text.startswith("1 of 1 living lack a part of JUNCTURE_JIRA_SCOPES")


async def test_without_any_grant_none_is_counted(configure: Set, tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")

    findings = await examine(None)

    assert Finding("grants", is_good=True, text="none living") in findings


async def test_grants_that_cannot_be_counted_are_a_fault(configure: Set, tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'juncture.db'}")
    with closing(sqlite3.connect(tmp_path / "juncture.db")) as database:
        database.execute("ALTER TABLE connection RENAME COLUMN scopes TO elsewhere")
        database.commit()

    findings = await examine(None)

    assert outcomes(findings)["grants"] is False


async def test_a_grant_with_more_scopes_than_set_is_whole(linked: House, configure: Set) -> None:
    configure(jira_scopes="offline_access,read:jira-work")

    findings = await examine(None)

    assert (
        Finding("grants", is_good=True, text="1 living, with all of JUNCTURE_JIRA_SCOPES")
        in findings
    )
