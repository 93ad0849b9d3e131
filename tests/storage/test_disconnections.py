"""An external id keeps the last instant at which it was disconnected."""

from datetime import datetime, timedelta

import pytest

from storage.database import Database
from storage.disconnections import (
    delete_old_disconnections,
    find_disconnection,
    note_disconnection,
)
from tests.storage.builders import HOUR, NOW


async def note(database: Database, now: datetime, external_id: str = "user-1") -> None:
    await note_disconnection(database, external_id=external_id, provider="jira", now=now)


async def find(
    database: Database, external_id: str = "user-1", provider: str = "jira"
) -> datetime | None:
    return await find_disconnection(database, external_id=external_id, provider=provider)


async def test_an_external_id_that_was_never_disconnected_has_no_instant(
    database: Database,
) -> None:
    await note(database, NOW, "user-2")

    assert await find(database) is None
    assert await find(database, "user-2", "other") is None
    assert await find(database, "user-2") == NOW


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["in order", "late"])
async def test_the_later_of_two_instants_stays(database: Database, order: list[int]) -> None:
    for hours in order:
        await note(database, NOW + hours * HOUR)

    assert await find(database) == NOW + HOUR


async def test_the_old_ones_alone_are_deleted(database: Database) -> None:
    await note(database, NOW, "old")
    await note(database, NOW + timedelta.resolution, "new")

    await delete_old_disconnections(database, before=NOW + timedelta.resolution)

    assert await find(database, "old") is None
    assert await find(database, "new") is not None
