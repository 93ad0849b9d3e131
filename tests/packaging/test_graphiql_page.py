import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import jinja2
import pytest
import strawberry
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.support.browser import Visit
from tests.support.missing import require
from tests.support.servers import REPOSITORY, graphiql_folder, serve

KEY = "a-key-of-the-test"
DEFAULT_QUERY = "query Greeting($externalId: ID!) {\n  greeting(externalId: $externalId)\n}"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "font-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@strawberry.type
class Query:
    @strawberry.field
    def greeting(self, external_id: strawberry.ID) -> str:
        return f"Hello {external_id}"


@dataclass(frozen=True, slots=True)
class Site:
    """A minimal server of the page: its address, and the keys that its endpoint was shown."""

    address: str
    keys: list[str] = field(default_factory=list)

    def page(self, **fragment: str) -> str:
        return f"{self.address}/graphql#{urlencode(fragment)}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    require(graphiql_folder())
    keys: list[str] = []
    async with serve(an_application(keys)) as address:
        yield Site(address, keys)


def an_application(keys: list[str]) -> Starlette:
    folder = REPOSITORY / "server"
    loader = jinja2.FileSystemLoader(folder / "templates")
    template = jinja2.Environment(loader=loader, autoescape=True).get_template("graphiql.html.j2")
    schema = strawberry.Schema(Query)

    async def show(request: Request) -> HTMLResponse:
        page = template.render(default_query=DEFAULT_QUERY)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def answer(request: Request) -> JSONResponse:
        keys.append(request.headers.get("Authorization", ""))
        if keys[-1] != f"Bearer {KEY}":
            return JSONResponse({"errors": [{"message": "Unknown key"}]}, status_code=401)
        asked = await request.json()
        result = await schema.execute(asked["query"], asked.get("variables"))
        return JSONResponse({"data": result.data})

    return Starlette(
        routes=[
            Route("/graphql", show, methods=["GET"]),
            Route("/graphql", answer, methods=["POST"]),
            Mount("/static", StaticFiles(directory=folder / "static")),
        ]
    )


async def run_query(visit: Visit) -> None:
    await visit.page.get_by_role("button", name="Execute query").click()


async def stored(visit: Visit) -> str:
    everything = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    text: str = await visit.page.evaluate(everything)
    return text


async def test_a_key_in_the_fragment_answers_a_query_and_is_kept_nowhere(
    site: Site, visit: Visit
) -> None:
    await visit.page.goto(site.page(key=KEY, externalId="user-7"))
    await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("Greeting")
    await run_query(visit)

    await expect(visit.page.locator(".graphiql-response")).to_contain_text("Hello user-7")
    assert visit.page.url == f"{site.address}/graphql"
    assert KEY not in await stored(visit)
    assert set(site.keys) == {f"Bearer {KEY}"}
    assert visit.policy_violations == []
    assert visit.console_errors == []


async def test_a_handed_query_is_shown_and_waits_for_a_person_to_run_it(
    site: Site, visit: Visit
) -> None:
    await visit.page.goto(site.page(key=KEY, query='{ greeting(externalId: "handed") }'))

    await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text('"handed"')
    await expect(visit.page.locator(".graphiql-response")).not_to_contain_text("Hello")


async def test_without_a_key_the_page_asks_for_one_before_it_asks_the_server(
    site: Site, visit: Visit
) -> None:
    await visit.page.goto(site.page())
    await expect(visit.page.locator("#key")).to_be_focused()
    asked_before = list(site.keys)
    await visit.page.locator("#key").fill(KEY)
    await visit.page.keyboard.press("Enter")

    await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("Greeting")
    await expect(visit.page.locator("#key-form")).to_be_hidden()
    await expect(visit.page.locator("#key")).to_have_value("")
    assert asked_before == []
    assert KEY not in await stored(visit)
    assert visit.policy_violations == []


async def test_a_refused_key_is_asked_for_again_and_the_next_one_serves(
    site: Site, visit: Visit
) -> None:
    await visit.page.goto(site.page(key="a-wrong-key", externalId="user-7"))
    await expect(visit.page.locator("#key-message")).to_contain_text("does not accept this key")
    await visit.page.locator("#key").fill(KEY)
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("#key-form")).to_be_hidden()
    await run_query(visit)

    await expect(visit.page.locator(".graphiql-response")).to_contain_text("Hello user-7")
    assert site.keys[0] == "Bearer a-wrong-key"


async def test_a_new_fragment_on_the_open_page_is_taken_too(site: Site, visit: Visit) -> None:
    await visit.page.goto(site.page())
    await expect(visit.page.locator("#key-form")).to_be_visible()
    await visit.page.goto(site.page(key=KEY))

    await expect(visit.page.locator(".graphiql-query-editor")).to_be_visible()
    assert visit.page.url == f"{site.address}/graphql"


async def test_typed_headers_are_sent_but_never_stored(site: Site, visit: Visit) -> None:
    await visit.page.goto(site.page(key=KEY, externalId="user-7"))
    await visit.page.get_by_role("button", name="Headers").click()
    await visit.page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    await visit.page.keyboard.insert_text(json.dumps({"Authorization": "Bearer typed-by-hand"}))
    await run_query(visit)

    await expect(visit.page.locator(".graphiql-response")).to_contain_text("Unknown key")
    assert site.keys[-1] == "Bearer typed-by-hand"
    kept = await stored(visit)
    assert "graphiql:queries" in kept
    assert "typed-by-hand" not in kept


async def test_dialogs_and_the_explorer_keep_to_the_policy(site: Site, visit: Visit) -> None:
    await visit.page.goto(site.page(key=KEY))
    await visit.page.get_by_label("Show GraphiQL Explorer").click()
    await expect(visit.page.locator(".graphiql-explorer-root")).to_contain_text("greeting")
    await visit.page.get_by_label("Open settings dialog").click()

    dialog = visit.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Theme")
    await expect(dialog).not_to_contain_text("Persist headers")
    assert visit.policy_violations == []
    assert visit.console_errors == []
