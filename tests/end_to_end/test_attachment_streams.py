"""Large files over real HTTP are never held as a whole, in either direction."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.attachment_records import build_content
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.world import Issue
from server import attachment_downloads
from tests.support.house import House, link_site, open_house

LARGE = 64 * 1024 * 1024
ROOM = 24 * 1024 * 1024
"""More than all sockets on the way hold between them, and much less than the file."""
LARGEST_PIECE = 64 * 1024


class Counted:
    """The sandbox, whose bytes of files are counted in both directions as they pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.bytes: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/attachment" not in scope["path"]:
            await self._app(scope, receive, send)
            return

        async def counted_receive() -> Message:
            message = await receive()
            self.bytes["received"] += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            await send(message)
            self.bytes["sent"] += len(message.get("body", b""))

        await self._app(scope, counted_receive, counted_send)


@asynccontextmanager
async def open_with_issue(
    folder: Path, fill: Callable[[SiteBuilder, Issue], object] = lambda _site, _issue: None
) -> AsyncIterator[tuple[House, Counted, SiteBuilder]]:
    """A house whose site has TEST-1, filled with files, and is linked to `acme`."""
    world = WorldBuilder()
    site = world.add_site("Acme")
    fill(site, site.add_issue(site.add_project("TEST")))
    counted: list[Counted] = []

    def count(app: ASGIApp) -> Counted:
        counted.append(Counted(app))
        return counted[0]

    async with open_house(folder, world.world, around_sandbox=count) as house:
        await link_site(house, "acme")
        yield house, counted[0], site


def a_large_file(site: SiteBuilder, issue: Issue) -> None:
    site.add_attachment(issue, "large.bin", size=LARGE)


async def find_url(house: House) -> str:
    query = (
        '{ connection(externalId: "acme") { issue(idOrKey: "TEST-1") '
        "{ attachments { downloadUrl } } } }"
    )
    url = (await house.ask(query))["connection"]["issue"]["attachments"][0]["downloadUrl"]
    assert isinstance(url, str)
    return url


async def test_a_large_download_passes_through_in_small_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[int] = []
    go_on = attachment_downloads._Answer.go_on

    async def note(answer: Any, piece: bytes, **more: bool) -> None:
        pieces.append(len(piece))
        await go_on(answer, piece, **more)

    monkeypatch.setattr(attachment_downloads._Answer, "go_on", note)
    digest, received, furthest = hashlib.sha256(), 0, 0
    async with open_with_issue(tmp_path, a_large_file) as (house, counted, site):
        async with httpx.AsyncClient() as http, http.stream("GET", await find_url(house)) as answer:
            async for piece in answer.aiter_raw():
                received += len(piece)
                digest.update(piece)
                furthest = max(furthest, counted.bytes["sent"] - received)
        [file] = site.data.issues[10000].fields["attachment"]
        expected = hashlib.sha256(build_content(site.data, file))

    assert answer.headers["content-length"] == str(LARGE)
    assert received == LARGE
    assert digest.digest() == expected.digest()
    assert max(pieces) <= LARGEST_PIECE
    assert furthest < ROOM


async def test_a_large_upload_passes_through_in_small_pieces(tmp_path: Path) -> None:
    sent, furthest = 0, 0
    async with open_with_issue(tmp_path) as (house, counted, site):

        async def form() -> AsyncIterator[bytes]:
            nonlocal sent, furthest
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            while sent < LARGE:
                furthest = max(furthest, sent - counted.bytes["received"])
                sent += LARGEST_PIECE
                yield bytes([sent // LARGEST_PIECE % 251]) * LARGEST_PIECE
            yield b"\r\n--b--\r\n"

        async with httpx.AsyncClient(timeout=60) as http:
            answer = await http.post(
                f"{house.juncture}/connections/acme/issues/TEST-1/attachments",
                content=form(),
                headers={
                    "Authorization": f"Bearer {house.key}",
                    "Content-Type": "multipart/form-data; boundary=b",
                },
            )
        [content] = site.data.files.values()

    assert answer.status_code == 201
    assert [each["sizeBytes"] for each in answer.json()["attachments"]] == [LARGE]
    numbers = range(1, LARGE // LARGEST_PIECE + 1)
    assert content == b"".join(bytes([number % 251]) * LARGEST_PIECE for number in numbers)
    assert furthest < ROOM
