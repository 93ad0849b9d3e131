"""Refreshes that are due though nobody asks: those that broke off, and grants that lie idle.

Every process looks for them; the lease makes each one process's work.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jira_api.errors import JiraApiError
from oauth.errors import OAuthError
from oauth.refresh import TokenKeeper
from storage.connections import load_connections_by_id
from storage.database import Database
from storage.errors import StorageError
from storage.records import Connection
from storage.refreshes import (
    DueRefresh,
    discard_outdated,
    list_broken_off,
    list_idle,
    put_off_stale,
)
from storage.unproven import load_unproven_by_id

_BATCH_SIZE = 200
_log = logging.getLogger("juncture.oauth")


@dataclass(frozen=True, slots=True)
class DueRefreshes:
    """Finds and finishes due refreshes; `idle` is how long a grant may go unrefreshed."""

    database: Database
    tokens: TokenKeeper
    clock: Callable[[], datetime]
    idle: timedelta

    async def run_once(self) -> None:
        """Finish what is due now, a batch of each kind at most; what fails is due again later.

        Raises:
            StorageError: the due refreshes could not be read.
        """
        now, times = self.clock(), self.tokens.times
        await discard_outdated(self.database, now=now)
        await put_off_stale(
            self.database, now=now, stale_before=now - times.leeway, until=now + times.grace
        )
        due = [
            *await list_broken_off(self.database, now=now, amount=_BATCH_SIZE),
            *await list_idle(self.database, idle_since=now - self.idle, amount=_BATCH_SIZE),
        ]
        if due:
            await self._finish_all(due)

    async def _finish_all(self, due: Sequence[DueRefresh]) -> None:
        ids = [each.connection_id for each in due]
        connections = await load_connections_by_id(self.database, ids)
        unproven = [each for each in ids if each not in connections]
        connections |= await load_unproven_by_id(self.database, unproven)
        found = [(connections.get(each.connection_id), each.generation) for each in due]
        await asyncio.gather(
            *(
                self._finish(connection, generation)
                for connection, generation in found
                if connection
            )
        )

    async def _finish(self, connection: Connection, generation: int) -> None:
        try:
            await self.tokens.finish(connection, generation)
        except (OAuthError, JiraApiError, StorageError) as error:
            # The class alone: the refresh itself has noted what there is to know.
            name = type(error).__name__
            _log.info("the due refresh of %s failed: %s", connection.connection_id, name)
