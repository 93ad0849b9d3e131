"""Connections to hosts that callers named: resolved once, checked, and made to what was checked.

Who checks a name and then connects to the name lets it be resolved twice, and the second answer may
be another one. Here the connection is made to the very address that was checked, while TLS and the
Host header keep the name. No proxy of the environment is used, for a proxy would resolve anew.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from jira_api.site_urls import AddressRules, normalise_host

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host, for a port; an OSError where there are none."""
_KEPT_FOR_S = 5.0


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host, as this machine's resolver tells them.

    Raises:
        OSError: it knows none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PinnedTransport(httpx.AsyncHTTPTransport):
    """HTTP to the hosts that the rules let pass; each new connection is resolved and checked.

    Raises:
        UpstreamNotAllowedError: from every request to another host, without a connection.
    """

    def __init__(
        self, rules: AddressRules, resolve: Resolver = resolve_by_system, *, most: int = 100
    ) -> None:
        """Connect by the rules, with `most` connections at once."""
        self._rules = rules
        # httpx names no way to its pool's sockets, and it does nothing else than making this pool.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=most,
            keepalive_expiry=_KEPT_FOR_S,
            network_backend=_PinnedBackend(rules, resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of a host that the rules let pass."""
        host = request.url.raw_host.decode("ascii")
        spelled = normalise_host(f"[{host}]" if ":" in host else host)
        self._rules.check_host(request.url.scheme, spelled)
        return await super().handle_async_request(request)


def open_pinned_http(
    transport: httpx.AsyncBaseTransport, *, timeout: timedelta
) -> httpx.AsyncClient:
    """The HTTP client for hosts that callers named, by way of a `PinnedTransport`.

    Redirects are not followed, no cookie is kept, and nothing of the environment is heeded.
    """
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(timeout.total_seconds(), connect=min(5.0, timeout.total_seconds())),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"Accept": "application/json", "User-Agent": "juncture"},
    )


class _PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves and checks where httpcore would leave both to the operating system."""

    def __init__(self, rules: AddressRules, resolve: Resolver) -> None:
        self._rules = rules
        self._resolve = resolve
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to an address that was checked, the first that answers."""
        failure = httpcore.ConnectError("The host has no address.")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._tcp.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int, timeout_s: float | None) -> Sequence[str]:
        """All addresses of the host: one that must not be asked speaks against all of them."""
        try:
            async with asyncio.timeout(timeout_s):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("The host was not resolved in time.") from None
        except OSError:
            raise httpcore.ConnectError("The host is not known.") from None
        for address in addresses:
            self._rules.check_address(host, address)
        return addresses
