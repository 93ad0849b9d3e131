"""Calls to Jira: bounded in number and time, retried where that is safe, renewed once on a 401."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol
from weakref import WeakValueDictionary

import httpx
from pydantic import SecretStr

from jira_api.answers import error_of, read_json
from jira_api.decoding import Decoder
from jira_api.errors import JiraUnavailableError, RateLimitedError, UnauthorizedError
from jira_api.exchange import CALL_DEADLINE, send
from jira_api.json_values import JsonValue
from jira_api.paths import join_path
from jira_api.records import Origin
from jira_api.retry import RetryPolicy

QueryParameters = Mapping[str, str | int | Sequence[str]]


class TokenSource(Protocol):
    """Where a session gets the access token of its connection."""

    async def access_token(self) -> SecretStr:
        """A token believed to be valid."""

    async def renew(self, rejected: SecretStr) -> SecretStr:
        """Another token, after Jira refused `rejected`."""


@dataclass(frozen=True, slots=True)
class JiraClient:
    """What all connections of a process share: the HTTP pool, the bounds, the policy.

    `max_concurrency` bounds the calls in flight of each connection, `call_deadline` each call from
    its first byte sent to the last one read; a retry is a call of its own.
    """

    http: httpx.AsyncClient
    api_url: str
    max_concurrency: int
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    call_deadline: timedelta = CALL_DEADLINE
    _gates: WeakValueDictionary[str, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)

    def session(self, origin: Origin, tokens: TokenSource) -> "JiraSession":
        """Calls to one site on behalf of one connection."""
        gate = self._gates.get(origin.label)
        if gate is None:
            gate = asyncio.Semaphore(self.max_concurrency)
            self._gates[origin.label] = gate
        return JiraSession(client=self, decode=Decoder(origin), tokens=tokens, gate=gate)


def open_http(*, timeout: timedelta, max_connections: int = 100) -> httpx.AsyncClient:
    """The HTTP client that Juncture speaks to Atlassian with.

    Every wait is bounded, redirects are not followed, and no cookie is kept: all connections share
    the client, and one person's cookie must not travel with another's call. The environment's
    proxy is used, but not for a Jira look-alike on this machine.
    """
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout.total_seconds(), connect=min(5.0, timeout.total_seconds())),
        limits=httpx.Limits(max_connections=max_connections),
        follow_redirects=False,
        mounts=dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]")),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"Accept": "application/json", "User-Agent": "juncture"},
    )


@dataclass(frozen=True, slots=True)
class JiraSession:
    """One connection's calls to one site; `decode` reads the answers."""

    client: JiraClient
    decode: Decoder
    tokens: TokenSource
    gate: asyncio.Semaphore

    @property
    def origin(self) -> Origin:
        """The site, and the caller's label for the connection."""
        return self.decode.origin

    async def get(self, path: str, parameters: QueryParameters | None = None) -> JsonValue:
        """What Jira answers to a GET of a path below the site's root.

        Raises:
            JiraApiError: the leaf that tells what Jira answered.
        """
        return await self._call("GET", path, parameters=parameters)

    async def post_query(self, path: str, body: JsonValue) -> JsonValue:
        """What Jira answers to a POST that only reads, and so may be repeated.

        Raises:
            JiraApiError: the leaf that tells what Jira answered.
        """
        return await self._call("POST", path, body=body)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: QueryParameters | None = None,
        body: JsonValue = None,
    ) -> JsonValue:
        url = self.client.api_url + join_path("/ex/jira/{}", self.origin.cloud_id) + path
        request = self.client.http.build_request(method, url, params=parameters, json=body)
        token = await self.tokens.access_token()
        try:
            return await self._send_repeatedly(request, token)
        except UnauthorizedError:
            renewed = await self.tokens.renew(token)
        return await self._send_repeatedly(request, renewed)

    async def _send_repeatedly(self, request: httpx.Request, token: SecretStr) -> JsonValue:
        policy = self.client.retry
        for attempt in range(1, policy.retries + 1):
            try:
                return await self._send(request, token)
            except (RateLimitedError, JiraUnavailableError) as error:
                asked = error.retry_after or timedelta(0)
                wait = policy.wait_asked(asked, attempt)
                if asked > policy.longest_wait:
                    raise
            await self.client.sleep(wait.total_seconds())
        return await self._send(request, token)

    async def _send(self, request: httpx.Request, token: SecretStr) -> JsonValue:
        request.headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        async with self.gate:
            response = await send(self.client.http, request, deadline=self.client.call_deadline)
        if response.is_success:
            return read_json(response)
        raise error_of(response, now=self.client.clock())
