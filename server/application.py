"""The application, put together."""

import logging
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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
from jira_api.pinned import PinnedTransport, Resolver, open_pinned_http, resolve_by_system
from jira_api.retry import RetryPolicy
from jira_api.site_urls import AddressRules
from oauth.due_refreshes import DueRefreshes
from oauth.flow import AuthorizationFlows
from oauth.jira import JiraProvider
from oauth.notices import Notices
from oauth.provider import Provider
from oauth.refresh import RefreshTimes, TokenKeeper
from resolvers.context import Services
from resolvers.errors import describe
from resolvers.frontend_tokens import FrontendTokens
from resolvers.live_connections import LiveConnections
from schema.build import build_schema
from schema.failures import extensions_of
from server.authentication import ApiKeys, Authenticator
from server.background import Background, Chore, run_chores
from server.demo_page import DemoPage
from server.graphql_endpoint import GraphQLEndpoint
from server.headers import AnswerHeaders, add_headers
from server.metrics import Metrics
from server.oauth_routes import OAuthRoutes
from server.pages import FOLDER, Pages
from server.request_ids import HEADER, RequestIds, request_id_of
from server.settings import Environment, Introspection, Settings
from storage.cache import Cache, MemoryCache, RedisCache
from storage.clock import DatabaseClock
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.key_check import check_keys

