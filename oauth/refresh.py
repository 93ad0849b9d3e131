"""Access tokens that are valid now: one refresh for all callers of a process.

Callers join the flight of their process first; the flight reads the row again, exchanges the
refresh token within a hard deadline, and commits the new tokens before anybody gets the new access
token. The exchange runs in a task of its own, so that a caller who goes away cannot cancel it
between the answer and the save. A lease across processes belongs around `_exchange`, between
reading the row and calling the provider; until then the swap on the generation keeps a slower
process from overwriting a newer grant.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import SecretStr

from jira_api.errors import InvalidGrantError, JiraUnavailableError
from oauth.errors import NeedsReauthorizationError, UnknownProviderError
from oauth.provider import Provider
from storage.connections import get_tokens, mark_invalid, save_refreshed_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import Connection, ConnectionId, GrantStatus, StoredTokens, Tokens


@dataclass(frozen=True, slots=True)
class RefreshTimes:
    """`margin`: how long before its end a token counts as expired; `deadline`: of one refresh."""

    margin: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(seconds=10)
    attempts: int = 2


@dataclass(frozen=True, slots=True)
class TokenKeeper:
    """Hands out access tokens, and renews them when they are due or refused."""

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    clock: Callable[[], datetime]
    times: RefreshTimes = field(default_factory=RefreshTimes)
    _flights: dict[ConnectionId, asyncio.Task[Tokens]] = field(default_factory=dict)

    async def get(self, connection: Connection) -> Tokens:
        """Tokens whose access token is valid for the margin at least.

        Raises:
            NeedsReauthorizationError: the grant is dead; told without any call where known.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            JiraApiError: the refresh failed; the grant lives.
            StorageError: the tokens could not be read or kept.
        """
        flight = self._flights.get(connection.connection_id)
        if flight is not None:
            return await asyncio.shield(flight)
        stored = await self._stored(connection.connection_id)
        if not self._is_due(stored.tokens):
            return stored.tokens
        return await self._join_flight(connection, rejected=None)

    async def read(self, connection: Connection) -> StoredTokens:
        """The tokens as they are stored, dead or alive, without any call.

        Raises:
            ConnectionMissingError: the connection is gone.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            StorageError: they could not be read.
        """
        return await get_tokens(self.database, self.ring, connection.connection_id)

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

    async def settle(self) -> None:
        """Wait for the refreshes under way, lest a new refresh token is lost before it is kept.

        Call it before the database and the HTTP client are closed.
        """
        while self._flights:
            await asyncio.wait(self._flights.values())

    async def _join_flight(self, connection: Connection, rejected: SecretStr | None) -> Tokens:
        flight = self._flights.get(connection.connection_id)
        if flight is None or flight.done():
            flight = asyncio.create_task(self._refresh(connection, rejected))
            self._flights[connection.connection_id] = flight
            flight.add_done_callback(lambda done: self._land(connection.connection_id, done))
        return await asyncio.shield(flight)

    def _land(self, connection_id: ConnectionId, flight: asyncio.Task[Tokens]) -> None:
        if self._flights.get(connection_id) is flight:
            del self._flights[connection_id]
        if not flight.cancelled():
            flight.exception()  # read here, since every caller may have gone away

    async def _refresh(self, connection: Connection, rejected: SecretStr | None) -> Tokens:
        stored = await self._stored(connection.connection_id)
        is_refused = rejected is not None and rejected == stored.tokens.access_token
        if not is_refused and not self._is_due(stored.tokens):
            return stored.tokens
        return await self._exchange(connection, stored)

    async def _exchange(self, connection: Connection, stored: StoredTokens) -> Tokens:
        refresh_token = stored.tokens.refresh_token
        if refresh_token is None:
            raise NeedsReauthorizationError(connection.connection_id)
        try:
            answer = await self._call_provider(connection.provider, refresh_token)
        except InvalidGrantError:
            return await self._settle_dead_grant(connection.connection_id, stored)
        tokens = replace(answer, scopes=answer.scopes or stored.tokens.scopes)
        is_saved = await save_refreshed_tokens(
            self.database,
            self.ring,
            connection.connection_id,
            expected_generation=stored.generation,
            tokens=tokens,
            now=self.clock(),
        )
        if is_saved:
            return tokens
        return (await self._stored(connection.connection_id)).tokens

    async def _call_provider(self, name: str, refresh_token: SecretStr) -> Tokens:
        """The provider's answer; the same token is tried again after no answer."""
        provider = self.providers.get(name)
        if provider is None:
            raise UnknownProviderError(f"There is no provider {name!r} any more.")
        try:
            async with asyncio.timeout(self.times.deadline.total_seconds()):
                for _ in range(self.times.attempts - 1):
                    try:
                        return await provider.refresh(refresh_token)
                    except JiraUnavailableError:
                        continue
                return await provider.refresh(refresh_token)
        except TimeoutError:
            raise JiraUnavailableError("The provider did not refresh the token in time.") from None

    async def _settle_dead_grant(self, connection_id: ConnectionId, stored: StoredTokens) -> Tokens:
        """Keep that the grant is dead, unless another process has just renewed it."""
        is_dead = await mark_invalid(
            self.database,
            connection_id,
            expected_generation=stored.generation,
            now=self.clock(),
        )
        if is_dead:
            raise NeedsReauthorizationError(connection_id)
        return (await self._stored(connection_id)).tokens

    async def _stored(self, connection_id: ConnectionId) -> StoredTokens:
        stored = await get_tokens(self.database, self.ring, connection_id)
        if stored.status is GrantStatus.INVALID:
            raise NeedsReauthorizationError(connection_id)
        return stored

    def _is_due(self, tokens: Tokens) -> bool:
        return tokens.access_expires_at - self.times.margin <= self.clock()
