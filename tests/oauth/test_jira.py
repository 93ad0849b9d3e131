"""Jira as a provider, over an Atlassian that answers as each test says."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from jira_api.authorization import OAuthClient
from jira_api.errors import (
    AuthorizationError,
    ClientRefusedError,
    InvalidGrantError,
    JiraApiError,
    JiraUnavailableError,
    RateLimitedError,
)
from oauth.jira import GRANT_LIFETIME, JiraProvider
from tests.storage.builders import HOUR, NOW

_CLOUD_1 = "11111111-1111-4111-8111-111111111111"
_CLOUD_2 = "22222222-2222-4222-8222-222222222222"
_ISSUED = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "scope": "read:jira-work offline_access",
}


@dataclass
class Atlassian:
    """Answers every call alike, and keeps what it was sent."""

    answer: Callable[[httpx.Request], httpx.Response]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    @property
    def sent(self) -> Any:
        return json.loads(self.requests[-1].content)


def a_provider(atlassian: Atlassian) -> JiraProvider:
    return JiraProvider(
        http=httpx.AsyncClient(transport=httpx.MockTransport(atlassian)),
        client=OAuthClient(
            client_id="client-1",
            client_secret=SecretStr("client secret"),
            redirect_uri="https://juncture.test/oauth/jira/callback",
            auth_url="https://auth.test",
            api_url="https://api.test",
        ),
        scopes=("read:jira-work", "offline_access"),
        clock=lambda: NOW,
    )


def answering(body: Any, *, status: int = 200) -> Atlassian:
    return Atlassian(lambda _: httpx.Response(status, json=body))


def a_listed_site(cloud_id: str = _CLOUD_1, **changes: Any) -> Mapping[str, Any]:
    return {
        "id": cloud_id,
        "name": "Acme",
        "url": "https://acme.test",
        "scopes": ["read:jira-work"],
        "avatarUrl": "https://acme.test/a.png",
        **changes,
    }


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in _ISSUED.items() if name != member}


def test_the_consent_page_is_asked_for_all_that_atlassian_wants() -> None:
    url = a_provider(answering({})).authorization_url("s&1")

    assert url.startswith("https://auth.test/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "audience": ["api.atlassian.com"],
        "client_id": ["client-1"],
        "scope": ["read:jira-work offline_access"],
        "redirect_uri": ["https://juncture.test/oauth/jira/callback"],
        "state": ["s&1"],
        "response_type": ["code"],
        "prompt": ["consent"],
    }


async def test_a_code_becomes_tokens_with_their_ends() -> None:
    atlassian = answering(_ISSUED)

    tokens = await a_provider(atlassian).exchange_code("code-1")

    assert str(atlassian.requests[0].url) == "https://auth.test/oauth/token"
    assert atlassian.sent == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://juncture.test/oauth/jira/callback",
        "client_id": "client-1",
        "client_secret": "client secret",
    }
    assert tokens.access_token == SecretStr("new-access")
    assert tokens.refresh_token == SecretStr("new-refresh")
    assert tokens.access_expires_at == NOW + HOUR
    assert tokens.expires_at == NOW + GRANT_LIFETIME
    assert tokens.scopes == ("read:jira-work", "offline_access")


async def test_without_a_refresh_token_the_grant_ends_with_its_access_token() -> None:
    tokens = await a_provider(answering(without("refresh_token"))).exchange_code("code-1")

    assert tokens.refresh_token is None
    assert tokens.expires_at == tokens.access_expires_at == NOW + HOUR


async def test_scopes_that_the_answer_leaves_out_are_those_asked_for() -> None:
    tokens = await a_provider(answering(without("scope"))).exchange_code("code-1")

    assert tokens.scopes == ("read:jira-work", "offline_access")


async def test_a_refresh_sends_the_old_token_and_brings_the_new_one() -> None:
    atlassian = answering({**_ISSUED, "expires_in": 60})

    tokens = await a_provider(atlassian).refresh(SecretStr("old refresh"))

    assert atlassian.sent["grant_type"] == "refresh_token"
    assert atlassian.sent["refresh_token"] == "old refresh"
    assert tokens.refresh_token == SecretStr("new-refresh")
    assert tokens.access_expires_at == NOW + timedelta(seconds=60)


async def test_a_refresh_answer_without_a_refresh_token_keeps_the_old_one() -> None:
    provider = a_provider(answering(without("refresh_token")))

    tokens = await provider.refresh(SecretStr("old refresh"))

    assert tokens.refresh_token == SecretStr("old refresh")
    assert tokens.expires_at == NOW + GRANT_LIFETIME


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("invalid_grant", InvalidGrantError),
        ("access_denied", ClientRefusedError),
        ("unauthorized_client", ClientRefusedError),
        ("invalid_client", ClientRefusedError),
        ("invalid_scope", AuthorizationError),
    ],
)
async def test_the_error_and_not_the_status_says_whether_the_grant_is_dead(
    status: int, code: str, expected: type[JiraApiError]
) -> None:
    provider = a_provider(answering({"error": code}, status=status))

    with pytest.raises(JiraApiError) as caught:
        await provider.refresh(SecretStr("old refresh"))

    assert type(caught.value) is expected
    assert "old refresh" not in str(caught.value)
    assert "client secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(503, text="<html>"), JiraUnavailableError),
        (httpx.Response(500, json={"message": "no"}), JiraUnavailableError),
        (httpx.Response(429, headers={"Retry-After": "7"}), RateLimitedError),
    ],
    ids=["503 html", "500 json", "429"],
)
async def test_an_answer_of_no_use_is_no_dead_grant(
    answer: httpx.Response, expected: type[JiraApiError]
) -> None:
    with pytest.raises(expected):
        await a_provider(Atlassian(lambda _: answer)).refresh(SecretStr("old refresh"))


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError])
async def test_no_answer_is_no_dead_grant(error: type[httpx.TransportError]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error("gone")

    with pytest.raises(JiraUnavailableError):
        await a_provider(Atlassian(fail)).refresh(SecretStr("old refresh"))


async def test_sites_of_other_products_do_not_count() -> None:
    atlassian = answering(
        [
            a_listed_site(_CLOUD_1, name="Wiki", scopes=["read:confluence-content.all"]),
            a_listed_site(_CLOUD_2, name="Jira"),
        ]
    )

    sites = await a_provider(atlassian).list_sites(SecretStr("access"))

    assert [(site.cloud_id, site.name) for site in sites] == [(_CLOUD_2, "Jira")]
    assert atlassian.requests[0].headers["Authorization"] == "Bearer access"


async def test_a_site_listed_once_for_each_product_is_offered_once() -> None:
    listed = [
        a_listed_site(scopes=["read:jira-work"]),
        a_listed_site(scopes=["read:confluence-content.all"]),
        a_listed_site(scopes=["read:sprint:jira-software"], avatarUrl=None),
    ]

    sites = await a_provider(answering(listed)).list_sites(SecretStr("access"))

    assert [(site.cloud_id, site.url) for site in sites] == [(_CLOUD_1, "https://acme.test")]


async def test_a_consent_may_open_no_site() -> None:
    assert await a_provider(answering([])).list_sites(SecretStr("access")) == []


def test_routes_and_rows_call_it_jira() -> None:
    assert a_provider(answering({})).name == "jira"
