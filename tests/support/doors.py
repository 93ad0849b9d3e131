"""Calls held half-way, and clients who hang up: what ends what is counted, never timed."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.gateway import Gateway, SendOn

IsHeld = Callable[[str], bool]


class Tally:
    """How many calls began, ended by an answer, and were cut; and waiting for such numbers."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.counts: Counter[str] = Counter()
        self._changed = asyncio.Condition()

    @property
    def under_way(self) -> int:
        return self.counts["begun"] - self.counts["ended"] - self.counts["cut"]

    async def note(self, what: str, path: str = "") -> None:
        async with self._changed:
            self.counts[what] += 1
            if path:
                self.paths.append(path)
            self._changed.notify_all()

    async def wait_until(self, what: str, count: int) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: self.counts[what] >= count)


class Door:
    """The way to the sandbox, on which calls to some paths wait until the door is opened."""

    def __init__(self, is_held: IsHeld) -> None:
        self._is_held = is_held
        self._opened = asyncio.Event()
        self.tally = Tally()

    @classmethod
    def close_on(cls, gateway: Gateway, is_held: IsHeld) -> "Door":
        """A door on the way from a gateway to its sandbox."""
        door = cls(is_held)
        gateway.transport.detour = door.let_through
        return door

    def open(self) -> None:
        self._opened.set()

    async def let_through(self, request: httpx.Request, send: SendOn) -> httpx.Response:
        if not self._is_held(request.url.path):
            return await send(request)
        await self.tally.note("begun", request.url.path)
        try:
            await self._opened.wait()
        except asyncio.CancelledError:
            await self.tally.note("cut")
            raise
        response = await send(request)
        await self.tally.note("ended")
        return response


class HeldApplication:
    """An ASGI application of which some paths answer only once the door is opened."""

    def __init__(self, app: ASGIApp, is_held: IsHeld) -> None:
        self._app = app
        self._is_held = is_held
        self._opened = asyncio.Event()
        self.tally = Tally()

    def open(self) -> None:
        self._opened.set()

    def shut(self) -> None:
        self._opened.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_held(scope["path"]):
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        await self.tally.note("begun", scope["path"])
        if await self._is_cut(receive):
            await self.tally.note("cut")
            return
        waiting = iter(messages)

        async def replay() -> Message:
            return next(waiting, None) or await receive()

        await self._app(scope, replay, send)
        await self.tally.note("ended")

    async def _is_cut(self, receive: Receive) -> bool:
        """Whether the caller went away before the door was opened."""
        opening = asyncio.create_task(self._opened.wait())
        leaving = asyncio.create_task(_see_leave(receive))
        await asyncio.wait((opening, leaving), return_when=asyncio.FIRST_COMPLETED)
        is_cut = leaving.done()
        for task in (opening, leaving):
            task.cancel()
        await asyncio.gather(opening, leaving, return_exceptions=True)
        return is_cut


async def _see_leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class Caller:
    """A client who speaks ASGI itself, and hangs up at a moment of its own choosing."""

    app: ASGIApp
    key: str = ""
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[Message] = field(default_factory=list)

    def hang_up(self) -> None:
        self._gone.set()

    @property
    def status(self) -> int:
        status = self.messages[0]["status"]
        assert isinstance(status, int)
        return status

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> None:
        """Run an operation of GraphQL."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"}
        await self.send("POST", "/graphql", headers=headers, body=body)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b""
    ) -> None:
        """One request; whether it was answered is in `messages`."""
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8_000),
        }
        begun = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            first = next(begun, None)
            if first is not None:
                return first
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.messages.append(dict(message))

        await self.app(scope, receive, send)
