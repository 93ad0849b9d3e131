"""When a call is made again, and after how long.

Source: Atlassian's rate limiting page, read 2026-10: at least `Retry-After`, exponential steps
with jitter of 0.7 to 1.3, at most four retries, idempotent calls alone.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

NO_HINT_WAIT = timedelta(seconds=2)
_LONGEST_READ_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently idempotent calls are repeated.

    A wait that Jira asks for beyond `longest_wait` is not waited: the caller is told instead.
    """

    retries: int = 3
    first_wait: timedelta = timedelta(milliseconds=500)
    longest_wait: timedelta = timedelta(seconds=8)
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.7, 1.3))  # noqa: S311 - spreads load, guards nothing

    def wait_before(self, attempt: int) -> timedelta:
        """The pause before retry number `attempt`, counted from 1, where Jira named none."""
        steps: int = 2 ** (attempt - 1)
        return min(self.first_wait * steps * self.jitter(), self.longest_wait)

    def wait_asked(self, asked: timedelta, attempt: int) -> timedelta:
        """The pause before retry number `attempt` where Jira asked for one.

        Never shorter than asked, a little lengthened; a wish for none at all still steps back.
        """
        wait = max(asked * max(1.0, self.jitter()), self.wait_before(attempt))
        return min(wait, max(asked, self.longest_wait))


def find_requested_wait(response: httpx.Response, *, now: datetime) -> timedelta | None:
    """How long a 429 or 503 asks to wait, a day at most.

    Reads `Retry-After` in seconds or as a date, then `X-RateLimit-Reset`; None where neither can
    be read.
    """
    for text in (response.headers.get("Retry-After"), response.headers.get("X-RateLimit-Reset")):
        wait = _read_wait(text, now=now) if text else None
        if wait is not None:
            return min(max(wait, timedelta(0)), _LONGEST_READ_WAIT)
    return None


def _read_wait(text: str, *, now: datetime) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:10]))
    instant = _read_instant(text)
    return None if instant is None else instant - now


def _read_instant(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            instant = read(text)
        except ValueError:
            continue
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return None
