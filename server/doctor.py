"""What `juncture doctor` finds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from resolvers.connections import LinkedConnection, find_connection, find_myself, link
from resolvers.context import Context, Services
from resolvers.errors import EXPECTED, describe
from resolvers.viewer import SECRET_KEY_VIEWER
from server.application import create_application
from server.settings import Settings, SettingsError
from storage.cache import RedisCache
from storage.connections import find_newest_connection
from storage.database import open_database
from storage.errors import StorageError
from storage.migrate import pending_migrations
from storage.sqlite import get_sqlite_path

_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and what to know or do."""

    subject: str
    is_good: bool
    text: str


async def examine(external_id: str | None) -> list[Finding]:
    """Configuration, Redis, database, migrations, and with a connection Jira, in this order.

    What cannot be looked at, because something before it failed, is left out.
    """
    return [finding async for finding in _examine(external_id)]


async def _examine(external_id: str | None) -> AsyncIterator[Finding]:
    try:
        settings = Settings.load()
    except SettingsError as error:
        yield Finding("configuration", is_good=False, text=" ".join(str(error).split()))
        return
    yield Finding("configuration", is_good=True, text=f"environment {settings.environment.value}")
    if settings.redis_url is not None:
        yield await _check_redis(settings.redis_url.get_secret_value())
    else:
        yield Finding("redis", is_good=True, text="not set; each process keeps its own cache")
    for check in (_check_database, _check_migrations):
        finding = await check(settings)
        yield finding
        if not finding.is_good:
            return
    yield await _check_jira(settings, external_id)


async def _check_database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    # Opening a file that is not there would make it.
    if settings.is_sqlite and not get_sqlite_path(url).exists():
        text = "the file is not there yet: run `juncture migrate`"
        return Finding("database", is_good=False, text=text)
    database = open_database(url, acquire_timeout=_TIMEOUT, pool_size=1)
    try:
        await database.connect()
        await database.fetch_val("SELECT 1")
    except StorageError as error:
        return Finding("database", is_good=False, text=str(error))
    finally:
        await database.disconnect()
    return Finding("database", is_good=True, text=database.dialect)


async def _check_migrations(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    try:
        pending = await asyncio.to_thread(pending_migrations, url)
    except StorageError as error:
        return Finding("migrations", is_good=False, text=str(error))
    if pending:
        text = f"{len(pending)} missing: run `juncture migrate`"
        return Finding("migrations", is_good=False, text=text)
    return Finding("migrations", is_good=True, text="all applied")


async def _check_redis(url: str) -> Finding:
    cache = RedisCache(url, timeout=_TIMEOUT)
    try:
        is_there = await cache.ping()
    finally:
        await cache.close()
    text = "answers" if is_there else "does not answer at JUNCTURE_REDIS_URL"
    return Finding("redis", is_good=is_there, text=text)


async def _check_jira(settings: Settings, external_id: str | None) -> Finding:
    app = create_application(settings)
    try:
        async with app.router.lifespan_context(app):
            return await _ask_jira(app.state.services, external_id)
    except EXPECTED as error:
        return Finding("jira", is_good=False, text=describe(error).message)


async def _ask_jira(services: Services, external_id: str | None) -> Finding:
    context = Context(services, SECRET_KEY_VIEWER, request_id="doctor")
    try:
        connection = await _find_connection(context, external_id)
        if connection is None:
            is_wanted = external_id is not None
            text = "no connection of that external id" if is_wanted else "no connection yet"
            return Finding("jira", is_good=not is_wanted, text=text)
        person = await find_myself(context, connection)
    finally:
        await context.close()
    where = f"{connection.external_id} at {connection.site.url}"
    return Finding("jira", is_good=True, text=f"{where} answers as {person.display_name}")


async def _find_connection(context: Context, external_id: str | None) -> LinkedConnection | None:
    if external_id is not None:
        return await find_connection(context, external_id=external_id, provider="jira")
    newest = await find_newest_connection(context.services.database)
    return None if newest is None else link(context, newest)
