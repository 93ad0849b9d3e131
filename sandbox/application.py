"""Puts the sandbox together as one Starlette application."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from sandbox import (
    attachment_control,
    attachments,
    avatars,
    consent,
    control,
    data_center,
    front_page,
    oauth,
    site_addresses,
)
from sandbox.callers import name_caller
from sandbox.clock import Clock, MovableClock
from sandbox.dates import DateStamper
from sandbox.endpoints import ENDPOINTS
from sandbox.errors import GatewayError, JiraError, OAuthError
from sandbox.exchange_log import ExchangeLog, ExchangeRecorder
from sandbox.faults import control as faults_control
from sandbox.faults.injector import FaultInjector
from sandbox.faults.wire import TransportKeeper
from sandbox.gateway import Gateway
from sandbox.limits import control as limits_control
from sandbox.limits.enforcer import RateLimiter
from sandbox.recorder import CallLog, Recorder
from sandbox.state import SandboxState, Settings
from sandbox.token_history import TokenHistory
from sandbox.tokens import TokenStore
from sandbox.world import World, utc_now

_GATEWAY: Final = Gateway(ENDPOINTS)
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_ROUTES: Final = (
    *consent.ROUTES,
    *oauth.ROUTES,
    *front_page.ROUTES,
    *control.ROUTES,
    *faults_control.ROUTES,
    *limits_control.ROUTES,
    *attachment_control.ROUTES,
    *attachments.ROUTES,
    *avatars.ROUTES,
    *site_addresses.ROUTES,
    *data_center.ROUTES,
    Route("/ex/jira/{cloud_id}/{path:path}", _GATEWAY.answer, methods=_METHODS),
    Route("/sites/{name}/{path:path}", _GATEWAY.answer_on_site, methods=_METHODS),
)


def create_application(
    world: World,
    *,
    clock: Clock = utc_now,
    settings: Settings | None = None,
    exchanges: ExchangeLog | None = None,
    token_history: TokenHistory | None = None,
) -> Starlette:
    """The sandbox over a world, ready for a server or for httpx's ASGITransport.

    Its state is `application.state.sandbox`, a `SandboxState`: tests may read the call log, move
    the clock or change the world through it without HTTP. What Jira's API is asked and answers is
    kept in `exchanges`, where one is given, and what the token endpoint did in `token_history`.
    """
    movable = MovableClock(clock)
    sandbox = SandboxState(
        world=world,
        settings=settings or Settings(),
        clock=movable,
        tokens=TokenStore(movable),
        calls=CallLog(),
        token_history=token_history or TokenHistory(),
    )

    application = Starlette(
        routes=_ROUTES,
        middleware=_stack_middleware(sandbox, exchanges),
        exception_handlers=_ERROR_ANSWERS,
    )
    application.router.redirect_slashes = False
    application.state.sandbox = sandbox
    return application


def _stack_middleware(sandbox: SandboxState, exchanges: ExchangeLog | None) -> list[Middleware]:
    return [
        # First: what stands before it must not wrap `receive`.
        Middleware(TransportKeeper),
        Middleware(DateStamper, clock=sandbox.clock),
        *([] if exchanges is None else [Middleware(ExchangeRecorder, log=exchanges)]),
        Middleware(Recorder, log=sandbox.calls, find_grant=partial(name_caller, sandbox)),
        Middleware(FaultInjector, sandbox=sandbox),
        Middleware(RateLimiter, sandbox=sandbox, endpoints=ENDPOINTS),
    ]


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


_ERROR_ANSWERS: Final[Mapping[Any, ExceptionHandler]] = {
    JiraError: _answer_jira_error,
    GatewayError: _answer_gateway_error,
    OAuthError: _answer_oauth_error,
}
