import asyncio
from collections.abc import Iterable, Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from server.file_parts import FileParts
from server.operations import CallerGoneError
from server.request_body import RequestError

HEAD = 'Content-Disposition: form-data; name="file"; filename='
BODY = "\r\n".join(
    (
        "--b",
        f'{HEAD}"größe; \\"a\\".txt"',
        "content-TYPE: text/plain; charset=x",
        "",
        "--b is no boundary here\r\n--",
        "--b",
        f'{HEAD}"empty"',
        "",
        "",
        "--b--",
        "",
    )
).encode()
FILES = [
    ('größe; "a".txt', "text/plain", b"--b is no boundary here\r\n--"),
    ("empty", "application/octet-stream", b""),
]


def a_request(messages: Iterable[Message], boundary: str = "b") -> Request:
    coming = iter(messages)

    async def receive() -> Message:
        message = next(coming, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    kind = f"multipart/form-data; boundary={boundary}".encode()
    return Request({"type": "http", "headers": [(b"content-type", kind)]}, receive)


def in_pieces(body: bytes, size: int) -> Iterator[Message]:
    for start in range(0, len(body), size):
        yield {"type": "http.request", "body": body[start : start + size], "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


async def read(request: Request, *, patience_s: float = 10.0) -> list[tuple[str, str, bytes]]:
    found = []
    async for file in FileParts(request, patience_s=patience_s):
        content = b"".join([chunk async for chunk in file.chunks])
        found.append((file.filename, file.mime_type, content))
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 1_000])
async def test_the_files_are_the_same_however_the_body_is_cut(size: int) -> None:
    assert await read(a_request(in_pieces(BODY, size))) == FILES


async def test_a_body_cut_off_anywhere_is_refused_or_whole() -> None:
    end = BODY.index(b"--b--") + len("--b--")

    for length in range(len(BODY)):
        reading = read(a_request(in_pieces(BODY[:length], 64)))
        if length >= end:
            assert await reading == FILES
        else:
            with pytest.raises(RequestError):
                await reading


async def test_what_follows_the_end_is_not_waited_for() -> None:
    whole: Message = {"type": "http.request", "body": BODY, "more_body": True}

    assert await read(a_request([whole])) == FILES


async def test_who_leaves_and_who_sends_nothing_more_is_waited_for_no_longer() -> None:
    beginning: Message = {"type": "http.request", "body": BODY[:120], "more_body": True}

    with pytest.raises(CallerGoneError):
        await read(a_request([beginning, {"type": "http.disconnect"}]))
    with pytest.raises(RequestError) as refused:
        await read(a_request([beginning]), patience_s=0.01)

    assert refused.value.status == 408
