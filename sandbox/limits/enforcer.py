"""Holds Jira's calls against the limits that were set."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.datastructures import MutableHeaders
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
        answered = _WholeAnswer()
        await self._app(scope, receive, answered.keep)
        points = count_points(call.method, call.path, answered.read_json())
        headers = self._limits.charge(claim.app, points, self._sandbox.clock.now())
        await answered.send(send, headers)

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
        if match is None or data is None or call.method == "GET":
            return None
        issue = data.find_issue(match["id_or_key"])
        return None if issue is None else issue.id


class _WholeAnswer:
    def __init__(self) -> None:
        self._start: Message = {}
        self._body = bytearray()

    async def keep(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body.extend(message.get("body", b""))

    def read_json(self) -> Any:
        """The JSON of an answer that is no error."""
        if self._start["status"] >= 400 or not self._body:
            return None
        return json.loads(self._body)

    async def send(self, send: Send, headers: dict[str, str]) -> None:
        MutableHeaders(scope=self._start).update(headers)
        await send(self._start)
        await send({"type": "http.response.body", "body": bytes(self._body)})
