"""Access tokens that are valid now: one refresh for all callers, of all processes.

Callers join the flight of their process first; the flights of several processes have one lease
between them (see `oauth.refresher`), and whoever does not get it waits for what comes of it. A
flight runs in a task of its own, so that a caller who goes away cannot cancel it between the
provider's answer and the commit.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from jira_api.errors import JiraUnavailableError, RateLimitedError
from oauth.errors import NeedsReauthorizationError
from oauth.provider import Provider
from oauth.refresher import Refresher, RefreshTimes
from storage.connections import load_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError, CredentialUnreadableError
from storage.gathering import Gathering
from storage.records import Connection, ConnectionId, GrantStatus, StoredTokens, Tokens

__all__ = ["RefreshTimes", "TokenKeeper"]

_MOST_READ_AT_ONCE = 512
_STILL_GOOD_FOR = timedelta(seconds=20)
"""Longer than an operation may take, its calls included."""
_log = logging.getLogger("juncture.oauth")


Flight = asyncio.Task[Tokens | None]


@dataclass(frozen=True, slots=True)
class TokenKeeper:
    """Hands out access tokens, and renews them when they are due or refused.

    `max_concurrency` bounds the refreshes of the process that are under way at once.
    """

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    clock: Callable[[], datetime]
    times: RefreshTimes = field(default_factory=RefreshTimes)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    max_concurrency: int = 12
    _flights: dict[ConnectionId, Flight] = field(default_factory=dict)
    _refresher: Refresher = field(init=False)
    _turns: asyncio.Semaphore = field(init=False)
    _reads: Gathering[ConnectionId, StoredTokens | CredentialUnreadableError] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what all refreshes of the process share."""
        refresher = Refresher(
            self.database, self.ring, self.providers, self.clock, self.times, self.sleep
        )
        object.__setattr__(self, "_refresher", refresher)
        object.__setattr__(self, "_turns", asyncio.Semaphore(self.max_concurrency))
        object.__setattr__(self, "_reads", Gathering(self._load, most=_MOST_READ_AT_ONCE))

    async def get(self, connection: Connection) -> Tokens:
        """Tokens whose access token is valid for the margin at least.

        Raises:
            NeedsReauthorizationError: the grant is dead; told without any call where known.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            JiraApiError: the refresh failed; the grant lives.
            StorageError: the tokens could not be read or kept.
        """
        flight = self._flights.get(connection.connection_id)
        if flight is not None and (tokens := await asyncio.shield(flight)) is not None:
            return tokens
        stored = await self._stored(connection.connection_id)
        if not self._is_due(connection, stored):
            return stored.tokens
        return await self._join_flight(connection, rejected=None)

    async def read(self, connection: Connection) -> StoredTokens:
        """The tokens as they are stored, dead or alive, without any call.

        Raises:
            ConnectionMissingError: the connection is gone.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            StorageError: they could not be read.
        """
        return await self._read(connection.connection_id)

    async def renew(self, connection: Connection, rejected: SecretStr) -> Tokens:
        """Tokens other than the access token that was refused, refreshed only where need be.

        Raises:
            NeedsReauthorizationError: the grant is dead.
            JiraApiError: the refresh failed; the grant lives.
            StorageError: the tokens could not be read or kept.
        """
        tokens = await self._join_flight(connection, rejected=rejected)
        if tokens.access_token == rejected:
            # The flight that was joined had begun without knowing of this refusal.
            tokens = await self._join_flight(connection, rejected=rejected)
        return tokens

    async def finish(self, connection: Connection, generation: int) -> None:
        """Refresh the tokens of a generation though nobody asks for them, if nobody else does.

        Raises:
            NeedsReauthorizationError: the grant is dead.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            JiraApiError: the refresh failed; the grant lives.
            StorageError: the tokens could not be read or kept.
        """
        if connection.connection_id not in self._flights:
            work = self._attempt(connection, generation, since=self.clock())
            await asyncio.shield(self._fly(connection, work))

    async def settle(self) -> None:
        """Wait for the refreshes under way, lest a new refresh token is lost before it is kept.

        Call it before the database and the HTTP client are closed. After `settling` what is left
        is told and left to the other processes, and to the next start.
        """
        if not self._flights:
            return
        await asyncio.wait(self._flights.values(), timeout=self.times.settling.total_seconds())
        for connection_id in self._flights:
            _log.error("ended before the refresh of %s was kept; it is begun again", connection_id)

    async def _join_flight(self, connection: Connection, rejected: SecretStr | None) -> Tokens:
        while True:
            flight = self._flights.get(connection.connection_id)
            if flight is None or flight.done():
                flight = self._fly(connection, self._refresh(connection, rejected))
            tokens = await asyncio.shield(flight)
            if tokens is not None:
                return tokens

    def _fly(self, connection: Connection, work: Coroutine[Any, Any, Tokens | None]) -> Flight:
        flight = asyncio.create_task(work)
        self._flights[connection.connection_id] = flight
        flight.add_done_callback(lambda done: self._land(connection.connection_id, done))
        return flight

    def _land(self, connection_id: ConnectionId, flight: Flight) -> None:
        if self._flights.get(connection_id) is flight:
            del self._flights[connection_id]
        if not flight.cancelled():
            flight.exception()  # read here, since every caller may have gone away

    async def _refresh(self, connection: Connection, rejected: SecretStr | None) -> Tokens:
        try:
            async with asyncio.timeout(self.times.patience.total_seconds()) as scope:
                return await self._refresh_or_wait(connection, rejected, scope)
        except TimeoutError:
            raise JiraUnavailableError(
                "Another process has not ended its refresh of the connection's token."
            ) from None

    async def _refresh_or_wait(
        self, connection: Connection, rejected: SecretStr | None, waiting: asyncio.Timeout
    ) -> Tokens:
        began_at, patience_ends_s = self.clock(), waiting.when()
        while True:
            stored = await self._stored(connection.connection_id)
            is_refused = rejected is not None and rejected == stored.tokens.access_token
            if not is_refused and not self._is_due(connection, stored):
                return stored.tokens
            if stored.tokens.refresh_token is None:
                raise NeedsReauthorizationError(connection.connection_id)
            is_still_good = not is_refused and self._is_still_good(stored.tokens)
            if is_still_good and await self._refresher.is_put_off(
                connection.connection_id, stored.generation
            ):
                return stored.tokens
            try:
                waiting.reschedule(None)  # a refresh of its own has a deadline of its own
                tokens = await self._attempt(connection, stored.generation, since=began_at)
                waiting.reschedule(patience_ends_s)
                if tokens is not None:
                    return tokens
                await self._refresher.wait_for_others(
                    connection.connection_id, stored.generation, since=began_at
                )
            except (JiraUnavailableError, RateLimitedError):
                if not is_still_good:
                    raise
                return stored.tokens

    async def _attempt(
        self, connection: Connection, generation: int, *, since: datetime
    ) -> Tokens | None:
        # The lease is claimed within the turn, lest it runs out while its owner waits for one.
        async with self._turns:
            return await self._refresher.attempt(connection, generation, since=since)

    async def _stored(self, connection_id: ConnectionId) -> StoredTokens:
        stored = await self._read(connection_id)
        if stored.status is GrantStatus.INVALID:
            raise NeedsReauthorizationError(connection_id)
        return stored

    async def _read(self, connection_id: ConnectionId) -> StoredTokens:
        found = await self._reads.ask(connection_id)
        if found is None:
            raise ConnectionMissingError(connection_id)
        if isinstance(found, CredentialUnreadableError):
            # One of its own for each who asked: where an error is raised becomes a part of it.
            raise CredentialUnreadableError(found.connection_id, found.column)
        return found

    async def _load(
        self, connection_ids: list[ConnectionId]
    ) -> dict[ConnectionId, StoredTokens | CredentialUnreadableError]:
        return await load_tokens(self.database, self.ring, connection_ids)

    def _is_still_good(self, tokens: Tokens) -> bool:
        """Whether Jira takes the access token, so that an outage of the refresh is nobody's yet."""
        return tokens.access_expires_at - _STILL_GOOD_FOR > self.clock()

    def _is_due(self, connection: Connection, stored: StoredTokens) -> bool:
        share = zlib.crc32(f"{connection.connection_id}:{stored.generation}".encode()) / 2**32
        early = self.times.margin + self.times.spread * share
        return stored.tokens.access_expires_at - early <= self.clock()
