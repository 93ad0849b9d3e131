"""What an attacker tries on the flow, and what must come of it: nothing."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.oauth.notes import NotesProvider
from tests.oauth.test_return_urls import HOSTILE_URLS
from tests.support.gateway import (
    BEGIN,
    JUNCTURE,
    PRODUCT,
    Backend,
    Gateway,
    MovingClock,
    open_gateway,
    open_neighbour,
)

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_TABLES = ("connection", "connection_external_map", "jira_connection", "pending_grant")
_TOKEN_CALL = "POST /oauth/token"


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(**backend) as gateway:
        yield gateway


async def assert_refused(gateway: Gateway, answer: httpx.Response) -> None:
    """The answer refuses, no token was asked for, and no row was written."""
    assert answer.status_code == 400
    assert "OAUTH_STATE_INVALID" in answer.text
    assert _TOKEN_CALL not in gateway.calls(to_jira=False)
    for table in _TABLES:
        count = await gateway.services.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
        assert count == 0, table


def parameters_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def test_a_callback_without_the_cookie_is_refused(gateway: Gateway) -> None:
    callback = await gateway.consent(await gateway.begin())

    async with gateway.browser() as stranger:
        await assert_refused(gateway, await stranger.get(callback))

    assert (await gateway.http.get(callback)).status_code == 303


async def test_a_callback_with_the_cookie_of_another_flow_is_refused(gateway: Gateway) -> None:
    callback = await gateway.consent(await gateway.begin("victim"))

    async with gateway.browser() as attacker:
        await gateway.consent(await gateway.begin("attacker"), browser=attacker)
        answer = await attacker.get(callback)

    await assert_refused(gateway, answer)


async def test_a_callback_under_the_right_cookie_name_with_another_value_is_refused(
    gateway: Gateway,
) -> None:
    callback = await gateway.consent(await gateway.begin())
    flow_id = parameters_of(callback)["state"].partition(".")[0]

    async with gateway.browser() as attacker:
        attacker.cookies.set(f"juncture-{flow_id}", "guessed")
        answer = await attacker.get(callback)

    await assert_refused(gateway, answer)


@on_sqlite
async def test_the_code_of_one_flow_does_not_go_with_the_state_of_another_browser(
    gateway: Gateway,
) -> None:
    victims = parameters_of(await gateway.consent(await gateway.begin("victim")))
    async with gateway.browser() as attacker:
        theirs = parameters_of(
            await gateway.consent(await gateway.begin("attacker"), browser=attacker)
        )

        answer = await attacker.get(
            f"{JUNCTURE}/oauth/jira/callback",
            params={"code": theirs["code"], "state": victims["state"]},
        )

    await assert_refused(gateway, answer)


async def test_a_state_works_once(gateway: Gateway) -> None:
    callback = await gateway.consent(await gateway.begin())
    first = await gateway.http.get(callback)
    gateway.forget_calls()

    second = await gateway.http.get(callback)

    assert first.status_code == 303
    assert second.status_code == 400
    assert "OAUTH_STATE_INVALID" in second.text
    assert gateway.calls(to_jira=False) == []


async def test_of_two_hundred_callbacks_at_once_one_asks_for_tokens(gateway: Gateway) -> None:
    callback = await gateway.consent(await gateway.begin())
    gateway.forget_calls()

    answers = await asyncio.gather(*(gateway.http.get(callback) for _ in range(200)))

    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 199
    assert gateway.calls(to_jira=False).count(_TOKEN_CALL) == 1


async def test_of_two_hundred_callbacks_to_two_servers_one_asks_for_tokens(
    gateway: Gateway,
) -> None:
    callback = await gateway.consent(await gateway.begin())
    gateway.forget_calls()

    async with open_neighbour(gateway) as other:
        other.http.cookies.update(gateway.http.cookies)
        answers = await asyncio.gather(
            *(server.http.get(callback) for _ in range(100) for server in (gateway, other))
        )

    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 199
    assert gateway.calls(to_jira=False).count(_TOKEN_CALL) == 1


async def test_of_a_hundred_choices_at_two_servers_one_links_the_site(gateway: Gateway) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))
    cookies, site = dict(gateway.http.cookies), {"site": gateway.sandbox_cloud_id}

    async with open_neighbour(gateway) as other:
        browsers = [server.browser() for _ in range(50) for server in (gateway, other)]
        for browser in browsers:
            browser.cookies.update(cookies)
        answers = await asyncio.gather(*(browser.post(page, data=site) for browser in browsers))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 99
    database = gateway.services.database
    assert await database.fetch_val("SELECT generation FROM connection") == 1
    assert await database.fetch_val("SELECT COUNT(*) FROM pending_grant") == 0


@on_sqlite
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 405),
        ("POST", {}, 405),
        ("PUT", {}, 405),
        ("GET", {"Sec-Purpose": "prefetch"}, 425),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, 425),
        ("GET", {"Purpose": "prefetch"}, 425),
    ],
    ids=["HEAD", "POST", "PUT", "prefetch", "prerender", "old prefetch"],
)
async def test_what_is_no_visit_uses_up_nothing(
    gateway: Gateway, method: str, headers: dict[str, str], status: int
) -> None:
    link = await gateway.begin()
    callback = await gateway.consent(link)

    on_link = await gateway.http.request(method, link, headers=headers)
    on_callback = await gateway.http.request(method, callback, headers=headers)

    assert on_link.status_code == on_callback.status_code == status
    assert "Set-Cookie" not in on_link.headers
    page = await gateway.call_back(callback)
    if method in {"HEAD", "GET"}:
        assert (await gateway.http.request(method, page, headers=headers)).status_code == status
    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})
    assert finished.status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    "query",
    [
        "",
        "state={state}",
        "code={code}",
        "code={code}&state=",
        "code={code}&state={state}&error=access_denied",
        "code={code}&code={code}&state={state}",
        "code={code}&code=other&state={state}",
        "code={code}&state={state}&state={state}",
        "code={code}&state=other.{state}&state={state}",
        "error=access_denied&error=x&state={state}",
        "code={long}&state={state}",
        "code={code}&state={state}{long}",
        "error={long}&state={state}",
        "code={code}&state={state}x",
        "code={code}&state=%00",
        "code={code}&state=%ff%fe.x",
        "code={code}&state=../../x.y",
        "code={code}&state=a%0d%0aSet-Cookie:x.y",
    ],
    ids=[
        "nothing", "no code", "no state", "empty state", "code and error", "two codes",
        "two different codes", "two states", "two different states", "two errors", "endless code",
        "endless state", "endless error", "other state", "nul", "bytes", "path", "line break",
    ],
)  # fmt: skip
async def test_an_odd_callback_is_refused_and_the_state_lives_on(
    gateway: Gateway, query: str
) -> None:
    callback = await gateway.consent(await gateway.begin())
    given = {**parameters_of(callback), "long": "x" * 1_048_576}

    answer = await gateway.http.get(raw_url(query.format(**given)))

    await assert_refused(gateway, answer)
    assert (await gateway.http.get(callback)).status_code == 303


def raw_url(query: str) -> httpx.URL:
    """An address longer than httpx parses, as another client would send it."""
    url = httpx.URL(f"{JUNCTURE}/oauth/jira/callback")
    url._uri_reference = url._uri_reference._replace(query=query)
    return url


@on_sqlite
@pytest.mark.parametrize("link", ["", "x", "x.y", "%00", "%F0%9F%98%80.x"])
async def test_a_made_up_link_opens_nothing(gateway: Gateway, link: str) -> None:
    answer = await gateway.http.get(f"{JUNCTURE}/oauth/jira/start?link={link}")

    await assert_refused(gateway, answer)
    assert "Set-Cookie" not in answer.headers


@on_sqlite
async def test_an_old_link_and_an_old_state_are_refused(gateway: Gateway) -> None:
    link = await gateway.begin()
    callback = await gateway.consent(link)
    gateway.clock.advance(minutes=10)

    await assert_refused(gateway, await gateway.http.get(link))
    await assert_refused(gateway, await gateway.http.get(callback))


async def test_a_foreign_site_is_refused_and_the_page_works_afterwards(gateway: Gateway) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))

    for body in (
        {"site": "00000000-0000-4000-8000-000000000000"},
        {"site": ""},
        {"other": "x"},
        {"site": [gateway.sandbox_cloud_id, gateway.sandbox_cloud_id]},
        {"site": gateway.sandbox_cloud_id, "more": "x" * 10_000},
    ):
        refused = await gateway.http.post(page, data=body)
        assert refused.status_code == 403
        assert "FORBIDDEN" in refused.text
    assert await gateway.ask_connection("id") is None

    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})
    assert finished.status_code == 200


async def test_the_page_is_not_for_another_browser(gateway: Gateway) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))

    async with gateway.browser() as stranger:
        seen = await stranger.get(page)
        chosen = await stranger.post(page, data={"site": gateway.sandbox_cloud_id})

    assert seen.status_code == chosen.status_code == 400
    assert await gateway.ask_connection("id") is None


async def test_the_page_of_one_flow_does_not_open_with_the_cookie_of_another(
    gateway: Gateway,
) -> None:
    victims = await gateway.call_back(await gateway.consent(await gateway.begin("victim")))
    flow_id = victims.rpartition("/")[2].partition(".")[0]

    async with gateway.browser() as attacker:
        await gateway.consent(await gateway.begin("attacker"), browser=attacker)
        (theirs,) = (cookie.value for cookie in attacker.cookies.jar)
        attacker.cookies.set(f"juncture-{flow_id}", str(theirs))
        answers = [
            await attacker.get(victims),
            await attacker.post(victims, data={"site": gateway.sandbox_cloud_id}),
        ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert await gateway.services.database.fetch_val("SELECT COUNT(*) FROM connection") == 0


async def test_a_state_is_refused_at_another_provider_and_at_one_that_is_not_there(
    backend: Backend,
) -> None:
    notes = NotesProvider(MovingClock().now)
    async with open_gateway(parts={"providers": [notes]}, **backend) as gateway:
        callback = await gateway.consent(await gateway.begin())

        elsewhere = await gateway.http.get(callback.replace("/oauth/jira/", "/oauth/notes/"))
        nowhere = await gateway.http.get(callback.replace("/oauth/jira/", "/oauth/nothing/"))

        await assert_refused(gateway, elsewhere)
        assert nowhere.status_code in {400, 404}
        assert notes.codes == []
        assert _TOKEN_CALL not in gateway.calls(to_jira=False)


async def test_the_page_works_once(gateway: Gateway) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))
    cookies = dict(gateway.http.cookies)
    site = {"site": gateway.sandbox_cloud_id}

    answers = []
    for _ in range(2):
        async with gateway.browser() as browser:
            browser.cookies.update(cookies)
            answers.append(await browser.post(page, data=site))

    assert [answer.status_code for answer in answers] == [200, 400]


async def test_an_abandoned_flow_leaves_the_old_token_in_use(gateway: Gateway) -> None:
    await gateway.connect()
    before = await gateway.ask_connection("id updatedAt accessToken { token }")

    await gateway.call_back(await gateway.consent(await gateway.begin()))

    assert await gateway.ask_connection("id updatedAt accessToken { token }") == before
    gateway.clock.advance(hours=2)
    assert (await gateway.ask_connection("status"))["status"] == "ACTIVE"


# The corpus about the one address that the tests' settings list.
_NEAR_PRODUCT = {
    name: url.replace("ok.example", "product.test").replace("OK.example", "PRODUCT.test")
    for name, url in HOSTILE_URLS.items()
}


@on_sqlite
@pytest.mark.parametrize("url", _NEAR_PRODUCT.values(), ids=_NEAR_PRODUCT.keys())
async def test_a_return_url_that_is_not_listed_is_refused_before_anything_leaves_us(
    gateway: Gateway, url: str
) -> None:
    answer = await gateway.ask(BEGIN, {"externalId": "acme", "returnTo": url})

    payload = answer.data["beginAuthorization"]
    assert payload["authorizationUri"] is None
    assert [error["code"] for error in payload["errors"]] == ["REDIRECT_NOT_ALLOWED"]
    flows = await gateway.services.database.fetch_val("SELECT COUNT(*) FROM authorization_flow")
    assert flows == 0


@on_sqlite
async def test_parameters_of_a_visit_change_nothing_of_where_it_ends(gateway: Gateway) -> None:
    link = await gateway.begin("acme", PRODUCT) + "&returnTo=https://evil.test"
    callback = await gateway.consent(link) + "&return_to=https://evil.test"

    page = await gateway.call_back(callback)
    finished = await gateway.http.post(
        f"{page}?returnTo=https://evil.test",
        data={"site": gateway.sandbox_cloud_id, "return_to": "https://evil.test"},
    )

    assert finished.headers["location"] == f"{PRODUCT}?juncture=connected"
