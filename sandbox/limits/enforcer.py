"""Holds Jira's calls against the limits that were set."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults.injector import FAULT_KEY
from sandbox.gateway import Endpoint
from sandbox.limits.ledger import Claim, Limits
from sandbox.limits.points import count_points
from sandbox.limits.refusals import BODY
from sandbox.recorder import RecordedCall, find_call
from sandbox.state import SandboxState

_ISSUE_PATH: Final = re.compile(r"/rest/api/3/issue/(?P<id_or_key>[^/]+)(/.*)?")
_READING_POSTS: Final = frozenset({"/changelog/list"})
"""What is read below an issue by a POST."""


class RateLimiter:
    """ASGI middleware below the recorder and the faults; strangers are left to the gateway."""

    def __init__(
        self, app: ASGIApp, *, sandbox: SandboxState, endpoints: Sequence[Endpoint]
    ) -> None:
        """Count by the sandbox's limits; each of the endpoints has a burst bucket of its own."""
        self._app = app
        self._sandbox = sandbox
        self._endpoints = tuple(endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 where a limit is reached; otherwise pass the call on and charge for it."""
        call = find_call(scope)
        claim = None if call is None else self._build_claim(call)
        if call is None or claim is None:
            await self._app(scope, receive, send)
            return
        now = self._sandbox.clock.now()
        refusal = self._limits.find_refusal(claim, now)
        if refusal is not None:
            scope[FAULT_KEY] = call.fault = f"limit {refusal.kind}"
            answer = JSONResponse(BODY, 429, headers=refusal.build_headers(now))
            await answer(scope, receive, send)
            return
        if claim.app is None:
            await self._app(scope, receive, send)
            return
        app = claim.app

        def charge(read: Any) -> dict[str, str]:
            points = count_points(call.method, call.path, read)
            return self._limits.charge(app, points, self._sandbox.clock.now())

        answered = _Answered(send, charge)
        await self._app(scope, receive, answered.note)

    @property
    def _limits(self) -> Limits:
        return self._sandbox.limits

    def _build_claim(self, call: RecordedCall) -> Claim | None:
        if call.grant is None or call.cloud_id is None:
            return None
        endpoint = self._find_endpoint(call)
        if endpoint is None:
            return None
        grant = self._sandbox.tokens.grants.get(call.grant)
        app = None if grant is None else grant.client_id
        return Claim(
            app, call.cloud_id, call.method, endpoint, issue_id=self._find_written_issue(call)
        )

    def _find_endpoint(self, call: RecordedCall) -> str | None:
        for row in self._endpoints:
            if row.method == call.method and row.pattern.fullmatch(call.path):
                return row.pattern.pattern
        return None

    def _find_written_issue(self, call: RecordedCall) -> int | None:
        match = _ISSUE_PATH.fullmatch(call.path)
        data = self._sandbox.world.data.get(call.cloud_id or "")
        if match is None or data is None or call.method == "GET" or match[2] in _READING_POSTS:
            return None
        issue = data.find_issue(match["id_or_key"])
        return None if issue is None else issue.id


class _Answered:
    """Passes an answer on with what it cost: a JSON one once it is whole, any other as it comes."""

    def __init__(self, send: Send, charge: Callable[[Any], dict[str, str]]) -> None:
        self._send = send
        self._charge = charge
        self._start: Message = {}
        self._body = bytearray()
        self._is_json = True

    async def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            self._is_json = "json" in Headers(raw=message["headers"]).get("content-type", "json")
            if not self._is_json:
                await self._begin({})
        elif not self._is_json:
            await self._send(message)
        else:
            self._body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await self._begin(self._read_json())
                await self._send({"type": "http.response.body", "body": bytes(self._body)})

    async def _begin(self, read: Any) -> None:
        MutableHeaders(scope=self._start).update(self._charge(read))
        await self._send(self._start)

    def _read_json(self) -> Any:
        """The JSON of an answer that is no error."""
        if self._start["status"] >= 400 or not self._body:
            return None
        return json.loads(self._body)
