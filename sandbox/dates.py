"""The Date header by the sandbox's clock, so that it agrees with every other date of an answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import MovableClock
from sandbox.formats import format_http_date


class DateStamper:
    """ASGI middleware that dates answers; one that a fault dated keeps its date."""

    def __init__(self, app: ASGIApp, *, clock: MovableClock) -> None:
        """Date by this clock."""
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on."""

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(
                    "date", format_http_date(self._clock.now())
                )
            await send(message)

        await self._app(scope, receive, send_dated)
