"""Calls of one operation, each made once however many fields want its answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
CallKey = tuple[Hashable, ...]


class OperationEndedError(Exception):
    """The operation ended before the answer was there."""


class OperationCalls:
    """Remembers the calls of one operation, running and done, failed ones included.

    Unlike a batch, a quick call here never waits for a slow one beside it.
    """

    __slots__ = ("_is_closed", "_running", "_tasks")

    def __init__(self) -> None:
        self._tasks: dict[CallKey, asyncio.Task[Any]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def once(self, key: CallKey, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the call under a key, which must name all that the call depends on.

        The key's first part is what the call is about, the second what kind of call it is.
        """
        task = self._tasks.get(key)
        if task is None:
            task = self._begin(make())
            self._tasks[key] = task
        answer: T = await asyncio.shield(task)
        return answer

    async def answer_batch(self, call: Coroutine[Any, Any, T]) -> T:
        """The answer of a call that a batch makes, which runs in nobody's own task.

        Raises:
            OperationEndedError: the operation ended first. No cancellation, for that would leave
                whoever still waits for the batch waiting for ever.
        """
        try:
            return await self._begin(call)
        except asyncio.CancelledError:
            raise OperationEndedError from None

    def forget(self, subject: str, kept: str) -> None:
        """Make the calls about a subject again when next asked, but for those of the kind `kept`.

        What runs already goes on for its callers.
        """
        for key in [key for key in self._tasks if key[0] == subject and key[1] != kept]:
            del self._tasks[key]

    async def close(self) -> None:
        """End the calls that nobody waits for any more, and begin none from now on."""
        self._is_closed = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _begin(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        if self._is_closed:
            call.close()
            raise asyncio.CancelledError
        task = asyncio.create_task(call)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task
