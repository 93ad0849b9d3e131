"""What all requests of a process share: made from the settings, and closed in their order."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from jira_api.authorization import OAuthClient
from jira_api.client import JiraClient, open_http
from jira_api.pinned import PinnedTransport, Resolver, open_pinned_http, resolve_by_system
from jira_api.retry import RetryPolicy
from jira_api.site_urls import AddressRules
from jira_api.transfers import MOST_CONNECTIONS, Transfers
from oauth.due_refreshes import DueRefreshes
from oauth.flow import AuthorizationFlows
from oauth.jira import JiraProvider
from oauth.notices import Notices
from oauth.provider import Provider
from oauth.refresh import RefreshTimes, TokenKeeper
from oauth.unproven_grants import UnprovenGrants
from resolvers.access.frontend_tokens import FrontendTokens
from resolvers.access.last_uses import LastUses
from resolvers.attachment_urls import AttachmentUrls
from resolvers.context import Services
from resolvers.linking.live_connections import LiveConnections
from resolvers.once.due import DueWrites
from resolvers.once.flights import WriteFlights, WriteTimes
from server.authentication import ApiKeys, Authenticator
from server.background import Background, Chore, run_chores
from server.settings import Environment, Settings
from storage.cache import Cache, MemoryCache, RedisCache
from storage.clock import DatabaseClock
from storage.connection_reads import ConnectionReads
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.event_recorder import EventRecorder
from storage.key_check import check_keys
from storage.recent_writes import KEPT_FOR, sweep_writes

_ACQUIRE_TIMEOUT = timedelta(seconds=5)
_CALL_TIMEOUT = timedelta(seconds=15)
_CACHE_TIMEOUT = timedelta(milliseconds=250)
_POOL_SIZE = 10
_CACHED_ENTRIES = 10_000
_FLOWS_SWEPT_EVERY = timedelta(minutes=10)
_UNPROVEN_SWEPT_EVERY = timedelta(hours=1)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests put in the place of the real thing."""

    clock: Callable[[Database], Clock] = DatabaseClock
    monotonic: Callable[[], float] = time.monotonic
    http: Callable[[], httpx.AsyncClient] = lambda: open_http(
        timeout=_CALL_TIMEOUT, max_connections=MOST_CONNECTIONS
    )
    resolve: Resolver = resolve_by_system
    site_transport: Callable[[AddressRules, Resolver], httpx.AsyncBaseTransport] = (
        lambda rules, resolve: PinnedTransport(rules, resolve, most=MOST_CONNECTIONS)
    )
    providers: Sequence[Provider] = ()
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refresh_times: RefreshTimes | None = None
    write_times: WriteTimes | None = None
    background: Background = run_chores


@asynccontextmanager
async def open_services(settings: Settings, parts: Parts) -> AsyncIterator[Services]:
    """The services, for as long as the block runs; it ends when the last refresh and write is kept.

    Raises:
        KeyRingError: there are no encryption keys.
        KeysUnfitError: they do not open what the database holds.
        StorageUnavailableError: the database does not answer.
    """
    async with AsyncExitStack() as stack:
        http = parts.http()
        stack.push_async_callback(http.aclose)
        rules = _address_rules(settings)
        site_http = _open_site_http(parts, rules)
        stack.push_async_callback(site_http.aclose)
        transfers = Transfers(parts.http(), _open_site_http(parts, rules), rules)
        stack.push_async_callback(transfers.close)
        database = open_database(
            settings.database_url.get_secret_value(),
            acquire_timeout=_ACQUIRE_TIMEOUT,
            pool_size=_POOL_SIZE,
        )
        await database.connect()
        stack.push_async_callback(database.disconnect)
        clock = parts.clock(database)
        if isinstance(clock, DatabaseClock):
            await clock.set()
        cache = _open_cache(settings, clock)
        stack.push_async_callback(cache.close)
        ring = settings.key_ring
        await check_keys(database, ring, now=clock())
        ground = _Ground(
            settings=settings,
            parts=parts,
            database=database,
            ring=ring,
            cache=cache,
            clock=clock,
            http=http,
            site_http=site_http,
            address_rules=rules,
            transfers=transfers,
        )
        services = _services(ground)
        stack.push_async_callback(services.tokens.settle)
        stack.push_async_callback(services.writes.settle)
        yield services


