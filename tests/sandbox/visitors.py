"""What the sandbox's tests share: a clock that stands still, and an app that was let in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette

from sandbox.application import create_application
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.world import World
from tests.support.missing import require
from tests.support.servers import shared_path

CALLBACK = "http://127.0.0.1:8000/callback"
SCOPES = (
    "offline_access read:me read:jira-user read:jira-work read:board-scope:jira-software "
    "read:board-scope.admin:jira-software read:sprint:jira-software read:issue-details:jira "
    "read:jql:jira read:project:jira"
)

ALL_SCOPES = f"{SCOPES} write:jira-work"


def find_shared(*parts: str) -> Path:
    """A file of the shared data; where it is missing, the test is skipped or fails."""
    return require(shared_path()).joinpath(*parts)


@dataclass
class StillClock:
    """A clock that shows one instant until it is moved."""

    at: datetime = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **distance: float) -> None:
        self.at += timedelta(**distance)


@dataclass
class Visitor:
    """An app at the sandbox's door, with the tokens it got so far."""

    application: Starlette
    clock: StillClock = field(default_factory=StillClock)
    tokens: dict[str, Any] = field(default_factory=dict)
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.application)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://sandbox.test:8001")

    async def decide(
        self, site: str, *, scopes: str = SCOPES, decision: str = "accept", **changes: str
    ) -> httpx.Response:
        form = build_request(scopes=scopes) | {"site": site, "decision": decision} | changes
        return await self.http.post("/authorize", data=form)

    async def consent(self, site: str, *, scopes: str = SCOPES) -> str:
        response = await self.decide(site, scopes=scopes)
        return read_location(response)["code"]

    async def ask_token(self, **body: str) -> httpx.Response:
        credentials = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        return await self.http.post("/oauth/token", json=credentials | body)

    async def exchange(self, code: str) -> httpx.Response:
        return await self.ask_token(
            grant_type="authorization_code", code=code, redirect_uri=CALLBACK
        )

    async def refresh(self, token: str) -> httpx.Response:
        return await self.ask_token(grant_type="refresh_token", refresh_token=token)

    async def enter(self, site: str, *, scopes: str = SCOPES) -> None:
        response = await self.exchange(await self.consent(site, scopes=scopes))
        self.tokens = response.json()

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.http.get(path, params=parameters, headers=self.headers)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.headers)

    async def put(self, path: str, body: Any, **parameters: Any) -> httpx.Response:
        query = parameters or None
        return await self.http.put(path, json=body, params=query, headers=self.headers)

    async def delete(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.http.delete(path, params=parameters, headers=self.headers)

    @property
    def headers(self) -> Mapping[str, str]:
        token = self.tokens.get("access_token")
        return {} if token is None else {"Authorization": f"Bearer {token}"}


@dataclass
class Guest:
    """A visitor admitted to one site, who asks by paths below /ex/jira/{cloudId}."""

    visitor: Visitor
    site: SiteBuilder

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.visitor.get(self._prefix + path, **parameters)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.visitor.post(self._prefix + path, body)

    async def put(self, path: str, body: Any, **parameters: Any) -> httpx.Response:
        return await self.visitor.put(self._prefix + path, body, **parameters)

    async def delete(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.visitor.delete(self._prefix + path, **parameters)

    async def read(self, path: str, **parameters: Any) -> Any:
        response = await self.get(path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def send(self, path: str, body: Any) -> Any:
        response = await self.post(path, body)
        assert response.status_code == 200, response.text
        return response.json()

    @property
    def _prefix(self) -> str:
        return f"/ex/jira/{self.site.data.site.cloud_id}"


def build_request(*, scopes: str = SCOPES) -> dict[str, str]:
    """The parameters of a proper authorisation request."""
    return {
        "audience": "api.atlassian.com",
        "client_id": "sandbox-client",
        "scope": scopes,
        "redirect_uri": CALLBACK,
        "state": "state-1",
        "response_type": "code",
        "prompt": "consent",
    }


def read_location(response: httpx.Response) -> dict[str, str]:
    """The parameters a redirect carries back to the app."""
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def a_visitor(world: World | None = None) -> Visitor:
    clock = StillClock()
    if world is None:
        world = a_site()[0].world
    return Visitor(create_application(world, clock=clock), clock)


def a_site() -> tuple[WorldBuilder, SiteBuilder]:
    builder = WorldBuilder()
    return builder, builder.add_site("Acme")


async def a_guest(*, scopes: str = SCOPES) -> Guest:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id, scopes=scopes)
    return Guest(visitor, site)
