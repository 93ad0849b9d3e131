"""Access tokens that are valid now: one refresh for all callers of a process.

Callers join the flight of their process first; the flight reads the row again, proves by a write
that the database takes one, exchanges the refresh token within a hard deadline, and commits the new
tokens before anybody gets the new access token. The exchange runs in a task of its own, so that a
caller who goes away cannot cancel it between the answer and the save. A lease across processes
belongs around `_exchange`, its intent in the place of the write that proves; until then the swap on
the generation keeps a slower process from overwriting a newer grant.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import SecretStr

from jira_api.errors import InvalidGrantError, JiraUnavailableError
from jira_api.retry import RetryPolicy
from oauth.errors import NeedsReauthorizationError, UnknownProviderError
from oauth.provider import Provider
from storage.connections import (
    confirm_generation,
    get_tokens,
    mark_invalid,
    save_refreshed_tokens,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import Connection, ConnectionId, GrantStatus, StoredTokens, Tokens

_SAVE_PAUSES_S = (0.2, 0.5, 1, 2, 5, 10, 20, 30, 30)


@dataclass(frozen=True, slots=True)
class RefreshTimes:
    """When tokens are renewed, and how patiently.

    `margin`: how long before its end a token counts as expired. `deadline`: of the provider's
    answer, its repetitions and their pauses included. `save_pauses`: before each further try to
    keep the answer; with the waits for a free connection they must stay well below ten minutes,
    after which the former refresh token is dead too.
    Source: developer.atlassian.com, Refresh tokens, read 2026-11.
    """

    margin: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(seconds=10)
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(retries=1))
    save_pauses: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in _SAVE_PAUSES_S)


@dataclass(frozen=True, slots=True)
class TokenKeeper:
    """Hands out access tokens, and renews them when they are due or refused."""

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    clock: Callable[[], datetime]
    times: RefreshTimes = field(default_factory=RefreshTimes)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
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
        connection_id, refresh_token = connection.connection_id, stored.tokens.refresh_token
        if refresh_token is None:
            raise NeedsReauthorizationError(connection_id)
        provider = self.providers.get(connection.provider)
        if provider is None:
            raise UnknownProviderError(f"There is no provider {connection.provider!r} any more.")
        if not await confirm_generation(
            self.database, connection_id, expected_generation=stored.generation
        ):
            return (await self._stored(connection_id)).tokens
        try:
            answer = await self._call_provider(provider, refresh_token)
        except InvalidGrantError:
            return await self._settle_dead_grant(connection_id, stored)
        tokens = replace(answer, scopes=answer.scopes or stored.tokens.scopes)
        if await self._save(connection_id, tokens, expected_generation=stored.generation):
            return tokens
        return (await self._stored(connection_id)).tokens

    async def _save(
        self, connection_id: ConnectionId, tokens: Tokens, *, expected_generation: int
    ) -> bool:
        """Keep the new tokens, through an outage of the database too: the old ones are spent."""

        async def save() -> bool:
            return await save_refreshed_tokens(
                self.database,
                self.ring,
                connection_id,
                expected_generation=expected_generation,
                tokens=tokens,
                now=self.clock(),
            )

        for pause in self.times.save_pauses:
            try:
                return await save()
            except StorageUnavailableError:
                await self.sleep(pause.total_seconds())
        return await save()

    async def _call_provider(self, provider: Provider, refresh_token: SecretStr) -> Tokens:
        """The provider's answer; the same token is tried again after no answer."""
        now_s = asyncio.get_running_loop().time
        ends_s = now_s() + self.times.deadline.total_seconds()
        try:
            async with asyncio.timeout_at(ends_s):
                for attempt in range(1, self.times.retry.retries + 1):
                    try:
                        return await provider.refresh(refresh_token)
                    except JiraUnavailableError as error:
                        wait_s = self._wait_after(error, attempt).total_seconds()
                        if now_s() + wait_s >= ends_s:
                            raise
                        await self.sleep(wait_s)
                return await provider.refresh(refresh_token)
        except TimeoutError:
            raise JiraUnavailableError("The provider did not refresh the token in time.") from None

    def _wait_after(self, error: JiraUnavailableError, attempt: int) -> timedelta:
        if error.retry_after is None:
            return self.times.retry.wait_before(attempt)
        return self.times.retry.wait_asked(error.retry_after, attempt)

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
