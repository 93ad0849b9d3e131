"""Records every call to OAuth and Jira.

Tests can say what was asked, how often, and how many calls ran side by side. Tokens, secrets,
codes and states are never kept.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.json_bodies import parse_json
from sandbox.world import JsonObject

_RECORDED: Final = re.compile(
    r"/(authorize|oauth/token(/accessible-resources)?|me|(ex/jira|sites)/.*|jira/rest/.*|media/.*)"
)
_JIRA_PREFIX: Final = re.compile(r"(/ex/jira/(?P<cloud_id>[^/]*)|/sites/[^/]*)(?P<path>.*)")
_BODY_PATHS: Final = re.compile(
    r"/(ex/jira|sites)/.*/(search|search/jql|search/approximate-count|bulkfetch)"
)
_SECRET_NAMES: Final = frozenset({"code", "state", "token"})
_SCOPE_KEY: Final = "sandbox.call"

GrantFinder = Callable[[str], str | None]


def _without_secrets(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: value for name, value in query.items() if name not in _SECRET_NAMES}


@dataclass(slots=True)
class RecordedCall:
    """One call; `status` is None while it is in flight, and stays so where a fault cut it off.

    `fault` names what spoiled the answer.
    """

    number: int
    method: str
    path: str
    query: dict[str, list[str]]
    concurrent: int
    grant: str | None = None
    cloud_id: str | None = None
    status: int | None = None
    grant_type: str | None = None
    body: Any = None
    fault: str | None = None

    def list_requested_fields(self) -> list[str] | None:
        """The issue fields asked for, in query or body; None where none were named."""
        named = self.query.get("fields")
        if named is None and isinstance(self.body, dict):
            named = self.body.get("fields")
        if not isinstance(named, list):
            return None
        return [name for entry in named for name in str(entry).split(",")]


@dataclass(slots=True)
class CallLog:
    """The calls in the order they arrived; numbers go on after the log was cleared."""

    calls: list[RecordedCall] = field(default_factory=list)
    in_flight: int = 0
    last_number: int = 0

    def start(self, scope: Scope, *, grant: str | None) -> RecordedCall:
        """Note a call that just arrived."""
        self.in_flight += 1
        self.last_number += 1
        jira = _JIRA_PREFIX.fullmatch(scope["path"])
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        call = RecordedCall(
            number=self.last_number,
            method=scope["method"],
            path=jira["path"] if jira else scope["path"],
            query=query if jira else _without_secrets(query),
            concurrent=self.in_flight,
            grant=grant,
            cloud_id=jira["cloud_id"] if jira else None,
        )
        self.calls.append(call)
        return call

    def to_json(self) -> JsonObject:
        """The log as the control API answers it."""
        return {"calls": [_describe(call) for call in self.calls]}


class Recorder:
    """ASGI middleware that notes the calls and what became of them."""

    def __init__(self, app: ASGIApp, *, log: CallLog, find_grant: GrantFinder) -> None:
        """Record into `log`; `find_grant` names the grant of an Authorization header."""
        self._app = app
        self._log = log
        self._find_grant = find_grant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, recording it where it belongs to OAuth or Jira."""
        if scope["type"] != "http" or not _RECORDED.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        grant = self._find_grant(headers.get(b"authorization", b"").decode("latin-1"))
        call = self._log.start(scope, grant=grant)
        scope[_SCOPE_KEY] = call

        async def note_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            await send(message)

        try:
            if call.method == "POST" and _BODY_PATHS.fullmatch(scope["path"]):
                raw, receive = await read_ahead(receive)
                call.body = _parse(raw)
            await self._app(scope, receive, note_status)
        finally:
            self._log.in_flight -= 1


def find_call(scope: Scope) -> RecordedCall | None:
    """The record of the call a handler is answering, to add what only the handler knows."""
    call = scope.get(_SCOPE_KEY)
    return call if isinstance(call, RecordedCall) else None


async def read_ahead(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and a way for the application to read it again."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
    raw = b"".join(message.get("body", b"") for message in messages)
    waiting = iter(messages)

    async def replay() -> Message:
        following = next(waiting, None)
        return await receive() if following is None else following

    return raw, replay


def _parse(raw: bytes) -> Any:
    try:
        return parse_json(raw)
    except ValueError:
        return None


def _describe(call: RecordedCall) -> JsonObject:
    described: JsonObject = {
        "number": call.number,
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "status": call.status,
        "grant": call.grant,
        "cloudId": call.cloud_id,
        "concurrent": call.concurrent,
    }
    optional = {
        "requestedFields": call.list_requested_fields(),
        "grantType": call.grant_type,
        "body": call.body,
        "fault": call.fault,
    }
    return described | {name: value for name, value in optional.items() if value is not None}
