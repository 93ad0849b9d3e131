"""The gateway in front of Jira: bearer tokens, sites, routes and scopes.

A route is one `Endpoint` in a table of its API; a handler gets a `Call` and returns JSON. What
matches no route, or a site or scope that was not granted, is one and the same 401.
Source: the project's notes on the Jira API, sections 1 and 2.
"""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from sandbox.errors import GatewayError, JiraError
from sandbox.oauth import authenticate
from sandbox.state import get_sandbox
from sandbox.tokens import Grant
from sandbox.world import SANDBOX_ORIGIN, JsonObject, SiteData

_MISMATCH: Final = "Unauthorized; scope does not match"


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a route asks of a grant: its classic scopes, or else all of its granular ones."""

    classic: frozenset[str]
    granular: frozenset[str]

    def admit(self, granted: frozenset[str]) -> bool:
        """Whether a grant opens the route."""
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


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of an API's table."""

    method: str
    pattern: re.Pattern[str]
    scopes: Scopes
    handler: Handler


def endpoint(method: str, template: str, needed: Scopes, handler: Handler) -> Endpoint:
    """A row for a path template such as `/rest/api/3/project/{id_or_key}`."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return Endpoint(method, re.compile(pattern), needed, handler)


class Gateway:
    """Answers everything under /ex/jira."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Serve these tables; the first row that matches wins."""
        self._endpoints = tuple(endpoints)

    async def answer(self, request: Request) -> Response:
        """Admit the call, delay it as told, and let its handler answer."""
        sandbox = get_sandbox(request)
        await asyncio.sleep(sandbox.latency.total_seconds())
        grant = authenticate(request)
        found, path = self._match(request.method, request.path_params["path"])
        data = self._open_site(request, grant)
        if not found.scopes.admit(frozenset(grant.scopes)):
            raise GatewayError(_MISMATCH)
        body = await _read_json(request)
        answer = found.handler(Call(data, path, request.query_params, body, sandbox.clock.now()))
        return _respond(answer, str(request.base_url).rstrip("/"))

    def _match(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        for row in self._endpoints:
            match = row.pattern.fullmatch(f"/{path}") if row.method == method else None
            if match:
                return row, match.groupdict()
        raise GatewayError(_MISMATCH)

    def _open_site(self, request: Request, grant: Grant) -> SiteData:
        sandbox = get_sandbox(request)
        cloud_id = request.path_params["cloud_id"]
        data = sandbox.world.data.get(cloud_id)
        if data is None or cloud_id not in sandbox.tokens.list_sites(grant.client_id):
            raise GatewayError(_MISMATCH)
        return data


async def _read_json(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise JiraError(400, ["The request body is not valid JSON."]) from None


def _respond(answer: Any, base_url: str) -> Response:
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    # Stored URLs cannot know at which address the sandbox is asked.
    content = text.replace(SANDBOX_ORIGIN, base_url)
    return Response(content, media_type="application/json;charset=UTF-8")
