"""Whatever Jira answers costs its own field one typed error, and bounded calls and bytes."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from jira_api.exchange import LARGEST_BODY_BYTES
from tests.end_to_end.upstream.places import (
    Place,
    Respond,
    ask_beside,
    check_lost,
    on_every_place,
    on_sqlite,
    respond_by,
)
from tests.support.gateway import Gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
_PIECE = 65_536
_TWO_HUNDRED_MEGABYTES = 200_000_000
_ZEROS = gzip.compress(bytes(_TWO_HUNDRED_MEGABYTES), compresslevel=1)


class Flood(httpx.AsyncByteStream):
    """A body of 200 MB, and how much of it was taken."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < _TWO_HUNDRED_MEGABYTES:
            self.sent += _PIECE
            yield b" " * _PIECE

    async def aclose(self) -> None:
        self.is_closed = True


class Broken(httpx.AsyncByteStream):
    """A body that ends before the length that was promised."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"values": ['
        raise httpx.RemoteProtocolError("peer closed connection without sending complete body")


_WRONG_TYPES = {
    "id": [], "key": {}, "name": 7, "fields": 7, "values": 5, "issues": "x", "count": "many",
    "isLast": "no",
}  # fmt: skip
INVALID: dict[str, Respond] = {
    "html": lambda: httpx.Response(200, html="<!doctype html><title>Log in</title>"),
    "empty": lambda: httpx.Response(200, content=b""),
    "picture": lambda: httpx.Response(
        200, content=b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}
    ),
    "no content": lambda: httpx.Response(204),
    "no content, with a body": lambda: httpx.Response(204, content=b"<html>"),
    "moved": lambda: httpx.Response(301, headers={"Location": "https://elsewhere.test/x"}),
    "not modified": lambda: httpx.Response(304),
    "cut off": lambda: httpx.Response(200, content=b'{"values": [{"id": "1"'),
    "text": lambda: httpx.Response(200, json="done"),
    "null": lambda: httpx.Response(200, content=b"null"),
    "nothing in it": lambda: httpx.Response(200, json={}),
    "wrong types": lambda: httpx.Response(200, json=_WRONG_TYPES),
    "not a number": lambda: httpx.Response(200, content=b'{"values": [NaN], "count": 1e999}'),
    "digits": lambda: httpx.Response(200, content=b"1" * 5_000),
    "deep": lambda: httpx.Response(200, content=b"[" * 100_000),
    "no utf-8": lambda: httpx.Response(200, content=b'{"id": "\xff\xfe"}'),
    "not packed": lambda: httpx.Response(
        200, stream=httpx.ByteStream(b"{}"), headers={"Content-Encoding": "gzip"}
    ),
    "packed otherwise": lambda: httpx.Response(
        200, stream=httpx.ByteStream(b"{}"), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "bomb": lambda: httpx.Response(
        200, stream=httpx.ByteStream(_ZEROS), headers={"Content-Encoding": "gzip"}
    ),
}


@on_sqlite
@on_every_place
@pytest.mark.parametrize("kind", INVALID)
async def test_an_answer_that_is_none_of_jiras_is_one_error_after_one_call(
    gateway: Gateway, place: Place, kind: str
) -> None:
    asked = respond_by(gateway, place.path_end, INVALID[kind])

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "JIRA_INVALID_RESPONSE")
    assert asked[place.path_end] == 1
    assert not any("elsewhere" in address for address in asked)


@on_sqlite
@on_every_place
async def test_a_flood_is_given_up_after_the_largest_body(gateway: Gateway, place: Place) -> None:
    flood = Flood()
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(200, stream=flood))

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "JIRA_INVALID_RESPONSE")
    assert asked[place.path_end] == 1
    assert LARGEST_BODY_BYTES < flood.sent <= LARGEST_BODY_BYTES + _PIECE
    assert flood.is_closed


@on_sqlite
@on_every_place
@pytest.mark.parametrize(
    ("respond", "code", "calls"),
    [
        (lambda: httpx.Response(200, stream=Broken()), "JIRA_UNAVAILABLE", 4),
        (lambda: httpx.Response(503, text="<html>down</html>"), "JIRA_UNAVAILABLE", 4),
        (lambda: httpx.Response(429, headers={"Retry-After": "3600"}), "RATE_LIMITED", 1),
        (lambda: httpx.Response(403, html="<html>"), "FORBIDDEN", 1),
    ],
    ids=["broken off", "down", "limited", "forbidden"],
)
async def test_an_answer_that_fails_is_one_error_after_bounded_calls(
    gateway: Gateway, place: Place, respond: Respond, code: str, calls: int
) -> None:
    asked = respond_by(gateway, place.path_end, respond)

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, code)
    assert asked[place.path_end] == calls


@on_every_place
async def test_a_token_refused_for_ever_is_renewed_once(gateway: Gateway, place: Place) -> None:
    refusal = {"code": 401, "message": "Unauthorized"}
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(401, json=refusal))

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "NEEDS_REAUTHORIZATION")
    assert asked[place.path_end] == 2
    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert (await gateway.ask_connection("status"))["status"] == "ACTIVE"


@on_sqlite
@on_every_place
async def test_a_site_that_is_gone_is_null_or_one_error(gateway: Gateway, place: Place) -> None:
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(404, json={"code": 404}))

    answer = await ask_beside(gateway, place)

    assert asked[place.path_end] == 1
    if place.is_look_up:
        assert answer.data["connection"][place.failing[0]] is None
    else:
        check_lost(answer, place, "NOT_FOUND")


@on_sqlite
@pytest.mark.parametrize("kind", INVALID)
async def test_people_that_cannot_be_read_cost_their_own_field(gateway: Gateway, kind: str) -> None:
    found = await gateway.ask_connection("id myself { id }")
    asked = respond_by(gateway, "/user/bulk", INVALID[kind])

    answer = await gateway.ask(
        "query($person: ID!, $own: ID!) { person: node(id: $person) { id } "
        "own: node(id: $own) { id } }",
        {"person": found["myself"]["id"], "own": found["id"]},
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["data"] == {"person": None, "own": {"id": found["id"]}}
    assert asked["/user/bulk"] == 1
