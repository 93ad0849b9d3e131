"""Whatever a browser brings to the flow's routes: a page of ours, and nothing used up by it."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oauth.errors import RedirectNotAllowedError
from oauth.return_urls import check_return_url
from tests.oauth.test_return_urls import HOSTILE_URLS
from tests.support.gateway import BEGIN, JUNCTURE, PRODUCT, SANDBOX, Backend, Gateway, open_gateway

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_TOKEN_CALL = "POST /oauth/token"
_FINALIZE = re.compile(r"/oauth/jira/finalize/[0-9a-f]{16}\.[A-Za-z0-9_-]{43}")
_OUTCOMES = {f"{PRODUCT}?juncture={outcome}" for outcome in ("connected", "denied", "failed")}
_MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.sampled_from([*HOSTILE_URLS.values(), "x.y", "..", "%00", "a\r\nSet-Cookie: x=1"]),
)
_NAMES = st.sampled_from(
    ["state", "code", "error", "link", "returnTo", "return_to", "redirect_uri", "iss", "State", ""]
)
_METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
_ROUTES = st.one_of(
    st.sampled_from(["jira/start", "jira/callback"]),
    st.builds(lambda code: f"jira/finalize/{quote(code, safe='')}", _TEXTS),
    st.builds(lambda name: f"{quote(name, safe='')}/callback", _TEXTS),
)


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(**backend) as gateway:
        yield gateway


def check_answer(answer: httpx.Response) -> None:
    """An answer of ours, which sends nobody to where we did not mean."""
    location = answer.headers.get("location")
    assert answer.status_code < 500, answer.text
    assert location is None or is_ours(location), location
    assert "Access-Control-Allow-Origin" not in answer.headers


def is_ours(location: str) -> bool:
    is_consent = location.startswith(f"{SANDBOX}/authorize?")
    return is_consent or location in _OUTCOMES or _FINALIZE.fullmatch(location) is not None


async def count_rows(gateway: Gateway) -> dict[str, int]:
    tables = ("authorization_flow", "pending_grant", "connection")
    return {
        table: await gateway.services.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
        for table in tables
    }


@on_sqlite
@_MANY
@given(
    route=_ROUTES,
    method=_METHODS,
    parameters=st.lists(st.tuples(_NAMES, _TEXTS), max_size=5),
    body=st.dictionaries(st.sampled_from(["site", "return_to", "code"]), _TEXTS, max_size=3),
)
@example(route="jira/callback", method="GET", parameters=[("state", "x.y"), ("code", "z")], body={})
@example(route="jira/finalize/x.y", method="POST", parameters=[], body={"site": "\x00"})
async def test_made_up_visits_are_refused_and_change_nothing(
    gateway: Gateway,
    route: str,
    method: str,
    parameters: list[tuple[str, str]],
    body: dict[str, str],
) -> None:
    before = await count_rows(gateway)

    answer = await gateway.http.request(
        method,
        f"{JUNCTURE}/oauth/{route}?{urlencode(parameters)}",
        content=urlencode(body) if method == "POST" else None,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    check_answer(answer)
    assert 400 <= answer.status_code < 500
    assert await count_rows(gateway) == before
    assert _TOKEN_CALL not in gateway.calls(to_jira=False)


@pytest.mark.untraced
@on_sqlite
@_MANY
@given(
    more=st.lists(st.tuples(_NAMES, _TEXTS), min_size=1, max_size=4),
    is_error=st.booleans(),
)
async def test_made_up_additions_to_a_callback_never_use_another_code(
    gateway: Gateway, more: list[tuple[str, str]], *, is_error: bool
) -> None:
    genuine = await gateway.consent(await gateway.begin("acme", PRODUCT))
    gateway.forget_calls()
    added = f"{genuine}&{urlencode(more)}{'&error=access_denied' if is_error else ''}"
    names = {name for name, value in more if value or name in {"state", "code"}}

    answer = await gateway.http.get(added)

    check_answer(answer)
    if is_error or names & {"state", "code", "error"}:
        assert answer.status_code == 400
        assert "OAUTH_STATE_INVALID" in answer.text
        assert _TOKEN_CALL not in gateway.calls(to_jira=False)
        answer = await gateway.http.get(genuine)
    assert answer.status_code == 303
    assert gateway.calls(to_jira=False).count(_TOKEN_CALL) == 1


@on_sqlite
@pytest.mark.parametrize("return_to", [None, PRODUCT], ids=["page", "redirect"])
async def test_a_person_who_declines_is_told_so_once_and_no_token_is_asked_for(
    gateway: Gateway, return_to: str | None
) -> None:
    link = await gateway.begin("acme", return_to)
    denied = await gateway.consent(link, decision="decline")

    first, second = await gateway.http.get(denied), await gateway.http.get(denied)

    if return_to is None:
        assert first.status_code == 200
        assert "You declined" in first.text
    else:
        assert first.headers["location"] == f"{PRODUCT}?juncture=denied"
    assert second.status_code == 400
    assert _TOKEN_CALL not in gateway.calls(to_jira=False)
    assert (await gateway.http.get(link)).status_code == 303


@on_sqlite
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    "purpose",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "Prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prefetch;anonymous-client-ip"},
        {"Sec-Purpose": "", "Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
    ],
    ids=str,
)
async def test_a_prefetch_of_a_denial_uses_up_nothing(
    gateway: Gateway, method: str, purpose: dict[str, str], accept: str
) -> None:
    link = await gateway.begin()
    denied = await gateway.consent(link, decision="decline")
    headers = {**purpose, "Accept": accept}

    for address in (link, denied):
        answer = await gateway.http.request(method, address, headers=headers)
        assert answer.status_code == (405 if method == "HEAD" else 425)
        assert "Set-Cookie" not in answer.headers

    assert "You declined" in (await gateway.http.get(denied)).text


def _vary(url: str) -> st.SearchStrategy[str]:
    """Addresses near a listed one: other letters, hosts, ends, and what browsers forgive."""
    parts = urlsplit(url)
    odd = st.sampled_from([
        "/", "//", "\\", "\t", "\n", "\r", " ", "@", ":", "#", "?", "%09", "%2e", ".", "x", ":443",
        "\u3002", "\uff0f", "\u00ad", "\u200b", "\x00", "evil.test", "@evil.test", ".evil.test",
    ])  # fmt: skip
    places = st.integers(0, len(url))
    inserted = st.builds(lambda at, more: url[:at] + more + url[at:], places, odd)
    cut = places.map(lambda at: url[:at])
    cased = places.map(lambda at: url[:at].upper() + url[at:])
    schemes = st.sampled_from(["javascript", "data", "http", "HTTPS", "file", "blob", ""])
    other_scheme = schemes.map(lambda scheme: f"{scheme}:{url.removeprefix(parts.scheme + ':')}")
    return st.one_of(inserted, cut, cased, other_scheme, odd.map(lambda more: more + url))


@given(url=_vary(PRODUCT))
@settings(max_examples=500, derandomize=True)
def test_no_variation_of_a_listed_url_is_listed(url: str) -> None:
    if url == PRODUCT:
        check_return_url(url, frozenset({PRODUCT}))
    else:
        with pytest.raises(RedirectNotAllowedError):
            check_return_url(url, frozenset({PRODUCT}))


@on_sqlite
@_MANY
@given(url=_vary(PRODUCT))
async def test_a_variation_of_a_listed_url_is_refused_before_anything_leaves_us(
    gateway: Gateway, url: str
) -> None:
    before = await count_rows(gateway)

    answer = await gateway.ask(BEGIN, {"externalId": "acme", "returnTo": url})

    payload = answer.data["beginAuthorization"]
    if url != PRODUCT:
        assert payload["authorizationUri"] is None
        assert [error["code"] for error in payload["errors"]] == ["REDIRECT_NOT_ALLOWED"]
        assert [error["path"] for error in payload["errors"]] == [["input", "returnTo"]]
        assert await count_rows(gateway) == before
