"""The application, put together: what it starts with, and what it finishes before it ends."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.application import create_application
from server.asgi import create
from server.services import Parts
from server.settings import Settings, SettingsError
from storage.cache import MemoryCache, RedisCache
from storage.connections import get_tokens
from storage.database import Database
from storage.errors import KeyRingError, StorageUnavailableError
from tests.oauth.providers import ScriptedProvider, fresh_tokens
from tests.storage.builders import HOUR, NOW, a_connection, a_key, some_tokens
from tests.support.gateway import JUNCTURE, Backend, open_gateway

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])


async def test_a_refresh_under_way_is_kept_before_the_server_ends(
    backend: Backend, database: Database
) -> None:
    provider = ScriptedProvider(name="notes", answers=[fresh_tokens()], gate=asyncio.Event())
    assert provider.gate is not None
    async with open_gateway(parts={"providers": [provider]}, **backend) as gateway:
        services = gateway.services
        gateway.clock.now = NOW + HOUR
        linked = await a_connection(
            services.database, services.ring, provider="notes", tokens=some_tokens()
        )
        caller = asyncio.create_task(services.tokens.get(linked))
        await provider.arrived.wait()
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        asyncio.get_running_loop().call_later(0.01, provider.gate.set)

    stored = await get_tokens(database, services.ring, linked.connection_id)
    assert stored.generation == 2
    assert stored.tokens.refresh_token == fresh_tokens().refresh_token


async def test_the_cache_is_redis_where_there_is_one(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        expected = RedisCache if "redis_url" in backend else MemoryCache
        assert type(gateway.services.cache) is expected


@on_sqlite
async def test_what_others_took_away_is_looked_for_as_often_as_promised(backend: Backend) -> None:
    async with open_gateway(
        **backend, revocation_interval_seconds=0.3, sweep_interval_seconds=7
    ) as gateway:
        intervals = {chore.name: chore.interval for chore in gateway.chores._chores}

    assert intervals["ended connections"] == timedelta(seconds=0.3)
    assert intervals["due refreshes"] == timedelta(seconds=7)


@on_sqlite
async def test_after_its_end_nothing_is_left_open(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        services = gateway.services

    with pytest.raises(StorageUnavailableError):
        await services.database.fetch_one("SELECT 1")
    with pytest.raises(RuntimeError):
        await services.jira.http.get("http://127.0.0.1/")


@on_sqlite
async def test_a_start_that_fails_closes_what_it_had_opened(database_url: str) -> None:
    http = httpx.AsyncClient()
    demo = Settings.load(_env_file=None, environment="demo", database_url=database_url)
    app = create_application(demo, Parts(http=lambda: http))

    with pytest.raises(KeyRingError):
        async with app.router.lifespan_context(app):
            pass

    assert http.is_closed
    assert not hasattr(app.state, "services")


@on_sqlite
async def test_health_needs_no_key_and_tells_nothing(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        answer = await gateway.http.get(f"{JUNCTURE}/healthz")

        assert (answer.status_code, answer.text) == (200, "ok")


@on_sqlite
@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/settings.py"])
async def test_static_files_are_those_of_their_folder(backend: Backend, path: str) -> None:
    async with open_gateway(**backend) as gateway:
        style = await gateway.http.get(f"{JUNCTURE}/static/pages.css")
        outside = await gateway.http.get(JUNCTURE + path)

        assert style.status_code == 200
        assert outside.status_code == 404


@on_sqlite
@pytest.mark.parametrize(("environment", "status"), [("demo", 200), ("development", 404)])
async def test_the_demo_page_is_the_demos_alone(
    backend: Backend, environment: str, status: int
) -> None:
    async with open_gateway(**backend, environment=environment) as gateway:
        answer = await gateway.http.get(f"{JUNCTURE}/demo")

        assert answer.status_code == status


@pytest.fixture
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JUNCTURE_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_bare_environment")
def test_workers_do_not_start_without_their_settings() -> None:
    with pytest.raises(SettingsError):
        create()


@pytest.mark.usefixtures("_bare_environment")
def test_workers_start_with_the_settings_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured: list[object] = []
    monkeypatch.setattr("server.asgi.configure_logs", lambda *chosen: configured.extend(chosen))
    for name, value in {
        "SECRET_KEY": "k" * 32,
        "ENCRYPTION_KEYS": a_key(),
        "JIRA_CLIENT_ID": "client",
        "JIRA_CLIENT_SECRET": "secret",
        "LOG_LEVEL": "error",
        "LOG_FORMAT": "json",
    }.items():
        monkeypatch.setenv(f"JUNCTURE_{name}", value)

    assert isinstance(create(), Starlette)
    assert configured == ["error", "json"]
