"""One refresh of a connection's tokens, from the claim of its lease to the commit of its answer.

The claim is the intent, and proves that the database takes writes. The tokens are read again under
the lease, exchanged within a hard deadline, and committed before anybody gets them; the swap names
generation and owner, so that whoever lost the lease meanwhile overwrites nothing.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import JsonValue, SecretStr

from jira_api import errors as jira
from jira_api.errors import InvalidGrantError, JiraApiError, JiraUnavailableError
from jira_api.retry import RetryPolicy
from oauth.errors import NeedsReauthorizationError, UnknownProviderError
from oauth.provider import Provider
from storage.audit import AuditKind, Subject, note_event
from storage.connections import get_tokens
from storage.database import Database, Queries
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError, StorageUnavailableError
from storage.records import Connection, ConnectionId, GrantStatus, StoredTokens, Tokens
from storage.refreshes import (
    Lease,
    claim_refresh,
    find_refresh_state,
    mark_invalid,
    note_failed_refresh,
    release_refresh,
    save_refreshed_tokens,
)

_SAVE_PAUSES_S = (0.2, 0.5, 1, 2, 5, *[10] * 360)
_log = logging.getLogger("juncture.oauth")


@dataclass(frozen=True, slots=True)
class RefreshTimes:
    """When tokens are renewed, and how patiently.

    `margin`: how long before its end a token counts as expired, and `spread`: up to how much
    earlier still, by connection, so that those linked together are not refreshed together.
    `deadline`: of the provider's answer, its repetitions and their pauses included. `lease`: how
    long a refresh is one process's own; longer than the deadline and the save. `patience`: how long
    a process waits for another's. `poll`: how often
    the others look whether it is done. `retry_after`: the first pause before due work tries again
    what failed, doubled each time up to `longest_retry_after`, well below the ten minutes for which
    Atlassian still takes the former refresh token. `leeway`: after which a refresh that broke off
    is taken over `grace` later, since who began it may hold the only good answer, unable to save it
    because the database was away. `operator_pause`: the same where only the
    operator can mend what failed. `save_pauses`: before each further try to keep
    an answer. `settling`: how long a process that ends waits for its refreshes.
    Source: developer.atlassian.com, Refresh tokens, read 2026-11.
    """

    margin: timedelta = timedelta(seconds=60)
    spread: timedelta = timedelta(minutes=6)
    deadline: timedelta = timedelta(seconds=10)
    lease: timedelta = timedelta(seconds=30)
    patience: timedelta = timedelta(seconds=45)
    poll: timedelta = timedelta(milliseconds=50)
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(retries=1))
    retry_after: timedelta = timedelta(seconds=5)
    longest_retry_after: timedelta = timedelta(minutes=1)
    leeway: timedelta = timedelta(minutes=9)
    grace: timedelta = timedelta(seconds=30)
    operator_pause: timedelta = timedelta(minutes=10)
    save_pauses: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in _SAVE_PAUSES_S)
    settling: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Refresher:
    """Refreshes under the lease; knows nothing of who waits for it."""

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    clock: Callable[[], datetime]
    times: RefreshTimes
    sleep: Callable[[float], Awaitable[None]]

    async def attempt(
        self, connection: Connection, generation: int, *, since: datetime
    ) -> Tokens | None:
        """The tokens after this generation; None where the lease on it cannot be had.

        Who has wanted them `since` an instant shares a failure that came after it.

        Raises:
            NeedsReauthorizationError: the grant is dead.
            UnknownProviderError: nobody can refresh it.
            CredentialUnreadableError: the stored tokens cannot be decrypted.
            JiraApiError: the provider gave no tokens; the grant lives.
            StorageError: nothing was spent, or the answer could not be kept.
        """
        now = self.clock()
        lease = await claim_refresh(
            self.database,
            connection.connection_id,
            generation=generation,
            now=now,
            ends_at=now + self.times.lease,
            stale_before=now - self.times.leeway,
            since=since,
        )
        return None if lease is None else await self._refresh_under(lease, connection)

    async def is_put_off(self, connection_id: ConnectionId, generation: int) -> bool:
        """Whether a refresh of these tokens has failed, and is not to be tried again yet."""
        state = await find_refresh_state(self.database, connection_id)
        if state is None or state.generation != generation or state.failed_at is None:
            return False
        return state.retry_at is not None and state.retry_at > self.clock()

    async def wait_for_others(
        self, connection_id: ConnectionId, generation: int, *, since: datetime
    ) -> None:
        """Wait until the lease that another has on these tokens is given back, lost or used.

        Raises:
            JiraUnavailableError: its refresh failed after `since`.
        """
        while True:
            # Jitter, lest all processes look, and later claim, at the same instants.
            await self.sleep(self.times.poll.total_seconds() * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            state = await find_refresh_state(self.database, connection_id)
            if state is None or state.generation != generation or state.lease_ends_at is None:
                return
            if state.failed_at is not None and state.failed_at > since:
                raise JiraUnavailableError("Atlassian did not refresh the connection's token.")
            if state.lease_ends_at <= self.clock():
                return

    async def _refresh_under(self, lease: Lease, connection: Connection) -> Tokens | None:
        try:
            stored = await get_tokens(self.database, self.ring, lease.connection_id)
            spent = stored.tokens.refresh_token
            is_other = stored.generation != lease.generation
            if spent is None or is_other or stored.status is GrantStatus.INVALID:
                await release_refresh(self.database, lease)
                return None
            answer = await self._call_provider(self._provider(connection), spent)
        except InvalidGrantError:
            await self._end_grant(lease, connection)
            return None
        except (JiraApiError, UnknownProviderError, CredentialUnreadableError) as error:
            await self._note_failure(lease, connection, error)
            raise
        tokens = self._complete(answer, stored, connection)
        return tokens if await self._save(lease, connection, tokens) else None

    def _provider(self, connection: Connection) -> Provider:
        provider = self.providers.get(connection.provider)
        if provider is None:
            raise UnknownProviderError(f"There is no provider {connection.provider!r} any more.")
        return provider

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

    def _complete(self, answer: Tokens, stored: StoredTokens, connection: Connection) -> Tokens:
        """The answer with what it left out, its end no later than the consent allows."""
        ends_at, longest = answer.expires_at, self._provider(connection).longest_grant
        if ends_at is not None and longest is not None and stored.consented_at is not None:
            last_at = stored.consented_at + longest
            # One that is over has just been disproved.
            ends_at = min(ends_at, last_at) if last_at > self.clock() else ends_at
        return replace(answer, scopes=answer.scopes or stored.tokens.scopes, expires_at=ends_at)

    async def _save(self, lease: Lease, connection: Connection, tokens: Tokens) -> bool:
        """Keep the new tokens, through an outage of the database too: the old ones are spent."""
        for pause in self.times.save_pauses:
            try:
                return await self._save_once(lease, connection, tokens)
            except StorageUnavailableError:
                await self.sleep(pause.total_seconds())
        return await self._save_once(lease, connection, tokens)

    async def _save_once(self, lease: Lease, connection: Connection, tokens: Tokens) -> bool:
        now = self.clock()
        async with self.database.transaction() as queries:
            is_kept = await save_refreshed_tokens(queries, self.ring, lease, tokens=tokens, now=now)
            if is_kept:
                await self._record(
                    queries,
                    AuditKind.TOKENS_REFRESHED,
                    connection,
                    now,
                    {"generation": lease.generation + 1},
                )
        return is_kept

    async def _end_grant(self, lease: Lease, connection: Connection) -> None:
        """Keep that the grant is dead, unless another process has renewed it by now."""
        now = self.clock()
        async with self.database.transaction() as queries:
            is_dead = await mark_invalid(queries, lease, now=now)
            if is_dead:
                await self._record(queries, AuditKind.GRANT_DIED, connection, now)
        if is_dead:
            raise NeedsReauthorizationError(connection.connection_id)

    async def _note_failure(self, lease: Lease, connection: Connection, error: Exception) -> None:
        """Give the lease back and say when to try again.

        Where that fails too, the lease ends by itself, and the first error is the one to tell.
        """
        now, code = self.clock(), _code_of(error)
        try:
            async with self.database.transaction() as queries:
                is_noted = await note_failed_refresh(
                    queries, lease, error=code, now=now, retry_at=now + self._pause(lease, error)
                )
                if is_noted:
                    await self._record(
                        queries,
                        AuditKind.REFRESH_FAILED,
                        connection,
                        now,
                        {"code": code, "attempt": lease.attempts},
                    )
        except StorageUnavailableError:
            _log.warning("the failed refresh of %s could not be noted", lease.connection_id)

    async def _record(
        self,
        queries: Queries,
        kind: AuditKind,
        connection: Connection,
        now: datetime,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        subject = Subject.of(connection)
        await note_event(queries, self.ring, kind, now=now, subject=subject, details=details)

    def _pause(self, lease: Lease, error: Exception) -> timedelta:
        if isinstance(error, _FOR_THE_OPERATOR):
            return self.times.operator_pause
        doubled: timedelta = self.times.retry_after * 2 ** min(lease.attempts - 1, 16)
        pause = min(doubled, self.times.longest_retry_after)
        if isinstance(error, JiraUnavailableError | jira.RateLimitedError) and error.retry_after:
            pause = max(pause, min(error.retry_after, self.times.leeway / 2))
        return pause * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


_FOR_THE_OPERATOR = (jira.ClientRefusedError, UnknownProviderError, CredentialUnreadableError)
_CODES: Mapping[type[Exception], str] = {
    jira.RateLimitedError: "RATE_LIMITED",
    jira.InvalidResponseError: "JIRA_INVALID_RESPONSE",
    JiraApiError: "JIRA_UNAVAILABLE",
    UnknownProviderError: "NOT_FOUND",
    CredentialUnreadableError: "CREDENTIAL_UNREADABLE",
}


def _code_of(error: Exception) -> str:
    return next(code for kind, code in _CODES.items() if isinstance(error, kind))
