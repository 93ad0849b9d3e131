"""All connections, page by page."""

from collections.abc import Mapping

from resolvers.access.viewer import Right
from resolvers.arguments import check_page_size
from resolvers.context import Context
from resolvers.cursors import START, Cursors, Position
from resolvers.linking.connections import ConnectionStatus, LinkedConnection, link
from resolvers.pages import Page
from storage.connection_lists import ListPlace, Standing, list_connections
from storage.instants import read_instant, write_instant
from storage.records import Connection, ConnectionId

_STANDINGS: Mapping[ConnectionStatus, Standing] = {
    ConnectionStatus.ACTIVE: Standing.ACTIVE,
    ConnectionStatus.EXPIRED: Standing.EXPIRED,
    ConnectionStatus.INVALID: Standing.INVALID,
}


async def page_connections(
    context: Context, *, status: ConnectionStatus | None, first: int, after: str | None
) -> Page[LinkedConnection]:
    """A page of all connections, the oldest first; of one status, or of any.

    Raises:
        BadUserInputError: an argument has another form.
        ForbiddenError: the caller may not list connections.
        StorageError: the list could not be read.
    """
    context.viewer.require(Right.LIST_CONNECTIONS)
    check_page_size(first)
    cursors = Cursors(context.services.ring, f"connections {status}")
    position = cursors.read(after)
    found = await list_connections(
        context.services.database,
        standing=None if status is None else _STANDINGS[status],
        now=context.now,
        after=_read_place(position),
        amount=first + 1,
    )
    shown = found[:first]
    return Page(
        nodes=[link(context, connection) for connection in shown],
        positions=[_write_place(connection) for connection in shown],
        cursors=cursors,
        has_next=len(found) > first,
        has_previous=position != START,
    )


def _write_place(connection: Connection) -> Position:
    return Position(f"{write_instant(connection.created_at)} {connection.connection_id}", 0)


def _read_place(position: Position) -> ListPlace | None:
    if position.token is None:
        return None
    created_at, _, connection_id = position.token.partition(" ")
    return ListPlace(read_instant(created_at), ConnectionId(connection_id))
