"""What `juncture doctor` finds."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from jira_api.scopes import NEEDED_SCOPES, OFFLINE_ACCESS
from resolvers.access.viewer import SECRET_KEY_VIEWER
from resolvers.context import Context, Services
from resolvers.errors import EXPECTED, describe
from resolvers.linking.connections import LinkedConnection, find_connection, find_myself, link
from schema.needed_calls import group_lacking, name_fields
from server.application import create_application
from server.settings import DEFAULT_SCOPES, Settings, SettingsError
from storage.cache import RedisCache
from storage.connections import find_newest_connection
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.granted_scopes import count_by_scopes
from storage.key_check import check_keys
from storage.migrate import pending_migrations
from storage.sqlite import get_sqlite_path

_TIMEOUT = timedelta(seconds=5)
_SETTING = "JUNCTURE_JIRA_SCOPES"
_KNOWN_SCOPES = frozenset(DEFAULT_SCOPES).union(
    *((*needed.classic, *needed.granular) for needed in NEEDED_SCOPES.values())
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and what to know or do."""

    subject: str
    is_good: bool
    text: str


async def examine(external_id: str | None) -> list[Finding]:
    """Configuration, scopes, Redis, database, migrations, keys, grants, and with a connection Jira.

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
    for finding in examine_scopes(settings.jira_scopes):
        yield finding
    if settings.redis_url is not None:
        yield await _check_redis(settings.redis_url.get_secret_value())
    else:
        yield Finding("redis", is_good=True, text="not set; each process keeps its own cache")
    for check in (_check_database, _check_migrations, _check_keys):
        finding = await check(settings)
        yield finding
        if not finding.is_good:
            return
    yield await _check_grants(settings)
    yield await _check_jira(settings, external_id)


def examine_scopes(scopes: Sequence[str]) -> list[Finding]:
    """Whether these scopes open all that the schema has, and which fields fail where they do not.

    To lack scopes that only change things is no fault: an operator may want a Juncture that reads.
    """
    found = [*_find_offline_access(scopes), *_find_lacking(scopes), *_find_unknown(scopes)]
    if group_lacking(scopes):
        return found
    return [Finding("scopes", is_good=True, text="every field has what it needs"), *found]


def _find_offline_access(scopes: Sequence[str]) -> Iterator[Finding]:
    if OFFLINE_ACCESS not in scopes:
        text = (
            f"{_SETTING} lacks {OFFLINE_ACCESS}: Atlassian then gives no refresh token, and every "
            "connection has to be authorised again after an hour"
        )
        yield Finding("scopes", is_good=False, text=text)


def _find_lacking(scopes: Sequence[str]) -> Iterator[Finding]:
    for scope, fields in group_lacking(scopes).items():
        is_read = scope.startswith("read:")
        advice = "" if is_read else "; leave it so where nobody is to change anything"
        text = f"without {scope} in {_SETTING} these fields fail: {name_fields(fields)}{advice}"
        yield Finding("scopes", is_good=not is_read, text=text)


def _find_unknown(scopes: Sequence[str]) -> Iterator[Finding]:
    for scope in scopes:
        if scope not in _KNOWN_SCOPES:
            alike = get_close_matches(scope, sorted(_KNOWN_SCOPES), n=1, cutoff=0.8)
            question = f"; did you mean {alike[0]}?" if alike else ""
            text = f"{_SETTING} has {scope}, of which Juncture makes no use{question}"
            yield Finding("scopes", is_good=True, text=text)


async def _check_database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    # Opening a file that is not there would make it.
    if settings.is_sqlite and not get_sqlite_path(url).exists():
        text = "the file is not there yet: run `juncture migrate`"
        return Finding("database", is_good=False, text=text)
    try:
        async with _open_database(settings) as database:
            await database.fetch_val("SELECT 1")
    except StorageError as error:
        return Finding("database", is_good=False, text=str(error))
    return Finding("database", is_good=True, text=database.dialect)


async def _check_grants(settings: Settings) -> Finding:
    try:
        async with _open_database(settings) as database:
            counts = await count_by_scopes(database, provider="jira")
    except StorageError as error:
        return Finding("grants", is_good=False, text=str(error))
    # Atlassian does not promise to name the scope that opens no call among those it granted.
    wanted = frozenset(settings.jira_scopes) - {OFFLINE_ACCESS}
    total = sum(counts.values())
    behind = sum(count for granted, count in counts.items() if not wanted <= granted)
    if not behind:
        text = f"{total} living, with all of {_SETTING}" if total else "none living"
        return Finding("grants", is_good=True, text=text)
    text = (
        f"{behind} of {total} living lack a part of {_SETTING}: what needs it fails with "
        "MISSING_SCOPE until their external ids are authorised again"
    )
    return Finding("grants", is_good=True, text=text)


@asynccontextmanager
async def _open_database(settings: Settings) -> AsyncIterator[Database]:
    url = settings.database_url.get_secret_value()
    database = open_database(url, acquire_timeout=_TIMEOUT, pool_size=1)
    try:
        await database.connect()
        yield database
    finally:
        await database.disconnect()


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


async def _check_keys(settings: Settings) -> Finding:
    try:
        async with _open_database(settings) as database:
            needs = await check_keys(database, settings.key_ring, now=datetime.now(UTC))
    except StorageError as error:
        return Finding("keys", is_good=False, text=str(error))
    if not needs:
        return Finding("keys", is_good=True, text="nothing is encrypted yet")
    uses = ", ".join(f"{key_id} by {rows}" for key_id, rows in needs.items())
    return Finding("keys", is_good=True, text=f"all there; rows that need each: {uses}")


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
