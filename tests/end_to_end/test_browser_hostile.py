"""Whatever sites and callers are called, pages show it as text, and nobody frames a page."""

import json
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from playwright.async_api import Dialog, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.end_to_end.test_browser import PATIENCE_MS, assert_quiet, press
from tests.faults.waiting import until
from tests.support.browser import Visit
from tests.support.house import open_house
from tests.support.servers import serve

RAN = "document.title='it ran'"
NAMES = {
    "img": f'"><img src=x onerror="{RAN}">',
    "script": f"</title></script><script>{RAN};alert(1)</script>",
    "svg": f'<svg onload="{RAN}"><script>{RAN}</script></svg>',
    "link": f'<a href="javascript:{RAN}">Acme</a> javascript:{RAN}',
    "frame": f'<iframe srcdoc="<script>parent.{RAN}</script>"></iframe>',
    "base": '<base href="https://evil.test/"><link rel=stylesheet href=//evil.test/x.css>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.test/">',
    "form": '</form><form action="https://evil.test/"><button>Link this site</button>',
    "attribute": f"' autofocus onfocus={RAN} x='",
    "template": "{{ 7 * 7 }}{% raw %}${7*7}",
    "direction": "\u202eemca\u202c \u200b&lt;b&gt; &#x3C;script&#x3E;",
}
ALL = " ".join(NAMES.values())
PICTURES = {
    "script": f"javascript:{RAN}",
    "drawing": f'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="{RAN}"/>',
    "page": f"data:text/html,<script>{RAN}</script>",
    "attribute": f'x" onerror="{RAN}',
    "directive": "https://evil.test;script-src 'unsafe-inline'/x.png",
    "star": "https://*/x.png",
    "user": "https://user@evil.test/x.png",
    "no scheme": "//evil.test/x.png",
    "line break": "https://evil.test\r\nX-Evil: 1",
    "empty": "",
    "blank": " ",
}
_FIND_STRANGERS = """() => [
  ...document.querySelectorAll("script, iframe, object, embed, base, svg, meta[http-equiv]"),
  ...[...document.querySelectorAll("*")].filter((element) =>
    element.getAttributeNames().some((name) => name.startsWith("on"))
    || (element.href && !/^(https?:|data:,$)/.test(element.href))
    || (element.href && new URL(element.href, location).host === "evil.test")
    || (element.tagName === "IMG" && !element.src.startsWith("http://127.0.0.1:"))
    || (element.tagName === "FORM" && new URL(element.action).origin !== location.origin)),
].map((element) => element.outerHTML)"""


URLS = [f"https://site-{number}.atlassian.example" for number in range(len(NAMES) + 1)]


