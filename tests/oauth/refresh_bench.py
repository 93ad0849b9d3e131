"""What the tests of refreshes share: one connection, and who keeps its tokens."""

from dataclasses import dataclass, field, replace

import pytest

from jira_api.errors import (
    InvalidGrantError,
    JiraUnavailableError,
)
from oauth.refresh import TokenKeeper
from storage.connections import get_tokens, save_refreshed_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, StoredTokens, Tokens
from tests.oauth.providers import ScriptedProvider, fresh_tokens
from tests.storage.builders import HOUR, NOW, a_connection
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
        """What another process saves in the meantime."""
        is_saved = await save_refreshed_tokens(
            self.database,
            self.ring,
            self.connection.connection_id,
            expected_generation=1,
            tokens=fresh_tokens(9),
            now=NOW,
        )
        assert is_saved


async def set_up_bench(database: Database, ring: KeyRing) -> Bench:
    """The connection of `user-1`, whose access token ends at the clock's instant."""
    provider, clock = ScriptedProvider(), MovingClock(NOW + HOUR)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    keeper = TokenKeeper(database, ring, {"jira": provider}, clock, sleep=sleep)
    connection = await a_connection(database, ring)
    return Bench(database, ring, provider, clock, connection, keeper, pauses)


def access(tokens: Tokens) -> str:
    return tokens.access_token.get_secret_value()
