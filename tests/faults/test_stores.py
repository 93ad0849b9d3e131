import asyncio
from collections.abc import Iterator

import pytest

from storage.migrate import migrate
from tests.faults.outcome import Place
from tests.faults.scenarios.cache import ill_cache
from tests.faults.scenarios.postgresql import ill_postgresql
from tests.faults.scenarios.sqlite import ill_sqlite
from tests.support.missing import Missing, require
from tests.support.servers import PostgresCluster, RedisServer


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = require(RedisServer.make() or Missing("Redis", "apt-get install redis-server"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def cluster() -> Iterator[PostgresCluster]:
    made = require(PostgresCluster.make() or Missing("PostgreSQL", "apt-get install postgresql"))
    made.start()
    yield made
    made.remove()


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_whatever_befalls_redis_costs_no_answer_and_no_second_exchange(
    place: Place, redis: RedisServer
) -> None:
    outcome = await ill_cache(place, redis, callers=20, processes=2)

    assert outcome.broken == []


async def test_whatever_befalls_postgresql_costs_no_token(
    tmp_path_factory: pytest.TempPathFactory, cluster: PostgresCluster
) -> None:
    await asyncio.to_thread(migrate, cluster.url)
    place = Place(tmp_path_factory.mktemp("house"), cluster.url)

    outcome = await ill_postgresql(place, cluster, callers=20)

    assert outcome.broken == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_whatever_befalls_the_sqlite_file_costs_no_token(place: Place) -> None:
    outcome = await ill_sqlite(place, callers=4, kills=1)

    assert outcome.broken == []
