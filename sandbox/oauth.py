"""The token endpoint, the list of accessible sites, and the person's own record.

Source: the project's notes on the Jira API, section 1.
"""

import hmac
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.errors import GatewayError, OAuthError
from sandbox.json_bodies import parse_json
from sandbox.recorder import find_call
from sandbox.state import SandboxState, get_sandbox
from sandbox.token_history import TokenExchange, hash_token
from sandbox.tokens import Grant
from sandbox.world import PERSON_ACCOUNT_ID, PERSON_EMAIL, JsonObject, Site

_CONFLUENCE_SCOPES: Final = ("read:confluence-content.all", "read:confluence-space.summary")
_SCOPES_OF_NO_SITE: Final = frozenset({"offline_access", "read:me"})


async def issue_token(request: Request) -> JSONResponse:
    """Answer POST /oauth/token for a code or a refresh token."""
    sandbox = get_sandbox(request)
    asked = await _read_body(request)
    _check_client(sandbox, asked)
    call = find_call(request.scope)
    grant_type = str(asked.get("grant_type", ""))
    if call is not None:
        call.grant_type = grant_type
    if grant_type == "authorization_code":
        answer = _exchange_code(sandbox, asked)
        grant = sandbox.tokens.find_grant(answer["access_token"])
    elif grant_type == "refresh_token":
        grant = sandbox.tokens.find_grant_of_refresh_token(str(asked.get("refresh_token", "")))
        if call is not None and grant is not None:
            call.grant = grant.id
        answer = _refresh(sandbox, asked)
    else:
        raise OAuthError(400, "unsupported_grant_type", f"Unsupported grant type: {grant_type}")
    if call is not None and grant is not None:
        call.grant = grant.id
    return JSONResponse(answer, headers={"cache-control": "no-store"})


def _exchange_code(sandbox: SandboxState, asked: JsonObject) -> JsonObject:
    note = partial(_note, sandbox, grant_type="authorization_code")
    try:
        answer = sandbox.tokens.exchange_code(
            str(asked.get("code", "")),
            client_id=str(asked["client_id"]),
            redirect_uri=str(asked.get("redirect_uri", "")),
        )
    except OAuthError as error:
        note(error=error.error)
        raise
    note(grant=sandbox.tokens.find_grant(answer["access_token"]), answer=answer)
    return answer


def _refresh(sandbox: SandboxState, asked: JsonObject) -> JsonObject:
    token = str(asked.get("refresh_token", ""))
    grant = sandbox.tokens.find_grant_of_refresh_token(token)
    forks = 0 if grant is None else grant.forks
    note = partial(_note, sandbox, grant_type="refresh_token", grant=grant, token=token)
    try:
        answer = sandbox.tokens.refresh(token, client_id=str(asked["client_id"]))
    except OAuthError as error:
        note(error=error.error)
        raise
    note(answer=answer, is_fork=grant is not None and grant.forks > forks)
    return answer


def _note(
    sandbox: SandboxState,
    *,
    grant_type: str,
    grant: Grant | None = None,
    token: str | None = None,
    answer: JsonObject | None = None,
    is_fork: bool = False,
    error: str | None = None,
) -> None:
    child = (answer or {}).get("refresh_token")
    sandbox.token_history.note(
        TokenExchange(
            at=sandbox.clock.now(),
            grant_type=grant_type,
            grant=None if grant is None else grant.id,
            token=None if token is None else hash_token(token),
            child=None if child is None else hash_token(child),
            is_fork=is_fork,
            error=error,
        )
    )


async def list_accessible_resources(request: Request) -> JSONResponse:
    """Answer with every site the person ever opened to this app, and the Confluence-only ones."""
    sandbox = get_sandbox(request)
    grant = authenticate(request)
    opened = sandbox.tokens.list_sites(grant.client_id)
    base_url = str(request.base_url).rstrip("/")
    resources = [
        _describe_site(site, opened.get(site.cloud_id, set()), base_url)
        for site in sandbox.world.sites.values()
        if site.cloud_id in opened or not site.has_jira
    ]
    return JSONResponse(resources)


async def show_me(request: Request) -> JSONResponse:
    """Answer with the person behind the token; needs read:me."""
    grant = authenticate(request)
    if "read:me" not in grant.scopes:
        raise GatewayError("Unauthorized; scope does not match")
    base_url = str(request.base_url).rstrip("/")
    return JSONResponse(
        {
            "account_type": "atlassian",
            "account_id": PERSON_ACCOUNT_ID,
            "email": PERSON_EMAIL,
            "name": "Sandbox Person",
            "picture": f"{base_url}/avatars/user/{PERSON_ACCOUNT_ID}.svg",
            "account_status": "active",
            "nickname": "Sandbox Person",
            "zoneinfo": "Europe/Berlin",
            "locale": "en-US",
        }
    )


def authenticate(request: Request) -> Grant:
    """The living grant of the request's bearer token.

    Raises:
        GatewayError: 401 for a token that is missing, unknown, expired or revoked.
    """
    grant = find_bearer_grant(get_sandbox(request), request.headers.get("authorization", ""))
    if grant is None:
        raise GatewayError
    return grant


def find_bearer_grant(sandbox: SandboxState, authorization: str) -> Grant | None:
    """The living grant of an Authorization header."""
    scheme, _, token = authorization.partition(" ")
    return sandbox.tokens.find_grant(token) if scheme.lower() == "bearer" else None


async def _read_body(request: Request) -> JsonObject:
    raw = await request.body()
    try:
        asked: Any = parse_json(raw)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise OAuthError(400, "invalid_request", "The body must be a JSON object.")
    return asked


def _check_client(sandbox: SandboxState, asked: JsonObject) -> None:
    if asked.get("client_id") != sandbox.settings.client_id:
        raise OAuthError(401, "unauthorized_client", "Unknown client.")
    secret = str(asked.get("client_secret", ""))
    if not hmac.compare_digest(secret.encode(), sandbox.settings.client_secret.encode()):
        raise OAuthError(401, "access_denied", "Unauthorized")


def _describe_site(site: Site, granted: set[str], base_url: str) -> JsonObject:
    scopes = sorted(granted - _SCOPES_OF_NO_SITE) if site.has_jira else list(_CONFLUENCE_SCOPES)
    return {
        "id": site.cloud_id,
        "url": site.url,
        "name": site.name,
        "scopes": scopes,
        "avatarUrl": f"{base_url}/avatars/site/{site.cloud_id}.svg",
    }


ROUTES: Final = (
    Route("/oauth/token", issue_token, methods=["POST"]),
    Route("/oauth/token/accessible-resources", list_accessible_resources, methods=["GET"]),
    Route("/me", show_me, methods=["GET"]),
)
