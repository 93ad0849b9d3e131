"""Grants that were to move in and that nobody has proven: they are let go after a while."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.unproven import GIVEN_UP_AFTER, drop_unproven, list_given_up

_BATCH_SIZE = 200
_log = logging.getLogger("juncture.oauth")


@dataclass(frozen=True, slots=True)
class UnprovenGrants:
    """Removes what `oauth.imports` wrote down and could not prove; every process may do it."""

    database: Database
    clock: Callable[[], datetime]

    async def run_once(self) -> None:
        """Let go of those whose time is over, a batch at most; no event, for none was linked.

        Raises:
            StorageError: they could not be read or removed.
        """
        now = self.clock()
        for connection in await list_given_up(self.database, now=now, amount=_BATCH_SIZE):
            async with self.database.transaction() as queries:
                is_dropped = await drop_unproven(queries, connection, now=now)
            if is_dropped:
                _log.warning(
                    "let go of %s, a grant that was to move in: not proven for %d days",
                    connection.connection_id,
                    GIVEN_UP_AFTER.days,
                )
