"""Keeps whole exchanges with Jira's API, to be checked or read later.

A file of JSON Lines, one object an exchange: `method`, `path` (from /rest/ on, as it was sent),
`query`, `requestType`, `requestBody`, `userAgent`, `status`, `answerType`, `answerBody` and
`isInjected`, which says that a fault made the answer and not the sandbox. Authorization and cookies
are never kept, nor the bytes of attachments: the body is then null or empty.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.world import JsonObject

# Data Center's API, which has a document of its own, is not kept.
_API_PATH: Final = re.compile(r"/(?!jira/).+?(?P<path>/rest/.*)")
_CONTENT_PATH: Final = re.compile(r".*/attachment/content/[^/]*")
_FAULT_KEY: Final = "sandbox.fault"


class ExchangeLog:
    """Adds exchanges to the end of a file, the same one once; processes may share the file."""

    def __init__(self, file: Path) -> None:
        """Write to `file`, which is made at once, so that a wrong path shows at once.

        Raises:
            OSError: it cannot be written.
        """
        self._file = file
        self._written: set[bytes] = set()
        os.close(self._open())

    def write(self, exchange: JsonObject) -> None:
        """Add an exchange that this log has not added before."""
        line = json.dumps(exchange, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        digest = hashlib.sha256(line).digest()
        if digest in self._written:
            return
        self._written.add(digest)
        # One write to the end: a line of another process cannot come between.
        target = self._open()
        try:
            os.write(target, line)
        finally:
            os.close(target)

    def _open(self) -> int:
        # Issues are nobody else's to read.
        return os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class ExchangeRecorder:
    """ASGI middleware that notes what Jira's API was asked and what was answered."""

    def __init__(self, app: ASGIApp, *, log: ExchangeLog) -> None:
        """Record into `log`."""
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, keeping it where it goes to Jira's API and is answered."""
        match = _API_PATH.fullmatch(_sent_path(scope)) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []
        answer = _Answer(is_kept=_CONTENT_PATH.fullmatch(match["path"]) is None)
        is_form = Headers(scope=scope).get("content-type", "").startswith("multipart/")

        async def note_body() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not is_form:
                chunks.append(message.get("body", b""))
            return message

        async def note_answer(message: Message) -> None:
            answer.note(message, is_injected=_FAULT_KEY in scope)
            await send(message)

        try:
            await self._app(scope, note_body, note_answer)
        finally:
            if answer.status is not None:
                self._log.write(_describe_request(scope, match["path"], chunks) | answer.describe())


class _Answer:
    def __init__(self, *, is_kept: bool) -> None:
        self.status: int | None = None
        self._is_kept = is_kept
        self._type = ""
        self._body = bytearray()
        self._is_injected = False

    def note(self, message: Message, *, is_injected: bool) -> None:
        self._is_injected = is_injected
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._is_kept = self._is_kept or message["status"] >= 400
            self._type = Headers(raw=message["headers"]).get("content-type", "")
        elif not is_injected and self._is_kept:
            # A fault's body may be endless, and says nothing about the sandbox.
            self._body.extend(message.get("body", b""))

    def describe(self) -> JsonObject:
        return {
            "status": self.status,
            "answerType": self._type,
            "answerBody": self._body.decode(errors="replace"),
            "isInjected": self._is_injected,
        }


def _sent_path(scope: Scope) -> str:
    raw = scope.get("raw_path") or scope["path"].encode()
    return str(raw.decode("latin-1").partition("?")[0])


def _describe_request(scope: Scope, path: str, chunks: list[bytes]) -> JsonObject:
    headers = Headers(scope=scope)
    return {
        "method": scope["method"],
        "path": path,
        "query": scope["query_string"].decode("latin-1"),
        "requestType": headers.get("content-type", ""),
        "requestBody": b"".join(chunks).decode(errors="replace") if chunks else None,
        "userAgent": headers.get("user-agent", ""),
    }
