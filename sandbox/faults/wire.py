"""Cuts the connection under an answer: really over HTTP, by an exception in process."""

import asyncio
import socket
import struct
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.errors import ConnectionCutError

_TRANSPORT_KEY: Final = "sandbox.transport"
_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing then sends RST instead of FIN (socket(7))."""


class TransportKeeper:
    """ASGI middleware, outermost of all, that keeps the way to the connection in the scope.

    uvicorn hands over `receive` as a method of its cycle, which has the transport; a middleware
    that wraps `receive` hides it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Keep it for this application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the transport, where there is one."""
        scope[_TRANSPORT_KEY] = getattr(getattr(receive, "__self__", None), "transport", None)
        await self._app(scope, receive, send)


async def cut_connection(scope: Scope, receive: Receive, *, has_begun: bool) -> None:
    """End the connection in the midst of an answer, or reset it before there is one.

    Raises:
        ConnectionCutError: in process, where there is no connection.
    """
    transport = _find_transport(scope)
    if transport is None:
        raise ConnectionCutError(has_begun=has_begun)
    if has_begun:
        transport.close()
    else:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
    await wait_until_gone(receive)


async def wait_until_gone(receive: Receive) -> None:
    """Return once the server knows that the connection is over, so that it misses no answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


def is_gone(scope: Scope) -> bool:
    """Whether the other side left, as far as the server knows."""
    transport = _find_transport(scope)
    return transport is not None and transport.is_closing()


def _find_transport(scope: Scope) -> asyncio.Transport | None:
    transport: asyncio.Transport | None = scope.get(_TRANSPORT_KEY)
    return transport
