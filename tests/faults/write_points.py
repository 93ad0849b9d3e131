"""The steps of a write under a key at which a process of the tests ends or halts itself.

Juncture's functions are wrapped before its application is made; nothing in them knows of this.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import httpx

import resolvers.once.attempts
from tests.faults.kill_points import wrap

_Step = Callable[..., Awaitable[Any]]
_CREATE = "/rest/api/3/issue"


class WritePoint(StrEnum):
    """Where a write may break off."""

    CLAIMED = "claimed"  # the row of the key was committed
    SEND = "send"  # connected to Jira, before the request is sent
    COMMITTED = "committed"  # Jira has written and begins to answer
    ANSWERED = "answered"  # the whole answer was read, and nothing kept of it
    KEPT = "kept"  # the outcome was committed, before any caller has it


_OF_THE_CALL = {
    "http11.send_request_headers.started": WritePoint.SEND,
    "http11.receive_response_headers.complete": WritePoint.COMMITTED,
    "http11.receive_response_body.complete": WritePoint.ANSWERED,
}


class WriteTrap:
    """Sends this process a signal where a write arrives at a step for the n-th time."""

    def __init__(self, point: WritePoint, arrival: int, number: signal.Signals) -> None:
        self._point = point
        self._left = arrival
        self._number = number

    def set(self) -> None:
        """Wrap the steps."""
        wrap(resolvers.once.attempts, "claim_write", self._after(WritePoint.CLAIMED))
        wrap(resolvers.once.attempts, "keep_all", self._after(WritePoint.KEPT))
        wrap(httpx.AsyncHTTPTransport, "handle_async_request", self._on_the_way)

    def arrive(self, point: WritePoint) -> None:
        """End or halt the process, if this is the step and the arrival."""
        if point is not self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._number)

    def _after(self, point: WritePoint) -> Callable[[_Step], _Step]:
        def around(step: _Step) -> _Step:
            async def step_in_trap(*arguments: Any, **named: Any) -> Any:
                outcome = await step(*arguments, **named)
                self.arrive(point)
                return outcome

            return step_in_trap

        return around

    def _on_the_way(self, send: _Step) -> _Step:
        async def send_in_trap(
            transport: httpx.AsyncHTTPTransport, request: httpx.Request
        ) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith(_CREATE):
                request.extensions = {**request.extensions, "trace": self._trace}
            response: httpx.Response = await send(transport, request)
            return response

        return send_in_trap

    async def _trace(self, event: str, _info: object) -> None:
        point = _OF_THE_CALL.get(event)
        if point is not None:
            self.arrive(point)
