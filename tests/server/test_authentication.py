"""Who is let in: one header, the scheme Bearer, the very key."""

import pytest
from pydantic import SecretStr

from resolvers.viewer import Scope, ViewerKind
from server.authentication import UnauthenticatedError, authenticate
from tests.support.gateway import JUNCTURE, Backend, open_gateway

_KEY = "k" * 40
REFUSED_HEADERS: dict[str, list[str]] = {
    "none": [],
    "empty": [""],
    "scheme alone": ["Bearer"],
    "scheme and space": ["Bearer "],
    "key alone": [_KEY],
    "two right ones": [f"Bearer {_KEY}", f"Bearer {_KEY}"],
    "two in one": [f"Bearer {_KEY}, Bearer {_KEY}"],
    "basic": [f"Basic {_KEY}"],
    "padded before": [f"Bearer  {_KEY}"],
    "padded behind": [f"Bearer {_KEY} "],
    "tab": [f"Bearer\t{_KEY}"],
    "wrong": ["Bearer " + "x" * 40],
    "shorter": [f"Bearer {_KEY[:-1]}"],
    "longer": [f"Bearer {_KEY}k"],
    "non-ascii": ["Bearer " + "é" * 40],
    "bytes that are no text": ["Bearer \udcff\udcfe"],
    "other case of the key": [f"Bearer {_KEY.upper()}"],
    "one MiB": ["Bearer " + "k" * 1_048_576],
    "nul": [f"Bearer {_KEY}\x00"],
}


@pytest.mark.parametrize("headers", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS.keys())
def test_anything_but_the_key_is_refused_without_repeating_it(headers: list[str]) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        authenticate(headers, SecretStr(_KEY))

    assert _KEY[:20] not in str(caught.value)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_key_is_let_in_whatever_the_case_of_the_scheme(scheme: str) -> None:
    viewer = authenticate([f"{scheme} {_KEY}"], SecretStr(_KEY))

    assert viewer.kind is ViewerKind.SECRET_KEY
    assert viewer.scopes == frozenset(Scope)


@pytest.mark.parametrize("header", ["Bearer ", "Bearer x", "Bearer"])
def test_where_no_key_is_set_nobody_is_let_in(header: str) -> None:
    with pytest.raises(UnauthenticatedError):
        authenticate([header], SecretStr(""))


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_over_http_each_refusal_is_an_error_with_code_and_challenge(
    backend: Backend,
) -> None:
    async with open_gateway(**backend, secret_key=_KEY) as gateway:
        for name, values in REFUSED_HEADERS.items():
            # A header carries bytes: what ASCII cannot write is sent in UTF-8.
            headers = [
                (b"authorization", value.encode("utf-8", "surrogateescape")) for value in values
            ]
            response = await gateway.http.post(
                f"{JUNCTURE}/graphql", json={"query": "{ __typename }"}, headers=headers
            )

            assert response.status_code == 401, name
            assert response.headers["WWW-Authenticate"] == "Bearer", name
            assert "data" not in response.json(), name
            error = response.json()["errors"][0]
            assert error["extensions"]["code"] == "UNAUTHENTICATED", name
            assert error["message"], name


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_the_caller_is_refused_before_the_body_is_looked_at(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        response = await gateway.http.post(
            f"{JUNCTURE}/graphql", content=b"\xff", headers={"Authorization": "Bearer wrong"}
        )

        assert response.status_code == 401
