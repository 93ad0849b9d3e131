"""Waits for what other processes do: the condition is polled, and given up in a sentence."""

import asyncio
from collections.abc import Awaitable, Callable

LONGEST_S = 60.0
_PAUSE_S = 0.01


async def until(
    is_so: Callable[[], bool | Awaitable[bool]], what: str, *, longest_s: float = LONGEST_S
) -> None:
    """Return once the condition holds.

    Raises:
        AssertionError: it does not hold in time; `what` says what was waited for.
    """
    now_s = asyncio.get_running_loop().time
    ends_s = now_s() + longest_s
    while not await _ask(is_so):
        assert now_s() < ends_s, f"waited {longest_s:g} s for {what}"
        await asyncio.sleep(_PAUSE_S)


async def _ask(is_so: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = is_so()
    return answer if isinstance(answer, bool) else await answer
