"""One operation, ended early where its caller goes away or its time is over."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from starlette.requests import Request

T = TypeVar("T")


class CallerGoneError(Exception):
    """Nobody waits for the answer any more."""


class OverdueError(Exception):
    """The operation did not end by itself in the time it had."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations under way, and those that were told to end."""

    _ending: set[asyncio.Task[Any]] = field(default_factory=set)

    async def run(
        self, operation: Coroutine[Any, Any, T], request: Request, *, longest: timedelta
    ) -> T:
        """What the operation of a request gives; the body of the request has been read.

        Whatever ends the wait ends the operation too. Nobody waits until it has tidied up: a hung
        database must not hold the answer back.

        Raises:
            CallerGoneError: the caller broke off.
            OverdueError: the operation took longer than `longest`.
        """
        running = asyncio.create_task(operation)
        leaving = asyncio.create_task(_wait_for_disconnect(request))
        try:
            await asyncio.wait(
                (running, leaving),
                timeout=longest.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if running.done():
                return await running
            if leaving.done():
                raise CallerGoneError from leaving.exception()
            raise OverdueError
        finally:
            leaving.cancel()
            self._end(running)

    def _end(self, running: asyncio.Task[Any]) -> None:
        if running.done():
            return
        # The event loop alone would not keep it from being collected half-way.
        self._ending.add(running)
        running.add_done_callback(self._forget)
        running.cancel()

    def _forget(self, ended: asyncio.Task[Any]) -> None:
        self._ending.discard(ended)
        if not ended.cancelled():
            ended.exception()  # read here, for nobody waits for it any more


async def _wait_for_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
