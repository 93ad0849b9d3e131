from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from storage.migrate import migrate
from tests.support.gateway import JUNCTURE, Gateway, open_gateway

DEMO = f"{JUNCTURE}/demo"


@pytest.fixture
def database_of_the_demo(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'juncture.db'}"
    migrate(url)
    return url


@pytest.fixture
async def demo(database_of_the_demo: str) -> AsyncIterator[Gateway]:
    """Both applications in demo mode, with nothing linked."""
    async with open_gateway(
        database_url=database_of_the_demo, environment="demo", allowed_return_urls=DEMO
    ) as gateway:
        yield gateway


async def click(gateway: Gateway, *, host: str = JUNCTURE, **headers: str) -> httpx.Response:
    """Press the page's button, as a browser that names where the click came from."""
    transport = gateway.mounts[JUNCTURE]
    async with httpx.AsyncClient(transport=transport) as browser:
        return await browser.post(f"{host}/demo/connect", headers=headers)


async def test_the_page_says_that_nothing_is_linked_yet(demo: Gateway) -> None:
    page = await demo.http.get(DEMO)

    assert page.status_code == 200
    assert "Not linked yet" in page.text


async def test_the_page_names_the_linked_site(demo: Gateway) -> None:
    await demo.connect("demo")

    page = await demo.http.get(DEMO, params={"juncture": "connected"})

    site = next(iter(demo.sandbox.world.sites.values()))
    assert "Connected." in page.text
    assert site.name in page.text
    assert site.url in page.text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("connected", None),
        ("denied", "You declined"),
        ("failed", "That did not work"),
        ("unheard-of", None),
    ],
)
async def test_an_outcome_typed_by_hand_claims_no_connection(
    demo: Gateway, outcome: str, said: str | None
) -> None:
    page = await demo.http.get(DEMO, params={"juncture": outcome})

    assert page.status_code == 200
    assert "Not linked yet" in page.text
    assert ('role="status"' in page.text) == (said is not None)
    assert (said or "") in page.text


async def test_the_button_leads_to_the_consent_and_back_to_the_page(demo: Gateway) -> None:
    started = await click(demo, **{"Sec-Fetch-Site": "same-origin"})
    page = await demo.call_back(await demo.consent(started.headers["location"]))
    finished = await demo.http.post(page, data={"site": demo.sandbox_cloud_id})

    assert started.status_code == 303
    assert finished.headers["location"] == f"{DEMO}?juncture=connected"


@pytest.mark.parametrize("came_from", ["cross-site", "same-site", "none"])
async def test_a_click_from_elsewhere_begins_nothing(demo: Gateway, came_from: str) -> None:
    refused = await click(demo, **{"Sec-Fetch-Site": came_from})

    assert refused.status_code == 403
    assert "location" not in refused.headers


async def test_a_name_that_was_rebound_to_this_machine_begins_nothing(demo: Gateway) -> None:
    refused = await click(demo, host="http://rebound.example")

    assert refused.status_code == 403


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_outside_the_demo_there_is_no_such_page(
    database_of_the_demo: str, environment: str
) -> None:
    async with open_gateway(database_url=database_of_the_demo, environment=environment) as gateway:
        page = await gateway.http.get(DEMO)
        button = await gateway.http.post(f"{DEMO}/connect")

    assert (page.status_code, button.status_code) == (404, 404)
