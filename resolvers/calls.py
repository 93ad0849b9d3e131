"""Calls of one operation, each made once however many fields want its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")
CallKey = tuple[Hashable, ...]


class OperationEndedError(Exception):
    """The operation ended before the answer was there."""


class OperationCalls:
    """Remembers the calls of one operation, running and done, failed ones included.

    Unlike a batch, a quick call here never waits for a slow one beside it.
    """

    __slots__ = ("_ended", "_is_closed", "_running", "_scopes", "_tasks")

    def __init__(self) -> None:
        self._tasks: dict[CallKey, asyncio.Task[Any]] = {}
        self._scopes: dict[Hashable, set[asyncio.Timeout]] = {}
        self._ended: dict[Hashable, Callable[[], Exception]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def once(self, key: CallKey, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the call under a key, which must name all that the call depends on.

        The key's first part is what the call is about, the second what kind of call it is.
        """
        self._refuse_ended(key[0])
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

    @asynccontextmanager
    async def about(self, subject: Hashable) -> AsyncIterator[None]:
        """Whatever happens inside is about a subject, and stops where that is ended.

        Raises:
            Exception: the one that the subject was ended with.
        """
        self._refuse_ended(subject)
        scopes = self._scopes.setdefault(subject, set())
        try:
            async with asyncio.timeout(None) as scope:
                scopes.add(scope)
                try:
                    yield
                finally:
                    scopes.discard(scope)
        except TimeoutError:
            if scope.expired():
                self._refuse_ended(subject)
            raise

    def end(self, subject: Hashable, error: Callable[[], Exception]) -> None:
        """Stop what is under way about a subject, and refuse what would begin, by such errors.

        Answers that were remembered are refused too.
        """
        self._ended[subject] = error
        for scope in self._scopes.pop(subject, ()):
            scope.reschedule(0)

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

    def _refuse_ended(self, subject: Hashable) -> None:
        error = self._ended.get(subject)
        if error is not None:
            raise error()

    def _begin(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        if self._is_closed:
            call.close()
            raise asyncio.CancelledError
        task = asyncio.create_task(call)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task
