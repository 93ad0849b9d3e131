"""Juncture and a sandbox Jira in one process, spoken to over HTTP; a pytest plugin.

A test asks for `gateway` where the made-up world will do, or calls `open_gateway` with a world of
its own. Each test that asks for `gateway` runs twice: on SQLite without Redis, and on PostgreSQL
with Redis.
"""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from jira_api.retry import RetryPolicy
from oauth.refresh import RefreshTimes
from resolvers.context import Services
from resolvers.once.flights import WriteTimes
from sandbox.application import create_application as create_sandbox
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.errors import ConnectionCutError
from sandbox.generator import generate_world
from sandbox.state import SandboxState
from sandbox.world import World
from server.application import create_application
from server.services import Parts
from server.settings import Settings
from storage.encryption import generate_key
from tests.support.chores import KeptChores
from tests.support.missing import require
from tests.support.servers import redis_url

JUNCTURE = "http://127.0.0.1:8000"
SANDBOX = "http://127.0.0.1:8001"
PRODUCT = "https://product.test/done"
"""A return URL that the tests' settings allow. None of these addresses is ever connected to."""

BEGIN = """
mutation Begin($externalId: ID!, $returnTo: String) {
  beginAuthorization(input: { externalId: $externalId, returnTo: $returnTo }) {
    authorizationUri expiresAt errors { code message path }
  }
}
"""


@dataclass
class MovingClock:
    """A clock that stands still until it is moved; Juncture and the sandbox share it."""

    now: datetime = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **distance: float) -> None:
        self.now += timedelta(**distance)

    def monotonic(self) -> float:
        """Seconds that pass with it, for what counts how old a reading is."""
        return self.now.timestamp()


@dataclass(frozen=True)
class Answer:
    """A GraphQL answer."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        """The data; the test fails where there is any error."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors, in order."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


Fault = Callable[[httpx.Request], httpx.Response | None]
SendOn = Callable[[httpx.Request], Awaitable[httpx.Response]]
Detour = Callable[[httpx.Request, SendOn], Awaitable[httpx.Response]]


class FaultyTransport(httpx.AsyncBaseTransport):
    """The way to the sandbox, on which a test puts answers of its own.

    A `detour` is handed each request that no fault answers, and what sends it on.
    """

    def __init__(self, way: httpx.AsyncBaseTransport) -> None:
        self._way = way
        self.faults: list[Fault] = []
        self.detour: Detour | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for fault in self.faults:
            answer = fault(request)
            if answer is not None:
                return answer
        if self.detour is not None:
            return await self.detour(request, self.send)
        return await self.send(request)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """SendOn a request to the sandbox past all faults."""
        try:
            return await self._way.handle_async_request(request)
        except ConnectionCutError as cut:
            error = httpx.RemoteProtocolError if cut.has_begun else httpx.ReadError
            raise error(str(cut), request=request) from cut


@dataclass(repr=False)
class Gateway:
    """Both applications, and a browser of one person."""

    app: Starlette
    sandbox: SandboxState
    clock: MovingClock
    settings: Settings
    http: httpx.AsyncClient
    key: str
    mounts: Mapping[str, httpx.AsyncBaseTransport]
    transport: FaultyTransport
    chores: KeptChores

    @property
    def services(self) -> Services:
        """What Juncture's operations share."""
        services = self.app.state.services
        assert isinstance(services, Services)
        return services

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Answer:
        """Run an operation with the secret key, or with another one."""
        response = await self.http.post(
            f"{JUNCTURE}/graphql",
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": f"Bearer {self.key if key is None else key}"},
        )
        return Answer(response.status_code, response.json(), response.headers)

    async def ask_connection(self, selection: str, external_id: str = "acme") -> Any:
        """The data of fields below a connection."""
        answer = await self.ask(
            f"query($id: ID!) {{ connection(externalId: $id) {{ {selection} }} }}",
            {"id": external_id},
        )
        return answer.data["connection"]

    async def begin(self, external_id: str = "acme", return_to: str | None = None) -> str:
        """The start link of an external id."""
        answer = await self.ask(BEGIN, {"externalId": external_id, "returnTo": return_to})
        payload = answer.data["beginAuthorization"]
        assert payload["errors"] == []
        link = payload["authorizationUri"]
        assert isinstance(link, str)
        return link

    async def consent(
        self,
        link: str,
        *,
        decision: str = "accept",
        browser: httpx.AsyncClient | None = None,
        cloud_id: str | None = None,
    ) -> str:
        """Open the link and decide for a site: the address of the callback, not yet opened."""
        browser = browser or self.http
        started = await browser.get(link)
        assert started.status_code == 303, started.text
        asked = {k: v[0] for k, v in parse_qs(urlsplit(started.headers["location"]).query).items()}
        decided = await browser.post(
            f"{SANDBOX}/authorize",
            data={**asked, "site": cloud_id or self.sandbox_cloud_id, "decision": decision},
        )
        assert decided.status_code == 302, decided.text
        return decided.headers["location"]

    async def call_back(self, address: str) -> str:
        """Open the callback: the address of the page where a site is chosen."""
        response = await self.http.get(address)
        assert response.status_code == 303, response.text
        return JUNCTURE + str(response.headers["location"])

    async def connect(
        self,
        external_id: str = "acme",
        *,
        cloud_id: str | None = None,
        return_to: str | None = None,
    ) -> httpx.Response:
        """Link an external id, as a person does: the answer to the choice of a site."""
        link = await self.begin(external_id, return_to)
        page = await self.call_back(await self.consent(link, cloud_id=cloud_id))
        site = cloud_id or self.sandbox_cloud_id
        return await self.http.post(page, data={"site": site})

    @property
    def sandbox_cloud_id(self) -> str:
        """The first site of the sandbox."""
        return next(iter(self.sandbox.world.sites))

    def calls(self, *, to_jira: bool = True) -> list[str]:
        """Method and path of the calls that reached Jira, or with False the authorisation."""
        return [
            f"{call.method} {call.path}"
            for call in self.sandbox.calls.calls
            if (call.cloud_id is not None) == to_jira
        ]

    def answer_instead(self, path_end: str, status: int, **response: Any) -> None:
        """Answer the paths that end so in the place of the sandbox, from now on."""

        def fault(request: httpx.Request) -> httpx.Response | None:
            if not request.url.path.endswith(path_end):
                return None
            return httpx.Response(status, **response)

        self.transport.faults.append(fault)

    def forget_calls(self) -> None:
        """Count from here on."""
        self.sandbox.calls.calls.clear()

    def browser(self) -> httpx.AsyncClient:
        """Another person's browser, without cookies."""
        return httpx.AsyncClient(mounts=self.mounts, transport=_nowhere())


