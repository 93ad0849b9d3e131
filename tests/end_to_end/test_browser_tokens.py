"""A page of the product asks Juncture itself, from a real browser, with a frontend token."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.end_to_end.frontend import MINT
from tests.end_to_end.test_browser import link_site
from tests.support.browser import Visit
from tests.support.gateway import JUNCTURE, open_gateway
from tests.support.house import House, open_house

ORIGIN = "https://product.test"
ASK = """async ([url, token, query]) => {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ query }),
    });
    return { status: answer.status, body: await answer.json() };
  } catch (error) {
    return { refused: error.name };
  }
}"""
OWN = "{ viewer { kind connection { externalId projects { nodes { key } } } } }"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def ask_from(page: Page, house: House, token: str, query: str = OWN) -> object:
    """What a script on this page gets to see."""
    return await page.evaluate(ASK, [f"{house.juncture}/graphql", token, query])


async def mint(house: House, external_id: str, *scopes: str) -> str:
    given = {"externalId": external_id, "scopes": scopes}
    payload = (await house.ask(MINT, {"input": given}))["createFrontendToken"]
    assert payload["errors"] == []
    token = payload["token"]
    assert isinstance(token, str)
    return token


async def test_a_page_of_the_product_reads_its_connection_with_a_token(
    house: House, visit: Visit
) -> None:
    await visit.page.goto(await house.begin("user-1", return_to=house.product))
    await link_site(visit.page, "https://acme.atlassian.example")
    await visit.page.wait_for_url(f"{house.product}*")

    told = await ask_from(visit.page, house, await mint(house, "user-1", "READ"))
    refused = await ask_from(visit.page, house, "a.b.c")

    connection = {"externalId": "user-1", "projects": {"nodes": [{"key": "SHOP"}]}}
    viewer = {"kind": "FRONTEND_TOKEN", "connection": connection}
    assert told == {"status": 200, "body": {"data": {"viewer": viewer}}}
    assert isinstance(refused, dict)
    assert refused["status"] == 401
    assert visit.policy_violations == []


async def test_a_page_of_another_origin_is_refused_whatever_token_it_holds(
    house: House, visit: Visit
) -> None:
    token = await mint(house, "user-1", "READ", "WRITE", "CONNECT")
    foreign = house.product.replace("localhost", "127.0.0.1")
    await visit.page.goto(foreign)

    assert foreign != house.product
    assert await ask_from(visit.page, house, token) == {"refused": "TypeError"}
    assert "CORS" in " ".join(visit.console_errors)


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_a_preflight_opens_the_way_to_listed_origins_alone(database_url: str) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with open_gateway(database_url=database_url, cors_allowed_origins=ORIGIN) as gateway:
        answers = {
            origin: await gateway.http.options(
                f"{JUNCTURE}/graphql", headers={"Origin": origin, **asked}
            )
            for origin in (ORIGIN, "https://product.test.evil.example", "http://product.test")
        }

    opened = answers.pop(ORIGIN)
    assert opened.status_code == 200
    assert opened.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in opened.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in opened.headers
    for refused in answers.values():
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
