"""Downloads under way: what ends them, and that they keep nobody else waiting."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.end_to_end.attachments import an_issue_with_a_note, code_of, fetch, find_url, upload
from tests.end_to_end.frontend import disconnect
from tests.support.doors import Caller, Door
from tests.support.gateway import Gateway, open_neighbour

CONTENT = "/attachment/content/10000"


class Endless(httpx.AsyncByteStream):
    """A body that goes on until it is closed, or breaks off."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self._breaks_after = breaks_after
        self._wanted = asyncio.Event()
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"a piece"
        self.begun.set()
        if self._breaks_after is not None:
            raise httpx.ReadError("made to fail")
        await self._wanted.wait()

    async def aclose(self) -> None:
        self.closed.set()


def stream_endlessly(
    gateway: Gateway, *, breaks_after: int | None = None
) -> asyncio.Queue[Endless]:
    """Answer each download by a body of its own that does not end; they come in this order."""
    streams: asyncio.Queue[Endless] = asyncio.Queue()

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(CONTENT):
            return None
        stream = Endless(breaks_after)
        streams.put_nowait(stream)
        return httpx.Response(200, stream=stream)

    gateway.transport.faults.append(answer)
    return streams


@dataclass
class Download:
    """A download that has begun."""

    caller: Caller
    task: asyncio.Task[None]
    stream: Endless

    async def leave(self) -> None:
        self.caller.hang_up()
        await self.task


async def begin(gateway: Gateway, url: str, streams: asyncio.Queue[Endless]) -> Download:
    caller = Caller(gateway.app)
    task = asyncio.create_task(caller.send("GET", url, headers={}))
    stream = await streams.get()
    await stream.begun.wait()
    return Download(caller, task, stream)


def is_whole(caller: Caller) -> bool:
    return caller.messages[-1].get("more_body") is False


async def test_who_leaves_ends_the_call_to_jira(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    download = await begin(built_once, url, stream_endlessly(built_once))

    await download.leave()
    await download.stream.closed.wait()

    assert not is_whole(download.caller)


async def test_a_connection_that_is_taken_away_ends_its_downloads_in_every_process(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    async with open_neighbour(built_once) as neighbour:
        downloads = [
            await begin(each, url, stream_endlessly(each)) for each in (built_once, neighbour)
        ]

        await disconnect(built_once)
        await neighbour.services.live.run_once()
        await asyncio.gather(*(each.task for each in downloads))
        await asyncio.gather(*(each.stream.closed.wait() for each in downloads))

    assert [each.caller.status for each in downloads] == [200, 200]
    assert [is_whole(each.caller) for each in downloads] == [False, False]


async def test_what_breaks_off_at_jira_is_never_taken_for_whole(
    site: SiteBuilder, built_once: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    download = await begin(built_once, url, stream_endlessly(built_once, breaks_after=1))
    await download.task

    [complaint] = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert (download.caller.status, is_whole(download.caller)) == (200, False)
    assert "a download broke off" in complaint
    assert download.stream.closed.is_set()


@pytest.mark.parametrize("sent", [b"", b"012345678", b"0123456789x"], ids=["0", "9", "11"])
async def test_bytes_without_a_length_that_are_not_the_files_are_never_taken_for_whole(
    site: SiteBuilder, built_once: Gateway, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    answer_without_length(built_once, sent)

    caller = Caller(built_once.app)
    await caller.send("GET", url, headers={})

    [complaint] = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert (caller.status, is_whole(caller)) == (200, False)
    assert b"content-length" in dict(caller.messages[0]["headers"])
    assert "bytes than it has told" in complaint


async def test_another_length_than_the_files_is_refused_before_the_bytes(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    built_once.answer_instead(CONTENT, 200, headers={"Content-Length": "9"})

    answer = await fetch(built_once, url)

    assert (answer.status_code, code_of(answer)) == (502, "JIRA_INVALID_RESPONSE")


class Pieces(httpx.AsyncByteStream):
    """A body in one piece, of which nobody is told how long it is."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def answer_without_length(gateway: Gateway, body: bytes) -> None:
    """Answer each download by a body whose length is not told."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_download = request.url.path.endswith(CONTENT)
        return httpx.Response(200, stream=Pieces(body)) if is_download else None

    gateway.transport.faults.append(answer)


async def test_downloads_keep_no_query_waiting_and_wait_for_each_other(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    streams = stream_endlessly(built_once)
    most = built_once.services.transfers.downloads.most_of_one
    downloads = [await begin(built_once, url, streams) for _ in range(most)]

    found = await built_once.ask_connection("fields { fieldId }")
    one_more = asyncio.create_task(begin(built_once, url, streams))
    described = Door.close_on(built_once, lambda path: path.endswith("/attachment/10000"))
    await described.tally.wait_until("begun", 1)
    described.open()
    await described.tally.wait_until("ended", 1)
    begun_before = streams.qsize()
    await downloads[0].leave()
    downloads[0] = await one_more
    for each in downloads:
        await each.leave()

    assert found["fields"]
    assert begun_before == 0


async def test_who_finds_no_place_is_told_why_and_when_to_ask_again_while_uploads_go_on(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    streams = stream_endlessly(built_once)
    most = built_once.services.transfers.downloads.most_of_one
    downloads = [await begin(built_once, url, streams) for _ in range(most)]
    object.__setattr__(built_once.services.transfers.downloads, "longest_wait", timedelta(0))

    answer = await fetch(built_once, url)
    attached = await upload(built_once, [("file", ("a.txt", b"abc", "text/plain"))])
    for each in downloads:
        await each.leave()

    assert (answer.status_code, code_of(answer)) == (503, "OVERLOADED")
    assert "8 downloads of this connection are under way" in answer.text
    assert answer.headers["Retry-After"] == "10"
    assert attached.status_code == 201
