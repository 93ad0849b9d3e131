"""Writes whose outcome nobody knows, settled though nobody asks for them again.

Every process looks for them; the lease makes each one process's work.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from resolvers.access.viewer import Scope, Viewer, ViewerKind
from resolvers.context import Context, Services
from resolvers.errors import EXPECTED
from resolvers.once.flights import WriteTimes
from resolvers.once.made import find_made, is_proof, pause_asked_by
from storage.connections import load_connections_by_id
from storage.idempotency import (
    Claim,
    Made,
    claim_due_writes,
    delete_old_writes,
    keep_all,
    keep_open,
    keep_unknown,
)
from storage.records import Connection

_BATCH_SIZE: Final = 500
_LONGEST_PAUSE: Final = timedelta(minutes=1)
_NOBODY: Final = Viewer(ViewerKind.SECRET_KEY, frozenset({Scope.GRAPH_READ}))
_REQUEST: Final = "due writes"
_log = logging.getLogger("juncture.writes")


@dataclass(frozen=True, slots=True)
class DueWrites:
    """Finds out what became of writes whose answer was lost, or whose process died."""

    services: Services

    async def run_once(self) -> None:
        """Look for what is due now, a batch at most; what stays unknown is due again later.

        Raises:
            StorageError: the due writes could not be read.
        """
        database, now = self.services.database, self.services.clock()
        await delete_old_writes(database, now=now)
        claims = await claim_due_writes(
            database, now=now, ends_at=now + self._times.lease, amount=_BATCH_SIZE
        )
        ids = list({claim.write.connection_id for claim in claims})
        connections = await load_connections_by_id(database, ids)
        await asyncio.gather(
            *(
                self._settle(connections[together[0].write.connection_id], together)
                for together in _group(claims)
                if together[0].write.connection_id in connections
            )
        )

    @property
    def _times(self) -> WriteTimes:
        return self.services.writes.times

    async def _settle(self, connection: Connection, claims: Sequence[Claim]) -> None:
        """Look for some writes of one place together: what hides one hides the others."""
        began_at = self.services.clock()
        context = Context(self.services, _NOBODY, request_id=_REQUEST)
        try:
            found = await find_made(context.session(connection), claims, now=began_at)
        except EXPECTED as error:
            # The class alone: the texts of others' errors are not for the log.
            name = type(error).__name__
            _log.info("the lost writes of %s stay unknown: %s", connection.connection_id, name)
            pause = max(_LONGEST_PAUSE, pause_asked_by(error))
            for claim in claims:
                await self._put_off(claim, claim.made, pause)
            return
        finally:
            await context.close()
        for claim in claims:
            await self._keep(claim, {**claim.made, **found[claim.marker]}, began_at)

    async def _keep(self, claim: Claim, made: Mapping[int, Made], looked_at: datetime) -> None:
        database = self.services.database
        if len(made) == claim.write.amount:
            await keep_all(database, claim, made)
        elif is_proof(claim, looked_at):
            await keep_open(database, claim, made, now=self.services.clock())
        else:
            waited = (looked_at - claim.started_at) / 2
            pause = min(max(waited, self._times.look_again), claim.certain_at - looked_at)
            await self._put_off(claim, made, min(pause, _LONGEST_PAUSE))

    async def _put_off(self, claim: Claim, made: Mapping[int, Made], pause: timedelta) -> None:
        now = self.services.clock()
        await keep_unknown(
            self.services.database,
            claim,
            made,
            now=now,
            certain_at=claim.certain_at,
            settle_at=now + pause,
        )


def _group(claims: Sequence[Claim]) -> Iterable[Sequence[Claim]]:
    groups: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.write.connection_id, claim.write.kind, claim.write.place].append(claim)
    return groups.values()
