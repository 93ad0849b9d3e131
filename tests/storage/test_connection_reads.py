"""Connections that many ask for at once, in few statements; each caller sees its own alone."""

import asyncio
from collections.abc import Sequence

import pytest

from storage import connection_reads
from storage.connection_reads import ConnectionReads
from storage.connections import load_connections_by_external_id, load_connections_by_id
from storage.database import Database, Queries
from storage.encryption import KeyRing
from storage.records import Connection, ConnectionId, LinkedId
from tests.storage.builders import a_connection

MINE, FOREIGN = LinkedId("mine", "jira"), LinkedId("foreign", "jira")
Asked = list[tuple[Sequence[str], LinkedId | None]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the database was asked for, and on whose behalf, a statement each."""
    asked: Asked = []
    by_id, by_external_id = load_connections_by_id, load_connections_by_external_id

    async def watch_ids(
        queries: Queries, ids: Sequence[ConnectionId], *, only: LinkedId | None = None
    ) -> dict[ConnectionId, Connection]:
        asked.append((ids, only))
        return await by_id(queries, ids, only=only)

    async def watch_external_ids(
        queries: Queries, *, provider: str, external_ids: Sequence[str], only: LinkedId | None
    ) -> dict[str, Connection]:
        asked.append((external_ids, only))
        return await by_external_id(
            queries, provider=provider, external_ids=external_ids, only=only
        )

    monkeypatch.setattr(connection_reads, "load_connections_by_id", watch_ids)
    monkeypatch.setattr(connection_reads, "load_connections_by_external_id", watch_external_ids)
    return asked


async def test_connections_come_in_the_order_asked_for(database: Database, ring: KeyRing) -> None:
    a = await a_connection(database, ring, external_id="a")
    b = await a_connection(database, ring, external_id="b", provider="other")
    reads = ConnectionReads(database)
    nobody = ConnectionId("6f0c6d5e-6a0f-4f43-9d3b-0d8d3a1f3c55")
    ids = [b.connection_id, nobody, a.connection_id, b.connection_id]
    names = [LinkedId("b", "other"), LinkedId("b", "jira"), LinkedId("a", "jira")]

    assert await reads.list_by_id(ids, only=None) == [b, None, a, b]
    assert await reads.list_by_linked_id(names, only=None) == [b, None, a]


async def test_a_crowd_asks_the_database_twice_at_most(
    database: Database, ring: KeyRing, asked: Asked
) -> None:
    linked = [await a_connection(database, ring, external_id=f"user-{n}") for n in range(5)]
    reads = ConnectionReads(database)

    found = await asyncio.gather(
        *(reads.list_by_id([linked[n % 5].connection_id], only=None) for n in range(500))
    )

    assert [each for [each] in found] == linked * 100
    assert len(asked) <= 2


async def test_who_may_see_one_alone_is_never_answered_together_with_others(
    database: Database, ring: KeyRing, asked: Asked
) -> None:
    mine = await a_connection(database, ring, external_id="mine")
    foreign = await a_connection(database, ring, external_id="foreign")
    ids = [mine.connection_id, foreign.connection_id]
    reads = ConnectionReads(database)

    answers = await asyncio.gather(
        *(reads.list_by_id(ids, only=only) for only in (None, MINE, FOREIGN)),
        *(reads.list_by_linked_id([MINE, FOREIGN], only=only) for only in (None, MINE, FOREIGN)),
    )

    assert answers == [[mine, foreign], [mine, None], [None, foreign]] * 2
    assert sorted(str(only) for _, only in asked) == sorted(
        str(only) for only in (None, MINE, FOREIGN) * 2
    )


async def test_what_was_written_before_is_seen(database: Database, ring: KeyRing) -> None:
    reads = ConnectionReads(database)
    assert await reads.list_by_linked_id([MINE], only=None) == [None]

    mine = await a_connection(database, ring, external_id="mine")

    assert await reads.list_by_linked_id([MINE], only=None) == [mine]
