"""Tells the operator's own service of grants that die soon or have died, at least once each.

The rows of `storage.notices` are the queue: any process makes them, whichever claims one delivers
it, and what is not answered with a 2xx is tried again, ever more slowly.
"""

import asyncio
import hashlib
import hmac
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx
from pydantic import SecretStr

from storage.database import Database
from storage.notices import (
    Notice,
    claim_notices,
    drop_outdated_notices,
    make_dead_notices,
    make_dying_notices,
    note_delivered,
    note_failed,
)

SIGNATURE_HEADER: Final = "X-Juncture-Signature"
DELIVERY_TIMEOUT: Final = timedelta(seconds=10)
_BATCH_SIZE: Final = 10
_MOST_BATCHES: Final = 20
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_MOST_DOUBLINGS: Final = 10
_log = logging.getLogger("juncture.notices")


@dataclass(frozen=True, slots=True)
class Notices:
    """Makes the notices that are due, and delivers them to one address.

    `lead` is how long before its end a grant counts as dying. `lease`, how long a process has a
    notice to itself, is longer than a delivery may take.
    """

    database: Database
    http: httpx.AsyncClient
    clock: Callable[[], datetime]
    owner: str
    url: str = field(repr=False)
    secret: SecretStr
    lead: timedelta
    lease: timedelta = 3 * DELIVERY_TIMEOUT
    jitter: Callable[[], float] = field(default=lambda: random.uniform(1.0, 1.3))  # noqa: S311 - spreads load, guards nothing

    async def run_once(self) -> None:
        """Make what is due, and deliver until nothing is, or something fails, or it takes long.

        Raises:
            StorageError: the database did not answer; what was under way is told again.
        """
        now = self.clock()
        await drop_outdated_notices(self.database)
        await make_dying_notices(self.database, dying_by=now + self.lead, now=now)
        await make_dead_notices(self.database, now=now)
        for _ in range(_MOST_BATCHES):
            batch = await self._claim()
            if not await self._tell_all(batch) or len(batch) < _BATCH_SIZE:
                return

    async def _claim(self) -> list[Notice]:
        return await claim_notices(
            self.database,
            owner=self.owner,
            now=self.clock(),
            lease=self.lease,
            amount=_BATCH_SIZE,
        )

    async def _tell_all(self, batch: Sequence[Notice]) -> bool:
        """Whether all were taken; nothing of the batch is under way any more after."""
        telling = (self._tell(notice) for notice in batch)
        outcomes = await asyncio.gather(*telling, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return all(outcomes)

    async def _tell(self, notice: Notice) -> bool:
        """Whether the notice was taken; either way it is noted."""
        problem = await self._find_problem(notice)
        if problem is None:
            await note_delivered(self.database, notice.notice_id, now=self.clock())
            return True
        _log.warning("notice %s was not taken: %s", notice.notice_id, problem)
        retry_at = self.clock() + self._wait_after(notice.attempts)
        await note_failed(self.database, notice.notice_id, owner=self.owner, retry_at=retry_at)
        return False

    def _wait_after(self, attempts: int) -> timedelta:
        steps: int = 2 ** min(attempts, _MOST_DOUBLINGS)
        return min(_FIRST_WAIT * steps, _LONGEST_WAIT) * self.jitter()

    async def _find_problem(self, notice: Notice) -> str | None:
        """Send a notice: None where it was taken, else what stood in the way."""
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT.total_seconds()):
                status = await self._send(notice.payload.encode())
        except TimeoutError:
            return "no answer in time"
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if httpx.codes.is_success(status) else f"status {status}"

    async def _send(self, body: bytes) -> int:
        request = self.http.build_request(
            "POST",
            self.url,
            content=body,
            headers={
                "Content-Type": "application/json",
                SIGNATURE_HEADER: sign(body, self.secret, at=self.clock()),
            },
        )
        response = await self.http.send(request, stream=True, follow_redirects=False)
        # What it says beside its status is not read: it may be long.
        await response.aclose()
        return response.status_code


def sign(body: bytes, secret: SecretStr, *, at: datetime) -> str:
    """The signature of a body sent at that instant, `t=<unix seconds>,v1=<hex HMAC-SHA256>`."""
    sent_at = str(int(at.timestamp()))
    told = sent_at.encode() + b"." + body
    signature = hmac.new(secret.get_secret_value().encode(), told, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={signature}"
