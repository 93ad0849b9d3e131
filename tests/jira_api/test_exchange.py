import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from jira_api import exchange
from jira_api.errors import InvalidResponseError, JiraUnavailableError
from jira_api.exchange import open_stream, send
from tests.jira_api.builders import API, Answer, fails, says


async def ask(answer: Answer) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await send(http, http.build_request("GET", API))


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout],
)
async def test_a_timeout_is_told_as_one(error: type[httpx.TransportError]) -> None:
    with pytest.raises(JiraUnavailableError, match="in time"):
        await ask(fails(error))


@pytest.mark.parametrize(
    ("error", "told", "was_sent"),
    [
        (httpx.ConnectError, "could not be reached", False),
        (httpx.ReadError, "broke before it had answered", True),
        (httpx.RemoteProtocolError, "broke before it had answered", True),
        (httpx.CloseError, "broke before it had answered", True),
    ],
)
async def test_a_broken_connection_is_an_outage(
    error: type[httpx.TransportError], told: str, *, was_sent: bool
) -> None:
    with pytest.raises(JiraUnavailableError, match=told) as caught:
        await ask(fails(error))

    assert caught.value.was_sent is was_sent
    assert caught.value.__suppress_context__


async def test_a_body_that_drips_is_given_up_at_the_deadline() -> None:
    stream = Dripping()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))

    async with httpx.AsyncClient(transport=transport) as http:
        request = http.build_request("GET", API)
        with pytest.raises(JiraUnavailableError, match=r"within 0\.0 seconds") as caught:
            await send(http, request, deadline=timedelta(milliseconds=10))

    assert caught.value.__suppress_context__
    assert stream.begun.is_set()
    assert stream.is_closed


async def test_an_answer_that_never_begins_is_given_up_at_the_deadline() -> None:
    async def wait(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(wait)) as http:
        with pytest.raises(JiraUnavailableError):
            await send(http, http.build_request("GET", API), deadline=timedelta(milliseconds=10))


async def test_an_end_from_outside_is_not_taken_for_a_deadline() -> None:
    stream = Dripping()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))

    async with httpx.AsyncClient(transport=transport) as http:
        call = asyncio.create_task(send(http, http.build_request("GET", API)))
        await stream.begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert stream.is_closed


async def test_a_body_that_is_not_packed_as_it_says_is_invalid() -> None:
    with pytest.raises(InvalidResponseError, match="encoded"):
        await ask(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Cut()))


async def test_a_packed_body_is_unpacked_once() -> None:
    packed = gzip.compress(b'{"id": "1"}')

    response = await ask(
        lambda _: httpx.Response(
            200, headers={"Content-Encoding": "gzip", "X-Kept": "yes"}, stream=Cut(packed)
        )
    )

    assert response.json() == {"id": "1"}
    assert response.headers["X-Kept"] == "yes"


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip,identity", "x"])
async def test_a_body_packed_in_a_way_that_was_not_asked_for_is_invalid(encoding: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Cut(b"{}"))

    with pytest.raises(InvalidResponseError, match="encoded"):
        await ask(answer)

    assert asked == ["gzip"]


async def test_a_packed_body_is_unpacked_no_further_than_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_BODY_BYTES", 100_000)
    bomb = gzip.compress(bytes(50_000_000))
    headers = {"Content-Encoding": "gzip"}

    tracemalloc.start()
    try:
        with pytest.raises(InvalidResponseError, match="more than 100000 bytes"):
            await ask(lambda _: httpx.Response(200, headers=headers, stream=Cut(bomb)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_packed_body_may_come_in_pieces(size: int) -> None:
    packed = gzip.compress(b'{"id": "1"}')
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]

    response = await ask(
        lambda _: httpx.Response(200, headers={"Content-Encoding": "GZIP"}, stream=Cut(*pieces))
    )

    assert response.json() == {"id": "1"}


async def test_a_body_is_given_up_once_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_BODY_BYTES", 10)
    stream = Endless()

    with pytest.raises(InvalidResponseError, match="more than 10 bytes"):
        await ask(lambda _: httpx.Response(200, stream=stream))

    assert stream.sent == 3
    assert stream.is_closed


async def test_a_body_of_just_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_BODY_BYTES", 10)

    response = await ask(says(200, b"0123456789"))

    assert response.content == b"0123456789"


async def test_a_redirect_is_an_answer_even_to_a_client_that_follows_them() -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://elsewhere.test/"})

    transport = httpx.MockTransport(redirect)
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
        response = await send(http, http.build_request("GET", API))

    assert response.status_code == 302
    assert asked == [API]


@pytest.mark.parametrize(
    "location",
    ["mailto:x", "javascript:1", "https://xn--/", "https://[::1"],
)
@pytest.mark.parametrize("ask_for", [send, open_stream])
async def test_a_redirect_to_what_is_no_address_is_invalid(
    location: str, ask_for: Callable[..., Awaitable[httpx.Response]]
) -> None:
    answer = says(302, headers={"Location": location})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(InvalidResponseError, match="no address"):
            await ask_for(http, http.build_request("GET", API))


class Cut(httpx.AsyncByteStream):
    """A body sent in the pieces given."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces or (b"not gzip",)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Dripping(httpx.AsyncByteStream):
    """A body that always has one more byte, and lets others run before it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.begun.set()
        while True:
            yield b" "
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        self.is_closed = True


class Endless(httpx.AsyncByteStream):
    """A body of four bytes a piece, without end."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 1
            yield b"1234"

    async def aclose(self) -> None:
        self.is_closed = True
