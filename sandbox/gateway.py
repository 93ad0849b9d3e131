"""What stands in front of Jira: callers, sites, routes and scopes.

A route is one `Endpoint` in a table of its API; a handler gets a `Call` and returns JSON, unless it
is `Raw`: what it reads and sends is its own. The same tables are served at two doors. At the
gateway, what matches no route, or a site or scope that was not granted, is one and the same 401; a
site's own address tells them apart.
Source: the project's notes on the Jira API, sections 1 and 2.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from sandbox.callers import Caller, authenticate_at_gateway, authenticate_on_site, refuse_stranger
from sandbox.errors import GatewayError, JiraError
from sandbox.json_bodies import parse_json
from sandbox.site_addresses import build_site_path, get_named_data, relocate_links
from sandbox.state import get_sandbox
from sandbox.world import SANDBOX_ORIGIN, JsonObject, SiteData

_MISMATCH: Final = "Unauthorized; scope does not match"


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a route asks of a grant: its classic scopes, or else all of its granular ones."""

    classic: frozenset[str]
    granular: frozenset[str]

    def admit(self, granted: frozenset[str] | None) -> bool:
        """Whether what was granted opens the route; None stands for everything."""
        if granted is None:
            return True
        has_classic = bool(self.classic) and self.classic <= granted
        return has_classic or self.granular <= granted


def scopes(classic: str, granular: str) -> Scopes:
    """Scopes written as Atlassian lists them, apart by spaces; "" where no classic one will do."""
    return Scopes(frozenset(classic.split()), frozenset(granular.split()))


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted call: the site's data, the path's and query's parameters, the JSON body."""

    data: SiteData
    path: dict[str, str]
    query: QueryParams
    body: Any
    now: datetime

    @property
    def api_url(self) -> str:
        """The root of the platform API on the site itself, as `self` links name it."""
        return f"{self.data.site.url}/rest/api/3"

    def read_object(self) -> JsonObject:
        """The body, which must be a JSON object.

        Raises:
            JiraError: 400.
        """
        if not isinstance(self.body, dict):
            raise JiraError(400, ["Invalid request payload. Refer to the REST API documentation."])
        return self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers where the status is not 200; 204 has no body."""

    status: int
    body: Any = None


Handler = Callable[[Call], Any]
"""Answers a call with a body, or with an `Answer`."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A handler that reads the request's body itself, or makes an answer that is no JSON.

    Its `Call` has no body. A `Response` is sent as it is.
    """

    answer: Callable[[Call, Request], Awaitable[Answer | Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of an API's table."""

    method: str
    template: str
    pattern: re.Pattern[str]
    scopes: Scopes
    handler: Handler | Raw


Match = tuple[Endpoint, dict[str, str]]
"""A row with the parameters that its pattern found in the path."""


def endpoint(method: str, template: str, needed: Scopes, handler: Handler | Raw) -> Endpoint:
    """A row for a path template such as `/rest/api/3/project/{id_or_key}`."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return Endpoint(method, template, re.compile(pattern), needed, handler)


class Gateway:
    """Answers everything under /ex/jira, and under the sites' own addresses."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Serve these tables; the first row that matches wins."""
        self._endpoints = tuple(endpoints)

    async def answer(self, request: Request) -> Response:
        """Admit a call at the gateway, delay it as told, and let its handler answer.

        Raises:
            GatewayError: 401.
        """
        await _delay(request)
        caller = authenticate_at_gateway(request)
        found = self._find(request)
        if found is None:
            raise GatewayError(_MISMATCH)
        data = _open_site(request, caller)
        if not found[0].scopes.admit(caller.scopes):
            raise GatewayError(_MISMATCH)
        return _respond(await _handle(request, found, data), _read_origin(request))

    async def answer_on_site(self, request: Request) -> Response:
        """Admit a call on a site's own address, delay it as told, and let its handler answer.

        Raises:
            JiraError: 401 for strangers, 404 for a site or route that there is not.
        """
        await _delay(request)
        data = get_named_data(request)
        caller = authenticate_on_site(request)
        found = self._find(request)
        if found is None:
            raise JiraError(404, ["Nothing answers at this address."])
        if not found[0].scopes.admit(caller.scopes):
            raise refuse_stranger()
        origin = _read_origin(request)
        answer = await _handle(request, found, data)
        if isinstance(answer, Response):
            return answer
        address = origin + build_site_path(data.site)
        body = relocate_links(answer.body, data.site, address)
        return _respond(Answer(answer.status, body), origin)

    def _find(self, request: Request) -> Match | None:
        path = f"/{request.path_params['path']}"
        for row in self._endpoints:
            match = row.pattern.fullmatch(path) if row.method == request.method else None
            if match:
                return row, match.groupdict()
        return None


async def _delay(request: Request) -> None:
    await asyncio.sleep(get_sandbox(request).latency.total_seconds())


def _open_site(request: Request, caller: Caller) -> SiteData:
    cloud_id = request.path_params["cloud_id"]
    data = get_sandbox(request).world.data.get(cloud_id)
    if data is None or cloud_id not in caller.sites:
        raise GatewayError(_MISMATCH)
    return data


async def _handle(request: Request, found: Match, data: SiteData) -> Answer | Response:
    row, path = found
    body = None if isinstance(row.handler, Raw) else await _read_json(request)
    sandbox = get_sandbox(request)
    now = sandbox.clock.now()
    data.searched.catch_up(now - sandbox.search_lag)
    call = Call(data, path, request.query_params, body, now)
    if isinstance(row.handler, Raw):
        return await row.handler.answer(call, request)
    answer = row.handler(call)
    return answer if isinstance(answer, Answer) else Answer(200, answer)


def _read_origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _read_json(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return None
    try:
        return parse_json(raw)
    except ValueError:
        raise JiraError(400, ["The request body is not valid JSON."]) from None


def _respond(answer: Answer | Response, base_url: str) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer.status == 204:
        return Response(status_code=204)
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    # Stored URLs cannot know at which address the sandbox is asked.
    content = text.replace(SANDBOX_ORIGIN, base_url)
    return Response(content, answer.status, media_type="application/json;charset=UTF-8")
