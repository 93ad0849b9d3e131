"""The flow as a browser meets it: redirects, cookies, pages, outcomes."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.builders import WorldBuilder
from sandbox.world import World
from tests.server.flows import consent_to
from tests.support.gateway import (
    JUNCTURE,
    PRODUCT,
    SANDBOX,
    Backend,
    Gateway,
    open_gateway,
)

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_HTTPS = "https://juncture.test"


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(**backend) as gateway:
        yield gateway


@pytest.fixture
async def secure(backend: Backend) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient]]:
    """Juncture behind https, and a browser that reaches it there."""
    async with open_gateway(**backend, public_url=_HTTPS) as gateway:
        transport = httpx.ASGITransport(gateway.app)
        async with httpx.AsyncClient(mounts={**gateway.mounts, _HTTPS: transport}) as browser:
            yield gateway, browser


def cookie_of(response: httpx.Response) -> tuple[str, Any]:
    cookies = SimpleCookie(response.headers["Set-Cookie"])
    ((name, morsel),) = cookies.items()
    return name, morsel


def policy_of(response: httpx.Response) -> dict[str, list[str]]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return {part.split()[0]: part.split()[1:] for part in parts}


async def test_a_person_links_a_site_and_comes_back_to_the_product(gateway: Gateway) -> None:
    finished = await gateway.connect(return_to=PRODUCT)

    assert finished.status_code == 303
    assert finished.headers["location"] == f"{PRODUCT}?juncture=connected"
    linked = await gateway.ask_connection("status provider site { cloudId }")
    assert linked["status"] == "ACTIVE"
    assert linked["site"]["cloudId"] == gateway.sandbox_cloud_id


@on_sqlite
async def test_without_a_return_url_a_page_says_that_it_is_done(gateway: Gateway) -> None:
    finished = await gateway.connect()

    assert finished.status_code == 200
    assert "Connected" in finished.text


@on_sqlite
async def test_the_start_link_leads_to_the_consent_with_a_state_that_is_not_the_link(
    gateway: Gateway,
) -> None:
    link = await gateway.begin()

    started = await gateway.http.get(link)

    consent = urlsplit(started.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(consent.query).items()}
    assert started.status_code == 303
    assert f"{consent.scheme}://{consent.netloc}" == SANDBOX
    assert asked["redirect_uri"] == f"{JUNCTURE}/oauth/jira/callback"
    assert asked["state"].partition(".")[2] not in link
    assert link.partition("link=")[2] not in started.headers["location"]


@on_sqlite
async def test_on_http_the_cookie_has_a_name_that_plain_http_may_set(gateway: Gateway) -> None:
    name, cookie = cookie_of(await gateway.http.get(await gateway.begin()))

    assert name.startswith("juncture-")
    assert not cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == "1500"
    assert not cookie["domain"]


@on_sqlite
async def test_on_https_the_cookie_is_secure_and_no_other_host_can_set_it(
    secure: tuple[Gateway, httpx.AsyncClient],
) -> None:
    gateway, browser = secure
    link = await gateway.begin()

    name, cookie = cookie_of(await browser.get(link))

    assert link.startswith(f"{_HTTPS}/oauth/jira/start?link=")
    assert name.startswith("__Host-juncture-")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


@on_sqlite
async def test_on_https_the_whole_flow_works_and_pages_ask_for_https(
    secure: tuple[Gateway, httpx.AsyncClient],
) -> None:
    gateway, browser = secure
    callback = await gateway.consent(await gateway.begin(), browser=browser)
    page = _HTTPS + (await browser.get(callback)).headers["location"]

    shown = await browser.get(page)
    finished = await browser.post(page, data={"site": gateway.sandbox_cloud_id})

    for response in (shown, finished):
        assert response.status_code == 200
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@on_sqlite
async def test_the_cookie_goes_when_the_flow_is_done(gateway: Gateway) -> None:
    finished = await gateway.connect()

    name, cookie = cookie_of(finished)
    assert name.startswith("juncture-")
    assert cookie["max-age"] == "0"
    assert not [each for each in gateway.http.cookies.jar if each.name == name]


@on_sqlite
@pytest.mark.parametrize("return_to", [None, PRODUCT], ids=["no return", "return"])
async def test_the_page_may_do_what_it_needs_and_nothing_else(
    gateway: Gateway, return_to: str | None
) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin("acme", return_to)))

    shown = await gateway.http.get(page)

    expected = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert {name: shown.headers[name] for name in expected} == expected
    assert "Strict-Transport-Security" not in shown.headers
    assert policy_of(shown) == {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", SANDBOX],
        "form-action": ["'self'", *(["https://product.test"] if return_to else [])],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
    assert "<script" not in shown.text


@on_sqlite
async def test_redirects_are_neither_kept_nor_referred_to(gateway: Gateway) -> None:
    link = await gateway.begin("acme", PRODUCT)
    started = await gateway.http.get(link)
    called_back = await gateway.http.get(await gateway.consent(link))
    page = JUNCTURE + called_back.headers["location"]
    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})

    for response in (started, called_back, finished):
        assert response.status_code == 303
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"


def two_sites() -> tuple[World, str, str]:
    world = WorldBuilder()
    first, second = world.add_site("First"), world.add_site("Second")
    return world.world, first.data.site.cloud_id, second.data.site.cloud_id


@on_sqlite
async def test_the_linked_site_is_preselected_and_said_to_be_linked(backend: Backend) -> None:
    world, first, second = two_sites()
    async with open_gateway(world, **backend) as gateway:
        page = await consent_to(gateway, first, second)
        before = (await gateway.http.get(page)).text
        await gateway.http.post(page, data={"site": second})

        after = (await gateway.http.get(await consent_to(gateway, first))).text

        assert f'value="{first}" required checked' in before
        assert f'value="{second}" required checked' in after
        assert "stays linked" in after
        assert "stays linked" not in before


@on_sqlite
@pytest.mark.parametrize(
    ("return_to", "status", "location"),
    [(None, 200, None), (PRODUCT, 303, f"{PRODUCT}?juncture=denied")],
    ids=["page", "redirect"],
)
async def test_a_person_who_declines_comes_back_and_nothing_changes(
    gateway: Gateway, return_to: str | None, status: int, location: str | None
) -> None:
    await gateway.connect()
    before = await gateway.ask_connection("id updatedAt status")
    callback = await gateway.consent(await gateway.begin("acme", return_to), decision="decline")
    gateway.forget_calls()

    declined = await gateway.http.get(callback)

    assert declined.status_code == status
    assert declined.headers.get("location") == location
    assert gateway.calls(to_jira=False) == []
    assert await gateway.ask_connection("id updatedAt status") == before
