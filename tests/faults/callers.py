"""Clients of Juncture by the thousand: a connection each, one question, one answer."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

from tests.faults.processes import House, Process

_QUERY = "query($id: ID!) { connection(externalId: $id) { accessToken { token } %s } }"
_PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one caller got; without a status, the connection ended before any answer."""

    status: int | None
    body: Any = None

    @property
    def token(self) -> str | None:
        """The access token, where there is one and no error beside it."""
        if self.status != 200 or "errors" in self.body:
            return None
        connection = self.body["data"]["connection"]
        return None if connection is None else str(connection["accessToken"]["token"])

    @property
    def outcome(self) -> str:
        """`token`, `lost` where the connection ended, or the code of the error."""
        if self.token is not None:
            return "token"
        if self.status is None:
            return "lost"
        errors = self.body.get("errors") or [{}]
        return str(errors[0].get("extensions", {}).get("code", f"HTTP {self.status}"))


async def ask(house: House, process: Process, external_id: str, also: str = "") -> Answer:
    """Ask for the access token of a connection, and for `also`, further fields of it.

    A process that ends is an answer as well.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await _send(house, process, external_id, also)
            try:
                return _parse(await reader.read())
            finally:
                await _close(writer)
    except OSError:
        return Answer(None)


async def ask_all(
    house: House,
    processes: Sequence[Process],
    external_ids: Sequence[str],
    count: int,
    *,
    at_once: int = 1_000,
    also: str = "",
) -> list[Answer]:
    """So many callers in turn on each process and each external id, `at_once` of them waiting."""
    turns = asyncio.Semaphore(at_once)

    async def take_turn(process: Process, external_id: str) -> Answer:
        async with turns:
            return await ask(house, process, external_id, also)

    places = zip(cycle(processes), cycle(external_ids), strict=False)
    return list(await asyncio.gather(*(take_turn(*place) for place in islice(places, count))))


async def ask_and_leave(
    house: House, process: Process, external_id: str, leave: asyncio.Event
) -> None:
    """Ask, and hang up without an answer once `leave` is set."""
    _, writer = await _send(house, process, external_id)
    await leave.wait()
    writer.transport.abort()


def count_outcomes(answers: Sequence[Answer]) -> Counter[str]:
    """How many callers had which outcome."""
    return Counter(answer.outcome for answer in answers)


def tell_others(answers: Sequence[Answer]) -> list[str]:
    """A sentence for each outcome that is no token."""
    told = count_outcomes(answers)
    return [f"{count} were answered {code}" for code, count in told.items() if code != "token"]


async def _send(
    house: House, process: Process, external_id: str, also: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    place = urlsplit(process.address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    body = json.dumps({"query": _QUERY % also, "variables": {"id": external_id}}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
        f"Authorization: Bearer {house.key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


def _parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    if not body:
        return Answer(None)
    return Answer(int(head.split()[1]), json.loads(body))


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
