import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from jira_api.authorization import (
    IssuedTokens,
    OAuthClient,
    authorization_url,
    exchange_code,
    list_accessible_sites,
    refresh_tokens,
)
from jira_api.errors import (
    AuthorizationError,
    ClientRefusedError,
    InvalidGrantError,
    InvalidResponseError,
    JiraApiError,
    JiraUnavailableError,
    RateLimitedError,
)
from sandbox.builders import WorldBuilder
from tests.jira_api.builders import CLOUD_ID, Answer, fails, says
from tests.sandbox.visitors import CALLBACK, SCOPES, a_visitor

CLIENT = OAuthClient(
    client_id="app",
    client_secret=SecretStr("secret-client"),
    redirect_uri="https://product.test/callback?tenant=1",
    auth_url="https://auth.jira.test",
    api_url="https://api.jira.test",
)
OLD = SecretStr("secret-old")
TOKENS = {
    "access_token": "secret-access",
    "refresh_token": "secret-refresh",
    "expires_in": 3600,
    "scope": "read:me offline_access",
    "token_type": "Bearer",
}
SITE = {
    "id": CLOUD_ID,
    "name": "Acme",
    "url": "https://acme.example",
    "scopes": ["read:jira-work"],
    "avatarUrl": "https://acme.example/site.png",
}
Ask = Callable[[httpx.AsyncClient], Awaitable[Any]]


async def exchange(http: httpx.AsyncClient) -> IssuedTokens:
    return await exchange_code(http, CLIENT, "secret-code")


async def refresh(http: httpx.AsyncClient) -> IssuedTokens:
    return await refresh_tokens(http, CLIENT, OLD)


async def list_sites(http: httpx.AsyncClient) -> Any:
    return await list_accessible_sites(http, CLIENT, SecretStr("secret-access"))


ASKS: dict[str, Ask] = {"exchange": exchange, "refresh": refresh}


@asynccontextmanager
async def atlassian(
    answer: Answer,
) -> AsyncIterator[tuple[httpx.AsyncClient, list[httpx.Request]]]:
    requests: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(note)) as http:
        yield http, requests


async def ask(asking: Ask, answer: Answer) -> Any:
    async with atlassian(answer) as (http, _):
        return await asking(http)


def test_the_consent_page_is_asked_for_as_atlassian_documents_it() -> None:
    url = urlsplit(authorization_url(CLIENT, scopes=["read:me", "offline_access"], state="a/b&c"))

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://auth.jira.test/authorize"
    assert parse_qs(url.query) == {
        "audience": ["api.atlassian.com"],
        "client_id": ["app"],
        "scope": ["read:me offline_access"],
        "redirect_uri": [CLIENT.redirect_uri],
        "state": ["a/b&c"],
        "response_type": ["code"],
        "prompt": ["consent"],
    }


@pytest.mark.parametrize(
    ("asking", "grant"),
    [
        (
            exchange,
            {
                "grant_type": "authorization_code",
                "code": "secret-code",
                "redirect_uri": CLIENT.redirect_uri,
            },
        ),
        (refresh, {"grant_type": "refresh_token", "refresh_token": "secret-old"}),
    ],
    ids=["exchange", "refresh"],
)
async def test_tokens_are_asked_for_once_with_the_secret_in_the_body(
    asking: Ask, grant: dict[str, str]
) -> None:
    async with atlassian(says(200, TOKENS)) as (http, requests):
        tokens = await asking(http)

    assert tokens == IssuedTokens(
        access_token=SecretStr("secret-access"),
        refresh_token=SecretStr("secret-refresh"),
        lifetime=timedelta(hours=1),
        scopes=("read:me", "offline_access"),
    )
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "https://auth.jira.test/oauth/token")
    assert json.loads(request.content) == {
        **grant,
        "client_id": "app",
        "client_secret": "secret-client",
    }


