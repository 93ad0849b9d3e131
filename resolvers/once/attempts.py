"""One attempt at a write under a key: from the claim of its row to the keeping of its outcome.

The row is written first, then Jira is asked, then the outcome is kept. Where Jira's answer is lost,
or a process dies in between, nobody writes again before it is certain that nothing was written:
what was made bears the marker of the row, and is looked for.

When is it certain? The call ends with the operation's time, at the lease's end at the latest; where
it broke off earlier, then. Jira may go on with what it had heard for `late` longer, since behind
its gateway nothing knows that nobody waits; and its search may lag by `index_lag`. A look that
begins after both and finds nothing is taken for the proof, and the same input may be written under
the same marker. Were Jira slower than that, by an hour at most, the next look would find the first
one, and so nothing is written again without a look before it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from jira_api.client import JiraSession
from jira_api.errors import JiraApiError, OutcomeUnknownError
from oauth.errors import OAuthError
from resolvers.context import Context
from resolvers.errors import (
    EXPECTED,
    ConnectionNotFoundError,
    ErrorCode,
    Failure,
    ProblemError,
    describe,
)
from resolvers.once.flights import Results, WriteTimes
from resolvers.once.made import find_made, is_proof, pause_asked_by
from storage.connections import load_connections_by_id
from storage.errors import StorageUnavailableError
from storage.idempotency import (
    Claim,
    Made,
    WriteKey,
    WriteKind,
    WriteState,
    begin_again,
    claim_write,
    find_write,
    forget_write,
    keep_all,
    keep_open,
    keep_unknown,
)
from storage.records import Connection

Make = Callable[[JiraSession, str, Sequence[int]], Awaitable[Results]]
"""Makes the things of these numbers and writes a marker with each: what became of each."""
ARGUMENT: Final = "idempotencyKey"
RUNNING: Final = "The same is being written, and was not done in time."
_LOST: Final = "Jira's answer was lost, and what it was about has not been found so far."
_log = logging.getLogger("juncture.writes")


class KeyReusedError(ProblemError):
    """The key stands for another input."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED

    def __init__(self) -> None:
        super().__init__(
            f"This `{ARGUMENT}` was used with another input before: take a new one for what is "
            "new, and give the same input to repeat what was begun.",
            argument=ARGUMENT,
        )


