"""Events of many operations, kept together: each once, and each by the time it is said to be."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from storage.audit import AuditKind, NewEvent, Subject, check_chain, list_events, new_event
from storage.database import Database, Queries
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.event_recorder import EventRecorder
from tests.storage.builders import NOW


def some_events(amount: int) -> list[NewEvent]:
    return [
        new_event(
            AuditKind.CREDENTIALS_READ,
            now=NOW + timedelta(seconds=number),
            subject=Subject(f"user-{number}"),
        )
        for number in range(amount)
    ]


async def test_an_event_is_there_when_recording_it_returns(
    database: Database, ring: KeyRing
) -> None:
    [event] = some_events(1)

    await EventRecorder(database, ring).record(event)

    [kept] = await list_events(database, amount=9)
    assert (kept.event_id, kept.kind, kept.at) == (event.event_id, event.kind, event.at)


async def test_a_crowd_is_kept_whole_in_few_transactions(
    database: Database, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, transaction = 0, database.transaction

    def count() -> AbstractAsyncContextManager[Queries]:
        nonlocal begun
        begun += 1
        return transaction()

    monkeypatch.setattr(database, "transaction", count)
    recorder, events = EventRecorder(database, ring), some_events(450)

    await asyncio.gather(*(recorder.record(event) for event in events))

    kept = await list_events(database, amount=1_000)
    assert sorted(each.event_id for each in kept) == sorted(each.event_id for each in events)
    assert (await check_chain(database, ring)).is_whole
    assert begun == 3


async def test_an_error_of_one_turn_reaches_all_who_record_in_it(
    database: Database, ring: KeyRing
) -> None:
    recorder = EventRecorder(database, ring)
    first, *others = some_events(6)
    await recorder.record(first)
    chain_key = await database.fetch_val("SELECT chain_key FROM audit_chain")
    await set_chain_key(database, "spoiled")

    failed = await asyncio.gather(*map(recorder.record, others), return_exceptions=True)

    assert [type(each) for each in failed] == [CredentialUnreadableError] * 5
    await set_chain_key(database, chain_key)
    await recorder.record(others[0])
    kept = await list_events(database, amount=9)
    assert [each.event_id for each in kept] == [others[0].event_id, first.event_id]


async def set_chain_key(database: Database, text: str) -> None:
    await database.execute("UPDATE audit_chain SET chain_key = :text", {"text": text})
