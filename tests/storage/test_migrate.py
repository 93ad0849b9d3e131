"""Migrations lead an empty database to the tables of this release, once, and say what is left."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from storage import migrate as migrate_module
from storage.database import Database
from storage.errors import SchemaTooNewError, StatementRefusedError, StorageUnavailableError
from storage.migrate import migrate, pending_migrations
from storage.tables import METADATA


def find_drift(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, METADATA))


def test_the_migrations_lead_to_the_tables(database_url: str) -> None:
    assert migrate_module._run(database_url, find_drift) == []


def test_an_empty_database_lacks_everything(empty_database_url: str) -> None:
    drift = migrate_module._run(empty_database_url, find_drift)

    assert len(drift) >= len(METADATA.tables)
    assert pending_migrations(empty_database_url)[0] == "0001"


def test_migrating_leaves_nothing_pending_and_again_does_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    migrate(empty_database_url)

    assert pending_migrations(empty_database_url) == []


def test_migrations_are_found_from_any_folder(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    migrate(empty_database_url)

    assert pending_migrations(empty_database_url) == []


async def test_migrating_works_where_an_event_loop_runs(empty_database_url: str) -> None:
    migrate(empty_database_url)

    assert pending_migrations(empty_database_url) == []


def test_of_many_migrating_at_once_one_does_it_and_all_succeed(empty_database_url: str) -> None:
    with ThreadPoolExecutor(max_workers=4) as threads:
        list(threads.map(migrate, [empty_database_url] * 4))

    assert pending_migrations(empty_database_url) == []


@pytest.mark.parametrize("command", [migrate, pending_migrations], ids=lambda one: one.__name__)
async def test_a_database_of_a_newer_release_is_refused(
    database: Database, database_url: str, command: Callable[[str], object]
) -> None:
    await database.execute("UPDATE alembic_version SET version_num = :future", {"future": "9999"})

    with pytest.raises(SchemaTooNewError) as caught:
        await asyncio.to_thread(command, database_url)

    assert caught.value.revision == "9999"


async def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade_then_fail(connection: Connection) -> None:
        migrate_once(connection)
        connection.exec_driver_sql("CREATE TABLE connection (id TEXT)")

    migrate_once = migrate_module._upgrade
    with monkeypatch.context() as patch, pytest.raises(StatementRefusedError):  # noqa: PT012 - the whole block is the subject
        patch.setattr(migrate_module, "_upgrade", upgrade_then_fail)
        migrate(empty_database_url)

    assert pending_migrations(empty_database_url)[0] == "0001"
    migrate(empty_database_url)


def test_asking_what_is_pending_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "juncture.db"

    assert pending_migrations(f"sqlite:///{path}")[0] == "0001"
    assert not path.parent.exists()


def test_a_migrated_sqlite_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "juncture.db"

    migrate(f"sqlite:///{path}")

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", [migrate, pending_migrations], ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_unreachable_database_is_unavailable_and_its_password_untold(
    tmp_path: Path, kind: str, command: Callable[[str], object]
) -> None:
    urls = {
        "sqlite": f"sqlite:///{tmp_path}",
        "postgresql": "postgresql://juncture:hunter2@127.0.0.1:1/juncture",
    }

    with pytest.raises(StorageUnavailableError) as caught:
        command(urls[kind])

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
