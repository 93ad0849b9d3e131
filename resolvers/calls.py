"""Calls of one operation, each made once however many fields want its answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class OperationCalls:
    """Remembers the calls of one operation, running and done, failed ones included.

    Unlike a batch, a quick call here never waits for a slow one beside it.
    """

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def once(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the call under a key, which must name all that the call depends on."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(make())
            self._tasks[key] = task
        answer: T = await asyncio.shield(task)
        return answer

    async def close(self) -> None:
        """End the calls that nobody waits for any more."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
