"""A client who goes away ends its operation and its calls to Jira, and loses no token."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from tests.support.doors import Caller, Door, HeldApplication
from tests.support.gateway import PRODUCT, Gateway
from tests.support.house import House, link_site, open_house

_TOKEN_PATH = "/oauth/token"
# Twelve calls, of which eight may be under way at once.
PROJECTS = (
    '{ connection(externalId: "acme") { '
    + " ".join(f"p{n}: projects(first: {n}) {{ totalCount }}" for n in range(1, 13))
    + " } }"
)
BATCHES = (
    'query($person: ID!) { connection(externalId: "acme") { '
    'a: issue(idOrKey: "SHOP-1") { key } b: issue(idOrKey: "SHOP-2") { key } } '
    "node(id: $person) { id } }"
)
PAGES = '{ connection(externalId: "acme") { issues(first: 250) { nodes { summary } } } }'
CHANGES = (
    "mutation { "
    + " ".join(
        f'm{n}: selectProject(input: {{ connection: {{ externalId: "acme" }}, '
        'project: { key: "SHOP" } }) { errors { message } }'
        for n in range(3)
    )
    + " }"
)


def of_jira(path: str) -> bool:
    return path.startswith("/ex/jira/")


def of_tokens(path: str) -> bool:
    return path.endswith(_TOKEN_PATH)


async def find_person(gateway: Gateway) -> str:
    found = await gateway.ask_connection("myself { id }")
    gateway.forget_calls()
    person = found["myself"]["id"]
    assert isinstance(person, str)
    return person


def list_complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("query", "begun"),
    [(PROJECTS, 8), (BATCHES, 2), (PAGES, 1), (CHANGES, 1)],
    ids=["many calls", "batches", "pages", "changes"],
)
async def test_who_hangs_up_ends_the_calls_under_way_and_no_other_begins(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, query: str, begun: int
) -> None:
    variables = {"person": await find_person(gateway)} if "$person" in query else {}
    door = Door.close_on(gateway, of_jira)
    caller = Caller(gateway.app, gateway.key)
    asking = asyncio.create_task(caller.ask(query, variables))
    await door.tally.wait_until("begun", begun)

    caller.hang_up()
    await asking
    await door.tally.wait_until("cut", begun)
    door.open()
    after = await gateway.ask_connection("projects(first: 1) { totalCount } selectedProjectId")

    assert caller.status == 499
    assert door.tally.counts == {"begun": begun + 1, "cut": begun, "ended": 1}
    assert after["projects"]["totalCount"] > 0
    assert after["selectedProjectId"] is None
    assert gateway.calls() == ["GET /rest/api/3/project/search"]
    assert list_complaints(caplog) == []


async def test_who_hangs_up_after_a_page_asks_for_no_other_page(gateway: Gateway) -> None:
    door = Door.close_on(gateway, of_jira)
    caller = Caller(gateway.app, gateway.key)
    answered = 0

    def hang_up_on_the_second(request: httpx.Request) -> httpx.Response | None:
        nonlocal answered
        answered += request.url.path.endswith("/search/jql")
        if answered == 2:
            caller.hang_up()
        return None

    door.open()
    gateway.transport.faults.append(hang_up_on_the_second)
    await caller.ask(PAGES)
    await door.tally.wait_until("begun", 2)
    gateway.transport.faults.clear()
    await gateway.ask("{ viewer { kind } }")

    assert caller.status == 499
    assert answered == 2
    assert door.tally.counts["begun"] == 2


async def test_a_refresh_under_way_is_finished_and_kept_for_the_next_caller(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.clock.advance(hours=2)
    door = Door.close_on(gateway, of_tokens)
    caller = Caller(gateway.app, gateway.key)
    asking = asyncio.create_task(caller.ask(PAGES))
    await door.tally.wait_until("begun", 1)

    caller.hang_up()
    await asking
    jira_calls = gateway.calls()
    door.open()
    await door.tally.wait_until("ended", 1)
    await gateway.services.tokens.settle()
    found = await gateway.ask_connection("status projects(first: 1) { totalCount }")

    assert caller.status == 499
    assert jira_calls == []
    assert found["status"] == "ACTIVE"
    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert door.tally.counts == {"begun": 1, "ended": 1}
    assert list_complaints(caplog) == []


async def test_a_code_under_exchange_is_finished_though_the_browser_left(gateway: Gateway) -> None:
    callback = await gateway.consent(await gateway.begin("new", PRODUCT))
    gateway.forget_calls()
    door = Door.close_on(gateway, of_tokens)
    browser = Caller(gateway.app)
    cookies = "; ".join(f"{name}={value}" for name, value in gateway.http.cookies.items())
    calling = asyncio.create_task(browser.send("GET", callback, headers={"cookie": cookies}))
    await door.tally.wait_until("begun", 1)

    browser.hang_up()
    door.open()
    await calling

    assert door.tally.counts == {"begun": 1, "ended": 1}
    kept = await gateway.services.database.fetch_val("SELECT COUNT(*) FROM pending_grant")
    assert kept == 1
    assert await gateway.ask_connection("id", external_id="new") is None


@pytest.mark.parametrize("step", ["during the exchange", "after the exchange"])
async def test_a_link_opened_again_brings_what_a_lost_callback_did_not(
    gateway: Gateway, step: str
) -> None:
    link = await gateway.begin("acme", PRODUCT)
    before = await gateway.ask_connection("id accessToken { token }")
    callback = await gateway.consent(link)
    if step == "during the exchange":
        door = Door.close_on(gateway, of_tokens)
        calling = asyncio.create_task(gateway.http.get(callback))
        await door.tally.wait_until("begun", 1)
        calling.cancel()
        await door.tally.wait_until("cut", 1)
        door.open()
    else:
        await gateway.http.get(callback)
    kept = await gateway.ask_connection("id accessToken { token }")

    stale = await gateway.http.get(callback)
    page = await gateway.call_back(await gateway.consent(link))
    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})
    after = await gateway.ask_connection("id accessToken { token }")

    assert kept == before
    assert stale.status_code == 400
    assert "OAUTH_STATE_INVALID" in stale.text
    assert finished.headers["location"] == f"{PRODUCT}?juncture=connected"
    assert after["id"] == before["id"]
    assert after["accessToken"] != before["accessToken"]


@asynccontextmanager
async def open_held_house(folder: Path, *ends: str) -> AsyncIterator[tuple[House, HeldApplication]]:
    """A house with a linked site, whose sandbox holds the calls to paths that end so."""
    doors: list[HeldApplication] = []

    def put_a_door(app: ASGIApp) -> HeldApplication:
        doors.append(HeldApplication(app, lambda path: path.endswith(ends)))
        doors[0].open()
        return doors[0]

    async with open_house(folder, around_sandbox=put_a_door) as house:
        await link_site(house, "acme")
        doors[0].shut()
        yield house, doors[0]


async def ask_and_hang_up(house: House, query: str, door: HeldApplication, begun: int) -> None:
    async with httpx.AsyncClient() as http:
        asking = asyncio.create_task(
            http.post(
                f"{house.juncture}/graphql",
                json={"query": query},
                headers={"Authorization": f"Bearer {house.key}"},
            )
        )
        await door.tally.wait_until("begun", begun)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize(
    ("query", "begun"), [(PROJECTS, 8), (CHANGES, 1)], ids=["many calls", "changes"]
)
async def test_over_real_http_a_broken_connection_breaks_those_to_jira(
    tmp_path: Path, query: str, begun: int
) -> None:
    async with open_held_house(tmp_path, "/project/search", "/project/SHOP") as (house, door):
        await ask_and_hang_up(house, query, door, begun)
        await door.tally.wait_until("cut", begun)
        door.open()
        found = await house.ask(
            '{ connection(externalId: "acme") { selectedProjectId projects { totalCount } } }'
        )

    assert found["connection"] == {"selectedProjectId": None, "projects": {"totalCount": 1}}
    assert door.tally.counts == {"begun": begun + 1, "cut": begun, "ended": 1}


async def test_over_real_http_a_refresh_outlives_the_connection_that_began_it(
    tmp_path: Path,
) -> None:
    async with open_held_house(tmp_path, _TOKEN_PATH) as (house, door):
        before = door.tally.counts["ended"]
        async with httpx.AsyncClient() as http:
            await http.post(f"{house.sandbox}/__sandbox__/clock", json={"advanceSeconds": 7_200})
        await ask_and_hang_up(house, PROJECTS, door, before + 1)
        door.open()
        await door.tally.wait_until("ended", before + 1)
        found = await house.ask('{ connection(externalId: "acme") { projects { totalCount } } }')

    assert before == 1
    assert found["connection"]["projects"]["totalCount"] == 1
    assert door.tally.counts == {"begun": 2, "ended": 2}
