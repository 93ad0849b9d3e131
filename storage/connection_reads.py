"""Connections as the operations of a process ask for them: many at once, in few statements."""

import asyncio
from collections.abc import Sequence

from storage.connections import load_connections_by_external_id, load_connections_by_id
from storage.database import Database
from storage.gathering import Gathering
from storage.records import Connection, ConnectionId, LinkedId

_MOST = 512


class ConnectionReads:
    """Reads rows when asked, never earlier: what was written before is seen.

    Where `only` is given, no other connection leaves the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id = Gathering(self._load_ids, most=_MOST)
        self._by_linked_id = Gathering(self._load_linked_ids, most=_MOST)

    async def list_by_id(
        self, connection_ids: Sequence[ConnectionId], *, only: LinkedId | None
    ) -> list[Connection | None]:
        """The connections with these ids, in their order; None where there is none."""
        if only is not None:
            found = await load_connections_by_id(self._database, connection_ids, only=only)
            return [found.get(each) for each in connection_ids]
        return await asyncio.gather(*(self._by_id.ask(each) for each in connection_ids))

    async def list_by_linked_id(
        self, linked_ids: Sequence[LinkedId], *, only: LinkedId | None
    ) -> list[Connection | None]:
        """The connections of these external ids, in their order; None where there is none."""
        if only is not None:
            found = await self._load_linked_ids(linked_ids, only=only)
            return [found.get(each) for each in linked_ids]
        return await asyncio.gather(*(self._by_linked_id.ask(each) for each in linked_ids))

    async def _load_ids(self, ids: list[ConnectionId]) -> dict[ConnectionId, Connection]:
        return await load_connections_by_id(self._database, ids)

    async def _load_linked_ids(
        self, linked_ids: Sequence[LinkedId], *, only: LinkedId | None = None
    ) -> dict[LinkedId, Connection]:
        found: dict[LinkedId, Connection] = {}
        for provider in {each.provider for each in linked_ids}:
            external_ids = [each.external_id for each in linked_ids if each.provider == provider]
            loaded = await load_connections_by_external_id(
                self._database, provider=provider, external_ids=external_ids, only=only
            )
            found |= {LinkedId(name, provider): each for name, each in loaded.items()}
        return found
