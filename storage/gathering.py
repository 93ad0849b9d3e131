"""Questions that many ask at once, put to the database together.

While one answer is on its way, those who come meanwhile wait, and are answered by the next one: a
crowd of any size keeps one connection of the pool busy. Nobody is given an answer that was begun
before they asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextvars import Context
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Answer = Callable[[list[K]], Awaitable[Mapping[K, V]]]


class Gathering(Generic[K, V]):
    """Answers questions by `answer`, at most so many different ones at a time.

    `answer` may leave questions out; those have no answer.
    """

    def __init__(self, answer: Answer[K, V], *, most: int) -> None:
        self._answer = answer
        self._most = most
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._answering: asyncio.Task[None] | None = None

    async def ask(self, question: K) -> V | None:
        """The answer to a question; None where there is none.

        Raises:
            Exception: whatever `answer` raised for all questions of its turn.
        """
        waiting = self._waiting.get(question)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            waiting.add_done_callback(_look_at_error)
            self._waiting[question] = waiting
        if self._answering is None:
            # Without what belongs to the one who happens to be the first, an open transaction say.
            self._answering = asyncio.create_task(self._answer_all(), context=Context())
        return await asyncio.shield(waiting)

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                batch = dict(list(self._waiting.items())[: self._most])
                for question in batch:
                    del self._waiting[question]
                await self._answer_batch(batch)
        except BaseException:
            # Nobody else would answer those who wait for a later turn.
            for waiting in self._waiting.values():
                waiting.cancel()
            self._waiting.clear()
            raise
        finally:
            self._answering = None

    async def _answer_batch(self, batch: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            answers = await self._answer(list(batch))
        except Exception as error:  # noqa: BLE001 - handed to all who wait, and raised there
            for waiting in batch.values():
                waiting.set_exception(error)
        except BaseException:
            for waiting in batch.values():
                waiting.cancel()
            raise
        else:
            for question, waiting in batch.items():
                waiting.set_result(answers.get(question))


def _look_at_error(waiting: "asyncio.Future[V | None]") -> None:
    """Look at an error here, since every caller may have gone away."""
    if not waiting.cancelled():
        waiting.exception()
