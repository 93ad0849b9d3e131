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

from jira_api.answers import check_done, error_of, read_json
from jira_api.calls import BeforeAgain, Call, Listener, let_it_go, tell_nobody, telling
from jira_api.decoding import Decoder
from jira_api.doors import Dialect, Door, TokenSource
from jira_api.errors import (
    UNDECIDED,
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
        listener: Listener = tell_nobody,
    ) -> "JiraSession":
        """Calls to one site on behalf of one connection, with the scopes that it was granted.

        They go through Atlassian's gateway by the site's cloud id, or else through a door of the
        site's own. No call or wait goes on past `deadline_at`, an instant of the event loop's
        clock. Each call is made inside of what `around` gives, with all that it waits for: its
        token, its turn, its repetitions. What changed, or may have, is told to the `listener`
        before the call's own caller goes on.
        """
        gate = self._gates.get(origin.label)
        if gate is None:
            gate = asyncio.Semaphore(self.max_concurrency)
            self._gates[origin.label] = gate
        return JiraSession(
            self,
            Decoder(origin),
            tokens,
            gate,
            frozenset(granted),
            deadline_at,
            around,
            door,
            listener,
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
    listener: Listener = tell_nobody

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

    async def post_query(
        self, path: str, body: JsonValue, parameters: QueryParameters | None = None
    ) -> JsonValue:
        """What Jira answers to a POST that only reads, and so may be repeated.

        Raises:
            JiraApiError: the leaf that tells what Jira answered.
        """
        return read_json(await self._repeat(self._prepare("POST", path, parameters, body)))

    async def put(
        self,
        path: str,
        body: JsonValue,
        parameters: QueryParameters | None = None,
        before_again: BeforeAgain = let_it_go,
    ) -> None:
        """Change what lies under a path; made twice it comes to the same, so it is repeated.

        Each repetition after a lost answer may tell the watchers again, and undo what somebody
        changed in between, unless `before_again` keeps it from being made.

        Raises:
            OutcomeUnknownError: the last answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        call = self._prepare("PUT", path, parameters, body)
        call.before_again = before_again
        await self._change(call)

    async def put_and_read(self, path: str, body: JsonValue) -> JsonValue:
        """What Jira answers to a change as `put` makes them, where it shows what is there now.

        Raises:
            OutcomeUnknownError: the last answer was lost or cannot be read, so that it may have
                been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        return await self._carry_out(self._prepare("PUT", path, body=body), read_json)

    async def delete(
        self, path: str, parameters: QueryParameters | None = None, *, was_there: bool = True
    ) -> None:
        """Take away what lies under a path, which the caller knows to be there, or does not.

        Where an answer was lost and the repetition finds what `was_there` gone, that is done.

        Raises:
            NotFoundError: there is nothing.
            OutcomeUnknownError: an answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        call = self._prepare("DELETE", path, parameters)
        try:
            await self._change(call)
        except NotFoundError as absent:
            call.check_taken_away(absent, was_there=was_there)

    async def post(self, path: str, body: JsonValue) -> JsonValue:
        """What Jira answers to a POST that makes something new, sent again only after a refusal.

        Raises:
            OutcomeUnknownError: the answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        return await self._make_once(self._prepare("POST", path, body=body), read_json)

    async def post_change(self, path: str, body: JsonValue) -> None:
        """Carry out a POST that Jira answers with 204, sent again only after a refusal.

        Raises:
            OutcomeUnknownError: the answer was lost, so that it may have been carried out.
            JiraApiError: the leaf that tells what Jira answered.
        """
        check_done(await self._make_once(self._prepare("POST", path, body=body), _as_it_is))

    async def post_again(
        self, path: str, body: JsonValue, *, done: HTTPStatus = HTTPStatus.NO_CONTENT
    ) -> None:
        """Carry out a POST that made twice comes to the same, so it is repeated.

        `done` is what Jira answers once it is carried out.

        Raises:
            OutcomeUnknownError: the last answer was lost, so that it may have been carried out.
            JiraApiError: the leaf that tells what Jira answered.
        """
        await self._change(self._prepare("POST", path, body=body), done)

    async def _make_once(self, call: Call, read: Callable[[httpx.Response], T]) -> T:
        """What `read` makes of the answer to a call that must not be repeated."""
        call.is_repeatable = False
        try:
            async with telling(self.listener, call):
                return read(await self._make(call))
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
    ) -> Call:
        if Dialect.of_path(path) is not self.dialect:
            raise DialectNotServedError(
                "The site is a Jira Data Center or Server: its dialect is not served yet."
            )
        request = self._http.build_request(method, self._root + path, params=parameters, json=body)
        return Call(request, path)

    @property
    def _http(self) -> httpx.AsyncClient:
        return self.client.http if self.door is None else self.door.http

    @property
    def _root(self) -> str:
        if self.door is not None:
            return self.door.root
        return self.client.api_url + join_path("/ex/jira/{}", self.origin.cloud_id)

    async def _change(self, call: Call, done: HTTPStatus = HTTPStatus.NO_CONTENT) -> None:
        """Carry out a change that may be repeated, and whose answer says no more than that."""
        check_done(await self._carry_out(call, _as_it_is), done)

    async def _carry_out(self, call: Call, read: Callable[[httpx.Response], T]) -> T:
        """What `read` makes of the answer to a change that may be repeated.

        Raises:
            OutcomeUnknownError: the last answer was lost, so that it may have been made.
            JiraApiError: the leaf that tells what Jira answered.
        """
        try:
            async with telling(self.listener, call):
                return read(await self._repeat(call))
        except UNDECIDED as error:
            if not call.has_doubt:
                raise
            told = f"{error.message} The change may have been made; making it again does no harm."
            if isinstance(error, RateLimitedError):
                raise RateLimitedError(told, retry_after=error.retry_after) from None
            if isinstance(error, JiraUnavailableError) and error.status is not None:
                raise JiraUnavailableError(
                    told, status=error.status, retry_after=error.retry_after
                ) from None
            raise OutcomeUnknownError(told, status=error.status) from None

    async def _repeat(self, call: Call) -> httpx.Response:
        """The answer to a call that may be repeated."""
        try:
            return await self._make(call)
        except JiraUnavailableError:
            if self._seconds_left() > 0:
                raise
        raise _deadline_exceeded()

    async def _make(self, call: Call) -> httpx.Response:
        async with self.around():
            return await self._make_inside(call)

    async def _make_inside(self, call: Call) -> httpx.Response:
        try:
            credential = await self._in_time(self.tokens.authorization())
            try:
                return await self._send_repeatedly(call, credential)
            except UnauthorizedError:
                renewed = await self._in_time(self.tokens.renew(credential))
            await call.before_again(call)
            return await self._send_repeatedly(call, renewed)
        except MissingScopeError as error:
            lacking = missing_scopes(call.request.method, call.path, self.granted)
            raise MissingScopeError(error.message, status=error.status, scopes=lacking) from None

    async def _send_repeatedly(self, call: Call, credential: SecretStr) -> httpx.Response:
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
            await call.before_again(call)
        return await self._send(call, credential)

    async def _send(self, call: Call, credential: SecretStr) -> httpx.Response:
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
            call.has_doubt, call.answered = True, response.content
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


def _as_it_is(response: httpx.Response) -> httpx.Response:
    return response


_NOT_ASKED = "Jira was asked for this"


def _deadline_exceeded(was: str = "Jira had answered") -> DeadlineExceededError:
    return DeadlineExceededError(f"The operation's time was over before {was}.")