async def test_a_grant_without_offline_access_has_no_refresh_token() -> None:
    tokens = await ask(exchange, says(200, {"access_token": "secret-access"}))

    assert (tokens.refresh_token, tokens.scopes) == (None, ())
    assert tokens.lifetime == timedelta(hours=1)


@pytest.mark.parametrize(
    ("seconds", "lifetime"),
    [(60, 60), (0, 0), (-5, 0), (10**30, 86_400)],
)
async def test_a_lifetime_stays_between_none_and_a_day(seconds: int, lifetime: int) -> None:
    tokens = await ask(refresh, says(200, {**TOKENS, "expires_in": seconds}))

    assert tokens.lifetime == timedelta(seconds=lifetime)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        [],
        {},
        {**TOKENS, "access_token": None},
        {**TOKENS, "access_token": ""},
        {**TOKENS, "access_token": "line\nbreak"},
        {**TOKENS, "access_token": "sécret"},
        {**TOKENS, "expires_in": "3600"},
        {**TOKENS, "scope": ["read:me"]},
        {**TOKENS, "refresh_token": {"a": 1}},
    ],
)
async def test_tokens_of_another_shape_are_an_invalid_response(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await ask(exchange, says(200, body))


@pytest.mark.parametrize("asking", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_grant", InvalidGrantError),
        ("access_denied", ClientRefusedError),
        ("unauthorized_client", ClientRefusedError),
        ("invalid_client", ClientRefusedError),
    ],
)
async def test_a_known_error_tells_whatever_the_status(
    asking: Ask, status: int, code: str, kind: type[AuthorizationError]
) -> None:
    with pytest.raises(kind) as caught:
        await ask(asking, says(status, {"error": code, "error_description": "Because."}))

    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status) == (code, status)


async def test_another_error_keeps_its_code() -> None:
    with pytest.raises(AuthorizationError) as caught:
        await ask(refresh, says(400, {"error": "unsupported_grant_type"}))

    assert type(caught.value) is AuthorizationError
    assert caught.value.code == "unsupported_grant_type"


@pytest.mark.parametrize("asking", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(500), JiraUnavailableError),
        (says(503, {"error": "temporarily_unavailable"}), JiraUnavailableError),
        (says(502, b"<html>"), JiraUnavailableError),
        (says(429, {"error": "too_many_requests"}), RateLimitedError),
        (fails(httpx.ConnectError), JiraUnavailableError),
        (fails(httpx.ReadTimeout), JiraUnavailableError),
    ],
    ids=["500", "503", "502", "429", "refused", "timeout"],
)
async def test_no_usable_answer_is_told_and_not_tried_again(
    asking: Ask, answer: Answer, kind: type[JiraApiError]
) -> None:
    async with atlassian(answer) as (http, requests):
        with pytest.raises(kind):
            await asking(http)

    assert len(requests) == 1


ODD_ANSWERS = {
    "redirect": (302, b""),
    "400 html": (400, b"<html>"),
    "400 json": (400, {"errorMessages": ["No."], "errors": {"key": "No."}}),
    "401 html": (401, b"<html>"),
    "401 scope": (401, {"message": "scope does not match"}),
    "401 odd error": (401, {"error": {"code": "invalid_grant"}}),
    "403 html": (403, b"<html>"),
    "404 html": (404, b"<html>"),
    "409 json": (409, {"message": "No."}),
}


