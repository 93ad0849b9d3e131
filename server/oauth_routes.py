"""The flow's routes, for browsers: start, callback, and the page where a site is chosen."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from oauth.errors import (
    FlowFailedError,
    NoSiteGrantedError,
    OAuthError,
    SiteNotGrantedError,
    StateInvalidError,
    UnknownProviderError,
)
from oauth.flow import LINK_LIFETIME, PENDING_LIFETIME, AuthorizationFlows, FinishedFlow
from oauth.one_time import FlowSecret
from oauth.return_urls import Outcome, origin_of, with_outcome
from schema.failures import error_body
from server.pages import Pages, Policy, image_origins
from server.request_body import find_body
from server.request_ids import request_id_of
from storage.audit import Acting, acting
from storage.connections import load_connections_by_external_id
from storage.errors import CredentialUnreadableError, StorageError
from storage.records import AuthorizationFlow, PendingGrant

_COOKIE_LIFETIME = LINK_LIFETIME + PENDING_LIFETIME
_LONGEST = 4_096
_PAGE_METHODS = ["GET", "POST"]
_PERSON = "person"
"""Who acts here, in the record of events: somebody with a browser and no key."""
_PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_log = logging.getLogger("juncture.oauth")


@dataclass(frozen=True, slots=True)
class _Message:
    """A page that tells a person how the flow ended; `code` is for programs."""

    status: HTTPStatus
    code: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class OAuthRoutes:
    """The routes below `/oauth`; `is_https` makes cookies secure."""

    flows: Callable[[], AuthorizationFlows]
    pages: Pages
    is_https: bool

    def routes(self) -> list[Route]:
        """The routes, for any provider that is set up."""
        return [
            Route("/oauth/{provider}/start", self._guarded(self._start)),
            Route("/oauth/{provider}/callback", self._guarded(self._callback)),
            Route(
                "/oauth/{provider}/finalize/{code}",
                self._guarded(self._finalize, methods=_PAGE_METHODS),
                methods=_PAGE_METHODS,
            ),
        ]

    def _guarded(
        self,
        handle: Callable[[Request], Coroutine[Any, Any, Response]],
        *,
        methods: Sequence[str] = ("GET",),
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Every refusal as a page; HEAD and prefetching browsers change nothing."""

        async def guarded(request: Request) -> Response:
            if request.method == "HEAD":
                return Response(status_code=405, headers={"Allow": ", ".join(methods)})
            if _is_prefetch(request):
                return Response(status_code=425)
            try:
                with acting(Acting(_PERSON, request_id_of(request))):
                    return await handle(request)
            except (StateInvalidError, UnknownProviderError, SiteNotGrantedError) as error:
                return self._tell(request, _MESSAGES[type(error)])
            except CredentialUnreadableError:
                _log.exception("request %s: a stored token is unreadable", request_id_of(request))
                return self._tell(request, _UNREADABLE)
            except StorageError:
                _log.exception("request %s: storage failed", request_id_of(request))
                return self._tell(request, _UNAVAILABLE)

        return guarded

    async def _start(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        link = FlowSecret(_parameter(request, "link") or "")
        opened = await self.flows().open(provider=provider, link=link)
        response = RedirectResponse(opened.authorization_url, status_code=303)
        response.set_cookie(
            self._cookie_name(opened.flow_id),
            opened.browser_secret,
            max_age=int(_COOKIE_LIFETIME.total_seconds()),
            path="/",
            secure=self.is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _callback(self, request: Request) -> Response:
        state = FlowSecret(_parameter(request, "state") or "")
        code, error = _parameter(request, "code"), _parameter(request, "error")
        browser_secret = self._browser_secret(request, state)
        if (code is None) == (error is None):
            raise StateInvalidError("A callback brings a code or an error.")
        flow = await self.flows().consume(
            provider=request.path_params["provider"], state=state, browser_secret=browser_secret
        )
        if code is None:
            return self._declined(request, flow, error or "")
        try:
            received = await self.flows().receive_code(
                flow, code=code, browser_secret=browser_secret
            )
        except FlowFailedError as failed:
            _log.warning(
                "request %s: no grant: %s", request_id_of(request), failed.__cause__ or failed
            )
            return self._leave(request, failed.return_to, Outcome.FAILED, _FAILED)
        except NoSiteGrantedError as failed:
            provider = self.flows().display_name(flow.provider)
            page = replace(_NO_SITE, text=_NO_SITE.text.format(provider=provider))
            return self._leave(request, failed.return_to, Outcome.FAILED, page)
        path = f"/oauth/{flow.provider}/finalize/{received.code.text}"
        return RedirectResponse(path, status_code=303)

    async def _finalize(self, request: Request) -> Response:
        code = FlowSecret(request.path_params["code"][:_LONGEST])
        browser_secret = self._browser_secret(request, code)
        if request.method == "GET":
            pending = await self.flows().get_pending(code=code, browser_secret=browser_secret)
            return await self._choice(pending)
        finished = await self.flows().finalize(
            code=code, browser_secret=browser_secret, cloud_id=await _chosen_site(request)
        )
        return self._finished(request, code, finished)

    async def _choice(self, pending: PendingGrant) -> Response:
        linked = await load_connections_by_external_id(
            self.flows().database, provider=pending.provider, external_ids=[pending.external_id]
        )
        current = linked.get(pending.external_id)
        ids = [site.cloud_id for site in pending.sites]
        is_known = current is not None and current.site.cloud_id in ids
        preselected = current.site.cloud_id if current is not None and is_known else ids[0]
        targets = [origin_of(pending.return_to)] if pending.return_to else []
        return self.pages.render(
            "choose_site.html.j2",
            {
                "provider": self.flows().display_name(pending.provider),
                "sites": pending.sites,
                "preselected": preselected,
                "external_id": pending.external_id,
                "linked_site": current.site if current else None,
            },
            policy=Policy(
                images=image_origins(site.avatar_url for site in pending.sites),
                form_targets=targets,
            ),
        )

    def _finished(self, request: Request, code: FlowSecret, finished: FinishedFlow) -> Response:
        connection = finished.connection
        _log.info("connection %s authorised", connection.connection_id)
        done = _Message(
            HTTPStatus.OK,
            "",
            "Connected",
            f"{connection.site.name} ({connection.site.url}) is linked. You can close this page.",
        )
        response = self._leave(request, finished.return_to, Outcome.CONNECTED, done)
        response.delete_cookie(
            self._cookie_name(code.flow_id),
            path="/",
            secure=self.is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    def _declined(self, request: Request, flow: AuthorizationFlow, error: str) -> Response:
        if error == "access_denied":
            return self._leave(request, flow.return_to, Outcome.DENIED, _DENIED)
        _log.warning("request %s: the provider answered with an error", request_id_of(request))
        return self._leave(request, flow.return_to, Outcome.FAILED, _FAILED)

    def _leave(
        self, request: Request, return_to: str | None, outcome: Outcome, page: _Message
    ) -> Response:
        """Back to where the person came from, or a page of our own where that is nowhere."""
        if return_to is None:
            return self._tell(request, page)
        return RedirectResponse(with_outcome(return_to, outcome), status_code=303)

    def _tell(self, request: Request, message: _Message) -> Response:
        if "application/json" in request.headers.get("Accept", ""):
            extensions = {"code": message.code, "requestId": request_id_of(request)}
            body = error_body(message.text, extensions)
            return JSONResponse(body, status_code=message.status)
        values = {
            "title": message.title,
            "text": message.text,
            "code": message.code,
            "request_id": request_id_of(request),
        }
        return self.pages.render("message.html.j2", values, policy=Policy(), status=message.status)

    def _browser_secret(self, request: Request, secret: FlowSecret) -> str:
        value = request.cookies.get(self._cookie_name(secret.flow_id))
        if not value:
            raise StateInvalidError("The flow's cookie is missing.")
        return value

    def _cookie_name(self, flow_id: str) -> str:
        """One cookie a flow; `__Host-` keeps other hosts from setting it, and needs https."""
        return f"__Host-juncture-{flow_id}" if self.is_https else f"juncture-{flow_id}"


def _is_prefetch(request: Request) -> bool:
    """Whether a browser asks on a guess, before anybody has opened the page.

    Source: WHATWG Fetch, section Sec-Purpose header; the other names are those of older browsers.
    """
    said = " ".join(request.headers.get(name, "") for name in _PURPOSES).lower()
    return any(word in said for word in ("prefetch", "prerender", "preview"))


def _parameter(request: Request, name: str) -> str | None:
    """A query parameter that comes once at most and is not endless."""
    values = request.query_params.getlist(name)
    if len(values) > 1 or any(len(value) > _LONGEST for value in values):
        raise StateInvalidError(f"The parameter {name} comes twice or is too long.")
    return (values[0] or None) if values else None


async def _chosen_site(request: Request) -> str:
    """The `site` of the page's form; empty where it was sent none, several, or something else."""
    try:
        body = await find_body(request, most_bytes=_LONGEST)
    except ClientDisconnect:
        body = None
    fields = parse_qs((body or b"").decode("utf-8", "replace"))
    sites = fields.get("site", [])
    return sites[0] if len(sites) == 1 else ""


_STALE = _Message(
    HTTPStatus.BAD_REQUEST,
    "OAUTH_STATE_INVALID",
    "This link has expired",
    "It was used already, is older than ten minutes, or was opened in another browser. "
    "Go back to where you came from and begin again: nothing has changed.",
)
_UNKNOWN = _Message(
    HTTPStatus.NOT_FOUND, "NOT_FOUND", "Not found", "Nothing of that name can be linked here."
)
_NOT_GRANTED = _Message(
    HTTPStatus.FORBIDDEN,
    "FORBIDDEN",
    "That site was not opened",
    "Your consent does not open the site you chose. Go back and choose one of those listed.",
)
_UNAVAILABLE = _Message(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "STORAGE_UNAVAILABLE",
    "Try again in a moment",
    "Our database does not answer just now; nothing has changed.",
)
_UNREADABLE = _Message(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "CREDENTIAL_UNREADABLE",
    "This server cannot read its own notes",
    "What it kept of your consent cannot be decrypted with the keys it has now; nothing has "
    "changed. Go back and begin again; if that fails too, tell whoever runs this server.",
)
_DENIED = _Message(
    HTTPStatus.OK,
    "FORBIDDEN",
    "You declined",
    "Nothing was linked and nothing has changed. If that was a slip, go back and begin again.",
)
_FAILED = _Message(
    HTTPStatus.BAD_GATEWAY,
    "JIRA_UNAVAILABLE",
    "That did not work",
    "No access came of your consent; nothing has changed. Begin again in a moment.",
)
_NO_SITE = _Message(
    HTTPStatus.FORBIDDEN,
    "FORBIDDEN",
    "No site was opened",
    "Your consent opens no site of {provider}. Begin again and choose one that has it.",
)
_MESSAGES: dict[type[OAuthError], _Message] = {
    StateInvalidError: _STALE,
    UnknownProviderError: _UNKNOWN,
    SiteNotGrantedError: _NOT_GRANTED,
}
