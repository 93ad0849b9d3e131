"""What the tests of notices share: grants that die or are dead, and a service that is told."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from oauth.notices import Notices
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection
from tests.storage.builders import NOW, a_connection, some_tokens
from tests.support.gateway import MovingClock

ADDRESS = "https://product.example/grants"
SECRET = "a secret that signs the notices of tests"
LEAD = timedelta(days=14)
SOON = NOW + LEAD


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """The operator's service: answers in the order written, the last one for ever.

    A closed `gate` holds every answer until it is set; `arrived` tells that one is held there.
    """

    answers: list[httpx.Response | Exception] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    gate: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        if not self.answers:
            return httpx.Response(204)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers)

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it was told, each time it was."""
        return [json.loads(request.content) for request in self.requests]

    @property
    def ids(self) -> Counter[str]:
        """How often it was told each notice."""
        return Counter(notice["id"] for notice in self.told)


@dataclass
class Bench:
    """Notices to one service, and a clock."""

    database: Database
    ring: KeyRing
    receiver: Receiver = field(default_factory=Receiver)
    clock: MovingClock = field(default_factory=lambda: MovingClock(NOW))
    jitter: Callable[[], float] = lambda: 1.0

    def notices(self, owner: str = "process-1", database: Database | None = None) -> Notices:
        return Notices(
            database=database or self.database,
            http=httpx.AsyncClient(transport=self.receiver, follow_redirects=True),
            clock=self.clock,
            owner=owner,
            url=ADDRESS,
            secret=SecretStr(SECRET),
            lead=LEAD,
            jitter=self.jitter,
        )

    async def link(self, external_id: str, *, expires_at: datetime | None = None) -> Connection:
        """A connection whose grant ends then, or in ninety days."""
        tokens = some_tokens(expires_at=expires_at or self.clock.now + timedelta(days=90))
        return await a_connection(
            self.database, self.ring, external_id=external_id, tokens=tokens, now=self.clock.now
        )

    async def kill(self, connection: Connection) -> None:
        """Let the provider no longer honour the grant."""
        await self.database.execute(
            "UPDATE connection SET status = 'INVALID' WHERE id = :id",
            {"id": connection.connection_id},
        )

    async def link_dead(self, external_id: str) -> Connection:
        connection = await self.link(external_id)
        await self.kill(connection)
        return connection

    async def rows(self) -> list[tuple[str, int, bool]]:
        """Kind, attempts and whether it was delivered, of each notice kept."""
        found = await self.database.fetch_all("SELECT * FROM notice ORDER BY id")
        return [(row["kind"], row["attempts"], row["delivered_at"] is not None) for row in found]
