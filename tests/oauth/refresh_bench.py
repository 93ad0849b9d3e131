"""What the tests of refreshes share: one connection, and who keeps its tokens."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from jira_api.errors import (
    InvalidGrantError,
    JiraUnavailableError,
)
from oauth.refresh import RefreshTimes, TokenKeeper
from storage.connections import get_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.instants import write_instant
from storage.records import Connection, StoredTokens, Tokens
from storage.refreshes import save_refreshed_tokens
from tests.oauth.providers import ScriptedProvider, fresh_tokens
from tests.storage.builders import HOUR, NOW, a_connection, a_lease
from tests.support.gateway import MovingClock

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
DEAD = InvalidGrantError("dead", code="invalid_grant", status=403)
SILENT = JiraUnavailableError("no answer", status=503)


@dataclass
class Bench:
    """One connection whose access token has just run out, and who keeps its tokens."""

    database: Database
    ring: KeyRing
    provider: ScriptedProvider
    clock: MovingClock
    connection: Connection
    keeper: TokenKeeper
    pauses: list[float] = field(default_factory=list)
    """How long the keeper would have slept, in seconds; no test waits for it."""

    async def stored(self) -> StoredTokens:
        return await get_tokens(self.database, self.ring, self.connection.connection_id)

    def another_process(self) -> TokenKeeper:
        return replace(self.keeper, _flights={})

    async def renew_elsewhere(self) -> None:
        """What another process saves in the meantime, after this one's lease was over."""
        await self.end_leases()
        lease = await a_lease(self.database, self.connection, now=self.clock.now)
        async with self.database.transaction() as queries:
            assert await save_refreshed_tokens(
                queries, self.ring, lease, tokens=fresh_tokens(9), now=self.clock.now
            )

    async def reconnect_elsewhere(self) -> None:
        """The same external id is linked anew."""
        await a_connection(self.database, self.ring, tokens=fresh_tokens(9), now=self.clock.now)

    async def end_leases(self) -> None:
        """Let the time of every lease be over."""
        await self.database.execute(
            "UPDATE refresh_lease SET expires_at = :now", {"now": write_instant(self.clock.now)}
        )


async def set_up_bench(database: Database, ring: KeyRing) -> Bench:
    """The connection of `user-1`, whose access token ends at the clock's instant."""
    provider, clock = ScriptedProvider(), MovingClock(NOW + HOUR)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    times = RefreshTimes(spread=timedelta(0))
    keeper = TokenKeeper(database, ring, {"jira": provider}, clock, times, sleep=sleep)
    connection = await a_connection(database, ring)
    return Bench(database, ring, provider, clock, connection, keeper, pauses)


def access(tokens: Tokens) -> str:
    return tokens.access_token.get_secret_value()
