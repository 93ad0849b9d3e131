"""Who is let in: one header, the scheme Bearer, the very key or a frontend token."""

import hmac
from datetime import timedelta

import pytest

from resolvers.access.viewer import FrontendScope, Scope, ViewerKind
from server.authentication import UnauthenticatedError
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import LinkedId
from tests.server.callers import SECRET_KEY, Clocks, a_silent_database, an_authenticator, show
from tests.support.gateway import JUNCTURE, Backend, open_gateway

REFUSED_HEADERS: dict[str, list[str]] = {
    "none": [],
    "empty": [""],
    "scheme alone": ["Bearer"],
    "scheme and space": ["Bearer "],
    "key alone": [SECRET_KEY],
    "two right ones": [f"Bearer {SECRET_KEY}", f"Bearer {SECRET_KEY}"],
    "two in one": [f"Bearer {SECRET_KEY}, Bearer {SECRET_KEY}"],
    "basic": [f"Basic {SECRET_KEY}"],
    "padded before": [f"Bearer  {SECRET_KEY}"],
    "padded behind": [f"Bearer {SECRET_KEY} "],
    "tab": [f"Bearer\t{SECRET_KEY}"],
    "wrong": ["Bearer " + "x" * 40],
    "shorter": [f"Bearer {SECRET_KEY[:-1]}"],
    "longer": [f"Bearer {SECRET_KEY}k"],
    "non-ascii": ["Bearer " + "é" * 40],
    "bytes that are no text": ["Bearer \udcff\udcfe"],
    "other case of the key": [f"Bearer {SECRET_KEY.upper()}"],
    "one MiB": ["Bearer " + "k" * 1_048_576],
    "nul": [f"Bearer {SECRET_KEY}\x00"],
    "one MiB of an API key": ["Bearer jgk_" + "0" * 1_048_576],
    "non-ascii API key": ["Bearer jgk_0123456789abcdef_" + "é" * 49],
    "non-ascii token": ["Bearer é.é.é"],
    "dots alone": ["Bearer .."],
    "a token without a signature": ["Bearer eyJhbGciOiJub25lIn0.e30."],
    "one MiB of a token": ["Bearer a.b." + "c" * 1_048_576],
}


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize("headers", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS.keys())
async def test_anything_but_the_key_is_refused_without_repeating_it(
    ring: KeyRing, clocks: Clocks, headers: list[str]
) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        await an_authenticator(a_silent_database(), ring, clocks).authenticate(headers)

    assert SECRET_KEY[:20] not in str(caught.value)


async def test_what_is_too_long_is_not_even_compared(
    ring: KeyRing, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = an_authenticator(a_silent_database(), ring, clocks)
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: True)

    assert await show(door, "k" * 4_096) is None
    assert await show(door, "k" * 4_097) is not None


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_secret_key_needs_no_database_whatever_the_case_of_the_scheme(
    ring: KeyRing, clocks: Clocks, scheme: str
) -> None:
    viewer = await an_authenticator(a_silent_database(), ring, clocks).authenticate(
        [f"{scheme} {SECRET_KEY}"]
    )

    assert viewer.kind is ViewerKind.SECRET_KEY
    assert viewer.scopes == frozenset(Scope)


@pytest.mark.parametrize("key", ["jgk_" + "k" * 40, "a.b." + "k" * 40])
async def test_a_secret_key_that_looks_like_another_is_one_all_the_same(
    ring: KeyRing, clocks: Clocks, key: str
) -> None:
    database = a_silent_database()

    viewer = await an_authenticator(database, ring, clocks, key).authenticate([f"Bearer {key}"])

    assert viewer.kind is ViewerKind.SECRET_KEY


@pytest.mark.parametrize("header", ["Bearer ", "Bearer x", "Bearer"])
async def test_where_no_key_is_set_nobody_is_let_in(
    ring: KeyRing, clocks: Clocks, header: str
) -> None:
    database = a_silent_database()

    with pytest.raises(UnauthenticatedError):
        await an_authenticator(database, ring, clocks, "").authenticate([header])


async def test_a_frontend_token_is_let_in_for_its_external_id(
    database: Database, ring: KeyRing, clocks: Clocks
) -> None:
    door = an_authenticator(database, ring, clocks)
    linked_id = LinkedId("acme", "jira")
    minted = door.frontend_tokens.mint(
        linked_id, [FrontendScope.READ], timedelta(minutes=5), maker=None
    )

    viewer = await door.authenticate([f"Bearer {minted.token}"])
    clocks.day.advance(minutes=5)

    assert viewer.kind is ViewerKind.FRONTEND_TOKEN
    assert viewer.linked_id == linked_id
    assert await show(door, minted.token) is not None


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_over_http_each_refusal_is_an_error_with_code_and_challenge(
    backend: Backend,
) -> None:
    async with open_gateway(**backend, secret_key=SECRET_KEY) as gateway:
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
