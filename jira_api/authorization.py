"""Atlassian's OAuth 2.0 (3LO) endpoints: codes and refresh tokens for tokens, and the sites.

Source: developer.atlassian.com, OAuth 2.0 (3LO) apps and Refresh tokens, read 2026-11. PKCE is
documented nowhere for it, so none is sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from jira_api.answers import error_of, read_json
from jira_api.errors import (
    AuthorizationError,
    ClientRefusedError,
    InvalidArgumentError,
    InvalidGrantError,
    InvalidResponseError,
    JiraApiError,
)
from jira_api.exchange import send
from jira_api.json_values import (
    JsonObject,
    as_list,
    as_listing,
    as_object,
    as_text,
    find_integer,
    find_text,
    get_text,
)
from jira_api.paths import parse_cloud_id
from jira_api.records import AccessibleSite

_CLIENT_ERRORS = frozenset({"access_denied", "unauthorized_client", "invalid_client"})
_PASSING_STATUSES = frozenset({429, *range(500, 600)})
_NO_CODE = "unreadable"
_DEFAULT_LIFETIME_S = 3_600
_LONGEST_LIFETIME_S = 86_400
_BEARER = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app that the operator registered with Atlassian."""

    client_id: str
    client_secret: SecretStr
    redirect_uri: str
    auth_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What the authorisation server handed out; without `offline_access` no refresh token."""

    access_token: SecretStr
    refresh_token: SecretStr | None
    lifetime: timedelta
    scopes: tuple[str, ...]


def authorization_url(client: OAuthClient, *, scopes: Sequence[str], state: str) -> str:
    """Where a person is sent to consent."""
    query = {
        "audience": "api.atlassian.com",
        "client_id": client.client_id,
        "scope": " ".join(scopes),
        "redirect_uri": client.redirect_uri,
        "state": state,
        "response_type": "code",
        "prompt": "consent",
    }
    return f"{client.auth_url}/authorize?{urlencode(query)}"


async def exchange_code(http: httpx.AsyncClient, client: OAuthClient, code: str) -> IssuedTokens:
    """Tokens for the code of one consent; a code works once.

    Raises:
        InvalidGrantError: the code is used, expired or unknown.
        ClientRefusedError: the operator's client is misconfigured.
        JiraApiError: no usable answer.
    """
    return await _request_tokens(
        http,
        client,
        {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri},
    )


async def refresh_tokens(
    http: httpx.AsyncClient, client: OAuthClient, refresh_token: SecretStr
) -> IssuedTokens:
    """New tokens for a refresh token, which is dead ten minutes later.

    Raises:
        InvalidGrantError: the grant is dead; the person must consent again.
        ClientRefusedError: the operator's client is misconfigured; the grant lives.
        JiraApiError: no usable answer; the same refresh token may be tried again.
    """
    return await _request_tokens(
        http,
        client,
        {"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()},
    )


async def list_accessible_sites(
    http: httpx.AsyncClient, client: OAuthClient, access_token: SecretStr
) -> list[AccessibleSite]:
    """Every site that the person ever opened to this app, those of other products included.

    Raises:
        AuthorizationError: the list is refused; its `code` is `unreadable`.
        JiraApiError: no usable answer.
    """
    url = f"{client.api_url}/oauth/token/accessible-resources"
    headers = {"Authorization": f"Bearer {access_token.get_secret_value()}"}
    response = await send(http, http.build_request("GET", url, headers=headers))
    if not response.is_success:
        raise _error_without_code(
            response, what="the list of sites", setting="JUNCTURE_JIRA_API_URL"
        )
    listed = as_listing(read_json(response), "a list of sites")
    found = [_find_site(as_object(item, "a site")) for item in listed]
    return [site for site in found if site is not None]


async def _request_tokens(
    http: httpx.AsyncClient, client: OAuthClient, grant: dict[str, str]
) -> IssuedTokens:
    secret = client.client_secret.get_secret_value()
    body = {**grant, "client_id": client.client_id, "client_secret": secret}
    url = f"{client.auth_url}/oauth/token"
    response = await send(http, http.build_request("POST", url, json=body))
    code = _find_code(response)
    if response.is_success and code is None:
        return _parse_tokens(as_object(read_json(response), "tokens"))
    raise _refusal(response, code)


def _find_code(response: httpx.Response) -> str | None:
    """OAuth's `error` in an answer of any status."""
    try:
        return find_text(as_object(read_json(response), "tokens or an error"), "error")
    except InvalidResponseError:
        return None


def _refusal(response: httpx.Response, code: str | None) -> JiraApiError:
    """The error behind a refused token request: a known `error` tells, then the status."""
    status = response.status_code
    if code == "invalid_grant":
        return InvalidGrantError("Atlassian says the grant is dead.", code=code, status=status)
    if code in _CLIENT_ERRORS:
        return ClientRefusedError(
            f"Atlassian refused this app ({code}): check JUNCTURE_JIRA_CLIENT_ID, "
            "JUNCTURE_JIRA_CLIENT_SECRET and JUNCTURE_JIRA_REDIRECT_URI.",
            code=code,
            status=status,
        )
    if code is not None and status not in _PASSING_STATUSES:
        return AuthorizationError("Atlassian refused the token request.", code=code, status=status)
    return _error_without_code(response, what="the token request", setting="JUNCTURE_JIRA_AUTH_URL")


def _error_without_code(response: httpx.Response, *, what: str, setting: str) -> JiraApiError:
    """The error behind an answer that no OAuth `error` explains."""
    status = response.status_code
    if status in _PASSING_STATUSES:
        return error_of(response, now=datetime.now(UTC))
    # Read as Jira's answers are, a 404 of a proxy would pass for a project that is not there.
    return AuthorizationError(
        f"The answer to {what} was {status} and named no OAuth error: check {setting} "
        "and what lies between Juncture and Atlassian.",
        code=_NO_CODE,
        status=status,
    )


def _parse_tokens(raw: JsonObject) -> IssuedTokens:
    access_token = get_text(raw, "access_token")
    if _BEARER.fullmatch(access_token) is None:
        raise InvalidResponseError("Atlassian sent an access token that no header can carry.")
    refresh_token = find_text(raw, "refresh_token")
    seconds = find_integer(raw, "expires_in")
    seconds = _DEFAULT_LIFETIME_S if seconds is None else seconds
    return IssuedTokens(
        access_token=SecretStr(access_token),
        refresh_token=SecretStr(refresh_token) if refresh_token else None,
        lifetime=timedelta(seconds=min(max(seconds, 0), _LONGEST_LIFETIME_S)),
        scopes=tuple((find_text(raw, "scope") or "").split()),
    )


def _find_site(raw: JsonObject) -> AccessibleSite | None:
    """The site; None where its id fits into no path: one odd entry must not cost the others."""
    try:
        cloud_id = parse_cloud_id(get_text(raw, "id"))
    except InvalidArgumentError:
        return None
    return AccessibleSite(
        cloud_id=cloud_id,
        name=get_text(raw, "name"),
        url=get_text(raw, "url"),
        scopes=tuple(as_text(each, "a scope") for each in as_list(raw.get("scopes"), "scopes")),
        avatar_url=find_text(raw, "avatarUrl"),
    )
