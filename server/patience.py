"""How long a transfer waits for a caller who moves little."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final, TypeVar

LEAST_PACE: Final = 512 * 1024 / 60
"""In bytes a second: so much moved wins back a second of patience, never beyond the first."""
T = TypeVar("T")


@dataclass(slots=True)
class Patience:
    """Time that waiting uses up and bytes win back, `longest_s` at most."""

    longest_s: float
    left_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.left_s = self.longest_s

    async def wait(self, moving: Awaitable[T]) -> T:
        """What is waited for, and what was used up meanwhile is gone.

        Raises:
            TimeoutError: it takes longer than what is left.
        """
        now_s = asyncio.get_running_loop().time
        begun_s = now_s()
        async with asyncio.timeout(self.left_s):
            moved = await moving
        self.left_s -= now_s() - begun_s
        return moved

    def win_back(self, byte_count: int) -> None:
        """Take account of bytes that moved."""
        self.left_s = min(self.left_s + byte_count / LEAST_PACE, self.longest_s)