class OutcomePendingError(ProblemError):
    """Nobody knows yet what became of the write; `cause` is why Jira could not be asked for it."""

    code = ErrorCode.OUTCOME_UNKNOWN

    def __init__(self, what: str, cause: Exception | None = None) -> None:
        self._cause = None if cause is None else describe(cause)
        told = "" if self._cause is None else f" Jira cannot be asked now: {self._cause.message}"
        super().__init__(
            f"{what}{told} Repeat it with the same `{ARGUMENT}` to learn what came of it; nothing "
            "is made twice."
        )

    def as_failure(self) -> Failure:
        """The error in a caller's terms, with the pause that Jira asked for."""
        return replace(
            super().as_failure(), retry_after=self._cause.retry_after if self._cause else None
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write that can be sent: of its things, those of the numbers `wanted` can be made.

    `refused` tells of the others what is wrong with them, to whoever waits for the same write.
    """

    make: Make
    wanted: Sequence[int] = (0,)
    refused: Mapping[int, Exception] = field(default_factory=dict)


async def find_known(context: Context, row: WriteKey) -> Mapping[int, Made]:
    """What is known to be made under a key.

    Raises:
        KeyReusedError: the key was used with another input.
    """
    known = await find_write(context.services.database, row)
    if known is None:
        return {}
    if (known.kind, known.fingerprint) != (row.kind, row.fingerprint):
        raise KeyReusedError
    return known.made


@dataclass(frozen=True, slots=True)
class WriteAttempt:
    """One write of a connection, in an operation of its own."""

    context: Context
    connection: Connection
    row: WriteKey
    prepared: Prepared
    session: JiraSession = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", self.context.session(self.connection))

    @property
    def _times(self) -> WriteTimes:
        return self.context.services.writes.times

    async def run(self) -> Results:
        """Write where the key can be had; else wait for what comes of another's write."""
        while True:
            now = self.context.now
            ends_at = now + self._times.lease
            claim = await claim_write(
                self.context.services.database,
                self.row,
                now=now,
                ends_at=ends_at,
                certain_at=self._certain_after(ends_at),
            )
            if claim is not None:
                return await self._carry_out(claim)
            if (known := await self._find_outcome()) is not None:
                return known
            await self._pause(self._times.poll)

    async def _find_outcome(self) -> Results | None:
        """What another made; None where it is not known yet, or where the key is free."""
        made = await find_known(self.context, self.row)
        if self._is_whole(made):
            return made
        database, connection_id = self.context.services.database, self.row.connection_id
        if not made and not await load_connections_by_id(database, [connection_id]):
            raise ConnectionNotFoundError("There is no such connection.")
        return None

    def _is_whole(self, made: Mapping[int, Made]) -> bool:
        return all(number in made for number in self.prepared.wanted)

    async def _carry_out(self, claim: Claim) -> Results:
        if claim.state is WriteState.RUNNING:
            return await self._make(claim, {})
        looked_at = self.context.now
        try:
            made = {**claim.made, **await self._find(claim, looked_at)}
        except (JiraApiError, OAuthError) as error:
            return await self._leave(claim, claim.made, error)
        if len(made) < self.row.amount and not is_proof(claim, looked_at):
            return await self._leave(claim, made)
        if self._is_whole(made):
            await self._keep(claim, made)
            return made
        ends_at = self.context.now + self._times.lease
        if not await begin_again(
            self.context.services.database,
            claim,
            made=made,
            ends_at=ends_at,
            certain_at=self._certain_after(ends_at),
        ):
            raise OutcomePendingError(RUNNING)
        return await self._make(claim, made)

    async def _leave(
        self, claim: Claim, made: Mapping[int, Made], error: Exception | None = None
    ) -> Results:
        """Leave what is not settled to the next one who asks, and to due work.

        Raises:
            Exception: what is missing was certainly not made, but Jira cannot be asked.
        """
        if claim.state is WriteState.OPEN:
            await self._keep(claim, made)
            if error is not None:
                raise error
        else:
            pause = pause_asked_by(error) if error else timedelta()
            await self._note_unknown(claim, made, claim.certain_at, pause)
        # What cannot be prepared now may be among what was made before.
        pending = OutcomePendingError(_LOST, error)
        return {**dict.fromkeys(range(self.row.amount), pending), **made}

    async def _make(self, claim: Claim, before: Mapping[int, Made]) -> Results:
        missing = [number for number in self.prepared.wanted if number not in before]
        try:
            results = dict(await self.prepared.make(self.session, claim.marker, missing))
        except OutcomeUnknownError as error:
            results = dict.fromkeys(missing, error)
        except EXPECTED:
            await self._keep(claim, before)
            raise
        certain_at = self._certain_after(self.context.now)
        lost = [n for n, each in results.items() if isinstance(each, OutcomeUnknownError)]
        if lost:
            results |= await self._look_after(claim, lost)
        made = {**before, **{n: each for n, each in results.items() if isinstance(each, Made)}}
        unknown = [number for number in lost if number not in made]
        if unknown:
            await self._note_unknown(claim, made, certain_at)
        else:
            await self._keep(claim, made)
        pending = {number: OutcomePendingError(_LOST) for number in unknown}
        return {**before, **results, **pending}

    async def _look_after(self, claim: Claim, lost: Sequence[int]) -> Mapping[int, Made]:
        """What can be found while somebody waits for it."""
        found: Mapping[int, Made] = {}
        for pause in self._times.looks:
            try:
                await self._pause(pause)
                found = await self._find(claim, self.context.now)
            except (JiraApiError, OAuthError, OutcomePendingError):
                return found
            if all(number in found for number in lost):
                return found
        return found

    async def _find(self, claim: Claim, now: datetime) -> Mapping[int, Made]:
        found = await find_made(self.session, [claim], now=now)
        return found[claim.marker]

    async def _pause(self, pause: timedelta) -> None:
        # Jitter, lest all processes look, and later claim, at the same instants.
        pause_s = pause.total_seconds() * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
        if asyncio.get_running_loop().time() + pause_s >= self.context.deadline_at:
            raise OutcomePendingError(RUNNING)
        await self.context.services.writes.sleep(pause_s)

    def _certain_after(self, last: datetime) -> datetime:
        """From when on a look can prove that a call which ended by `last` made nothing."""
        is_searched = self.row.kind is WriteKind.ISSUES
        return last + self._times.late + (self._times.index_lag if is_searched else timedelta())

    async def _keep(self, claim: Claim, made: Mapping[int, Made]) -> None:
        """Keep what was made, where all else certainly was not."""
        database = self.context.services.database
        if len(made) == claim.write.amount:
            await self._save(lambda: keep_all(database, claim, made))
        elif made or claim.state is not WriteState.RUNNING:
            await self._save(lambda: keep_open(database, claim, made, now=self.context.now))
        else:
            await self._save(lambda: forget_write(database, claim))

    async def _note_unknown(
        self,
        claim: Claim,
        made: Mapping[int, Made],
        certain_at: datetime,
        pause: timedelta = timedelta(),
    ) -> None:
        now = self.context.now
        await self._save(
            lambda: keep_unknown(
                self.context.services.database,
                claim,
                made,
                now=now,
                certain_at=certain_at,
                settle_at=now + max(self._times.look_again, pause),
            )
        )

    async def _save(self, save: Callable[[], Awaitable[Any]]) -> None:
        """Keep an outcome; where it cannot be kept it is looked for later, and told now."""
        for pause in (*self._times.save_pauses, None):
            try:
                await save()
            except StorageUnavailableError:
                if pause is None:
                    _log.warning("the outcome of a write could not be kept; it is looked for")
                    return
                await self.context.services.writes.sleep(pause.total_seconds())
            else:
                return
