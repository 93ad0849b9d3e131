"""A process looks after the connections that it uses, and ends the work on those that are gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from resolvers.calls import OperationCalls
from resolvers.errors import ConnectionNotFoundError
from resolvers.linking.live_connections import LiveConnections
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import Connection, ConnectionId
from storage.removals import delete_connection
from tests.storage.builders import a_connection


@asynccontextmanager
async def work_on(
    live: LiveConnections, connection_id: ConnectionId
) -> AsyncIterator[asyncio.Task[None]]:
    """An operation that waits in the middle of a call."""
    calls, begun = OperationCalls(), asyncio.Event()

    async def wait() -> None:
        async with calls.about(str(connection_id)):
            begun.set()
            await asyncio.Event().wait()

    live.join(connection_id, calls)
    task = asyncio.create_task(wait())
    await begun.wait()
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def remove(database: Database, connection: Connection) -> None:
    async with database.transaction() as queries:
        await delete_connection(queries, connection)


async def test_work_on_what_is_gone_ends_and_other_work_goes_on(
    database: Database, ring: KeyRing
) -> None:
    live = LiveConnections(database)
    gone = await a_connection(database, ring, external_id="gone")
    kept = await a_connection(database, ring, external_id="kept")

    async with (
        work_on(live, gone.connection_id) as first,
        work_on(live, gone.connection_id) as second,
        work_on(live, kept.connection_id) as other,
    ):
        await remove(database, gone)
        await live.run_once()

        for task in (first, second):
            with pytest.raises(ConnectionNotFoundError):
                await asyncio.wait_for(task, timeout=10)
        assert not other.done()


async def test_a_link_made_anew_keeps_no_work_on_the_former_one(
    database: Database, ring: KeyRing
) -> None:
    live = LiveConnections(database)
    gone = await a_connection(database, ring)

    async with work_on(live, gone.connection_id) as task:
        await remove(database, gone)
        await a_connection(database, ring)
        await live.run_once()

        with pytest.raises(ConnectionNotFoundError):
            await asyncio.wait_for(task, timeout=10)


async def test_a_database_that_does_not_answer_ends_nothing(
    database: Database, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveConnections(database)
    connection = await a_connection(database, ring)

    async def fail(_sql: str, _values: object = None) -> None:
        raise StorageUnavailableError("it is away")

    async with work_on(live, connection.connection_id) as task:
        await remove(database, connection)
        with monkeypatch.context() as outage:
            outage.setattr(database, "fetch_all", fail)
            with pytest.raises(StorageUnavailableError):
                await live.run_once()
        await asyncio.sleep(0)
        is_over = task.done()
        await live.run_once()

        assert not is_over
        with pytest.raises(ConnectionNotFoundError):
            await asyncio.wait_for(task, timeout=10)


async def test_the_database_is_asked_once_for_all_and_not_at_all_while_idle(
    database: Database, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, calls = LiveConnections(database), OperationCalls()
    used = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(30)]
    fetch, statements = database.fetch_all, 0

    async def watched(sql: str, values: object = None) -> object:
        nonlocal statements
        statements += 1
        return await fetch(sql, values)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(database, "fetch_all", watched)
    counts = []
    await live.run_once()
    counts.append(statements)
    for each in used:
        live.join(each.connection_id, calls)
        live.join(each.connection_id, calls)
    await live.run_once()
    counts.append(statements)
    for each in used:
        live.leave(each.connection_id, calls)
        live.leave(each.connection_id, calls)
    await live.run_once()
    counts.append(statements)

    assert counts == [0, 1, 1]
