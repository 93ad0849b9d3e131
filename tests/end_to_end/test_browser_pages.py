"""What every page owes to the people who meet it, checked in a real browser."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.end_to_end.test_browser import press
from tests.support.browser import Visit
from tests.support.house import open_house
from tests.support.servers import serve

_FIND_FAULTS = """() => {
  const faults = [];
  const expect = (holds, fault) => { if (!holds) faults.push(fault); };
  expect(document.documentElement.lang === "en", "no language");
  expect(document.title.trim() !== "", "no title");
  expect(document.querySelectorAll("h1").length === 1, "not one h1");
  for (const input of document.querySelectorAll("input:not([type=hidden])")) {
    expect(input.labels.length === 1, `no label: ${input.outerHTML}`);
  }
  for (const image of document.images) {
    expect(image.hasAttribute("alt"), `no alt: ${image.outerHTML}`);
    expect(image.complete && image.naturalWidth > 0, `no picture: ${image.outerHTML}`);
  }
  expect(document.documentElement.scrollWidth <= innerWidth, "scrolls sideways");

  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parse(colour).map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isClear = (colour) => parse(colour)[3] === 0;
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!isClear(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const lights = [getComputedStyle(element).color, ground(element)].map(light);
    const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    expect(ratio >= 4.5, `contrast ${ratio.toFixed(1)}: ${walker.currentNode.data.trim()}`);
    checked += 1;
  }
  expect(checked > 1, "no text to check");
  return faults;
}"""
_FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return [element.outerHTML, outlineStyle !== "none" && parseFloat(outlineWidth) >= 1];
}"""


async def find_faults(page: Page) -> list[str]:
    """What a page lacks, and what shows no sign of the focus that Tab gives it."""
    faults: list[str] = await page.evaluate(_FIND_FAULTS)
    await page.evaluate("document.activeElement.blur()")
    reached = 0
    for _ in range(await page.locator("a, button, input").count()):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(_FOCUS)
        if focus is None:
            break
        reached += 1
        faults += [] if focus[1] else [f"focus is not seen: {focus[0]}"]
    expected = await page.locator("a, button, input:not([type=hidden])").count() > 0
    return faults if reached or not expected else [*faults, "nothing takes the focus"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_read_and_used_on_a_small_screen(
    tmp_path: Path, visit: Visit, scheme: Literal["light", "dark"]
) -> None:
    page = visit.page
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": 360, "height": 640})
    faults: dict[str, list[str]] = {}
    async with open_house(tmp_path) as house:
        await page.goto(house.demo_page)
        faults["demo"] = await find_faults(page)
        await press(page, "Connect Jira")
        await expect(page.get_by_role("heading")).to_contain_text("is asking for access")
        faults["consent"] = await find_faults(page)
        await press(page, "Accept")
        await expect(page.get_by_role("heading")).to_have_text("Choose a Jira site")
        faults["choice"] = await find_faults(page)
        await press(page, "Link this site")
        await expect(page.get_by_role("status")).to_be_visible()
        faults["demo, linked"] = await find_faults(page)
        await page.goto(f"{house.juncture}/graphql")
        await expect(page.locator("#key")).to_be_focused()
        faults["GraphiQL's question for a key"] = await find_faults(page)
        assert visit.console_errors == []
        await page.goto(f"{house.juncture}/oauth/jira/start?link=stale")
        await expect(page.get_by_role("heading")).to_have_text("This link has expired")
        faults["message"] = await find_faults(page)

    assert {name: found for name, found in faults.items() if found} == {}
    assert visit.policy_violations == []


async def test_no_page_can_be_framed(tmp_path: Path, visit: Visit) -> None:
    async with open_house(tmp_path) as house:
        link = await house.begin("acme")
        framed = [
            house.demo_page,
            house.graphiql,
            link,
            f"{house.juncture}/oauth/jira/start?link=stale",
        ]

        async def show_frames(request: Request) -> HTMLResponse:
            frames = "".join(f'<iframe src="{address}"></iframe>' for address in framed)
            return HTMLResponse(f'<!doctype html><link rel="icon" href="data:,">{frames}')

        async with serve(Starlette(routes=[Route("/", show_frames)])) as thief:
            await visit.page.goto(thief)

            shown = [frame.url for frame in visit.page.main_frame.child_frames]
            assert shown == ["chrome-error://chromewebdata/"] * len(framed)
