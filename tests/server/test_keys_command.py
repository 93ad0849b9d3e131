"""`juncture keys`: what is printed where, what is kept, and what is refused by name."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from resolvers.access.viewer import Scope
from server.command_line import app
from server.console import open_storage
from server.settings import PREFIX, Settings
from storage.api_key_texts import ApiKeyText
from storage.api_keys import ApiKey, find_api_key, list_api_keys
from storage.audit import AuditEvent, list_events
from storage.database import Queries
from storage.encryption import generate_key

T = TypeVar("T")
DAY = timedelta(days=1)
ALL_SCOPES = ",".join(Scope.__members__)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Settings:
    """What the commands find in their environment."""
    monkeypatch.chdir(tmp_path)
    values = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-secret-key-of-these-very-tests-alone",
        "ENCRYPTION_KEYS": generate_key(datetime(2026, 6, 1, tzinfo=UTC).date()),
        "JIRA_CLIENT_ID": "an-app",
        "JIRA_CLIENT_SECRET": "a-secret-of-the-app",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    return Settings.load()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments], env={"COLUMNS": "200", "TERM": "dumb"})


def create(*, scopes: str = "GRAPH_READ", expires: str = "90d", name: str = "billing") -> str:
    """The id of a new key."""
    ran = run("create", "--name", name, "--scopes", scopes, "--expires", expires)
    assert ran.exit_code == 0, ran.stderr
    found = ApiKeyText.find(ran.stdout.rstrip("\n"))
    assert found is not None
    return found.key_id


def stored(settings: Settings, read: Callable[[Queries], Awaitable[T]]) -> T:
    async def open_and_read() -> T:
        async with open_storage(settings) as (database, _):
            return await read(database)

    return asyncio.run(open_and_read())


def get_key(settings: Settings, key_id: str) -> ApiKey:
    key = stored(settings, lambda queries: find_api_key(queries, key_id))
    assert key is not None
    return key


def list_keys(settings: Settings) -> list[ApiKey]:
    return stored(settings, list_api_keys)


def list_kept_events(settings: Settings) -> list[AuditEvent]:
    return stored(settings, lambda queries: list_events(queries, amount=10))


def test_the_key_is_printed_once_and_alone_on_standard_output(settings: Settings) -> None:
    ran = run("create", "--name", "billing", "--scopes", "GRAPH_READ,GRAPH_WRITE")

    text = ApiKeyText.find(ran.stdout.rstrip("\n"))
    assert ran.exit_code == 0
    assert text is not None
    assert ran.stdout == f"{text.text}\n"
    assert text.text not in ran.stderr
    assert f"API key {text.key_id} (billing)" in ran.stderr
    assert text.text not in run("list").output
    key = get_key(settings, text.key_id)
    assert (key.name, key.scopes) == ("billing", ("GRAPH_READ", "GRAPH_WRITE"))


def test_a_key_lasts_ninety_days_unless_another_end_is_named(settings: Settings) -> None:
    ran = run("create", "--name", "billing", "--scopes", "ADMIN")

    key = list_keys(settings)[0]
    assert ran.exit_code == 0
    assert key.expires_at == key.created_at + 90 * DAY


@pytest.mark.parametrize(
    ("expires", "lifetime"), [("1d", DAY), ("12h", DAY / 2), ("30m", DAY / 48), ("never", None)]
)
def test_a_key_lasts_as_long_as_it_is_told(
    settings: Settings, expires: str, lifetime: timedelta | None
) -> None:
    key = get_key(settings, create(expires=expires))

    assert key.expires_at == (None if lifetime is None else key.created_at + lifetime)


@pytest.mark.parametrize(
    ("expires", "ends_at"),
    [
        ("2999-12-31", datetime(2999, 12, 31, tzinfo=UTC)),
        ("2999-12-31T12:00:00", datetime(2999, 12, 31, 12, tzinfo=UTC)),
        ("2999-12-31T12:00:00+02:00", datetime(2999, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_key_ends_at_a_date_in_utc_or_in_its_own_zone(
    settings: Settings, expires: str, ends_at: datetime
) -> None:
    assert get_key(settings, create(expires=expires)).expires_at == ends_at


def test_every_scope_can_be_given_and_each_counts_once(settings: Settings) -> None:
    key = get_key(settings, create(scopes=f" {ALL_SCOPES} , ADMIN,"))

    assert key.scopes == tuple(Scope.__members__)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--name", "", "--scopes", "ADMIN"], "--name"),
        (["--name", "  ", "--scopes", "ADMIN"], "--name"),
        (["--name", "n" * 101, "--scopes", "ADMIN"], "--name"),
        (["--name", "a\nb", "--scopes", "ADMIN"], "--name"),
        (["--name", "a", "--scopes", ""], "--scopes"),
        (["--name", "a", "--scopes", " , "], "--scopes"),
        (["--name", "a", "--scopes", "ADMIN,FLY"], "--scopes: there is no scope 'FLY'"),
        (["--name", "a", "--scopes", "admin"], "--scopes: there is no scope 'admin'"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "0d"], "--expires: '0d' is not"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "2020-01-01"], "--expires: '2020"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "soon"], "--expires: 'soon'"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "-1d"], "--expires: '-1d'"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "\u0661d"], "--expires: '\u0661d'"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", ""], "--expires: ''"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "2999-02-30"], "--expires: '2999"),
        (["--name", "a", "--scopes", "ADMIN", "--expires", "999999999d"], "--expires"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_refused_by_its_name_and_makes_nothing(
    settings: Settings, arguments: list[str], named: str
) -> None:
    ran = run("create", *arguments)

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert named in ran.stderr
    assert list_keys(settings) == []
    assert list_kept_events(settings) == []


def test_the_longest_name_is_taken(settings: Settings) -> None:
    assert get_key(settings, create(name="n" * 100)).name == "n" * 100


def test_the_list_tells_all_but_the_secret(settings: Settings) -> None:
    first, second = create(name="one", expires="never"), create(name="two", scopes="ADMIN")
    run("revoke", second)

    ran = run("list")

    lines = ran.stdout.splitlines()
    made = f"{get_key(settings, first).created_at:%Y-%m-%d %H:%M} UTC"
    assert lines[0].split() == [
        *("ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST", "USED", "STATE")
    ]
    assert lines[1].split() == [
        first,
        "one",
        "GRAPH_READ",
        *made.split(),
        "never",
        "never",
        "ACTIVE",
    ]
    assert lines[2].startswith(f"{second}  two   ADMIN ")
    assert lines[2].endswith("  REVOKED")
    assert ran.stderr == ""


def test_a_revoked_key_is_told_apart_from_one_that_was_revoked_before(settings: Settings) -> None:
    key_id = create()

    first, second = run("revoke", key_id), run("revoke", key_id)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"API key {key_id} (billing) is revoked" in first.stderr
    assert "was revoked before" in second.stderr
    assert get_key(settings, key_id).revoked_at is not None
    assert [event.kind for event in list_kept_events(settings)] == [
        "API_KEY_REVOKED",
        "API_KEY_CREATED",
    ]


def test_a_rotated_key_goes_on_for_a_day_beside_its_successor(settings: Settings) -> None:
    old_id = create(scopes="GRAPH_READ,ADMIN")
    old = get_key(settings, old_id)

    ran = run("rotate", old_id)

    text = ApiKeyText.find(ran.stdout.rstrip("\n"))
    assert ran.exit_code == 0
    assert text is not None
    assert ran.stdout == f"{text.text}\n"
    new, ended = get_key(settings, text.key_id), get_key(settings, old_id)
    assert (new.name, new.scopes, new.replaces_id) == (old.name, old.scopes, old_id)
    assert new.expires_at == new.created_at + 90 * DAY
    assert ended.expires_at == new.created_at + DAY


def test_a_rotated_key_ends_no_later_than_it_would_have(settings: Settings) -> None:
    old_id = create(expires="1d")
    ends_at = get_key(settings, old_id).expires_at

    assert run("rotate", old_id, "--overlap", "30d").exit_code == 0

    assert get_key(settings, old_id).expires_at == ends_at


def test_a_key_is_rotated_without_an_overlap(settings: Settings) -> None:
    old_id = create()

    assert run("rotate", old_id, "--overlap", "0h").exit_code == 0

    old, new = list_keys(settings)
    assert old.expires_at == new.created_at


@pytest.mark.parametrize("overlap", ["", "soon", "-1h", "never", "1w", "2999-12-31"])
def test_a_wrong_overlap_is_refused_by_its_name(settings: Settings, overlap: str) -> None:
    old_id = create()

    ran = run("rotate", old_id, f"--overlap={overlap}")

    assert ran.exit_code == 1
    assert f"--overlap: {overlap!r}" in ran.stderr
    assert len(list_keys(settings)) == 1


def test_a_revoked_key_is_not_rotated(settings: Settings) -> None:
    key_id = create()
    run("revoke", key_id)

    ran = run("rotate", key_id)

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert f"API key {key_id} is revoked and cannot be rotated" in ran.stderr
    assert len(list_keys(settings)) == 1


def test_an_expired_key_is_not_rotated(settings: Settings) -> None:
    key_id = create()
    run("rotate", key_id, "--overlap", "0h")

    ran = run("rotate", key_id)

    assert ran.exit_code == 1
    assert f"API key {key_id} is expired" in ran.stderr


def test_a_key_has_one_successor(settings: Settings) -> None:
    key_id = create()
    run("rotate", key_id)
    new = list_keys(settings)[1]

    ran = run("rotate", key_id)

    assert ran.exit_code == 1
    assert f"rotate {new.key_id}" in ran.stderr
    assert len(list_keys(settings)) == 2


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_an_unknown_id_is_named(settings: Settings, command: str) -> None:
    ran = run(command, "0123456789abcdef")

    assert ran.exit_code == 1
    assert "There is no API key '0123456789abcdef'" in ran.stderr
    assert list_kept_events(settings) == []


def test_every_change_is_on_record_as_the_operators_without_a_secret(settings: Settings) -> None:
    key_id = create()
    text = run("rotate", key_id).stdout.strip()
    run("revoke", key_id)

    events = list_kept_events(settings)

    new_id = list_keys(settings)[1].key_id
    assert [(event.kind, event.actor, event.details["keyId"]) for event in events] == [
        ("API_KEY_REVOKED", "operator", key_id),
        ("API_KEY_ROTATED", "operator", new_id),
        ("API_KEY_CREATED", "operator", key_id),
    ]
    assert {event.details["name"] for event in events} == {"billing"}
    told = json.dumps([dict(event.details) for event in events])
    assert text.split("_")[2] not in told


def test_a_database_that_is_not_migrated_is_told_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")

    ran = run("list")

    assert ran.exit_code == 1
    assert "juncture migrate" in ran.stderr
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize("command", ["create", "list", "revoke", "rotate"])
def test_help_tells_of_each_command(command: str) -> None:
    ran = run(command, "--help")

    assert ran.exit_code == 0
    assert f"keys {command}" in ran.stdout


def test_help_shows_every_scope_on_a_narrow_screen() -> None:
    ran = CliRunner().invoke(
        app, ["keys", "create", "--help"], env={"COLUMNS": "80", "TERM": "dumb"}
    )

    words = re.findall(r"\w+", ran.stdout)
    assert set(Scope.__members__) - set(words) == set()


@pytest.mark.parametrize("expires", ["9999-12-31", "99999d"])
def test_a_key_with_a_far_end_is_rotated(settings: Settings, expires: str) -> None:
    old_id = create(expires=expires)

    ran = run("rotate", old_id)

    assert ran.exit_code == 0, ran.output
    old, new = list_keys(settings)
    assert old.expires_at == new.created_at + DAY
    assert new.expires_at is not None
    assert new.expires_at > new.created_at + 99_998 * DAY


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_key_is_named_by_its_text_as_well_which_is_not_repeated(
    settings: Settings, command: str
) -> None:
    text = run("create", "--name", "billing", "--scopes", "ADMIN").stdout.strip()

    ran = run(command, text)

    key = list_keys(settings)[0]
    assert ran.exit_code == 0, ran.output
    assert key.key_id in ran.stderr
    assert text.split("_")[2] not in ran.output
    assert (key.revoked_at is not None) is (command == "revoke")


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_what_is_no_id_is_not_repeated(settings: Settings, command: str) -> None:
    ran = run(command, "a-secret-of-somebody")

    assert ran.exit_code == 1
    assert "That is no id of an API key" in ran.stderr
    assert "a-secret-of-somebody" not in ran.output
    assert list_kept_events(settings) == []


def test_a_key_that_was_changed_by_hand_is_not_rotated(settings: Settings) -> None:
    key_id = create()

    async def widen(queries: Queries) -> None:
        await queries.execute("UPDATE api_key SET scopes = :scopes", {"scopes": '["ADMIN"]'})

    stored(settings, widen)

    ran = run("rotate", key_id)

    assert ran.exit_code == 1
    assert f"API key {key_id} is not as it was made" in ran.stderr
    assert len(list_keys(settings)) == 1
