"""The headers that every answer owes to the browsers that may meet it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATIC = "/static/"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # For what is no page; a page says itself what it needs.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_HTTPS_ALONE = {"Strict-Transport-Security": "max-age=31536000"}


class AnswerHeaders:
    """Adds to every answer what it has not set itself; `is_https` is that of the public URL."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_file = scope["path"].startswith(_STATIC) and message["status"] in {200, 304}
                add_headers(headers, is_https=self._is_https, is_kept=is_file)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def add_headers(headers: MutableHeaders, *, is_https: bool, is_kept: bool = False) -> None:
    """Add what is not set; `is_kept` where browsers may keep the answer, and ask before its use."""
    wanted = {**_ALWAYS, **(_HTTPS_ALONE if is_https else {})}
    wanted["Cache-Control"] = "no-cache" if is_kept else "no-store"
    for name, value in wanted.items():
        headers.setdefault(name, value)
