"""What only PostgreSQL can do wrong: the network, killed backends, a server that stops writing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.database import Database, open_database
from storage.errors import StorageUnavailableError
from storage.postgresql import PostgresqlEngine, _number_parameters
from tests.faults.proxy import FaultProxy, open_proxy


@pytest.fixture
def dialect() -> str:
    return "postgresql"


def opened(url: str, *, timeout: timedelta = timedelta(seconds=20), pool_size: int = 2) -> Database:
    return open_database(url, acquire_timeout=timeout, pool_size=pool_size)


@pytest.fixture
async def notes(database_url: str) -> AsyncIterator[Database]:
    database = opened(database_url)
    await database.connect()
    await database.execute("CREATE TABLE note (id TEXT PRIMARY KEY)")
    yield database
    await database.disconnect()


@pytest.mark.parametrize(
    ("sql", "numbered", "names"),
    [
        pytest.param("SELECT 1", "SELECT 1", (), id="none"),
        pytest.param(":b, :a, :b", "$1, $2, $1", ("b", "a"), id="repeated"),
        pytest.param(":id_1, :id_10", "$1, $2", ("id_1", "id_10"), id="one-begins-the-other"),
        pytest.param(":a::text", "$1::text", ("a",), id="cast"),
        pytest.param("x[1:2]", "x[1:2]", (), id="slice"),
    ],
)
def test_named_parameters_become_numbers(sql: str, numbered: str, names: tuple[str, ...]) -> None:
    assert _number_parameters(sql) == (numbered, names)


@pytest.mark.parametrize(
    "make_url",
    [
        pytest.param(lambda _: "postgresql://juncture:hunter2@127.0.0.1:1/a", id="no-server"),
        pytest.param(lambda url: f"{url}_missing", id="no-database"),
        pytest.param(lambda url: f"{url}?sslmode=require", id="no-tls"),
        pytest.param(lambda _: "postgresql://a:hunter2@127.0.0.1:port/a", id="no-number"),
    ],
)
async def test_a_server_that_takes_no_connection_is_unavailable(
    database_url: str, make_url: Callable[[str], str]
) -> None:
    with pytest.raises(StorageUnavailableError) as caught:
        await opened(make_url(database_url)).connect()

    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_a_server_that_never_answers_is_unavailable_in_time() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def stay_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(StorageUnavailableError, match="did not answer within"):
        await opened(
            f"postgresql://a@127.0.0.1:{port}/a?sslmode=disable",
            timeout=timedelta(milliseconds=50),
        ).connect()

    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_killed_backends_cost_one_statement_each_and_no_connection(notes: Database) -> None:
    await asyncio.gather(*(notes.fetch_val("SELECT pg_sleep(0.01)") for _ in range(2)))
    await kill_all(notes)

    outcomes = await asyncio.gather(
        *(notes.fetch_val("SELECT 1") for _ in range(10)), return_exceptions=True
    )
    await notes.execute("INSERT INTO note VALUES ('a')")

    failures = [one for one in outcomes if one != 1]
    assert all(isinstance(one, StorageUnavailableError) for one in failures)
    assert len(failures) <= 2
    assert await notes.fetch_val("SELECT id FROM note") == "a"


async def test_a_backend_killed_in_a_transaction_loses_it_and_its_pool_goes_on(
    notes: Database,
) -> None:
    with pytest.raises(StorageUnavailableError):  # noqa: PT012 - the whole block is the subject
        async with notes.transaction() as queries:
            await queries.execute("INSERT INTO note VALUES ('a')")
            await kill_all(notes)
            await queries.execute("INSERT INTO note VALUES ('b')")

    assert await notes.fetch_val("SELECT count(*) FROM note") == 0
    async with notes.transaction() as queries:
        await queries.execute("INSERT INTO note VALUES ('c')")


@pytest.fixture
async def behind_a_proxy(database_url: str) -> AsyncIterator[tuple[Database, FaultProxy]]:
    async with open_proxy(database_url) as proxy:
        parts = urlsplit(database_url)
        near = parts._replace(netloc=f"postgres@{urlsplit(proxy.address).netloc}").geturl()
        database = open_database(
            f"{near}?sslmode=disable",
            acquire_timeout=timedelta(milliseconds=300),
            statement_timeout=timedelta(milliseconds=200),
            pool_size=2,
        )
        await database.connect()
        yield database, proxy
        await database.disconnect()


async def ask(database: Database) -> object:
    return await database.fetch_val("SELECT 1")


async def change(database: Database) -> object:
    async with database.transaction() as queries:
        return await queries.fetch_val("SELECT 1")


@pytest.mark.parametrize("work", [ask, change], ids=["a statement", "a transaction"])
async def test_connections_that_fell_silent_are_given_up_in_time_and_replaced(
    behind_a_proxy: tuple[Database, FaultProxy], work: Callable[[Database], Awaitable[object]]
) -> None:
    database, proxy = behind_a_proxy
    await asyncio.gather(*(database.fetch_val("SELECT pg_sleep(0.01)") for _ in range(2)))

    proxy.hold()
    for _ in range(3):  # more than there are connections
        with pytest.raises(StorageUnavailableError):
            await work(database)
    proxy.release()

    assert await asyncio.gather(*(work(database) for _ in range(4))) == [1] * 4


async def test_who_is_cancelled_on_a_silent_connection_takes_none_from_the_others(
    behind_a_proxy: tuple[Database, FaultProxy],
) -> None:
    database, proxy = behind_a_proxy
    await asyncio.gather(*(database.fetch_val("SELECT pg_sleep(0.01)") for _ in range(2)))

    proxy.hold()
    waiting = [asyncio.create_task(change(database)) for _ in range(2)]
    await asyncio.wait(waiting, timeout=0.05)
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
    proxy.release()

    assert await asyncio.gather(*(ask(database) for _ in range(4))) == [1] * 4


async def test_a_commit_is_durable_whatever_the_server_is_set_to(database_url: str) -> None:
    admin = await asyncpg.connect(dsn=database_url, timeout=5)
    name = await admin.fetchval("SELECT quote_ident(current_database())")
    await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await admin.close()
    database = opened(database_url)
    await database.connect()

    set_to = await database.fetch_val("SHOW synchronous_commit")
    await database.disconnect()

    assert set_to == "on"


async def test_a_server_that_takes_no_writes_is_unavailable(notes: Database) -> None:
    with pytest.raises(StorageUnavailableError, match="takes no writes") as caught:  # noqa: PT012 - the whole block is the subject
        async with notes.transaction() as queries:
            await queries.execute("SET TRANSACTION READ ONLY")
            await queries.execute("INSERT INTO note VALUES ('a')")

    assert caught.value.code == "25006"


async def test_a_cast_and_a_parameter_stand_together(notes: Database) -> None:
    assert await notes.fetch_val("SELECT :a::int + 1", {"a": 1}) == 2


async def test_connections_are_named_after_the_application(notes: Database) -> None:
    assert await notes.fetch_val("SHOW application_name") == "juncture"


async def test_disconnecting_does_not_wait_for_ever(database_url: str) -> None:
    database = opened(database_url, timeout=timedelta(milliseconds=200))
    await database.connect()

    with pytest.raises(StorageUnavailableError):  # noqa: PT012 - the whole block is the subject
        async with database.transaction() as queries:
            await database.disconnect()
            await queries.execute("SELECT 1")

    await database.connect()
    assert await database.fetch_val("SELECT 1") == 1
    await database.disconnect()


async def test_a_task_cancelled_while_giving_a_connection_back_can_go_on(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_releasing = asyncio.Event()
    release = asyncpg.pool.Pool.release

    async def release_and_tell(pool: asyncpg.Pool, connection: object) -> None:
        is_releasing.set()
        await release(pool, connection)

    async def be_cancelled_and_go_on() -> object:
        with suppress(asyncio.CancelledError):
            await notes.fetch_val("SELECT 1")
        return await notes.fetch_val("SELECT 2")

    monkeypatch.setattr(asyncpg.pool.Pool, "release", release_and_tell)
    task = asyncio.create_task(be_cancelled_and_go_on())
    await is_releasing.wait()
    task.cancel()

    assert await task == 2


async def kill_all(database: Database) -> None:
    """End every backend of the database's pool, from a connection outside of it."""
    engine = database._engine
    assert isinstance(engine, PostgresqlEngine)
    outsider = await asyncpg.connect(dsn=engine._library.options["dsn"])
    await outsider.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await outsider.close()
