"""Events of many operations of a process, committed together."""

from collections.abc import Sequence

from storage.audit import NewEvent, append_events
from storage.database import Database
from storage.encryption import KeyRing
from storage.gathering import Gathering

_MOST_AT_ONCE = 200


class EventRecorder:
    """Keeps events that belong to no other change; the chain takes one crowd at a time."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database = database
        self._ring = ring
        self._events: Gathering[NewEvent, None] = Gathering(self._append, most=_MOST_AT_ONCE)

    async def record(self, event: NewEvent) -> None:
        """Keep an event; it is committed when this returns.

        Raises:
            CredentialUnreadableError: The record of events cannot be gone on with.
            StorageError: It could not be kept.
        """
        await self._events.ask(event)

    async def _append(self, events: Sequence[NewEvent]) -> dict[NewEvent, None]:
        async with self._database.transaction() as queries:
            await append_events(queries, self._ring, events)
        return {}
