"""Lets the faults that stand strike the calls they were meant for."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults.order import FaultOrder, RetryDate
from sandbox.faults.wire import cut_connection, is_gone, wait_until_gone
from sandbox.formats import format_http_date
from sandbox.json_bodies import parse_json
from sandbox.limits.refusals import BODY, build_usual_refusal
from sandbox.recorder import RecordedCall, find_call, read_ahead
from sandbox.site_addresses import build_site_path
from sandbox.state import SandboxState

FAULT_KEY: Final = "sandbox.fault"
"""Where the ASGI scope names what spoiled an answer, for whoever tells such answers apart."""

_CONSENT_PATH: Final = "/authorize"
_TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
_CHUNK_BYTES: Final = 65_536


class FaultInjector:
    """ASGI middleware below the recorder: spoils what the recorder noted."""

    def __init__(self, app: ASGIApp, *, sandbox: SandboxState) -> None:
        """Take the faults from the sandbox's board."""
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, unless a fault is due; people's consent page is left alone."""
        call = find_call(scope)
        if call is None or call.path == _CONSENT_PATH:
            await self._app(scope, receive, send)
            return
        _note_site(self._sandbox, call, scope["path"])
        grant = call.grant
        if call.path == _TOKEN_PATH and self._sandbox.faults.asks_for_grant():
            raw, receive = await read_ahead(receive)
            grant = self._find_refreshed_grant(raw)
        fault = self._sandbox.faults.find_striking(call, grant)
        if fault is None:
            await self._app(scope, receive, send)
            return
        _mark(scope, call, fault.id, grant)
        if fault.order.delay_milliseconds:
            # Jira has the whole call, and carries it out though its caller waits no longer.
            _, receive = await read_ahead(receive)
        await asyncio.sleep(fault.order.delay_milliseconds / 1000)
        await self._strike(fault.order, scope, receive, send)

    async def _strike(self, order: FaultOrder, scope: Scope, receive: Receive, send: Send) -> None:
        if order.reset:
            await cut_connection(scope, receive, has_begun=False)
            return
        answer = _Answer()
        if order.makes_answer:
            answer = _make_answer(order, self._sandbox.clock.now())
        else:
            await self._app(scope, receive, answer.keep)
        if order.cut_after_commit:
            await cut_connection(scope, receive, has_begun=False)
            return
        answer.set_headers(_list_headers(order, self._sandbox.clock.now()))
        await _send(answer, order, (scope, receive, send))

    def _find_refreshed_grant(self, raw: bytes) -> str | None:
        try:
            asked = parse_json(raw)
        except ValueError:
            return None
        token = asked.get("refresh_token") if isinstance(asked, dict) else None
        grant = self._sandbox.tokens.find_grant_of_refresh_token(str(token))
        return None if grant is None else grant.id


@dataclass(slots=True)
class _Answer:
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    repeated: tuple[bytes, int] | None = None

    async def keep(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body.extend(message.get("body", b""))

    def set_headers(self, headers: dict[str, str | None]) -> None:
        names = {name.lower().encode("latin-1") for name in headers}
        kept = [(name, value) for name, value in self.headers if name.lower() not in names]
        given = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.items()
            if value is not None
        ]
        self.headers = kept + given

    def cut_pieces(self, order: FaultOrder) -> Iterator[bytes]:
        size = order.drip.bytes if order.drip else _CHUNK_BYTES
        if self.repeated is None:
            body = memoryview(self.body)[: order.truncate_after_bytes]
            yield from (bytes(body[start : start + size]) for start in range(0, len(body), size))
            return
        text, length = self.repeated
        block = text * (size // len(text) + 2)
        for start in range(0, length, size):
            begin = start % len(text)
            yield block[begin : begin + min(size, length - start)]


def _note_site(sandbox: SandboxState, call: RecordedCall, path: str) -> None:
    # The gateway has the cloud id in its paths; a site's own address only leads to it.
    for site in sandbox.world.sites.values() if call.cloud_id is None else ():
        if path.startswith(f"{build_site_path(site)}/"):
            call.cloud_id = site.cloud_id


def _mark(scope: Scope, call: RecordedCall, fault_id: str, grant: str | None) -> None:
    scope[FAULT_KEY] = fault_id
    call.fault = fault_id
    call.grant = grant


def _make_answer(order: FaultOrder, now: datetime) -> _Answer:
    answer = _Answer(order.status or 200)
    is_text = isinstance(order.body, str) or order.repeat_body is not None
    kind = "text/plain" if is_text else "application/json"
    answer.set_headers({"Content-Type": f"{kind};charset=UTF-8"})
    if order.repeat_body is not None:
        answer.repeated = (order.repeat_body.text.encode(), order.repeat_body.bytes)
        return answer
    answer.body.extend(order.encode_body())
    if order.rate_limit is not None:
        answer.status = 429
        if order.body is None:
            answer.body.extend(json.dumps(BODY).encode())
        answer.set_headers(dict(build_usual_refusal(order.rate_limit, now).build_headers(now)))
    answer.set_headers({"Content-Length": str(len(answer.body))})
    return answer


def _list_headers(order: FaultOrder, now: datetime) -> dict[str, str | None]:
    headers: dict[str, str | None] = {}
    if order.names_retry_after:
        headers["Retry-After"] = _write_retry_after(order, now)
    return headers | order.headers


def _write_retry_after(order: FaultOrder, now: datetime) -> str | None:
    asked = order.retry_after
    if isinstance(asked, RetryDate):
        return format_http_date(now + timedelta(seconds=asked.date_in_seconds))
    return None if asked is None else str(asked)


async def _send(answer: _Answer, order: FaultOrder, way: tuple[Scope, Receive, Send]) -> None:
    scope, receive, send = way
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    for piece in answer.cut_pieces(order):
        # A server drops what it sends to nobody without waiting: this would turn for ever.
        if is_gone(scope):
            await wait_until_gone(receive)
            return
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(order.drip.milliseconds / 1000 if order.drip else 0)
    limit = order.truncate_after_bytes
    if limit is not None and limit < len(answer.body):
        await cut_connection(scope, receive, has_begun=True)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})