def rename(sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the place of one site one of each name, and one of all, which alone has a good picture."""
    given = sites[0]
    names, pictures = [*NAMES.values(), ALL], [*PICTURES.values(), given["avatarUrl"]]
    return [
        {**given, "id": str(uuid5(NAMESPACE_URL, url)), "url": url, "name": name, "avatarUrl": made}
        for url, name, made in zip(URLS, names, pictures, strict=True)
    ]


def with_hostile_sites(app: ASGIApp) -> ASGIApp:
    """The sandbox, but for the sites that it says a consent opens."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope.get("path", "").endswith("/accessible-resources"):
            await app(scope, receive, send)
            return
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            parts.append(message.get("body", b""))

        await app(scope, receive, keep)
        await JSONResponse(rename(json.loads(b"".join(parts))))(scope, receive, send)

    return changed


async def assert_only_text(visit: Visit, dialogs: list[str], *texts: str) -> None:
    """The page holds these texts to the letter, and nothing that they would like to be."""
    page = visit.page
    shown = await page.locator("main").evaluate("element => element.textContent")
    assert [text for text in texts if text not in shown] == []
    assert await page.evaluate(_FIND_STRANGERS) == []
    assert (await page.title()).endswith(" · Juncture")
    assert dialogs == []
    assert_quiet(visit)


def note_dialogs(page: Page) -> list[str]:
    dialogs: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", dismiss)
    return dialogs


async def choose(page: Page, url: str) -> None:
    """Link a site; the browser stands on the consent page."""
    await press(page, "Accept")
    await page.get_by_label(url).check(timeout=PATIENCE_MS)
    await press(page, "Link this site")


async def test_hostile_names_ids_and_pictures_are_text_on_every_page(
    tmp_path: Path, visit: Visit
) -> None:
    page, dialogs = visit.page, note_dialogs(visit.page)
    external_id = NAMES["img"] + NAMES["script"]
    async with open_house(tmp_path, around_sandbox=with_hostile_sites) as house:
        await page.goto(await house.begin(external_id))
        await choose(page, URLS[-1])
        await expect(page.get_by_role("heading")).to_have_text("Connected")
        await assert_only_text(visit, dialogs, ALL)

        await page.goto(await house.begin(external_id))
        await press(page, "Accept")
        await expect(page.get_by_role("main")).to_contain_text("stays linked")
        await assert_only_text(visit, dialogs, external_id, *NAMES.values())
        assert await page.locator("img").count() == 1

        await page.goto(house.demo_page)
        await press(page, "Connect Jira")
        await choose(page, URLS[1])
        await expect(page.get_by_role("status")).to_contain_text("Connected")
        await assert_only_text(visit, dialogs, NAMES["script"])


async def test_what_an_address_brings_shows_on_no_page(tmp_path: Path, visit: Visit) -> None:
    page, dialogs = visit.page, note_dialogs(visit.page)
    paths = (
        "/demo?juncture={}",
        "/oauth/jira/start?link={}",
        "/oauth/jira/callback?state=a.b&error={}",
        "/oauth/jira/callback?state={}&code=c&error_description={}",
        "/oauth/{}/callback?state=a.b&code=c",
        "/oauth/jira/finalize/{}",
    )
    pages = 0
    async with open_house(tmp_path) as house:
        # What holds a slash is no part of a path.
        for text in (ALL, NAMES["img"]):
            for path in paths:
                await page.goto(house.juncture + path.replace("{}", quote(text, safe="")))
                # Chromium reports a page's status of 400 as an error of the console.
                visit.console_errors.clear()
                if await page.locator("main").count():
                    await assert_only_text(visit, dialogs)
                    shown = await page.locator("main").inner_text()
                    assert [each for each in NAMES.values() if each in shown] == []
                    pages += 1
                else:
                    assert await page.locator("body").inner_text() == "Not Found"

    assert pages == 4 + len(paths)


async def test_no_answer_can_be_framed(tmp_path: Path, visit: Visit) -> None:
    async with open_house(tmp_path) as house:
        await visit.page.goto(await house.begin("acme"))
        await press(visit.page, "Accept")
        await expect(visit.page.get_by_role("heading")).to_have_text("Choose a Jira site")
        framed = [
            visit.page.url,
            house.demo_page,
            f"{house.juncture}/graphql",
            await house.begin("other"),
            *(
                house.juncture + path
                for path in (
                    "/oauth/jira/callback?state=a.b&code=c",
                    "/oauth/jira/finalize/a.b",
                    "/oauth/nothing/start",
                    "/healthz",
                    "/static/pages.css",
                    "/nothing",
                )
            ),
        ]

        async def show_frames(_request: Request) -> HTMLResponse:
            frames = "".join(
                f'<iframe src="{escape(address)}"></iframe><object data="{escape(address)}">'
                "</object>"
                for address in framed
            )
            return HTMLResponse(f'<!doctype html><link rel="icon" href="data:,">{frames}')

        async with serve(Starlette(routes=[Route("/", show_frames)])) as thief:
            await visit.page.goto(thief)

            def list_shown() -> list[str]:
                return [frame.url for frame in visit.page.main_frame.child_frames]

            # A frame that is refused gets its address a moment after the page has loaded.
            await until(lambda: all(list_shown()), "the address of each frame")
            assert set(list_shown()) == {"chrome-error://chromewebdata/"}
            assert len(list_shown()) >= len(framed)
