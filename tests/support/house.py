"""Both applications and a product behind real ports, for browsers and processes."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.application import create_application as create_sandbox
from sandbox.builders import WorldBuilder
from sandbox.world import World
from server.application import create_application
from server.settings import Settings
from storage.encryption import generate_key
from storage.migrate import migrate
from tests.support.gateway import BEGIN
from tests.support.servers import serve


@dataclass
class House:
    """Juncture in demo mode, a sandbox, and a product on a host of its own; all over HTTP."""

    juncture: str
    sandbox: str
    product: str
    database_url: str
    key: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(32))
    encryption_key: str = field(
        repr=False, default_factory=lambda: generate_key(datetime(2026, 6, 1, tzinfo=UTC).date())
    )

    @property
    def demo_page(self) -> str:
        return f"{self.juncture}/demo"

    @property
    def graphiql(self) -> str:
        """The address as the demo prints it."""
        fragment = urlencode({"key": self.key, "externalId": "demo"})
        return f"{self.juncture}/graphql#{fragment}"

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        async with httpx.AsyncClient() as http:
            response = await http.post(
                f"{self.juncture}/graphql",
                json={"query": query, "variables": variables or {}},
                headers={"Authorization": f"Bearer {self.key}"},
            )
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def begin(self, external_id: str, *, return_to: str | None = None) -> str:
        data = await self.ask(BEGIN, {"externalId": external_id, "returnTo": return_to})
        payload = data["beginAuthorization"]
        assert payload["errors"] == []
        link = payload["authorizationUri"]
        assert isinstance(link, str)
        return link

    async def find_site(self, external_id: str) -> Any:
        query = "query($id: ID!) { connection(externalId: $id) { site { name url } } }"
        connection = (await self.ask(query, {"id": external_id}))["connection"]
        return connection and connection["site"]


class _Later:
    """Passes on to an application that cannot be made before its own address is known."""

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        assert scope["type"] == "http"
        await self.app(scope, receive, send)


def a_world(*sites: tuple[str, str]) -> World:
    """Sites by name and address, each with one project."""
    world = WorldBuilder()
    for name, url in sites or (("Acme", "https://acme.atlassian.example"),):
        world.add_site(name, url=url).add_project("SHOP", name="Web shop")
    return world.world


async def show_product(request: Request) -> HTMLResponse:
    outcome = request.query_params.get("juncture", "nothing")
    title = '<!doctype html><html lang="en"><title>Product</title><link rel="icon" href="data:,">'
    return HTMLResponse(f"{title}<h1>The product was told: {outcome}</h1>")


@asynccontextmanager
async def open_house(
    folder: Path,
    world: World | None = None,
    *,
    around_sandbox: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> AsyncIterator[House]:
    """Everything a browser needs, on free ports, with a database in the folder.

    `around_sandbox` puts an application of the test's own in front of the sandbox.
    """
    later = _Later()
    sandbox_app = around_sandbox(create_sandbox(world or a_world()))
    product_app = Starlette(routes=[Route("/done", show_product)])
    async with serve(sandbox_app) as sandbox, serve(product_app) as shop, serve(later) as juncture:
        product = shop.replace("127.0.0.1", "localhost") + "/done"
        house = House(juncture, sandbox, product, f"sqlite:///{folder / 'juncture.db'}")
        migrate(house.database_url)
        app = create_application(_settings(house))
        later.app = app
        async with app.router.lifespan_context(app):
            yield house


async def link_site(house: House, external_id: str) -> None:
    """Link the sandbox's first site over real HTTP, as a person does."""
    async with httpx.AsyncClient() as browser:
        health = (await browser.get(f"{house.sandbox}/__sandbox__/health")).json()
        site = health["sites"][0]["cloudId"]
        started = await browser.get(await house.begin(external_id))
        query = parse_qs(urlsplit(started.headers["location"]).query)
        asked = {name: values[0] for name, values in query.items()}
        decided = await browser.post(
            f"{house.sandbox}/authorize", data={**asked, "site": site, "decision": "accept"}
        )
        called_back = await browser.get(decided.headers["location"])
        page = f"{house.juncture}{called_back.headers['location']}"
        assert (await browser.post(page, data={"site": site})).status_code == 200


def _settings(house: House) -> Settings:
    return Settings.load(
        _env_file=None,
        environment="demo",
        database_url=house.database_url,
        secret_key=house.key,
        encryption_keys=house.encryption_key,
        public_url=house.juncture,
        allowed_return_urls=f"{house.demo_page},{house.product}",
        cors_allowed_origins=house.product.removesuffix("/done"),
        allowed_upstream_hosts="127.0.0.1",
        jira_client_id="sandbox-client",
        jira_client_secret="sandbox-secret",
        jira_auth_url=house.sandbox,
        jira_api_url=house.sandbox,
    )
