"""What time it is for all processes of one database."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from storage.clock import DatabaseClock
from storage.database import Database
from storage.errors import StorageUnavailableError

CLOSE = timedelta(seconds=30)


class Steady:
    """Seconds that pass when a test says so, or with each statement."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


async def test_the_clock_tells_the_databases_time_and_moves_on(database: Database) -> None:
    steady = Steady()
    clock = DatabaseClock(database, steady_s=steady)

    await clock.set()
    told = clock()
    steady.seconds += 3_600

    assert abs(told - datetime.now(UTC)) < CLOSE
    if database.dialect == "postgresql":
        assert clock() - told == timedelta(hours=1)


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_a_machine_whose_own_clock_is_wrong_is_set_right(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wrong":
            return cls(2020, 1, 1, tzinfo=tz)

    monkeypatch.setattr("storage.clock.datetime", Wrong)
    clock = DatabaseClock(database)
    before = clock()

    await clock.set()

    assert before.year == 2020
    assert abs(clock() - datetime.now(UTC)) < CLOSE


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_an_answer_too_slow_to_tell_is_believed_only_where_nothing_better_is_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = Steady()
    clock = DatabaseClock(database, steady_s=steady)
    told = datetime(2026, 1, 1, tzinfo=UTC)

    async def answer_late(*_args: object) -> datetime:
        steady.seconds += 2
        return told

    monkeypatch.setattr(database, "fetch_val", answer_late)
    await clock.set()
    first = clock()
    told = told + timedelta(days=9)
    await clock.set()

    assert first == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert clock() == first + timedelta(seconds=2)


async def test_a_clock_that_cannot_be_set_goes_on_as_it_was(database: Database) -> None:
    steady = Steady()
    clock = DatabaseClock(database, steady_s=steady)
    await clock.set()
    before = clock()
    await database.disconnect()

    if database.dialect == "postgresql":
        with pytest.raises(StorageUnavailableError):
            await clock.set()

    assert clock() - before < CLOSE
