"""Writes that happen once, however often their callers ask, and whatever becomes of the answer.

How one is carried out, and when what was lost counts as not written, is told in
`resolvers.once.attempts`.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from typing import Final

from resolvers.arguments import check_text
from resolvers.context import Context
from resolvers.linking.connections import LinkedConnection
from resolvers.once.attempts import (
    ARGUMENT,
    RUNNING,
    KeyReusedError,
    OutcomePendingError,
    Prepared,
    WriteAttempt,
    find_known,
)
from resolvers.once.flights import Results
from storage.idempotency import WriteKey, WriteKind
from storage.records import Connection

_LONGEST_KEY: Final = 255
_TOLD_IN: Final = 0.1
"""The share of an operation's time that is left for reading and telling what was written."""


@dataclass(frozen=True, slots=True)
class Write:
    """What is to happen once under a key: `amount` things are to be made.

    `given` is the caller's input, which decides whether two writes are the same; `place` is where
    it is looked for. `prepare` finds whatever is wrong with it, and is left out where the outcome
    is known.
    """

    key: str
    kind: WriteKind
    given: object
    place: str
    prepare: Callable[[], Awaitable[Prepared]]
    amount: int = 1


async def write_once(context: Context, connection: LinkedConnection, write: Write) -> Results:
    """What became of each thing wanted, now or when the key was used first.

    Raises:
        BadUserInputError: the key, or the write, has another form.
        KeyReusedError: the key was used with another input.
        OutcomePendingError: it is not known yet.
        ConnectionNotFoundError: the connection was taken away meanwhile.
        JiraApiError: the call failed, and nothing was made.
        StorageError: nothing was made.
    """
    check_text(write.key, argument=ARGUMENT, longest=_LONGEST_KEY)
    record = connection.record
    row = WriteKey(
        connection_id=record.connection_id,
        key_hash=_hash(record.site.cloud_id or record.site.url, write.key),
        kind=write.kind,
        fingerprint=_hash(record.connection_id, write.kind, write.given),
        place=write.place,
        amount=write.amount,
    )
    flights, named = context.services.writes, (row.connection_id, row.key_hash)
    flight = flights.find(named)
    if flight is None:
        made = await find_known(context, row)
        if len(made) == row.amount:
            return made
        prepared = await write.prepare()
        if all(number in made for number in prepared.wanted):
            return {**prepared.refused, **made}
        flight = flights.join(named, row.fingerprint, lambda: _fly(context, record, row, prepared))
    if flight.fingerprint != row.fingerprint:
        raise KeyReusedError
    try:
        async with asyncio.timeout_at(context.deadline_at):
            return await asyncio.shield(flight.task)
    except TimeoutError:
        raise OutcomePendingError(RUNNING) from None
    finally:
        context.forget_reads(connection.origin)


def _hash(*parts: object) -> str:
    text = json.dumps(parts, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no plain form")


async def _fly(
    caller: Context, connection: Connection, row: WriteKey, prepared: Prepared
) -> Results:
    """The write in an operation of its own, which does not end where its caller goes away.

    Its time is over a little before the caller's, who can then be told what is known.
    """
    told_in = caller.services.operation_deadline.total_seconds() * _TOLD_IN
    context = Context(
        caller.services,
        caller.viewer,
        request_id=caller.request_id,
        deadline_at=caller.deadline_at - told_in,
    )
    try:
        results = await WriteAttempt(context, connection, row, prepared).run()
    finally:
        await context.close()
    return {**prepared.refused, **results}
