"""The steps of a refresh at which a process of the tests ends or halts itself.

Juncture's functions are wrapped before its application is made; nothing in them knows of this. The
steps, in the order in which a refresh meets them. The lease's row is the intent, so one step stands
for both; the tokens are in no cache, so what follows the commit is the hand-over to the waiters;
and the lease is released by the first statement of the transaction that keeps the tokens.
"""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import httpx

import oauth.refresher
import storage.refreshes
from storage.database import Database, Queries
from tests.faults.waiting import until

_Step = Callable[..., Awaitable[Any]]
_Begin = Callable[[Database], AbstractAsyncContextManager[Queries]]
_TOKEN_PATH = "/oauth/token"


class KillPoint(StrEnum):
    """Where a refresh may break off."""

    BEFORE_LEASE = "before-lease"
    INTENT = "intent"  # the lease was committed
    CONNECT = "connect"  # before the connection to the token endpoint
    SEND = "send"  # connected, before the request is sent
    ANSWERED = "answered"  # the endpoint has committed the exchange, nothing was read
    HEADERS = "headers"  # the answer's headers were read
    BODY = "body"  # and its body
    BEGIN = "begin"  # the transaction that keeps the tokens was begun
    RELEASE = "release"  # in it, the lease was released
    ENCRYPT = "encrypt"  # the new tokens were encrypted
    UPDATE = "update"  # the row was updated
    COMMIT = "commit"  # before the commit
    HAND_OVER = "hand-over"  # committed, before any caller has the token


_OF_THE_EXCHANGE = {
    "connection.connect_tcp.started": KillPoint.CONNECT,
    "http11.send_request_headers.started": KillPoint.SEND,
    "http11.receive_response_headers.started": KillPoint.ANSWERED,
    "http11.receive_response_headers.complete": KillPoint.HEADERS,
    "http11.receive_response_body.complete": KillPoint.BODY,
}


class Trap:
    """Sends this process a signal where a refresh arrives at a step for the n-th time."""

    def __init__(
        self, point: KillPoint, arrival: int, history: Path, number: signal.Signals
    ) -> None:
        """`history` is the file in which the sandbox notes what it answered."""
        self._number = number
        self._point = point
        self._left = arrival
        self._history = history
        self._noted_before = 0
        self._has_answer = False

    def set(self) -> None:
        """Wrap the steps."""
        claimed = partial(self._between, before=KillPoint.BEFORE_LEASE, after=KillPoint.INTENT)
        wrap(oauth.refresher, "claim_refresh", claimed)
        saved = partial(self._between, before=None, after=KillPoint.UPDATE)
        wrap(oauth.refresher, "save_refreshed_tokens", saved)
        wrap(storage.refreshes, "encrypt_tokens", self._around_encryption)
        wrap(Database, "transaction", self._around_transaction)
        wrap(httpx.AsyncHTTPTransport, "handle_async_request", self._on_the_way)

    def arrive(self, point: KillPoint) -> None:
        """End or halt the process, if this is the step and the arrival."""
        if point is not self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._number)

    def _between(self, step: _Step, *, before: KillPoint | None, after: KillPoint) -> _Step:
        async def step_in_trap(*arguments: Any, **named: Any) -> Any:
            if before is not None:
                self.arrive(before)
            outcome = await step(*arguments, **named)
            self.arrive(after)
            return outcome

        return step_in_trap

    def _around_encryption(self, encrypt: Callable[..., Any]) -> Callable[..., Any]:
        def encrypt_in_trap(*arguments: Any, **named: Any) -> Any:
            self.arrive(KillPoint.RELEASE)
            encrypted = encrypt(*arguments, **named)
            self.arrive(KillPoint.ENCRYPT)
            return encrypted

        return encrypt_in_trap

    def _around_transaction(self, begin: _Begin) -> _Begin:
        @asynccontextmanager
        async def begin_in_trap(database: Database) -> AsyncIterator[Queries]:
            arrive = self.arrive if self._has_answer else _pass_by
            async with begin(database) as queries:
                arrive(KillPoint.BEGIN)
                yield queries
                arrive(KillPoint.COMMIT)
            arrive(KillPoint.HAND_OVER)

        return begin_in_trap

    def _on_the_way(self, send: _Step) -> _Step:
        async def send_in_trap(
            transport: httpx.AsyncHTTPTransport, request: httpx.Request
        ) -> httpx.Response:
            if request.url.path == _TOKEN_PATH:
                request.extensions = {**request.extensions, "trace": self._trace}
            response: httpx.Response = await send(transport, request)
            return response

        return send_in_trap

    async def _trace(self, event: str, _info: object) -> None:
        point = _OF_THE_EXCHANGE.get(event)
        if point is KillPoint.SEND:
            self._noted_before = self._count_noted()
        if point is KillPoint.ANSWERED and self._point is point:
            await until(lambda: self._count_noted() > self._noted_before, "the exchange's commit")
        if point is not None:
            self._has_answer = self._has_answer or point is KillPoint.BODY
            self.arrive(point)

    def _count_noted(self) -> int:
        return self._history.read_bytes().count(b"\n")


def wrap(place: object, name: str, around: Callable[[Any], Any]) -> None:
    """Put a step in the place of another, around it."""
    setattr(place, name, around(getattr(place, name)))


def _pass_by(_point: KillPoint) -> None:
    """Such transactions keep no tokens."""
