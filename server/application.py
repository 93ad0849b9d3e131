"""The application, put together."""

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from resolvers.errors import describe
from schema.build import build_schema
from schema.failures import failure_body
from server.attachment_downloads import AttachmentDownloads
from server.attachment_uploads import AttachmentUploads
from server.demo_page import DemoPage
from server.graphql_endpoint import EXPLAIN_HEADER, GraphQLEndpoint
from server.headers import AnswerHeaders, add_headers
from server.metrics import Metrics
from server.oauth_routes import OAuthRoutes
from server.pages import FOLDER, Pages
from server.request_ids import HEADER, RequestIds, request_id_of
from server.services import Parts, list_chores, open_authenticator, open_services
from server.settings import Introspection, Settings

_log = logging.getLogger("juncture.server")


def create_application(settings: Settings, parts: Parts | None = None) -> Starlette:
    """The whole application; its lifespan opens and closes what it uses.

    `app.state.services` is there while the lifespan runs.
    """
    parts = parts or Parts()
    is_https = settings.public_url.startswith("https://")
    pages = Pages()
    endpoint = GraphQLEndpoint(
        schema=build_schema(has_introspection=settings.introspection is not Introspection.OFF),
        is_introspection_open=settings.introspection is Introspection.OPEN,
        pages=pages if settings.has_graphiql else None,
    )
    app = Starlette(
        lifespan=lambda running: _run(running, settings, parts),
        middleware=_middleware(settings, is_https=is_https),
        exception_handlers={Exception: partial(_tell_unforeseen, is_https=is_https)},
    )
    metrics = Metrics(
        lambda: app.state.services,
        lambda: app.state.authenticator,
        lead=settings.notice_lead,
        monotonic=parts.monotonic,
    )
    oauth = OAuthRoutes(lambda: app.state.services.flows, pages, is_https=is_https)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.handle, methods=_METHODS),
        Route("/healthz", _healthz),
        Route("/metrics", metrics.handle),
        *oauth.routes(),
        *_attachment_routes(app),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    if settings.is_demo:
        routes += DemoPage(lambda: app.state.services, pages).routes()
    app.router.routes.extend(routes)
    return app


def _attachment_routes(app: Starlette) -> list[Route]:
    downloads = AttachmentDownloads(
        lambda: app.state.services, lambda: app.state.authenticator.api_keys
    )
    uploads = AttachmentUploads(lambda: app.state.services, lambda: app.state.authenticator)
    return [*downloads.routes(), *uploads.routes()]


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


_OF_FILES = ["Content-Disposition", "Content-Range", "Accept-Ranges", "ETag"]

_SWITCH_INTERVAL_S = 0.0005
"""The event loop waits so long at most for a thread that reads a long text. With Python's own 5 ms,
forty such texts at once held other operations for seconds; with this, for less than half of one."""


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _middleware(settings: Settings, *, is_https: bool) -> list[Middleware]:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", EXPLAIN_HEADER, "Range", "If-Range"],
        expose_headers=[HEADER, "Retry-After", *_OF_FILES],
        max_age=600,
    )
    headers = Middleware(AnswerHeaders, is_https=is_https)
    return [Middleware(RequestIds), headers, *([cors] if settings.cors_allowed_origins else [])]


async def _tell_unforeseen(request: Request, error: Exception, *, is_https: bool) -> Response:
    """An error that nobody foresaw: its text goes to the log, and its request's id to the caller.

    The server's own middleware, which answers here, stands outside of those that add the id and the
    headers.
    """
    request_id = request_id_of(request)
    _log.error("request %s failed", request_id, exc_info=error)
    body = failure_body(describe(error), request_id=request_id)
    response = JSONResponse(body, HTTPStatus.INTERNAL_SERVER_ERROR)
    response.headers[HEADER] = request_id
    add_headers(response.headers, is_https=is_https)
    return response


@asynccontextmanager
async def _run(app: Starlette, settings: Settings, parts: Parts) -> AsyncIterator[None]:
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    async with open_services(settings, parts) as services:
        app.state.services = services
        app.state.authenticator = open_authenticator(settings, parts, services)
        async with parts.background(list_chores(settings, services)):
            yield
