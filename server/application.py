"""The application, put together."""

import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from jira_api.authorization import OAuthClient
from jira_api.client import JiraClient, open_http
from jira_api.retry import RetryPolicy
from oauth.flow import AuthorizationFlows
from oauth.jira import JiraProvider
from oauth.provider import Provider
from oauth.refresh import RefreshTimes, TokenKeeper
from resolvers.context import Services
from resolvers.errors import describe
from schema.build import build_schema
from schema.failures import extensions_of
from server.demo_page import DemoPage
from server.graphql_endpoint import GraphQLEndpoint
from server.oauth_routes import OAuthRoutes
from server.pages import FOLDER, Pages
from server.request_ids import HEADER, RequestIds, request_id_of
from server.settings import Introspection, Settings
from storage.cache import Cache, MemoryCache, RedisCache
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.errors import StorageError

_ACQUIRE_TIMEOUT = timedelta(seconds=5)
_CALL_TIMEOUT = timedelta(seconds=15)
_CACHE_TIMEOUT = timedelta(milliseconds=250)
_POOL_SIZE = 10
_CACHED_ENTRIES = 10_000
_log = logging.getLogger("juncture.server")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests put in the place of the real thing."""

    clock: Callable[[], datetime] = _now
    http: Callable[[], httpx.AsyncClient] = lambda: open_http(timeout=_CALL_TIMEOUT)
    providers: Sequence[Provider] = ()
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refresh_times: RefreshTimes = field(default_factory=RefreshTimes)


def create_application(settings: Settings, parts: Parts | None = None) -> Starlette:
    """The whole application; its lifespan opens and closes what it uses.

    `app.state.services` is there while the lifespan runs.
    """
    parts = parts or Parts()
    is_https = settings.public_url.startswith("https://")
    pages = Pages(is_https=is_https)
    endpoint = GraphQLEndpoint(
        schema=build_schema(has_introspection=settings.introspection is not Introspection.OFF),
        secret_key=settings.secret_key or SecretStr(""),
        is_introspection_open=settings.introspection is Introspection.OPEN,
        pages=pages if settings.has_graphiql else None,
    )
    app = Starlette(
        lifespan=lambda running: _run(running, settings, parts),
        middleware=_middleware(settings),
        exception_handlers={Exception: _tell_unforeseen},
    )
    oauth = OAuthRoutes(lambda: app.state.services.flows, pages, is_https=is_https)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.handle, methods=_METHODS),
        Route("/healthz", _healthz),
        *oauth.routes(),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    if settings.is_demo:
        routes += DemoPage(lambda: app.state.services, pages).routes()
    app.router.routes.extend(routes)
    return app


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


_SWITCH_INTERVAL_S = 0.0005
"""The event loop waits so long at most for a thread that reads a long text. With Python's own 5 ms,
forty such texts at once held other operations for seconds; with this, for less than half of one."""


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _middleware(settings: Settings) -> list[Middleware]:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_allowed_origins,
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=[HEADER],
        max_age=600,
    )
    return [Middleware(RequestIds), *([cors] if settings.cors_allowed_origins else [])]


async def _tell_unforeseen(request: Request, error: Exception) -> Response:
    """An error that nobody foresaw: its text goes to the log, and its request's id to the caller.

    The server's own middleware, which answers here, stands outside of the one that adds the id.
    """
    request_id = request_id_of(request)
    _log.error("request %s failed", request_id, exc_info=error)
    failure = describe(error)
    told = {
        "message": failure.message,
        "extensions": extensions_of(failure, request_id=request_id),
    }
    headers = {HEADER: request_id, "Cache-Control": "no-store"}
    return JSONResponse({"errors": [told]}, HTTPStatus.INTERNAL_SERVER_ERROR, headers)


@asynccontextmanager
async def _run(app: Starlette, settings: Settings, parts: Parts) -> AsyncIterator[None]:
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    async with AsyncExitStack() as stack:
        database = open_database(
            settings.database_url.get_secret_value(),
            acquire_timeout=_ACQUIRE_TIMEOUT,
            pool_size=_POOL_SIZE,
        )
        cache = _open_cache(settings, parts)
        stack.push_async_callback(cache.close)
        await database.connect()
        stack.push_async_callback(database.disconnect)
        http = parts.http()
        stack.push_async_callback(http.aclose)
        services = _services(settings, parts, database=database, cache=cache, http=http)
        stack.push_async_callback(services.tokens.settle)
        with suppress(StorageError):
            await services.flows.sweep()
        app.state.services = services
        yield


def _services(
    settings: Settings,
    parts: Parts,
    *,
    database: Database,
    cache: Cache,
    http: httpx.AsyncClient,
) -> Services:
    ring = KeyRing.parse([key.get_secret_value() for key in settings.encryption_keys])
    jira = JiraProvider(http, _oauth_client(settings), settings.jira_scopes, parts.clock)
    providers = {provider.name: provider for provider in (jira, *parts.providers)}
    return Services(
        database=database,
        ring=ring,
        cache=cache,
        jira=JiraClient(
            http, settings.jira_api_url, settings.jira_max_concurrency, retry=parts.retry
        ),
        tokens=TokenKeeper(database, ring, providers, parts.clock, parts.refresh_times),
        flows=AuthorizationFlows(
            database=database,
            ring=ring,
            providers=providers,
            allowed_return_urls=frozenset(settings.allowed_return_urls),
            clock=parts.clock,
        ),
        clock=parts.clock,
        public_url=settings.public_url,
        operation_deadline=settings.operation_deadline,
    )


def _open_cache(settings: Settings, parts: Parts) -> Cache:
    if settings.redis_url is None:
        return MemoryCache(parts.clock, max_entries=_CACHED_ENTRIES)
    return RedisCache(settings.redis_url.get_secret_value(), timeout=_CACHE_TIMEOUT)


def _oauth_client(settings: Settings) -> OAuthClient:
    return OAuthClient(
        client_id=settings.jira_client_id,
        client_secret=settings.jira_client_secret,
        redirect_uri=settings.redirect_uri,
        auth_url=settings.jira_auth_url,
        api_url=settings.jira_api_url,
    )
