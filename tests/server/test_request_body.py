"""Bodies of GraphQL requests: what is no operation is a 400, 413 or 415, and never our fault."""

import gzip
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from resolvers.errors import ErrorCode
from server.request_body import MOST_BYTES, GraphQLRequest, RequestError, read_request
from tests.support.gateway import JUNCTURE, Backend, open_gateway

_QUERY = b'{"query":"{ __typename }"}'
_BAD = (400, ErrorCode.BAD_REQUEST)
_TOO_LARGE = (413, ErrorCode.PAYLOAD_TOO_LARGE)
BAD_BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "spaces": b"   ",
    "null": b"null",
    "text": b'"x"',
    "number": b"5",
    "true": b"true",
    "list": b"[]",
    "batch": b"[" + _QUERY + b"]",
    "empty object": b"{}",
    "brackets without end": b"[" * 100_000,
    "braces without end": b'{"a":' * 100_000,
    "closed nest": b'{"query":"{a}","variables":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    "integer of 5,000 digits": b'{"query":"{a}","variables":{"a":' + b"9" * 5_000 + b"}}",
    "not a number": b'{"query":"{a}","variables":{"a":NaN}}',
    "infinity": b'{"query":"{a}","variables":{"a":-Infinity}}',
    "number that becomes infinite": b'{"query":"{a}","variables":{"a":1e999}}',
    "duplicate query": b'{"query":"{a}","query":"{b}"}',
    "duplicate variable": b'{"query":"{a}","variables":{"x":1,"x":2}}',
    "byte order mark": b"\xef\xbb\xbf" + _QUERY,
    "utf-16": _QUERY.decode().encode("utf-16"),
    "invalid utf-8": b'{"query":"\xff\xfe"}',
    "lone surrogate": b'{"query":"{a}","variables":{"a":"\\ud800"}}',
    "trailing text": _QUERY + b"x",
    "two objects": _QUERY + _QUERY,
    "single quotes": b"{'query':'{a}'}",
    "query is null": b'{"query":null}',
    "query is a number": b'{"query":5}',
    "query is blank": b'{"query":" \\n"}',
    "variables are a list": b'{"query":"{a}","variables":[]}',
    "variables are text": b'{"query":"{a}","variables":"{}"}',
    "extensions are text": b'{"query":"{a}","extensions":""}',
    "operation name is a number": b'{"query":"{a}","operationName":0}',
    "form": b"query=%7Ba%7D",
    "gzip without a header": gzip.compress(_QUERY),
}


def a_request(
    body: bytes | list[bytes],
    *,
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
    is_broken_off: bool = False,
) -> Request:
    named = {**({"content-type": content_type} if content_type else {}), **(headers or {})}
    chunks = [body] if isinstance(body, bytes) else body
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    end: Message = {"type": "http.request", "body": b"", "more_body": False}
    messages.append({"type": "http.disconnect"} if is_broken_off else end)
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    return Request(scope, receive)


async def refused(request: Request) -> tuple[int, ErrorCode]:
    with pytest.raises(RequestError) as caught:
        await read_request(request)
    assert caught.value.message
    return caught.value.status, caught.value.code


async def test_a_body_with_an_operation_is_read() -> None:
    body = {"query": "{ a }", "variables": {"x": [1, "é"]}, "operationName": "A", "extensions": {}}

    asked = await read_request(a_request(json.dumps(body).encode()))

    assert asked == GraphQLRequest("{ a }", {"x": [1, "é"]}, "A")


async def test_what_may_be_left_out_may_be_null() -> None:
    body = b'{"query":"{ a }","variables":null,"operationName":null,"extensions":null,"more":1}'

    assert await read_request(a_request(body)) == GraphQLRequest("{ a }", {}, None)


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_body_that_is_no_operation_is_a_bad_request(body: bytes) -> None:
    assert await refused(a_request(body)) == _BAD


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_over_http_no_body_is_a_fault_of_ours(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        for name, body in BAD_BODIES.items():
            response = await gateway.http.post(
                f"{JUNCTURE}/graphql",
                content=body,
                headers={
                    "Authorization": f"Bearer {gateway.key}",
                    "Content-Type": "application/json",
                },
            )

            assert response.status_code == 400, name
            assert "data" not in response.json(), name
            assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST", name


def padded(size: int) -> bytes:
    return _QUERY + b" " * (size - len(_QUERY))


async def test_a_body_may_have_just_the_most_bytes() -> None:
    asked = await read_request(a_request(padded(MOST_BYTES)))

    assert asked.query == "{ __typename }"


@pytest.mark.parametrize(
    "size", [MOST_BYTES + 1, 10_000_000], ids=["one byte too many", "ten megabytes"]
)
async def test_a_body_that_is_too_long_is_told_so(size: int) -> None:
    assert await refused(a_request(padded(size))) == _TOO_LARGE


async def test_an_endless_body_is_not_read_to_its_end() -> None:
    taken = 0

    async def endless() -> AsyncGenerator[Message, None]:
        nonlocal taken
        while True:
            taken += 1
            yield {"type": "http.request", "body": b" " * 100_000, "more_body": True}

    request = a_request(b"")
    stream = endless()
    request._receive = stream.__anext__

    assert await refused(request) == _TOO_LARGE
    assert taken == 11
    await stream.aclose()


async def test_a_length_that_lies_changes_nothing() -> None:
    request = a_request(padded(MOST_BYTES + 1), headers={"content-length": "5"})

    assert await refused(request) == _TOO_LARGE


async def test_a_body_in_pieces_is_put_together() -> None:
    pieces = [bytes([byte]) for byte in '{"query":"{ a }","variables":{"x":"é"}}'.encode()]

    asked = await read_request(a_request(pieces))

    assert asked.variables == {"x": "é"}


async def test_a_body_that_breaks_off_is_refused_even_where_it_reads_well() -> None:
    assert await refused(a_request(_QUERY, is_broken_off=True)) == _BAD


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
    ],
)
async def test_json_in_utf8_is_taken_however_it_is_written(content_type: str) -> None:
    asked = await read_request(a_request(_QUERY, content_type=content_type))

    assert asked.query == "{ __typename }"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonxyz",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
    ],
)
async def test_another_media_type_is_refused_unread(content_type: str | None) -> None:
    assert await refused(a_request(_QUERY, content_type=content_type)) == (
        415,
        ErrorCode.BAD_REQUEST,
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
async def test_a_compressed_body_is_refused_unread(encoding: str) -> None:
    request = a_request(gzip.compress(b" " * 10_000), headers={"content-encoding": encoding})

    assert await refused(request) == (415, ErrorCode.BAD_REQUEST)


@pytest.mark.parametrize(
    "value",
    ["\u202eabc", "e\u0301 é", "👩‍👩‍👧", "\x00", "${jndi:ldap://x}", "\x1b[2J", "a\r\nb"],
    ids=["rtl", "nfd and nfc", "zwj", "nul", "jndi", "ansi", "line break"],
)
async def test_odd_text_arrives_as_it_was_sent(value: str) -> None:
    body: dict[str, Any] = {"query": "{ a }", "variables": {"x": value}}

    asked = await read_request(a_request(json.dumps(body).encode()))

    assert asked.variables == {"x": value}
