"""Addresses that callers type, with the real transport: what must not be reached never is."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from jira_api.pinned import PinnedTransport
from sandbox.state import Settings as SandboxSettings
from storage.encryption import generate_key
from tests.end_to_end.site_tokens import CONNECT, EMAIL, count_rows
from tests.support.gateway import Backend, Gateway, MovingClock, open_gateway
from tests.support.house import open_house
from tests.support.site_addresses import FORBIDDEN_URLS, open_canary

SECRETS = SandboxSettings()
CREDENTIALS: dict[str, Any] = {
    "apiToken": {"apiToken": {"email": EMAIL, "token": "secret"}},
    "scopedApiToken": {"scopedApiToken": {"email": EMAIL, "token": "secret"}},
    "personalAccessToken": {"personalAccessToken": "secret"},
    "basic": {"basic": {"username": "ada", "password": "secret"}},
}
every_credential = pytest.mark.parametrize("member", CREDENTIALS)


class Names:
    """A resolver that says of every name what it is told to, and counts how often."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses


@asynccontextmanager
async def open_guarded(names: Names, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway whose typed addresses go through the real transport."""
    parts = {"resolve": names, "site_transport": PinnedTransport}
    async with open_gateway(parts=parts, **settings) as gateway:
        yield gateway


async def refuse(gateway: Gateway, url: str, member: str = "basic") -> Any:
    given = {"externalId": "acme", "siteUrl": url, "credential": CREDENTIALS[member]}
    payload = (await gateway.ask(CONNECT, {"input": given})).data["connectWithToken"]
    assert payload["connection"] is None
    [error] = payload["errors"]
    assert await count_rows(gateway.services.database) == {"connection": 0, "audit_event": 0}
    return error


def with_port(url: str, port: int) -> str:
    """The address with a port, where it has a place for one."""
    _, authority, rest = url.partition("://")
    has_place = authority and "/" not in rest and (rest.endswith("]") or ":" not in rest)
    return f"{url}:{port}" if has_place else url


async def test_no_forbidden_address_is_reached_with_any_credential(backend: Backend) -> None:
    names = Names("127.0.0.1")
    async with open_canary() as canary, open_guarded(names, **backend) as gateway:
        for member in CREDENTIALS:
            for url in FORBIDDEN_URLS:
                error = await refuse(gateway, with_port(url, canary.port), member)

                assert error["code"] == "UPSTREAM_NOT_ALLOWED", url
                assert error["path"] == ["input", "siteUrl"]
                assert "password" not in error["message"].replace("a password", "")

    assert (names.asked, canary.accepted) == ([], 0)


@every_credential
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
async def test_a_name_that_resolves_to_a_private_address_is_not_reached(
    backend: Backend, member: str, address: str
) -> None:
    names = Names("8.8.8.8", address)
    async with open_canary() as canary, open_guarded(names, **backend) as gateway:
        error = await refuse(gateway, f"https://jira.test:{canary.port}", member)

    assert (error["code"], error["path"]) == ("UPSTREAM_NOT_ALLOWED", ["input", "siteUrl"])
    assert "JUNCTURE_ALLOWED_UPSTREAM_HOSTS" in error["message"]
    assert address not in error["message"]
    assert (names.asked, canary.accepted) == (["jira.test"], 0)


@every_credential
async def test_a_connection_whose_name_has_moved_into_the_network_is_not_reached(
    backend: Backend, member: str
) -> None:
    names = Names("127.0.0.1")
    shared = {**backend, "encryption_keys": generate_key(MovingClock()().date())}
    async with open_canary() as canary:
        url = f"https://jira.test:{canary.port}"
        async with open_gateway(**shared) as before:
            before.transport.faults.append(answer_as_a_site)
            given = {"externalId": "acme", "siteUrl": url, "credential": CREDENTIALS[member]}
            linked = await before.ask(CONNECT, {"input": given})
            assert linked.data["connectWithToken"]["errors"] == []
        async with open_guarded(names, **shared) as gateway:
            gateway.transport.faults.append(answer_as_a_site)
            answer = await gateway.ask(
                '{ connection(externalId: "acme") { status myself { displayName } } }'
            )

    if member == "scopedApiToken":  # asked at Atlassian's own gateway, wherever the name leads
        assert answer.data["connection"]["myself"] == {"displayName": "Ada"}
    else:
        assert answer.codes == ["UPSTREAM_NOT_ALLOWED"]
        assert answer.body["data"]["connection"] == {"status": "ACTIVE", "myself": None}
        assert names.asked == ["jira.test"]
    assert canary.accepted == 0


def answer_as_a_site(request: httpx.Request) -> httpx.Response | None:
    """What a site of either kind says, in the place of the sandbox."""
    if request.url.path.endswith("/tenant_info"):
        return httpx.Response(200, json={"cloudId": "11111111-aaaa-4aaa-8aaa-111111111111"})
    if request.url.path.endswith("/myself"):
        person = {"accountId": "557058:ada", "key": "ada", "displayName": "Ada"}
        return httpx.Response(200, json=person)
    return None


async def test_a_name_that_the_operator_allows_is_reached_wherever_it_is(backend: Backend) -> None:
    names = Names("127.0.0.1")
    async with (
        open_canary() as canary,
        open_guarded(names, allowed_upstream_hosts="jira.corp", **backend) as gateway,
    ):
        error = await refuse(gateway, f"https://jira.corp:{canary.port}")
        reached = canary.accepted

    assert (error["code"], error["path"]) == ("JIRA_UNAVAILABLE", ["input", "siteUrl"])
    assert "jira.corp did not answer" in error["message"]
    assert reached > 0
    assert set(names.asked) == {"jira.corp"}


async def test_in_production_even_an_allowed_host_is_asked_over_tls_alone(backend: Backend) -> None:
    names = Names("127.0.0.1")
    settings = {"environment": "production", "allowed_upstream_hosts": "127.0.0.1"}
    async with open_canary() as canary, open_guarded(names, **settings, **backend) as gateway:
        error = await refuse(gateway, f"http://127.0.0.1:{canary.port}")

    assert error["code"] == "UPSTREAM_NOT_ALLOWED"
    assert canary.accepted == 0


@pytest.mark.parametrize(
    ("path", "credential"),
    [
        ("/sites/acme", {"apiToken": {"email": EMAIL, "token": SECRETS.api_token}}),
        ("/sites/acme", {"scopedApiToken": {"email": EMAIL, "token": SECRETS.scoped_api_token}}),
        ("/jira", {"personalAccessToken": SECRETS.personal_access_token}),
        ("/jira", {"basic": {"username": SECRETS.username, "password": SECRETS.password}}),
    ],
    ids=CREDENTIALS,
)
async def test_every_kind_works_over_real_ports(
    tmp_path: Path, path: str, credential: dict[str, Any]
) -> None:
    async with open_house(tmp_path) as house:
        given = {
            "externalId": "acme",
            "siteUrl": f"{house.sandbox}{path}",
            "credential": credential,
        }
        linked = await house.ask(CONNECT, {"input": given})
        found = await house.ask('{ connection(externalId: "acme") { myself { emailAddress } } }')

    assert linked["connectWithToken"]["errors"] == []
    assert found["connection"]["myself"]["emailAddress"] == EMAIL