Backend = Mapping[str, Any]


@asynccontextmanager
async def open_gateway(
    world: World | None = None, *, parts: Mapping[str, Any] | None = None, **settings: Any
) -> AsyncIterator[Gateway]:
    """Both applications, running; settings by name, on top of those that tests need."""
    clock, chores = MovingClock(), KeptChores()
    sandbox = create_sandbox(world or _made_up_world(), clock=clock)
    key = secrets.token_urlsafe(32)
    chosen = Settings.load(_env_file=None, **{**_defaults(key), **settings})
    transport = FaultyTransport(httpx.ASGITransport(sandbox))
    app = create_application(chosen, _parts(clock, chores, transport, parts))
    mounts: Mapping[str, httpx.AsyncBaseTransport] = {
        JUNCTURE: httpx.ASGITransport(app),
        SANDBOX: httpx.ASGITransport(sandbox),
    }
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(mounts=mounts, transport=_nowhere()) as http,
    ):
        yield Gateway(
            app, sandbox.state.sandbox, clock, chosen, http, key, mounts, transport, chores
        )


@asynccontextmanager
async def open_neighbour(
    gateway: Gateway, *, parts: Mapping[str, Any] | None = None
) -> AsyncIterator[Gateway]:
    """A second application on a gateway's database and sandbox, as another process would be.

    Key, settings and clock are the same; caches, pools, chores and work under way are its own, and
    so are the faults and doors on its way to the sandbox.
    """
    chores, transport = KeptChores(), FaultyTransport(gateway.mounts[SANDBOX])
    app = create_application(gateway.settings, _parts(gateway.clock, chores, transport, parts))
    mounts = {**gateway.mounts, JUNCTURE: httpx.ASGITransport(app)}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(mounts=mounts, transport=_nowhere()) as http,
    ):
        yield replace(
            gateway, app=app, http=http, mounts=mounts, transport=transport, chores=chores
        )


def _parts(
    clock: MovingClock,
    chores: KeptChores,
    transport: httpx.AsyncBaseTransport,
    given: Mapping[str, Any] | None,
) -> Parts:
    """The parts that tests need, and on top of them those that one test gives."""
    return Parts(
        clock=lambda _database: clock,
        background=chores,
        http=lambda: httpx.AsyncClient(transport=transport),
        **{
            "site_transport": lambda _rules, _resolve: transport,
            **_impatient(),
            "monotonic": clock.monotonic,
            **(given or {}),
        },
    )


def _impatient() -> dict[str, Any]:
    """Retries without pauses."""
    return {
        "retry": RetryPolicy(first_wait=timedelta(0)),
        "refresh_times": RefreshTimes(
            spread=timedelta(0), retry=RetryPolicy(retries=1, first_wait=timedelta(0))
        ),
        "write_times": WriteTimes(
            looks=(timedelta(0), timedelta(0)),
            poll=timedelta(milliseconds=5),
            save_pauses=(timedelta(0),),
        ),
    }


def _nowhere() -> httpx.AsyncBaseTransport:
    """For every address but the two applications'."""
    return httpx.MockTransport(lambda request: httpx.Response(599, text=str(request.url)))


@cache
def _made_up_world() -> World:
    """Made once: whoever changes a world makes one of their own."""
    return generate_world()


def _defaults(key: str) -> dict[str, Any]:
    return {
        "environment": "development",
        "secret_key": key,
        "encryption_keys": generate_key(datetime(2026, 6, 1, tzinfo=UTC).date()),
        "public_url": JUNCTURE,
        "allowed_return_urls": PRODUCT,
        "jira_client_id": "sandbox-client",
        "jira_client_secret": "sandbox-secret",
        "jira_auth_url": SANDBOX,
        "jira_api_url": SANDBOX,
        "introspection": "keyed",
    }


@pytest.fixture
def backend(dialect: str, database_url: str) -> Backend:
    """Settings of a database and a cache: SQLite without Redis, PostgreSQL with Redis."""
    if dialect == "sqlite":
        return {"database_url": database_url}
    return {"database_url": database_url, "redis_url": require(redis_url())}


@pytest.fixture
async def gateway_once(sqlite_url: str) -> AsyncIterator[Gateway]:
    """As `gateway`, on SQLite alone: for tests in which storage plays no part."""
    async with open_gateway(database_url=sqlite_url) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """The made-up world, with the external id `acme` linked to its main site."""
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


def count_calls(gateway: Gateway) -> Counter[str]:
    """How often each path of Jira was called."""
    return Counter(gateway.calls())


def a_world() -> tuple[WorldBuilder, SiteBuilder]:
    """A world with one empty site."""
    world = WorldBuilder()
    return world, world.add_site("Acme")
