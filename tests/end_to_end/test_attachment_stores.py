"""Where Jira sends a download on: asked once, without the token, and only where that is allowed."""

from collections.abc import AsyncIterator

import httpx
import pytest

from jira_api.pinned import PinnedTransport
from sandbox.builders import SiteBuilder
from sandbox.world import World
from tests.end_to_end.attachments import an_issue_with_a_note, code_of, fetch, find_url
from tests.support.gateway import SANDBOX, Gateway, open_gateway

CONTENT = "/attachment/content/10000"


def send_on(gateway: Gateway, location: str) -> None:
    gateway.answer_instead(CONTENT, 303, headers={"Location": location})


@pytest.fixture
async def allowing(
    sqlite_url: str, world_and_site: tuple[World, SiteBuilder]
) -> AsyncIterator[Gateway]:
    """A gateway that may ask the sandbox's host for files."""
    an_issue_with_a_note(world_and_site[1])
    async with open_gateway(
        world_and_site[0], database_url=sqlite_url, allowed_upstream_hosts="127.0.0.1"
    ) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


async def test_where_jira_sends_a_download_on_the_store_is_asked_without_the_token(
    allowing: Gateway,
) -> None:
    url = await find_url(allowing)
    seen: list[httpx.Request] = []

    def ask_for_a_redirect(request: httpx.Request) -> httpx.Response | None:
        seen.append(request)
        if request.url.path.endswith(CONTENT):
            request.url = request.url.copy_remove_param("redirect")
        return None

    allowing.transport.faults.append(ask_for_a_redirect)
    response = await fetch(allowing, url, Range="bytes=2-4")

    assert (response.status_code, response.content) == (206, b"234")
    [media] = [call for call in allowing.sandbox.calls.calls if call.path.startswith("/media/")]
    assert (media.status, media.grant, media.query) == (206, None, {})
    [asked] = [each for each in seen if each.url.path.startswith("/media/")]
    assert "authorization" not in asked.headers
    assert asked.headers["range"] == "bytes=2-4"


ELSEWHERE = [
    "http://127.0.0.1:9/secret",
    "https://127.0.0.1:9/secret",
    "https://[::1]:9/secret",
    "https://169.254.169.254/latest/meta-data",
    "https://2130706433/",
    "https://localhost:9/",
    "https://user:password@media.example/",
    "http://media.example/file",
    "file:///etc/passwd",
    "/relative",
    "https://",
]


async def test_a_hostile_redirect_is_not_followed(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    asked: list[str] = []

    def send_on_or_note(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(CONTENT):
            return httpx.Response(303, headers={"Location": location})
        asked.append(request.url.path)
        return None

    built_once.transport.faults.append(send_on_or_note)
    for location in ELSEWHERE:
        response = await fetch(built_once, url)
        assert response.status_code == 502, location
        assert code_of(response) in {"UPSTREAM_NOT_ALLOWED", "JIRA_INVALID_RESPONSE"}
        assert "secret" not in response.text
        assert "password@" not in response.text
    assert {path for path in asked if "/rest/" not in path} == set()
    assert len(asked) == len(ELSEWHERE)


async def test_a_name_that_leads_inside_is_not_connected_to(
    sqlite_url: str, world_and_site: tuple[World, SiteBuilder]
) -> None:
    an_issue_with_a_note(world_and_site[1])
    resolved: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    parts = {"site_transport": PinnedTransport, "resolve": resolve}
    async with open_gateway(world_and_site[0], parts=parts, database_url=sqlite_url) as gateway:
        await gateway.connect()
        url = await find_url(gateway)
        send_on(gateway, "https://media.example/file")
        response = await fetch(gateway, url)

    assert (response.status_code, code_of(response)) == (502, "UPSTREAM_NOT_ALLOWED")
    assert resolved == ["media.example"]


async def test_the_store_is_asked_once_and_its_own_redirect_not_followed(allowing: Gateway) -> None:
    url = await find_url(allowing)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(CONTENT):
            return httpx.Response(303, headers={"Location": f"{SANDBOX}/media/a"})
        if "/media/" in request.url.path:
            asked.append(request.url.path)
            return httpx.Response(302, headers={"Location": f"{SANDBOX}/media/b"})
        return None

    allowing.transport.faults.append(answer)
    response = await fetch(allowing, url)

    assert (response.status_code, code_of(response)) == (502, "JIRA_UNAVAILABLE")
    assert set(asked) == {"/media/a"}
