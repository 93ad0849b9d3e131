"""GraphQL over HTTP: methods, media types, status codes, who may read the schema."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from resolvers.context import Context
from tests.support.gateway import BEGIN, JUNCTURE, Backend, Gateway, open_gateway

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])
_URL = f"{JUNCTURE}/graphql"
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"
_CANARY = "postgresql://juncture:canary-password@db"


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(**backend) as gateway:
        yield gateway


async def post(gateway: Gateway, body: Any, **headers: str) -> httpx.Response:
    named = {"Authorization": f"Bearer {gateway.key}", **headers}
    return await gateway.http.post(
        _URL, json=body, headers={name.replace("_", "-"): value for name, value in named.items()}
    )


async def count_flows(gateway: Gateway) -> int:
    count = await gateway.services.database.fetch_val("SELECT COUNT(*) FROM authorization_flow")
    assert isinstance(count, int)
    return count


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, _JSON),
        ("*/*", _JSON),
        ("application/*", _JSON),
        ("application/json", _JSON),
        ("text/html, APPLICATION/JSON;q=0.5", _JSON),
        (_GRAPHQL, _GRAPHQL),
        (f"{_GRAPHQL}, application/json", _GRAPHQL),
        (f"application/json, {_GRAPHQL};q=0.9", _GRAPHQL),
    ],
)
async def test_the_answer_has_a_media_type_that_the_caller_accepts(
    gateway: Gateway, accept: str | None, expected: str
) -> None:
    response = await post(
        gateway, {"query": "{ __typename }"}, **({"Accept": accept} if accept else {})
    )

    assert response.status_code == 200
    assert response.headers["Content-Type"] == f"{expected}; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/xml"])
async def test_a_caller_who_accepts_none_of_ours_is_told_so(gateway: Gateway, accept: str) -> None:
    response = await post(gateway, {"query": "{ __typename }"}, Accept=accept)

    assert response.status_code == 406
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("accept", [_JSON, _GRAPHQL])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($x: Int!) { __typename @skip(if: $x) }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($x: Int!) { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{a" * 3_000}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { a }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "fragment F on Query { __typename }"}, "BAD_REQUEST"),
        ({"query": "query A { __typename }", "operationName": "B"}, "BAD_REQUEST"),
        ({"query": "query A { __typename }", "operationName": ""}, "BAD_REQUEST"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_REQUEST"),
        ({"query": "query A { __typename } mutation B { __typename }"}, "BAD_REQUEST"),
    ],
    ids=[
        "syntax", "unknown field", "wrong variable type", "unused variable", "too deep",
        "subscription", "no operation", "unknown operation", "empty operation name",
        "two queries", "query and mutation",
    ],
)  # fmt: skip
async def test_a_request_of_which_nothing_runs_is_a_400_without_data(
    gateway: Gateway, body: Any, code: str, accept: str
) -> None:
    response = await post(gateway, body, Accept=accept)

    assert response.status_code == 400
    assert "data" not in response.json()
    assert set(codes(response)) == {code}


async def test_of_several_operations_none_runs_unless_one_is_named(gateway: Gateway) -> None:
    mutation = BEGIN.replace("$externalId: ID!, $returnTo: String", "").replace("()", "")
    mutation = mutation.replace("$externalId", '"acme"').replace("returnTo: $returnTo", "")
    document = f"{mutation} query Other {{ __typename }}"

    unnamed = await post(gateway, {"query": document})
    flows_unnamed = await count_flows(gateway)
    other = await post(gateway, {"query": document, "operationName": "Other"})
    flows_other = await count_flows(gateway)
    named = await post(gateway, {"query": document, "operationName": "Begin"})

    assert unnamed.status_code == 400
    assert other.json() == {"data": {"__typename": "Query"}}
    assert named.json()["data"]["beginAuthorization"]["errors"] == []
    assert (flows_unnamed, flows_other, await count_flows(gateway)) == (0, 0, 1)


async def test_one_operation_needs_no_name_though_its_text_speaks_of_others(
    gateway: Gateway,
) -> None:
    query = "# query mutation subscription\nquery mutation { __typename @skip(if: false) }"

    response = await post(gateway, {"query": query})

    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_field_that_fails_is_a_200_with_a_path(gateway: Gateway) -> None:
    response = await post(gateway, {"query": '{ connection(externalId: "") { id } }'})

    assert response.status_code == 200
    assert response.json()["data"] == {"connection": None}
    assert response.json()["errors"][0]["path"] == ["connection"]
    assert codes(response) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_no_method_but_post_runs_anything(gateway: Gateway, method: str) -> None:
    mutation = 'mutation { beginAuthorization(input: {externalId: "x"}) { expiresAt } }'

    response = await gateway.http.request(
        method,
        _URL,
        params={"query": mutation},
        json={"query": mutation},
        headers={"Authorization": f"Bearer {gateway.key}"},
    )

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert await count_flows(gateway) == 0


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_foreign_page_can_send_without_asking_runs_nothing(
    gateway: Gateway, content_type: str
) -> None:
    mutation = b'{"query":"mutation{beginAuthorization(input:{externalId:\\"x\\"}){expiresAt}}"}'

    response = await gateway.http.post(
        _URL,
        content=mutation,
        headers={
            "Content-Type": content_type,
            "Origin": "https://evil.test",
            "Authorization": f"Bearer {gateway.key}",
        },
    )

    assert response.status_code == 415
    assert await count_flows(gateway) == 0


async def test_a_cookie_lets_nobody_in(gateway: Gateway) -> None:
    response = await gateway.http.post(
        _URL, json={"query": "{ __typename }"}, headers={"Cookie": f"Authorization={gateway.key}"}
    )

    assert response.status_code == 401


_SCHEMA = "{ __schema { queryType { name } } }"


@pytest.mark.parametrize(
    ("policy", "is_keyed", "status"),
    [
        ("open", False, 200),
        ("open", True, 200),
        ("keyed", False, 401),
        ("keyed", True, 200),
        ("off", False, 401),
        ("off", True, 400),
    ],
)
async def test_the_schema_is_for_those_that_the_setting_names(
    backend: Backend, policy: str, *, is_keyed: bool, status: int
) -> None:
    async with open_gateway(**backend, introspection=policy) as gateway:
        headers = {"Authorization": f"Bearer {gateway.key}"} if is_keyed else {}

        response = await gateway.http.post(_URL, json={"query": _SCHEMA}, headers=headers)

        assert response.status_code == status
        assert ('"Query"' in response.text) is (status == 200)


@pytest.mark.parametrize(
    "query",
    [
        '{ connection(externalId: "acme") { id } }',
        '{ __typename connection(externalId: "acme") { id } }',
        '{ ...F } fragment F on Query { connection(externalId: "acme") { id } }',
        '{ ... { connection(externalId: "acme") { id } } }',
        'mutation { beginAuthorization(input: {externalId: "x"}) { expiresAt } }',
        "{",
    ],
    ids=["field", "beside", "fragment", "inline", "mutation", "syntax"],
)
async def test_an_open_schema_opens_nothing_else(backend: Backend, query: str) -> None:
    async with open_gateway(**backend, introspection="open") as gateway:
        response = await gateway.http.post(_URL, json={"query": query})
        wrong_key = await post(gateway, {"query": _SCHEMA}, Authorization="Bearer wrong")

        assert response.status_code == 401
        assert wrong_key.status_code == 401
        assert await count_flows(gateway) == 0


async def test_without_introspection_no_name_is_suggested(backend: Backend) -> None:
    async with open_gateway(**backend, introspection="off") as gateway:
        response = await post(gateway, {"query": "{ connectio }"})

        assert response.status_code == 400
        assert "Did you mean" not in response.text
        assert '"connection"' not in response.text


async def test_graphiql_is_for_browsers_where_it_is_on(backend: Backend) -> None:
    async with open_gateway(**backend, graphiql=True) as gateway:
        page = await gateway.http.get(_URL, headers={"Accept": "text/html,*/*"})
        program = await gateway.http.get(_URL, headers={"Accept": "application/json"})

        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert gateway.key not in page.text
        assert program.status_code == 405


async def test_graphiql_is_not_there_where_it_is_off(backend: Backend) -> None:
    async with open_gateway(**backend, graphiql=False) as gateway:
        page = await gateway.http.get(_URL, headers={"Accept": "text/html,*/*"})

        assert page.status_code == 405


async def test_an_unforeseen_error_of_a_field_keeps_its_text_to_the_log(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(_CANARY)

    monkeypatch.setattr(Context, "admit", fail)
    await gateway.connect()
    response = await post(gateway, {"query": '{ connection(externalId: "acme") { id } }'})

    assert response.status_code == 200
    assert codes(response) == ["INTERNAL"]
    assert "canary" not in response.text
    request_id = response.headers["X-Request-Id"]
    assert response.json()["errors"][0]["extensions"]["requestId"] == request_id
    assert any(request_id in record.getMessage() and record.exc_info for record in caplog.records)


async def test_an_unforeseen_error_of_the_server_keeps_its_text_to_the_log(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError(_CANARY)

    monkeypatch.setattr(Context, "close", fail)
    transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as browser:
        response = await browser.post(
            _URL,
            json={"query": "{ __typename }"},
            headers={"Authorization": f"Bearer {gateway.key}"},
        )

    assert response.status_code == 500
    assert codes(response) == ["INTERNAL"]
    assert "canary" not in response.text
    request_id = response.headers["X-Request-Id"]
    assert response.json()["errors"][0]["extensions"]["requestId"] == request_id
    assert any(request_id in record.getMessage() and record.exc_info for record in caplog.records)


_APP = "https://app.test"


async def preflight(gateway: Gateway, origin: str) -> httpx.Response:
    return await gateway.http.options(
        _URL,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )


async def test_a_listed_origin_may_ask_from_a_browser(backend: Backend) -> None:
    async with open_gateway(**backend, cors_allowed_origins=_APP) as gateway:
        allowed = await preflight(gateway, _APP)
        answer = await post(gateway, {"query": "{ __typename }"}, Origin=_APP)

        assert allowed.status_code == 200
        for response in (allowed, answer):
            assert response.headers["Access-Control-Allow-Origin"] == _APP
            assert "Access-Control-Allow-Credentials" not in response.headers
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        of_files = ["Content-Disposition", "Content-Range", "Accept-Ranges", "ETag"]
        assert exposed == ["X-Request-Id", "Retry-After", *of_files]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "http://app.test",
        "https://app.test:444",
        "https://app.test.evil",
    ],
)
async def test_another_origin_may_not(backend: Backend, origin: str) -> None:
    async with open_gateway(**backend, cors_allowed_origins=_APP) as gateway:
        refused = await preflight(gateway, origin)
        answer = await post(gateway, {"query": "{ __typename }"}, Origin=origin)

        assert refused.status_code == 400
        assert "Access-Control-Allow-Origin" not in refused.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_without_a_list_no_origin_may(gateway: Gateway) -> None:
    response = await preflight(gateway, _APP)

    assert response.status_code == 405
    assert "Access-Control-Allow-Origin" not in response.headers
