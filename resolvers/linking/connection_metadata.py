"""What callers attach to a connection for themselves."""

import json

from pydantic import JsonValue

from resolvers.access.viewer import Right
from resolvers.context import Context
from resolvers.errors import BadUserInputError, ConnectionNotFoundError
from resolvers.linking.connections import (
    ConnectionReference,
    LinkedConnection,
    get_referenced,
    link,
)
from storage.connection_notes import set_metadata

_LARGEST_BYTES = 64 * 1024


async def attach_metadata(
    context: Context, reference: ConnectionReference, metadata: JsonValue
) -> LinkedConnection:
    """Attach a JSON value to a connection, in the place of the one before; None clears.

    Raises:
        BadUserInputError: it is too large, or holds a number that JSON has no form for.
        ConnectionNotFoundError: there is no such connection.
        ForbiddenError: the caller may not change connections.
    """
    context.viewer.require(Right.CHANGE_CONNECTIONS)
    _check_size(metadata)
    linked = await get_referenced(context, reference, Right.CHANGE_CONNECTIONS)
    connection_id = linked.record.connection_id
    if not await set_metadata(context.services.database, connection_id, metadata):
        raise ConnectionNotFoundError("There is no such connection.", argument="connection")
    context.connections.clear_all()
    return link(context, await context.get_connection(connection_id))


def _check_size(metadata: JsonValue) -> None:
    try:
        text = json.dumps(metadata, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        raise BadUserInputError(
            "`metadata` holds a number that JSON has no form for.", argument="metadata"
        ) from None
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > _LARGEST_BYTES:
        raise BadUserInputError(
            f"`metadata` takes {_LARGEST_BYTES} bytes of JSON, and this has {size}.",
            argument="metadata",
        )