_ACQUIRE_TIMEOUT = timedelta(seconds=5)
_CALL_TIMEOUT = timedelta(seconds=15)
_CACHE_TIMEOUT = timedelta(milliseconds=250)
_POOL_SIZE = 10
_CACHED_ENTRIES = 10_000
_FLOWS_SWEPT_EVERY = timedelta(minutes=10)
_log = logging.getLogger("juncture.server")


Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests put in the place of the real thing."""

    clock: Callable[[Database], Clock] = DatabaseClock
    monotonic: Callable[[], float] = time.monotonic
    http: Callable[[], httpx.AsyncClient] = lambda: open_http(timeout=_CALL_TIMEOUT)
    resolve: Resolver = resolve_by_system
    site_transport: Callable[[AddressRules, Resolver], httpx.AsyncBaseTransport] = PinnedTransport
    providers: Sequence[Provider] = ()
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refresh_times: RefreshTimes | None = None
    background: Background = run_chores


def create_application(settings: Settings, parts: Parts | None = None) -> Starlette:
    """The whole application; its lifespan opens and closes what it uses.

    `app.state.services` is there while the lifespan runs.
    """
    parts = parts or Parts()
    is_https = settings.public_url.startswith("https://")
    pages = Pages()
    endpoint = GraphQLEndpoint(
        schema=build_schema(has_introspection=settings.introspection is not Introspection.OFF),
        is_introspection_open=settings.introspection is Introspection.OPEN,
        pages=pages if settings.has_graphiql else None,
    )
    app = Starlette(
        lifespan=lambda running: _run(running, settings, parts),
        middleware=_middleware(settings, is_https=is_https),
        exception_handlers={Exception: partial(_tell_unforeseen, is_https=is_https)},
    )
    metrics = Metrics(
        lambda: app.state.services,
        lambda: app.state.authenticator,
        lead=settings.notice_lead,
        monotonic=parts.monotonic,
    )
    oauth = OAuthRoutes(lambda: app.state.services.flows, pages, is_https=is_https)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.handle, methods=_METHODS),
        Route("/healthz", _healthz),
        Route("/metrics", metrics.handle),
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


def _middleware(settings: Settings, *, is_https: bool) -> list[Middleware]:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_allowed_origins,
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=[HEADER],
        max_age=600,
    )
    headers = Middleware(AnswerHeaders, is_https=is_https)
    return [Middleware(RequestIds), headers, *([cors] if settings.cors_allowed_origins else [])]


async def _tell_unforeseen(request: Request, error: Exception, *, is_https: bool) -> Response:
    """An error that nobody foresaw: its text goes to the log, and its request's id to the caller.

    The server's own middleware, which answers here, stands outside of those that add the id and the
    headers.
    """
    request_id = request_id_of(request)
    _log.error("request %s failed", request_id, exc_info=error)
    failure = describe(error)
    told = {
        "message": failure.message,
        "extensions": extensions_of(failure, request_id=request_id),
    }
    response = JSONResponse({"errors": [told]}, HTTPStatus.INTERNAL_SERVER_ERROR)
    response.headers[HEADER] = request_id
    add_headers(response.headers, is_https=is_https)
    return response


@asynccontextmanager
async def _run(app: Starlette, settings: Settings, parts: Parts) -> AsyncIterator[None]:
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    async with AsyncExitStack() as stack:
        database = open_database(
            settings.database_url.get_secret_value(),
            acquire_timeout=_ACQUIRE_TIMEOUT,
            pool_size=_POOL_SIZE,
        )
        http = parts.http()
        stack.push_async_callback(http.aclose)
        await database.connect()
        stack.push_async_callback(database.disconnect)
        clock = parts.clock(database)
        if isinstance(clock, DatabaseClock):
            await clock.set()
        cache = _open_cache(settings, clock)
        stack.push_async_callback(cache.close)
        ring = settings.key_ring
        await check_keys(database, ring, now=clock())
        site_http = _open_site_http(settings, parts)
        stack.push_async_callback(site_http.aclose)
        services = _services(
            settings,
            parts,
            ring,
            clock,
            database=database,
            cache=cache,
            http=http,
            site_http=site_http,
        )
        stack.push_async_callback(services.tokens.settle)
        app.state.services = services
        app.state.authenticator = _authenticator(settings, parts, services)
        async with parts.background(_chores(settings, services)):
            yield


def _chores(settings: Settings, services: Services) -> list[Chore]:
    sweep = timedelta(seconds=settings.sweep_interval_seconds)
    due = DueRefreshes(
        services.database,
        services.tokens,
        services.clock,
        idle=timedelta(days=settings.idle_refresh_days),
    )
    chores = [
        Chore("due refreshes", sweep, due.run_once),
        Chore("ended connections", settings.revocation_interval, services.live.run_once),
        Chore("expired flows", _FLOWS_SWEPT_EVERY, services.flows.sweep),
    ]
    if settings.notice_url and settings.notice_secret:
        notices = Notices(
            services.database,
            services.jira.http,
            services.clock,
            owner=uuid.uuid4().hex,
            url=settings.notice_url,
            secret=settings.notice_secret,
            lead=settings.notice_lead,
        )
        chores.append(Chore("notices", sweep, notices.run_once))
    if isinstance(services.clock, DatabaseClock):
        chores.append(Chore("the clock", sweep, services.clock.set))
    return chores


def _services(
    settings: Settings,
    parts: Parts,
    ring: KeyRing,
    clock: Clock,
    *,
    database: Database,
    cache: Cache,
    http: httpx.AsyncClient,
    site_http: httpx.AsyncClient,
) -> Services:
    jira = JiraProvider(http, oauth_client(settings), settings.jira_scopes, clock)
    providers = {provider.name: provider for provider in (jira, *parts.providers)}
    return Services(
        database=database,
        ring=ring,
        cache=cache,
        jira=JiraClient(
            http, settings.jira_api_url, settings.jira_max_concurrency, retry=parts.retry
        ),
        site_http=site_http,
        address_rules=_address_rules(settings),
        tokens=TokenKeeper(
            database,
            ring,
            providers,
            clock,
            parts.refresh_times or settings.refresh_times,
            max_concurrency=settings.refresh_max_concurrency,
        ),
        flows=AuthorizationFlows(
            database=database,
            ring=ring,
            providers=providers,
            allowed_return_urls=frozenset(settings.allowed_return_urls),
            clock=clock,
        ),
        live=LiveConnections(database),
        frontend_tokens=FrontendTokens(
            database,
            ring,
            issuer=settings.public_url,
            clock=clock,
            blindness=settings.revocation_interval,
            monotonic=parts.monotonic,
        ),
        clock=clock,
        public_url=settings.public_url,
        operation_deadline=settings.operation_deadline,
    )


def _authenticator(settings: Settings, parts: Parts, services: Services) -> Authenticator:
    return Authenticator(
        secret_key=settings.secret_key or SecretStr(""),
        api_keys=ApiKeys(
            services.database,
            services.ring,
            services.clock,
            longest=settings.revocation_interval,
            monotonic=parts.monotonic,
        ),
        frontend_tokens=services.frontend_tokens,
    )


def _open_site_http(settings: Settings, parts: Parts) -> httpx.AsyncClient:
    transport = parts.site_transport(_address_rules(settings), parts.resolve)
    return open_pinned_http(transport, timeout=_CALL_TIMEOUT)


def _address_rules(settings: Settings) -> AddressRules:
    return AddressRules(
        allowed_hosts=frozenset(settings.allowed_upstream_hosts),
        has_plain_http=settings.environment is not Environment.PRODUCTION,
    )


def _open_cache(settings: Settings, clock: Clock) -> Cache:
    own = MemoryCache(clock, max_entries=_CACHED_ENTRIES)
    if settings.redis_url is None:
        return own
    return RedisCache(settings.redis_url.get_secret_value(), timeout=_CACHE_TIMEOUT, fallback=own)


def oauth_client(settings: Settings) -> OAuthClient:
    """The operator's app at Atlassian."""
    return OAuthClient(
        client_id=settings.jira_client_id,
        client_secret=settings.jira_client_secret,
        redirect_uri=settings.redirect_uri,
        auth_url=settings.jira_auth_url,
        api_url=settings.jira_api_url,
    )
