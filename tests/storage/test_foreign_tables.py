"""The connections of the system before this one, read from its own tables."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from storage.database import Database, open_database
from storage.errors import StatementRefusedError
from storage.foreign_connections import Entry, ForeignConnection, UnreadableEntry
from storage.foreign_tables import iter_foreign_tables
from tests.support.foreign_tables import add_foreign_row, make_foreign_tables

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    database = open_database(empty_database_url, acquire_timeout=timedelta(seconds=20), pool_size=1)
    await database.connect()
    yield database
    await database.disconnect()


@pytest.fixture
async def foreign(empty: Database) -> Database:
    await make_foreign_tables(empty)
    return empty


async def read(database: Database) -> list[Entry]:
    return [entry async for entry in iter_foreign_tables(database)]


async def test_a_row_is_a_connection_with_its_site_and_its_project(foreign: Database) -> None:
    await add_foreign_row(foreign, "acme", "a-token", project="10001")

    [entry] = await read(foreign)

    assert isinstance(entry, ForeignConnection)
    assert (entry.external_id, entry.provider, entry.site) == ("acme", "jira", "cloud-1")
    assert entry.refresh_token.get_secret_value() == "a-token"
    assert (entry.selected_project_id, entry.loss, entry.line) == ("10001", None, None)


async def test_a_flag_that_nobody_takes_back_is_left_to_the_provider_to_judge(
    foreign: Database,
) -> None:
    await add_foreign_row(foreign, "acme", "a-token", is_invalid=True)

    [entry] = await read(foreign)

    assert isinstance(entry, ForeignConnection)


async def test_the_oldest_tables_are_read_too(foreign: Database) -> None:
    await add_foreign_row(foreign, "acme", "a-token")
    await foreign.execute(
        'ALTER TABLE "juncture-core".connection DROP COLUMN invalid_refresh_token'
    )

    [entry] = await read(foreign)

    assert isinstance(entry, ForeignConnection)


async def test_a_consent_without_a_site_is_told_and_one_without_an_external_id_is_not(
    foreign: Database,
) -> None:
    await add_foreign_row(foreign, "acme", "a-token", site=None)
    await add_foreign_row(foreign, None, "another-token")

    [entry] = await read(foreign)

    assert isinstance(entry, UnreadableEntry)
    assert entry.external_id == "acme"
    assert "authorise again" in entry.problem


@pytest.mark.parametrize("project", ["SHOP", ""])
async def test_a_project_that_is_no_id_is_left_behind_and_told(
    foreign: Database, project: str
) -> None:
    await add_foreign_row(foreign, "acme", "a-token", project=project)

    [entry] = await read(foreign)

    assert isinstance(entry, ForeignConnection)
    assert entry.selected_project_id is None
    assert (entry.loss is not None) is bool(project)


async def test_a_token_of_no_form_is_told_without_being_shown(foreign: Database) -> None:
    await add_foreign_row(foreign, "acme", "a token in pieces", project="SHOP")

    [entry] = await read(foreign)

    assert isinstance(entry, UnreadableEntry)
    assert "in pieces" not in repr(entry)


async def test_every_row_comes_once_over_many_pages(foreign: Database) -> None:
    await foreign.execute(
        'INSERT INTO "juncture-core".connection (connection_id, refresh_token, expires_at) '
        "SELECT CAST(md5(CAST(number AS text)) AS uuid), 'token-' || number, now() "
        "FROM generate_series(1, 1234) AS number"
    )
    await foreign.execute(
        'INSERT INTO "juncture-core".connection_external_map '
        "SELECT 'user-' || number, 'jira', CAST(md5(CAST(number AS text)) AS uuid) "
        "FROM generate_series(1, 1234) AS number"
    )
    await foreign.execute(
        'INSERT INTO "juncture-core".jira_connection (connection_id, jira_site_id) '
        "SELECT connection_id, 'cloud-1' FROM \"juncture-core\".connection"
    )

    entries = await read(foreign)

    assert {entry.external_id for entry in entries} == {f"user-{n}" for n in range(1, 1235)}
    assert len(entries) == 1234


async def test_a_database_without_the_tables_is_refused(empty: Database) -> None:
    with pytest.raises(StatementRefusedError):
        await read(empty)
