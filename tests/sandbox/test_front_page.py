import pytest
from starlette.routing import Route

from sandbox.faults.order import FaultOrder
from sandbox.world import World
from tests.sandbox.visitors import Visitor, a_guest, a_site, a_visitor
from tests.support.browser import Visit
from tests.support.servers import serve

HOSTILE = '"><img src=x onerror="document.title=1">'


def a_hostile_world() -> World:
    builder, site = a_site()
    site.add_issues(site.add_project("TEST", name=HOSTILE), 2)
    builder.add_site(HOSTILE, url="https://hostile.atlassian.example")
    builder.add_confluence_site("Docs")
    return builder.world


async def make_trouble(visitor: Visitor) -> None:
    faults = (
        {"path": f"/rest/{HOSTILE}", "body": HOSTILE, "headers": {"x": HOSTILE}},
        {"grant": HOSTILE, "cloudId": HOSTILE, "retryAfter": HOSTILE, "status": 503, "count": 2},
        {"path": "/me", "status": 503},
    )
    for fault in faults:
        # The control API knows its sites and grants, and would let no such names in.
        visitor.application.state.sandbox.faults.add(FaultOrder.model_validate(fault))
    await visitor.http.get(f"/ex/jira/x/rest/{HOSTILE}")


async def test_the_page_says_what_the_sandbox_holds() -> None:
    visitor = a_visitor(a_hostile_world())

    page = (await visitor.http.get("/")).text

    assert "2026-06-01 12:00:00" in page
    assert "<h3>Acme</h3>" in page
    assert "<td>TEST</td><td>&#34;&gt;&lt;img" in page
    assert '<td class="number">2</td>' in page
    assert "Confluence alone." in page
    assert "Nothing was called." in page
    assert "Nothing goes wrong." in page
    assert "None is set." in page


async def test_the_page_shows_the_latest_calls_faults_and_limits() -> None:
    guest = await a_guest()
    http = guest.visitor.http
    await http.post("/__sandbox__/faults", json={"path": "/me", "status": 503, "count": 2})
    await http.post(
        "/__sandbox__/limits",
        json={"pointsPerHour": 65000, "burstPerSecond": {"GET": 100}, "perIssueWrites": True},
    )
    await http.get("/me")
    for _ in range(30):
        await guest.get("/rest/api/3/myself")

    page = (await http.get("/")).text

    assert "20 of 33, the newest first." in page
    assert page.count("<code>/rest/api/3/myself</code>") == 20
    assert "<code>status: 503</code>" in page
    assert "1 of 2" in page
    assert "65,000 points an hour for each app" in page
    assert "100 GET calls a second" in page
    assert "20 writes in 2 seconds" in page
    assert "sandbox-client used 90 points" in page


async def test_every_call_of_the_control_api_stands_on_the_page() -> None:
    visitor = a_visitor()
    routes = [route for route in visitor.application.routes if isinstance(route, Route)]
    paths = {route.path.partition("/{")[0] for route in routes if "__sandbox__" in route.path}

    page = (await visitor.http.get("/")).text

    assert [path for path in sorted(paths) if path not in page] == []


async def test_nothing_on_the_page_is_markup_of_a_stranger() -> None:
    visitor = a_visitor(a_hostile_world())
    await make_trouble(visitor)

    page = (await visitor.http.get("/")).text

    assert "<img" not in page
    assert page.count("&lt;img") >= 6


@pytest.mark.parametrize("width", [1280, 360], ids=["wide", "phone"])
async def test_the_page_fits_and_no_policy_is_broken(visit: Visit, width: int) -> None:
    visitor = a_visitor(a_hostile_world())
    await make_trouble(visitor)
    page = visit.page
    await page.set_viewport_size({"width": width, "height": 800})

    async with serve(visitor.application) as address:
        await page.goto(address)
        widest = await page.evaluate("document.documentElement.scrollWidth")

    assert widest <= width
    assert (await page.title()).startswith("What goes on")
    assert visit.policy_violations == []
