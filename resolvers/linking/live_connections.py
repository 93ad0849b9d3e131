"""The connections that operations of this process use now, and the end of those taken away."""

from resolvers.calls import OperationCalls
from resolvers.errors import ConnectionNotFoundError
from storage.database import Database
from storage.records import ConnectionId
from storage.removals import list_missing_connections


class LiveConnections:
    """Who uses which connection, from its first use to the operation's end.

    A link that is made anew has another id, so what ends work is that an id is gone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._users: dict[ConnectionId, set[OperationCalls]] = {}

    def join(self, connection_id: ConnectionId, calls: OperationCalls) -> None:
        """Note that an operation uses a connection."""
        self._users.setdefault(connection_id, set()).add(calls)

    def leave(self, connection_id: ConnectionId, calls: OperationCalls) -> None:
        """Note that an operation is done with a connection."""
        users = self._users.get(connection_id, set())
        users.discard(calls)
        if not users:
            self._users.pop(connection_id, None)

    def end(self, connection_id: ConnectionId) -> None:
        """Stop all work of this process on a connection: its callers see that there is none."""
        for calls in self._users.pop(connection_id, ()):
            calls.end(str(connection_id), _gone)

    async def run_once(self) -> None:
        """End the work on connections that are gone: one look into the database, none while idle.

        Raises:
            StorageError: the database did not answer, and nothing was ended.
        """
        for connection_id in await list_missing_connections(self._database, self._users.keys()):
            self.end(connection_id)


def _gone() -> ConnectionNotFoundError:
    return ConnectionNotFoundError(
        "The connection was taken away while it was used; a change that was under way may have "
        "been made."
    )
