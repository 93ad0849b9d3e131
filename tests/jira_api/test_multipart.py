from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import UploadFile
from starlette.requests import Request

from jira_api.errors import InvalidArgumentError
from jira_api.multipart import OutgoingFile, OutgoingForm


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def one_by_one(*files: OutgoingFile) -> AsyncIterator[OutgoingFile]:
    for file in files:
        yield file


def a_file(name: str = "a.txt", kind: str = "text/plain", *pieces: bytes) -> OutgoingFile:
    return OutgoingFile(name, kind, chunks(*pieces))


async def read(form: OutgoingForm) -> list[tuple[str | None, str | None, bytes]]:
    """What another parser makes of a form."""
    body = b"".join([piece async for piece in form.pieces()])
    scope = {"type": "http", "headers": [(b"content-type", form.content_type.encode())]}
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, object]:
        return next(messages)

    async with Request(scope, receive).form() as parsed:
        files = [each for each in parsed.getlist("file") if isinstance(each, UploadFile)]
        return [(each.filename, each.content_type, await each.read()) for each in files]


async def test_another_parser_reads_the_files_as_they_were_given() -> None:
    files = [
        a_file("a.txt", "text/plain", b"one", b"", b"two"),
        a_file("Größe 大's.png", "image/png", b"\r\n--juncture", b"\x00" * 10),
        a_file("empty", "application/x-odd+more", b""),
    ]

    found = await read(OutgoingForm(one_by_one(*files)))

    assert found == [
        ("a.txt", "text/plain", b"onetwo"),
        ("Größe 大's.png", "image/png", b"\r\n--juncture" + b"\x00" * 10),
        ("empty", "application/x-odd+more", b""),
    ]


async def test_a_form_is_sent_once_its_end_was_asked_for() -> None:
    form = OutgoingForm(one_by_one(a_file("a", "b/c", b"one")))
    told = [form.is_sent async for _ in form.pieces()]

    assert told == [False, False, False, True]


@pytest.mark.parametrize("name", ['a"b', "a\r\nb", "a\x00", "a\x85", "a\u2028", "\ud800"])
async def test_a_name_that_could_leave_its_place_is_refused(name: str) -> None:
    form = OutgoingForm(one_by_one(a_file(name)))

    with pytest.raises(InvalidArgumentError):
        await read(form)
    assert not form.is_sent


@pytest.mark.parametrize("kind", ["", "text", "text/plain; charset=x", "a/b\r\nX-Evil: 1", "ü/x"])
async def test_what_is_no_media_type_is_sent_as_bytes(kind: str) -> None:
    found = await read(OutgoingForm(one_by_one(a_file("a", kind))))

    assert found == [("a", "application/octet-stream", b"")]
