"""When connections were last used, kept to the minute."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from storage.connections import touch_last_used
from storage.database import Database
from storage.errors import StorageError
from storage.records import Connection, ConnectionId

_NOTED_EVERY = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000


class LastUses:
    """Notes uses; no query fails, or writes what another of the process just wrote, for it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._noted: OrderedDict[ConnectionId, datetime] = OrderedDict()

    async def note(self, connection: Connection) -> None:
        """Keep that a connection is used now, once a minute."""
        connection_id, now = connection.connection_id, self._clock()
        known = (connection.last_used_at, self._noted.get(connection_id))
        if any(last is not None and now - last < _NOTED_EVERY for last in known):
            return
        self._noted[connection_id] = now
        self._noted.move_to_end(connection_id)
        while len(self._noted) > _MOST_REMEMBERED:
            self._noted.popitem(last=False)
        with suppress(StorageError):
            await touch_last_used(self._database, connection_id, now=now)
