"""What the tests of flows share: two providers, and a person who does the steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from oauth.flow import AuthorizationFlows, FinishedFlow
from oauth.one_time import FlowSecret
from storage.connections import (
    load_connections_by_external_id,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection
from tests.oauth.providers import ScriptedProvider
from tests.storage.builders import NOW, a_site
from tests.support.gateway import MovingClock

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
RETURN_TO = "https://product.example/done"
TABLES = ("authorization_flow", "pending_grant", "connection")
MOMENT = timedelta(microseconds=1)
SITES = [a_site("cloud-1"), a_site("cloud-2", name="Second", url="https://second.example")]


@dataclass
class Bench:
    """Two providers, a clock, and a person who does the steps."""

    flows: AuthorizationFlows
    jira: ScriptedProvider
    clock: MovingClock
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.flows.database

    async def begin(self, external_id: str = "acme", return_to: str | None = None) -> FlowSecret:
        begun = await self.flows.begin(
            external_id=external_id, provider="jira", return_to=return_to
        )
        return begun.link

    async def open(self, link: FlowSecret) -> FlowSecret:
        """Open the link and consent: the state that the provider sends back."""
        opened = await self.flows.open(provider="jira", link=link)
        self.cookies[opened.flow_id] = opened.browser_secret
        return FlowSecret(parse_qs(urlsplit(opened.authorization_url).query)["state"][0])

    async def receive(self, state: FlowSecret, code: str = "code-1") -> FlowSecret:
        """Come back with a code: what the page is opened under."""
        secret = self.cookies[state.flow_id]
        flow = await self.flows.consume(provider="jira", state=state, browser_secret=secret)
        received = await self.flows.receive_code(flow, code=code, browser_secret=secret)
        return received.code

    async def arrive(self, external_id: str = "acme", code: str = "code-1") -> FlowSecret:
        """All steps up to the page where a site is chosen."""
        return await self.receive(await self.open(await self.begin(external_id, RETURN_TO)), code)

    async def choose(self, code: FlowSecret, cloud_id: str = "cloud-1") -> FinishedFlow:
        return await self.flows.finalize(
            code=code, browser_secret=self.cookies[code.flow_id], cloud_id=cloud_id
        )

    async def connect(self, code: str = "code-1", cloud_id: str = "cloud-1") -> Connection:
        return (await self.choose(await self.arrive(code=code), cloud_id)).connection

    async def find(self, external_id: str = "acme") -> Connection | None:
        found = await load_connections_by_external_id(
            self.database, provider="jira", external_ids=[external_id]
        )
        return found.get(external_id)

    async def count_rows(self) -> Mapping[str, int]:
        return {
            table: await self.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
            for table in TABLES
        }


def set_up_bench(database: Database, ring: KeyRing) -> Bench:
    """Flows of `jira`, whose consents open two sites, and of `notes`."""
    jira, clock = ScriptedProvider(sites=SITES), MovingClock(NOW)
    flows = AuthorizationFlows(
        database=database,
        ring=ring,
        providers={"jira": jira, "notes": ScriptedProvider(name="notes")},
        allowed_return_urls=frozenset({RETURN_TO}),
        clock=clock,
    )
    return Bench(flows, jira, clock)