@pytest.mark.parametrize("asking", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize(("status", "body"), ODD_ANSWERS.values(), ids=ODD_ANSWERS)
async def test_what_answers_in_atlassian_s_place_is_never_told_as_jira_s_own_refusal(
    asking: Ask, status: int, body: Any
) -> None:
    with pytest.raises(AuthorizationError) as caught:
        await ask(asking, says(status, body))

    assert type(caught.value) is AuthorizationError
    assert (caught.value.code, caught.value.status) == ("unreadable", status)
    assert "JUNCTURE_JIRA_AUTH_URL" in caught.value.message


@pytest.mark.parametrize(
    "answer",
    [
        says(200, {"access_token": 5.5, "refresh_token": "secret-new"}),
        says(403, {"error": "invalid_grant", "error_description": "secret-old is unknown"}),
        says(400, {"message": "broken"}),
        fails(httpx.ReadError),
    ],
)
async def test_no_secret_stands_in_an_error_or_a_log(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(JiraApiError) as caught:
        await ask(refresh, answer)

    error = caught.value
    told = "".join(traceback.format_exception(error)) + str(vars(error)) + caplog.text
    assert "secret-" not in told
    assert "secret-" not in repr(error)


def test_no_secret_stands_in_a_repr() -> None:
    tokens = IssuedTokens(SecretStr("secret-access"), SecretStr("secret"), timedelta(0), ())

    assert "secret-" not in repr(tokens) + repr(CLIENT)


async def test_sites_are_listed_with_the_token_at_the_api_host() -> None:
    async with atlassian(says(200, [SITE, {**SITE, "avatarUrl": None}])) as (http, requests):
        sites = await list_sites(http)

    (request,) = requests
    assert str(request.url) == "https://api.jira.test/oauth/token/accessible-resources"
    assert request.headers["Authorization"] == "Bearer secret-access"
    assert [site.avatar_url for site in sites] == [SITE["avatarUrl"], None]
    assert (sites[0].cloud_id, sites[0].name, sites[0].url) == (CLOUD_ID, "Acme", SITE["url"])
    assert sites[0].scopes == ("read:jira-work",)


@pytest.mark.parametrize(
    "listed",
    [
        {},
        ["acme"],
        [{**SITE, "id": None}],
        [{**SITE, "scopes": [["read:jira-work"]]}],
        [{**SITE, "scopes": "read:jira-work"}],
        [{**SITE, "name": {}}],
    ],
)
async def test_sites_of_another_shape_are_an_invalid_response(listed: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await ask(list_sites, says(200, listed))


async def test_a_site_whose_id_fits_into_no_path_costs_the_others_nothing() -> None:
    listed = [{**SITE, "id": "../../myself"}, SITE]

    sites = await ask(list_sites, says(200, listed))

    assert [site.cloud_id for site in sites] == [SITE["id"]]


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
async def test_a_refused_list_of_sites_is_a_refused_authorisation(status: int) -> None:
    with pytest.raises(AuthorizationError) as caught:
        await ask(list_sites, says(status, {"code": status, "message": "Unauthorized"}))

    assert (caught.value.code, caught.value.status) == ("unreadable", status)
    assert "JUNCTURE_JIRA_API_URL" in caught.value.message


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitedError), (503, JiraUnavailableError)])
async def test_a_list_of_sites_that_may_come_later_is_told_as_such(
    status: int, kind: type[JiraApiError]
) -> None:
    with pytest.raises(kind):
        await ask(list_sites, says(status, b"<html>"))


async def test_the_sandbox_grants_rotates_lists_and_ends() -> None:
    world = WorldBuilder()
    cloud_id = world.add_site("Acme").data.site.cloud_id
    visitor = a_visitor(world.world)
    client = OAuthClient(
        client_id="sandbox-client",
        client_secret=SecretStr("sandbox-secret"),
        redirect_uri=CALLBACK,
        auth_url="http://sandbox.test:8001",
        api_url="http://sandbox.test:8001",
    )

    first = await exchange_code(visitor.http, client, await visitor.consent(cloud_id))
    assert first.refresh_token is not None
    second = await refresh_tokens(visitor.http, client, first.refresh_token)
    sites = await list_accessible_sites(visitor.http, client, second.access_token)

    assert set(second.scopes) == set(SCOPES.split())
    assert second.refresh_token != first.refresh_token
    assert [site.cloud_id for site in sites] == [cloud_id]
    with pytest.raises(InvalidGrantError):
        await refresh_tokens(visitor.http, client, SecretStr("made-up"))
