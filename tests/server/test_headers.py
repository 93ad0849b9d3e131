"""Whatever is asked, the answer says what browsers may do with it, and who may read it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.routing import Mount, Route

from server.application import create_application
from server.settings import Settings
from tests.support.gateway import JUNCTURE, Backend, Gateway, open_gateway

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
APP = "https://app.product.test"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
PATHS = {
    "GraphQL": "/graphql",
    "GraphQL with a slash": "/graphql/",
    "GraphQL below": "/graphql/more",
    "health": "/healthz",
    "metrics": "/metrics",
    "start": "/oauth/jira/start?link=stale",
    "start of nothing": "/oauth/nothing/start",
    "callback": "/oauth/jira/callback?state=a.b&code=c",
    "site page": "/oauth/jira/finalize/a.b",
    "attachment": "/attachments/stale",
    "attachments of an issue": "/connections/acme/issues/TEST-1/attachments",
    "static file": "/static/pages.css",
    "static script": "/static/graphiql.js",
    "no static file": "/static/none.css",
    "outside of static": "/static/%2e%2e/settings.py",
    "static folder": "/static",
    "demo": "/demo",
    "demo's button": "/demo/connect",
    "root": "/",
    "nothing": "/nothing",
    "nothing of a strange name": "/%00%ff",
}
FILES = ("/static/pages.css", "/static/graphiql.js")


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """With every route that there is, for browsers of a product."""
    async with open_gateway(**backend, environment="demo", cors_allowed_origins=APP) as gateway:
        yield gateway


def assert_guarded(answer: httpx.Response, *, is_kept: bool = False) -> None:
    """The answer says what every answer must."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == ("no-cache" if is_kept else "no-store")
    policy = [part.strip() for part in headers["Content-Security-Policy"].split(";")]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    is_page = headers.get("Content-Type", "").startswith("text/html")
    if is_page:
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "base-uri 'none'" in policy
    else:
        assert policy == ["default-src 'none'", "frame-ancestors 'none'"]
    for name, value in headers.multi_items():
        assert len(headers.get_list(name)) == 1, f"{name}: {value} stands twice"


def test_every_route_is_looked_at(backend: Backend) -> None:
    settings = Settings.load(
        _env_file=None, environment="demo", database_url=backend["database_url"]
    )
    templates = {
        route.path
        for route in create_application(settings).routes
        if isinstance(route, Route | Mount)
    }

    known = {path.partition("?")[0] for path in PATHS.values()}
    assert {fill_in(template) for template in templates} - known == set()


def fill_in(template: str) -> str:
    """A route's path as `PATHS` has it."""
    filled = {
        "{provider}": "jira",
        "{code}": "a.b",
        "{ticket}": "stale",
        "{external_id:path}": "acme",
        "{id_or_key}": "TEST-1",
    }
    for name, value in filled.items():
        template = template.replace(name, value)
    return template


@on_sqlite
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
async def test_every_answer_is_guarded(gateway: Gateway, path: str) -> None:
    for method in METHODS:
        answer = await gateway.http.request(
            method, JUNCTURE + path, headers={"Sec-Fetch-Site": "cross-site"}
        )

        is_file = path in FILES and method in {"GET", "HEAD"}
        assert answer.status_code < 500, method
        assert_guarded(answer, is_kept=is_file)
        assert "Strict-Transport-Security" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


@on_sqlite
async def test_answers_of_graphql_and_its_refusals_are_guarded(gateway: Gateway) -> None:
    url, key = f"{JUNCTURE}/graphql", {"Authorization": f"Bearer {gateway.key}"}
    query = {"query": "{ __typename }"}

    answers = [
        await gateway.http.post(url, json=query, headers=key),
        await gateway.http.post(url, json={"query": "{"}, headers=key),
        await gateway.http.post(url, json=query),
        await gateway.http.post(url, json=query, headers={**key, "Accept": "image/png"}),
        await gateway.http.post(url, content=b"{", headers=key),
        await gateway.http.post(url, json={"query": "#" * 5_000_000}, headers=key),
        await gateway.http.get(url, headers={"Accept": "text/html"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 401, 406, 415, 413, 200]
    for answer in answers:
        assert_guarded(answer)


@on_sqlite
async def test_every_step_of_a_flow_is_guarded(gateway: Gateway) -> None:
    link = await gateway.begin()
    started = await gateway.http.get(link)
    received = await gateway.http.get(await gateway.consent(link))
    page = JUNCTURE + received.headers["location"]
    chosen = await gateway.http.get(page)
    refused = await gateway.http.post(page, data={"site": "another"})
    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})
    stale = await gateway.http.get(page, headers={"Accept": "application/json"})
    prefetched = await gateway.http.get(link, headers={"Sec-Purpose": "prefetch"})

    answers = [started, received, chosen, refused, finished, stale, prefetched]
    assert [answer.status_code for answer in answers] == [303, 303, 200, 403, 200, 400, 425]
    for answer in answers:
        assert_guarded(answer)


