"""A request's id: in the log, in errors, in the answer's header; and a line of log a request."""

import logging
import re
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_SECRET_PATH = re.compile(r"(/finalize/|\A/attachments/).+")
_log = logging.getLogger("juncture.access")


def request_id_of(request: HTTPConnection) -> str:
    """The id that the middleware gave to a request."""
    return str(request.scope["juncture_request_id"])


class RequestIds:
    """Gives every request an id, and logs it without its query or its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope["juncture_request_id"] = request_id
        began, status = perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            path = _SECRET_PATH.sub(r"\1...", scope["path"])
            milliseconds = (perf_counter() - began) * 1000
            _log.info(
                "%s %s %d %.0f ms", scope["method"], ascii(path)[1:-1], status, milliseconds,
                extra={"request_id": request_id},
            )  # fmt: skip