def list_chores(settings: Settings, services: Services) -> list[Chore]:
    """What the process does without being asked."""
    sweep = timedelta(seconds=settings.sweep_interval_seconds)
    due = DueRefreshes(
        services.database,
        services.tokens,
        services.clock,
        idle=timedelta(days=settings.idle_refresh_days),
    )
    unproven = UnprovenGrants(services.database, services.clock)
    chores = [
        Chore("due refreshes", sweep, due.run_once),
        Chore("due writes", sweep, DueWrites(services).run_once),
        Chore("ended connections", settings.revocation_interval, services.live.run_once),
        Chore("expired flows", _FLOWS_SWEPT_EVERY, services.flows.sweep),
        Chore("unproven grants", _UNPROVEN_SWEPT_EVERY, unproven.run_once),
        Chore(
            "recent writes",
            KEPT_FOR,
            lambda: sweep_writes(services.database, now=services.clock()),
        ),
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


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the services stand on."""

    settings: Settings
    parts: Parts
    database: Database
    ring: KeyRing
    cache: Cache
    clock: Clock
    http: httpx.AsyncClient
    site_http: httpx.AsyncClient
    address_rules: AddressRules
    transfers: Transfers


def _services(ground: _Ground) -> Services:
    settings, parts = ground.settings, ground.parts
    jira = JiraProvider(ground.http, oauth_client(settings), settings.jira_scopes, ground.clock)
    providers = {provider.name: provider for provider in (jira, *parts.providers)}
    return Services(
        database=ground.database,
        ring=ground.ring,
        cache=ground.cache,
        jira=JiraClient(
            ground.http, settings.jira_api_url, settings.jira_max_concurrency, retry=parts.retry
        ),
        transfers=ground.transfers,
        site_http=ground.site_http,
        address_rules=ground.address_rules,
        connections=ConnectionReads(ground.database),
        uses=LastUses(ground.database, ground.clock),
        events=EventRecorder(ground.database, ground.ring),
        tokens=_keeper(ground, providers),
        flows=_flows(ground, providers),
        live=LiveConnections(ground.database),
        frontend_tokens=_frontend_tokens(ground),
        attachment_urls=AttachmentUrls(
            ground.ring,
            public_url=settings.public_url,
            clock=ground.clock,
            lifetime=timedelta(seconds=settings.attachment_url_seconds),
        ),
        writes=WriteFlights(parts.write_times or settings.write_times),
        clock=ground.clock,
        public_url=settings.public_url,
        operation_deadline=settings.operation_deadline,
    )


def _keeper(ground: _Ground, providers: Mapping[str, Provider]) -> TokenKeeper:
    return TokenKeeper(
        ground.database,
        ground.ring,
        providers,
        ground.clock,
        ground.parts.refresh_times or ground.settings.refresh_times,
        max_concurrency=ground.settings.refresh_max_concurrency,
    )


def _flows(ground: _Ground, providers: Mapping[str, Provider]) -> AuthorizationFlows:
    return AuthorizationFlows(
        database=ground.database,
        ring=ground.ring,
        providers=providers,
        allowed_return_urls=frozenset(ground.settings.allowed_return_urls),
        clock=ground.clock,
    )


def _frontend_tokens(ground: _Ground) -> FrontendTokens:
    return FrontendTokens(
        ground.database,
        ground.ring,
        issuer=ground.settings.public_url,
        clock=ground.clock,
        blindness=ground.settings.revocation_interval,
        monotonic=ground.parts.monotonic,
    )


def open_authenticator(settings: Settings, parts: Parts, services: Services) -> Authenticator:
    """Who lets callers in."""
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


def _address_rules(settings: Settings) -> AddressRules:
    return AddressRules(
        allowed_hosts=frozenset(settings.allowed_upstream_hosts),
        has_plain_http=settings.environment is not Environment.PRODUCTION,
    )


def _open_site_http(parts: Parts, rules: AddressRules) -> httpx.AsyncClient:
    return open_pinned_http(parts.site_transport(rules, parts.resolve), timeout=_CALL_TIMEOUT)


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