@on_sqlite
async def test_a_file_that_the_browser_has_is_guarded(gateway: Gateway) -> None:
    url = f"{JUNCTURE}/static/pages.css"
    first = await gateway.http.get(url)

    again = await gateway.http.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert_guarded(again, is_kept=True)


@on_sqlite
@pytest.mark.parametrize("path", ["/healthz", "/oauth/jira/start?link=x.y"])
async def test_an_answer_to_an_error_that_nobody_foresaw_is_guarded(
    backend: Backend, path: str
) -> None:
    async with open_gateway(**backend, public_url="https://juncture.test") as gateway:
        for route in gateway.app.routes:
            if isinstance(route, Route):
                route.app = _fail
        transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as http:
            answer = await http.get(JUNCTURE + path)

    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert_guarded(answer)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def _fail(*_: object) -> None:
    raise RuntimeError("canary")


@on_sqlite
async def test_https_is_asked_for_where_the_public_url_has_it(backend: Backend) -> None:
    async with open_gateway(**backend, public_url="https://juncture.test") as gateway:
        for path in PATHS.values():
            answer = await gateway.http.get(JUNCTURE + path)

            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", path


FOREIGN = {
    "another site": "https://evil.test",
    "null": "null",
    "empty": "",
    "upper case": APP.upper(),
    "upper case in the host": "https://App.product.test",
    "http": APP.replace("https", "http"),
    "a port": f"{APP}:8443",
    "the usual port, written": f"{APP}:443",
    "a trailing dot": f"{APP}.",
    "a trailing slash": f"{APP}/",
    "a path": f"{APP}/x",
    "below": "https://x.app.product.test",
    "above": "https://product.test",
    "a longer end": f"{APP}.evil.test",
    "a longer beginning": "https://evilapp.product.test",
    "a user": "https://evil@app.product.test",
    "two": f"{APP}, https://evil.test",
    "two with a space": f"{APP} https://evil.test",
    "a star": "*",
}


@on_sqlite
@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/nothing", "/oauth/jira/callback"])
async def test_a_listed_origin_may_read_answers_and_send_a_key(gateway: Gateway, path: str) -> None:
    answer = await gateway.http.post(JUNCTURE + path, headers={"Origin": APP})
    asked = await preflight(gateway, path, APP)

    assert asked.status_code == 200
    for response in (asked, answer):
        assert_guarded(response)
        assert response.headers["Access-Control-Allow-Origin"] == APP
        assert "Origin" in response.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in response.headers
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST"
    allowed = asked.headers["Access-Control-Allow-Headers"]
    assert "Authorization" in allowed
    assert "X-Juncture-Explain" in allowed
    assert {"Range", "If-Range"} <= set(allowed.split(", "))


@on_sqlite
@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN.keys())
async def test_any_other_origin_may_read_nothing(gateway: Gateway, origin: str) -> None:
    answer = await gateway.http.post(
        f"{JUNCTURE}/graphql",
        json={"query": "{ __typename }"},
        headers={"Origin": origin, "Authorization": f"Bearer {gateway.key}"},
    )
    asked = await preflight(gateway, "/graphql", origin)

    assert asked.status_code == 400
    for response in (asked, answer):
        assert_guarded(response)
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Origin" in response.headers["Vary"]


@on_sqlite
async def test_an_answer_without_an_origin_is_not_kept_for_those_that_have_one(
    gateway: Gateway,
) -> None:
    answer = await gateway.http.get(f"{JUNCTURE}/healthz")

    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in answer.headers


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Method", "DELETE"),
        ("Access-Control-Request-Headers", "x-other"),
        ("Access-Control-Request-Private-Network", "true"),
    ],
)
async def test_a_listed_origin_may_do_nothing_else(
    gateway: Gateway, asked: str, value: str
) -> None:
    answer = await preflight(gateway, "/graphql", APP, **{asked: value})

    assert answer.status_code == 400
    assert_guarded(answer)


async def preflight(gateway: Gateway, path: str, origin: str, **others: str) -> httpx.Response:
    """What a browser asks before it sends a POST with a key."""
    return await gateway.http.options(
        JUNCTURE + path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
            **others,
        },
    )
