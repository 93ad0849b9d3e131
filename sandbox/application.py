"""Puts the sandbox together as one Starlette application."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import (
    agile,
    avatars,
    consent,
    control,
    oauth,
    platform_catalogue,
    platform_issues,
    platform_projects,
    platform_users,
    search,
    software,
)
from sandbox.clock import Clock, MovableClock
from sandbox.errors import GatewayError, JiraError, OAuthError
from sandbox.gateway import Gateway
from sandbox.recorder import CallLog, Recorder
from sandbox.state import SandboxState, Settings
from sandbox.tokens import TokenStore
from sandbox.world import World, utc_now

_GATEWAY: Final = Gateway(
    (
        *platform_projects.ENDPOINTS,
        *platform_issues.ENDPOINTS,
        *platform_catalogue.ENDPOINTS,
        *platform_users.ENDPOINTS,
        *search.ENDPOINTS,
        *agile.ENDPOINTS,
        *software.ENDPOINTS,
    )
)
_ROUTES: Final = (
    *consent.ROUTES,
    *oauth.ROUTES,
    *control.ROUTES,
    *avatars.ROUTES,
    Route(
        "/ex/jira/{cloud_id}/{path:path}",
        _GATEWAY.answer,
        methods=["GET", "POST", "PUT", "DELETE", "PATCH"],
    ),
)


def create_application(
    world: World, *, clock: Clock = utc_now, settings: Settings | None = None
) -> Starlette:
    """The sandbox over a world, ready for a server or for httpx's ASGITransport.

    Its state is `application.state.sandbox`, a `SandboxState`: tests may read the call log, move
    the clock or change the world through it without HTTP.
    """
    movable = MovableClock(clock)
    sandbox = SandboxState(
        world=world,
        settings=settings or Settings(),
        clock=movable,
        tokens=TokenStore(movable),
        calls=CallLog(),
    )

    def find_grant_id(authorization: str) -> str | None:
        grant = oauth.find_bearer_grant(sandbox, authorization)
        return None if grant is None else grant.id

    application = Starlette(
        routes=_ROUTES,
        middleware=[Middleware(Recorder, log=sandbox.calls, find_grant=find_grant_id)],
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
    return JSONResponse(body, status_code=error.status)


async def _answer_gateway_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse({"code": 401, "message": error.message}, status_code=401)


async def _answer_oauth_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OAuthError)
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status_code=error.status)
