"""A person links Jira in a real browser, with both applications behind real ports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import Visit
from tests.support.house import House, a_world, open_house

PATIENCE_MS = 5_000


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click(timeout=PATIENCE_MS)


async def link_site(page: Page, url: str) -> None:
    """Consent to one site and link it; the browser stands on the consent page."""
    await page.get_by_label(url).check(timeout=PATIENCE_MS)
    await press(page, "Accept")
    await page.get_by_label(url).check(timeout=PATIENCE_MS)
    await press(page, "Link this site")


def assert_quiet(visit: Visit) -> None:
    assert visit.policy_violations == []
    assert visit.console_errors == []


async def test_the_demo_page_leads_to_a_connection_that_answers(house: House, visit: Visit) -> None:
    page = visit.page
    await page.goto(house.demo_page)
    await expect(page.get_by_role("definition")).to_have_text(["demo", "Not linked yet"])
    await press(page, "Connect Jira")
    await expect(page.get_by_role("heading")).to_contain_text("is asking for access")
    await press(page, "Accept")
    await expect(page.get_by_role("heading")).to_have_text("Choose a Jira site")
    await press(page, "Link this site")

    await expect(page.get_by_role("status")).to_contain_text("Connected")
    assert page.url == f"{house.demo_page}?juncture=connected"
    await expect(page.get_by_role("definition").last).to_contain_text("Acme")
    answer = await house.ask('{ connection(externalId: "demo") { projects { nodes { key } } } }')
    assert answer["connection"]["projects"]["nodes"] == [{"key": "SHOP"}]
    assert_quiet(visit)


async def test_a_product_on_another_origin_is_told_of_the_connection(
    house: House, visit: Visit
) -> None:
    await visit.page.goto(await house.begin("acme", return_to=house.product))
    await link_site(visit.page, "https://acme.atlassian.example")

    await expect(visit.page.get_by_role("heading")).to_have_text("The product was told: connected")
    assert visit.page.url == f"{house.product}?juncture=connected"
    assert (await house.find_site("acme"))["name"] == "Acme"
    assert_quiet(visit)


async def test_declining_brings_the_person_back_to_the_demo_page(
    house: House, visit: Visit
) -> None:
    await visit.page.goto(house.demo_page)
    await press(visit.page, "Connect Jira")
    await press(visit.page, "Decline")

    await expect(visit.page.get_by_role("status")).to_contain_text("You declined")
    assert visit.page.url == f"{house.demo_page}?juncture=denied"
    assert await house.find_site("demo") is None
    assert_quiet(visit)


async def test_a_product_on_another_origin_is_told_that_the_person_declined(
    house: House, visit: Visit
) -> None:
    await visit.page.goto(await house.begin("acme", return_to=house.product))
    await press(visit.page, "Decline")

    told = visit.page.get_by_text("The product was told: denied")
    await expect(told).to_be_visible(timeout=2_000)
    assert visit.page.url == f"{house.product}?juncture=denied"
    assert await house.find_site("acme") is None
    assert_quiet(visit)


async def test_without_a_return_url_the_outcome_is_told_in_words(
    house: House, visit: Visit
) -> None:
    page = visit.page
    await page.goto(await house.begin("acme"))
    await press(page, "Decline")
    await expect(page.get_by_role("heading")).to_have_text("You declined")
    await expect(page.get_by_role("main")).to_contain_text("nothing has changed")

    await page.goto(await house.begin("acme"))
    await link_site(page, "https://acme.atlassian.example")

    await expect(page.get_by_role("heading")).to_have_text("Connected")
    await expect(page.get_by_role("main")).to_contain_text("You can close this page")
    assert_quiet(visit)


async def test_a_site_page_that_was_used_is_told_in_words(house: House, visit: Visit) -> None:
    page = visit.page
    await page.goto(await house.begin("acme"))
    await press(page, "Accept")
    await expect(page.get_by_role("heading")).to_have_text("Choose a Jira site")
    used = page.url
    await press(page, "Link this site")
    await expect(page.get_by_role("heading")).to_have_text("Connected")

    answer = await page.goto(used)

    assert answer is not None
    assert answer.status == 400
    await expect(page.get_by_role("heading")).to_have_text("This link has expired")
    await expect(page.get_by_role("main")).to_contain_text("begin again")
    assert visit.policy_violations == []


async def test_two_sites_of_one_name_are_told_apart_and_the_chosen_one_is_linked(
    tmp_path: Path, visit: Visit
) -> None:
    urls = ["https://acme-one.atlassian.example", "https://acme-two.atlassian.example"]
    world = a_world(*(("Acme", url) for url in urls))
    async with open_house(tmp_path, world) as house:
        await visit.page.goto(await house.begin("acme"))
        await link_site(visit.page, urls[0])
        await visit.page.goto(await house.begin("acme"))
        await visit.page.get_by_label(urls[1]).check(timeout=PATIENCE_MS)
        await press(visit.page, "Accept")

        for url in urls:
            await expect(visit.page.get_by_role("radio", name=f"Acme {url}")).to_have_count(1)
        await expect(visit.page.get_by_label(urls[0])).to_be_checked()
        await visit.page.get_by_label(urls[1]).check()
        await press(visit.page, "Link this site")
        await expect(visit.page.get_by_role("main")).to_contain_text(urls[1])
        assert await house.find_site("acme") == {"name": "Acme", "url": urls[1]}
        assert_quiet(visit)


async def test_a_hostile_site_name_is_text_on_every_page(tmp_path: Path, visit: Visit) -> None:
    name = '"><img src=x onerror="document.title=1"><script>document.title=2</script>'
    world = a_world((name, "https://hostile.atlassian.example"))
    async with open_house(tmp_path, world) as house:
        page = visit.page
        await page.goto(house.demo_page)
        await press(page, "Connect Jira")
        await expect(page.locator("fieldset")).to_contain_text(name)
        await press(page, "Accept")
        await expect(page.locator("fieldset")).to_contain_text(name)
        pictures = await page.locator("img").count()
        await press(page, "Link this site")

        await expect(page.get_by_role("definition").last).to_contain_text(name)
        assert pictures == 1
        assert await page.locator("img, script").count() == 0
        assert await page.title() == "Demo · Juncture"
        assert_quiet(visit)


async def test_the_flow_works_with_javascript_off(house: House, visit: Visit) -> None:
    browser = visit.page.context.browser
    assert browser is not None
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(house.demo_page)
    await press(page, "Connect Jira")
    await link_site(page, "https://acme.atlassian.example")

    await expect(page.get_by_role("status")).to_contain_text("Connected")
    assert (await house.find_site("demo"))["name"] == "Acme"


async def test_the_flow_works_by_keyboard_alone(tmp_path: Path, visit: Visit) -> None:
    urls = ["https://one.atlassian.example", "https://two.atlassian.example"]
    async with open_house(tmp_path, a_world(("One", urls[0]), ("Two", urls[1]))) as house:
        page, keyboard = visit.page, visit.page.keyboard
        await page.goto(await house.begin("acme"))
        await link_site(page, urls[0])
        await page.goto(await house.begin("acme"))
        await keyboard.press("Tab")  # the list of scopes
        await keyboard.press("Tab")
        await keyboard.press("ArrowDown")
        await keyboard.press("Enter")
        await expect(page.get_by_role("heading")).to_have_text("Choose a Jira site")

        await keyboard.press("Tab")
        await expect(page.get_by_label(urls[0])).to_be_focused()
        await keyboard.press("ArrowDown")
        await keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Link this site")).to_be_focused()
        await keyboard.press("Enter")

        await expect(page.get_by_role("heading")).to_have_text("Connected")
        assert (await house.find_site("acme"))["name"] == "Two"


async def test_graphiql_answers_from_the_address_that_the_demo_prints(
    house: House, visit: Visit
) -> None:
    page = visit.page
    await page.goto(house.demo_page)
    await press(page, "Connect Jira")
    await link_site(page, "https://acme.atlassian.example")
    await expect(page.get_by_role("status")).to_contain_text("Connected")

    await page.goto(house.graphiql)
    await press(page, "Execute query")

    await expect(page.locator(".graphiql-response")).to_contain_text('"key": "SHOP"')
    assert page.url == f"{house.juncture}/graphql"
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert house.key not in await page.evaluate(stored)
    assert house.key not in await page.evaluate("JSON.stringify(history.state) + location.href")
    assert await page.context.cookies() == []
    assert_quiet(visit)
