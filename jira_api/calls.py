"""One call to Jira: what became of it, and who is told where it changed something."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from jira_api.errors import JiraApiError, NotFoundError, OutcomeUnknownError


async def let_it_go(_call: "Call") -> None:
    """A call that is repeated whatever happened since."""


@dataclass(slots=True)
class Call:
    """One call; `has_doubt` once Jira may have carried it out, `answered` is what it then said.

    Where it is sent again, `before_again` is awaited first, and what it raises ends the call.
    """

    request: httpx.Request
    path: str
    is_repeatable: bool = True
    has_doubt: bool = False
    answered: bytes = b""
    before_again: "BeforeAgain" = let_it_go

    def check_taken_away(self, absent: NotFoundError, *, was_there: bool) -> None:
        """Refuse a 404 to taking a thing away, unless the call itself must have done it.

        Raises:
            NotFoundError: it has not.
            OutcomeUnknownError: it may have, or there was nothing in the first place.
        """
        if not self.has_doubt:
            raise absent
        if not was_there:
            raise OutcomeUnknownError(
                "Jira's answer was lost, and now Jira knows no such thing: it was taken away, or "
                "was not there before.",
                status=absent.status,
            )


BeforeAgain = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Change:
    """A call that changed something, or may have done so.

    `path` is below the site's root; `sent` and `answered` are the bodies, b"" where there was none
    or the answer was lost.
    """

    path: str
    sent: bytes
    answered: bytes


Listener = Callable[[Change], Awaitable[None]]
"""Must not raise: the change is made by then."""


async def tell_nobody(_change: Change) -> None:
    """Nobody keeps account."""


@asynccontextmanager
async def telling(listener: Listener, call: Call) -> AsyncIterator[None]:
    """A change is made inside, and told however the wait for its answer ends."""
    is_made = True
    try:
        yield
    except JiraApiError:
        is_made = call.has_doubt
        raise
    finally:
        if is_made:
            await listener(Change(call.path, call.request.content, call.answered))
