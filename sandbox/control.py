"""The sandbox's own API, no part of Jira: what was called, delays, the clock, revocation."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control_orders import Order, read_object, read_order
from sandbox.errors import JiraError
from sandbox.state import get_sandbox
from sandbox.world import JsonObject

_LARGEST: Final = 10**9


class RevocationOrder(Order):
    """The grant that is to end; without one, all."""

    grant: str | None = None


async def show_calls(request: Request) -> Response:
    """Every recorded call in order of arrival."""
    return JSONResponse(get_sandbox(request).calls.to_json())


async def clear_calls(request: Request) -> Response:
    """Forget the calls recorded so far."""
    get_sandbox(request).calls.calls.clear()
    return Response(status_code=204)


async def set_latency(request: Request) -> Response:
    """Delay every Jira call from now on."""
    milliseconds = _read_number(await read_object(request), "milliseconds")
    get_sandbox(request).latency = timedelta(milliseconds=milliseconds)
    return JSONResponse({"milliseconds": milliseconds})


async def set_search_lag(request: Request) -> Response:
    """Let searches see what is written so much later, by the sandbox's clock, from now on."""
    seconds = _read_number(await read_object(request), "seconds")
    get_sandbox(request).search_lag = timedelta(seconds=seconds)
    return JSONResponse({"seconds": seconds})


async def advance_clock(request: Request) -> Response:
    """Move the sandbox's clock forward and answer with its new instant."""
    sandbox = get_sandbox(request)
    seconds = _read_number(await read_object(request), "advanceSeconds")
    sandbox.clock.advance(timedelta(seconds=seconds))
    return JSONResponse({"now": sandbox.clock.now().isoformat()})


async def revoke_grants(request: Request) -> Response:
    """End one grant or all of them, as a person does under Connected apps.

    Raises:
        JiraError: 404.
    """
    grant_id = (await read_order(request, RevocationOrder)).grant
    tokens = get_sandbox(request).tokens
    if grant_id is not None and grant_id not in tokens.grants:
        raise JiraError(
            404, [f"No grant {grant_id} was given; GET /__sandbox__/grants lists them."]
        )
    return JSONResponse({"revoked": tokens.revoke(grant_id)})


async def show_grants(request: Request) -> Response:
    """Every grant, whether it lives, and how often its refresh token was forked."""
    grants = get_sandbox(request).tokens.grants.values()
    described = [
        {
            "grant": grant.id,
            "clientId": grant.client_id,
            "scopes": list(grant.scopes),
            "isAlive": grant.is_alive,
            "forks": grant.forks,
        }
        for grant in grants
    ]
    return JSONResponse({"grants": described})


async def show_token_history(request: Request) -> Response:
    """Every exchange at the token endpoint, given or refused, with what stands for its tokens."""
    return JSONResponse(get_sandbox(request).token_history.to_json())


async def show_health(request: Request) -> Response:
    """Say that the sandbox answers, its instant, and what it holds."""
    sandbox = get_sandbox(request)
    sites = [
        {
            "cloudId": site.cloud_id,
            "name": site.name,
            "issues": len(data.issues) if (data := sandbox.world.data.get(site.cloud_id)) else 0,
        }
        for site in sandbox.world.sites.values()
    ]
    return JSONResponse({"status": "ok", "now": sandbox.clock.now().isoformat(), "sites": sites})


def _read_number(body: JsonObject, name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        raise JiraError(400, [f"Give {name} as a number from 0 to {_LARGEST:,}."])
    return value


ROUTES: Final = (
    Route("/__sandbox__/calls", show_calls, methods=["GET"]),
    Route("/__sandbox__/calls", clear_calls, methods=["DELETE"]),
    Route("/__sandbox__/latency", set_latency, methods=["POST"]),
    Route("/__sandbox__/search-lag", set_search_lag, methods=["POST"]),
    Route("/__sandbox__/clock", advance_clock, methods=["POST"]),
    Route("/__sandbox__/revoke", revoke_grants, methods=["POST"]),
    Route("/__sandbox__/grants", show_grants, methods=["GET"]),
    Route("/__sandbox__/token-history", show_token_history, methods=["GET"]),
    Route("/__sandbox__/health", show_health, methods=["GET"]),
)
