"""Puts the sandbox together as one Starlette application."""

from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import (
    agile,
    avatars,
    comments,
    consent,
    control,
    create_metadata,
    faults_control,
    front_page,
    issue_writes,
    limits_control,
    link_types,
    oauth,
    platform_catalogue,
    platform_issues,
    platform_permissions,
    platform_projects,
    platform_users,
    search,
    server_info,
    site_addresses,
    software,
    transitions,
)
from sandbox.callers import name_caller
from sandbox.clock import Clock, MovableClock
from sandbox.errors import GatewayError, JiraError, OAuthError
from sandbox.exchange_log import ExchangeLog, ExchangeRecorder
from sandbox.faults_injector import FaultInjector
from sandbox.faults_wire import TransportKeeper
from sandbox.gateway import Gateway
from sandbox.limits_enforcer import RateLimiter
from sandbox.recorder import CallLog, Recorder
from sandbox.state import SandboxState, Settings
from sandbox.tokens import TokenStore
from sandbox.world import World, utc_now

ENDPOINTS: Final = (
    *platform_projects.ENDPOINTS,
    *create_metadata.ENDPOINTS,
    *platform_issues.ENDPOINTS,
    *issue_writes.ENDPOINTS,
    *transitions.ENDPOINTS,
    *comments.ENDPOINTS,
    *platform_catalogue.ENDPOINTS,
    *platform_users.ENDPOINTS,
    *platform_permissions.ENDPOINTS,
    *link_types.ENDPOINTS,
    *server_info.ENDPOINTS,
    *search.ENDPOINTS,
    *agile.ENDPOINTS,
    *software.ENDPOINTS,
)
"""Every operation of Jira's APIs that the sandbox has."""

_GATEWAY: Final = Gateway(ENDPOINTS)
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_ROUTES: Final = (
    *consent.ROUTES,
    *oauth.ROUTES,
    *front_page.ROUTES,
    *control.ROUTES,
    *faults_control.ROUTES,
    *limits_control.ROUTES,
    *avatars.ROUTES,
    *site_addresses.ROUTES,
    Route("/ex/jira/{cloud_id}/{path:path}", _GATEWAY.answer, methods=_METHODS),
    Route("/sites/{name}/{path:path}", _GATEWAY.answer_on_site, methods=_METHODS),
)


def create_application(
    world: World,
    *,
    clock: Clock = utc_now,
    settings: Settings | None = None,
    exchanges: ExchangeLog | None = None,
) -> Starlette:
    """The sandbox over a world, ready for a server or for httpx's ASGITransport.

    Its state is `application.state.sandbox`, a `SandboxState`: tests may read the call log, move
    the clock or change the world through it without HTTP. What Jira's API is asked and answers is
    kept in `exchanges`, where one is given.
    """
    movable = MovableClock(clock)
    sandbox = SandboxState(
        world=world,
        settings=settings or Settings(),
        clock=movable,
        tokens=TokenStore(movable),
        calls=CallLog(),
    )

    middleware = [
        # First: what stands before it must not wrap `receive`.
        Middleware(TransportKeeper),
        *([] if exchanges is None else [Middleware(ExchangeRecorder, log=exchanges)]),
        Middleware(Recorder, log=sandbox.calls, find_grant=partial(name_caller, sandbox)),
        Middleware(FaultInjector, sandbox=sandbox),
        Middleware(RateLimiter, sandbox=sandbox, endpoints=ENDPOINTS),
    ]
    application = Starlette(
        routes=_ROUTES,
        middleware=middleware,
        exception_handlers={
            JiraError: _answer_jira_error,
            GatewayError: _answer_gateway_error,
            OAuthError: _answer_oauth_error,
        },
    )
    application.router.redirect_slashes = False
    application.state.sandbox = sandbox
    return application


async def _answer_jira_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, JiraError)
    body = {"errorMessages": list(error.messages), "errors": error.errors}
    return JSONResponse(body, error.status, media_type="application/json;charset=UTF-8")


async def _answer_gateway_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse({"code": 401, "message": error.message}, status_code=401)


async def _answer_oauth_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OAuthError)
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status_code=error.status)
