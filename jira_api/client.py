"""Calls to Jira: bounded in number and time, retried where that is safe, renewed once on a 401."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar
from weakref import WeakValueDictionary

import httpx
from pydantic import SecretStr

from jira_api.answers import error_of, read_json
from jira_api.decoding import Decoder
from jira_api.doors import Dialect, Door, TokenSource
from jira_api.errors import (
    DeadlineExceededError,
    DialectNotServedError,
    InvalidResponseError,
    JiraUnavailableError,
    MissingScopeError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    UnauthorizedError,
)
from jira_api.exchange import CALL_DEADLINE, send
from jira_api.json_values import JsonValue
from jira_api.paths import join_path
from jira_api.records import Origin
from jira_api.retry import RetryPolicy
from jira_api.scopes import missing_scopes

QueryParameters = Mapping[str, str | int | Sequence[str]]
T = TypeVar("T")
Around = Callable[[], AbstractAsyncContextManager[None]]


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

    def session(
        self,
        origin: Origin,
        tokens: TokenSource,
        *,
        granted: Collection[str] = (),
        deadline_at: float | None = None,
        around: Around = nullcontext,
        door: Door | None = None,
    ) -> "JiraSession":
        """Calls to one site on behalf of one connection, with the scopes that it was granted.

        They go through Atlassian's gateway by the site's cloud id, or else through a door of the
        site's own. No call or wait goes on past `deadline_at`, an instant of the event loop's
        clock. Each call is made inside of what `around` gives, with all that it waits for: its
        token, its turn, its repetitions.
        """
        gate = self._gates.get(origin.label)
        if gate is None:
            gate = asyncio.Semaphore(self.max_concurrency)
            self._gates[origin.label] = gate
        return JiraSession(
            self, Decoder(origin), tokens, gate, frozenset(granted), deadline_at, around, door
        )


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


@dataclass(slots=True)
class _Call:
    """One call and what became of it; `has_doubt` once Jira may have carried it out."""

    request: httpx.Request
    path: str
    is_repeatable: bool = True
    has_doubt: bool = False


@dataclass(frozen=True, slots=True)
class JiraSession:
    """One connection's calls to one site; `decode` reads the answers."""

    client: JiraClient
    decode: Decoder
    tokens: TokenSource
    gate: asyncio.Semaphore
    granted: frozenset[str] = frozenset()
    deadline_at: float | None = None
    around: Around = nullcontext
    door: Door | None = None

    @property
    def dialect(self) -> Dialect:
        """Which kind of Jira the site is."""
        return Dialect.CLOUD if self.door is None else self.door.dialect

    @property
    def origin(self) -> Origin:
        """The site, and the caller's label for the connection."""
        return self.decode.origin

    async def get(self, path: str, parameters: QueryParameters | None = None) -> JsonValue:
        """What Jira answers to a GET of a path below the site's root.

        Raises:
            JiraApiError: the leaf that tells what Jira answered.
        """
        return read_json(await self._repeat(self._prepare("GET", path, parameters)))

    async def post_query(self, path: str, body: JsonValue) -> JsonValue:
        """What Jira answers to a POST that only reads, and so may be repeated.

        Raises:
            JiraApiError: the leaf that tells what Jira answered.
        """
        return read_json(await self._repeat(self._prepare("POST", path, body=body)))

    async def put(
        self, path: str, body: JsonValue, parameters: QueryParameters | None = None
    ) -> None:
        """Change what lies under a path; made twice it comes to the same, so it is repeated.

        Each repetition after a lost answer may tell the watchers again, and undo what somebody
        changed in between.

        Raises:
            OutcomeUnknownError: the last answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        await self._change(self._prepare("PUT", path, parameters, body))

    async def delete(self, path: str, parameters: QueryParameters | None = None) -> None:
        """Take away what lies under a path, which the caller knows to be there.

        Where an answer was lost and the repetition finds nothing, the first call has done it.

        Raises:
            NotFoundError: there is nothing.
            OutcomeUnknownError: the last answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        call = self._prepare("DELETE", path, parameters)
        try:
            await self._change(call)
        except NotFoundError:
            if not call.has_doubt:
                raise

    async def post(self, path: str, body: JsonValue) -> JsonValue:
        """What Jira answers to a POST that makes something new, sent again only after a refusal.

        Raises:
            OutcomeUnknownError: the answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        call = self._prepare("POST", path, body=body)
        call.is_repeatable = False
        try:
            return read_json(await self._make(call))
        except (JiraUnavailableError, InvalidResponseError) as error:
            if not call.has_doubt:
                raise
            raise OutcomeUnknownError(
                f"{error.message} Jira may have carried it out: look before you repeat it.",
                status=error.status,
            ) from None

    def _prepare(
        self,
        method: str,
        path: str,
        parameters: QueryParameters | None = None,
        body: JsonValue = None,
    ) -> _Call:
        if Dialect.of_path(path) is not self.dialect:
            raise DialectNotServedError(
                "The site is a Jira Data Center or Server: its dialect is not served yet."
            )
        request = self._http.build_request(method, self._root + path, params=parameters, json=body)
        return _Call(request, path)

    @property
    def _http(self) -> httpx.AsyncClient:
        return self.client.http if self.door is None else self.door.http

    @property
    def _root(self) -> str:
        if self.door is not None:
            return self.door.root
        return self.client.api_url + join_path("/ex/jira/{}", self.origin.cloud_id)

    async def _change(self, call: _Call) -> None:
        """Carry out a change that may be repeated.

        Raises:
            OutcomeUnknownError: the last answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        try:
            response = await self._repeat(call)
        except (JiraUnavailableError, DeadlineExceededError, InvalidResponseError) as error:
            if not call.has_doubt:
                raise
            told = f"{error.message} The change may have been made; making it again does no harm."
            if isinstance(error, JiraUnavailableError) and error.status is not None:
                raise JiraUnavailableError(
                    told, status=error.status, retry_after=error.retry_after
                ) from None
            raise OutcomeUnknownError(told, status=error.status) from None
        if response.status_code != HTTPStatus.NO_CONTENT:
            raise InvalidResponseError(
                f"Jira answered a change with {response.status_code}, not with 204: look whether "
                "it was made.",
                status=response.status_code,
            )

    async def _repeat(self, call: _Call) -> httpx.Response:
        """The answer to a call that may be repeated."""
        try:
            return await self._make(call)
        except JiraUnavailableError:
            if self._seconds_left() > 0:
                raise
        raise _deadline_exceeded()

    async def _make(self, call: _Call) -> httpx.Response:
        async with self.around():
            return await self._make_inside(call)

    async def _make_inside(self, call: _Call) -> httpx.Response:
        try:
            credential = await self._in_time(self.tokens.authorization())
            try:
                return await self._send_repeatedly(call, credential)
            except UnauthorizedError:
                renewed = await self._in_time(self.tokens.renew(credential))
            return await self._send_repeatedly(call, renewed)
        except MissingScopeError as error:
            lacking = missing_scopes(call.request.method, call.path, self.granted)
            raise MissingScopeError(error.message, status=error.status, scopes=lacking) from None

    async def _send_repeatedly(self, call: _Call, credential: SecretStr) -> httpx.Response:
        policy = self.client.retry
        failure: RateLimitedError | JiraUnavailableError
        for attempt in range(1, policy.retries + 1):
            try:
                return await self._send(call, credential)
            except RateLimitedError as error:
                failure = error
            except JiraUnavailableError as error:
                if error.was_sent and not call.is_repeatable:
                    raise
                failure = error
            asked = failure.retry_after or timedelta(0)
            wait = policy.wait_asked(asked, attempt).total_seconds()
            if asked > policy.longest_wait or wait >= self._seconds_left():
                raise failure
            await self.client.sleep(wait)
        return await self._send(call, credential)

    async def _send(self, call: _Call, credential: SecretStr) -> httpx.Response:
        call.request.headers["Authorization"] = credential.get_secret_value()
        async with self._turn() as deadline:
            try:
                response = await send(self._http, call.request, deadline=deadline)
            except JiraUnavailableError as error:
                call.has_doubt |= error.was_sent
                raise
            except InvalidResponseError:
                call.has_doubt = True
                raise
        if response.is_success:
            call.has_doubt = True
            return response
        refusal = error_of(response, now=self.client.clock())
        call.has_doubt |= isinstance(refusal, JiraUnavailableError)
        raise refusal

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[timedelta]:
        """A place among the connection's calls in flight, and how long the call may take."""
        await self._in_time(self.gate.acquire())
        try:
            left = self._seconds_left()
            if left <= 0:
                raise _deadline_exceeded(_NOT_ASKED)
            yield timedelta(seconds=min(self.client.call_deadline.total_seconds(), left))
        finally:
            self.gate.release()

    async def _in_time(self, awaited: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self.deadline_at) as scope:
                return await awaited
        except TimeoutError:
            if scope.expired():
                raise _deadline_exceeded(_NOT_ASKED) from None
            raise

    def _seconds_left(self) -> float:
        if self.deadline_at is None:
            return math.inf
        return self.deadline_at - asyncio.get_running_loop().time()


_NOT_ASKED = "Jira was asked for this"


def _deadline_exceeded(was: str = "Jira had answered") -> DeadlineExceededError:
    return DeadlineExceededError(f"The operation's time was over before {was}.")
