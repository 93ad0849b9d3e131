"""Taking a connection away, everywhere and at once."""

from resolvers.access.viewer import Right
from resolvers.context import Context
from resolvers.custom_fields import forget_fields
from resolvers.errors import ConnectionNotFoundError
from resolvers.global_ids import GlobalId
from resolvers.linking.connections import ConnectionReference, get_referenced
from storage.audit import AuditKind, Subject, note_event
from storage.disconnections import note_disconnection
from storage.records import Connection, LinkedId
from storage.removals import delete_connection


async def disconnect(context: Context, reference: ConnectionReference) -> str:
    """Remove a connection with its tokens; gives the global id that it had.

    Work under way for it ends here at once, and in the other processes when they next look. The
    links and consents that would link its external id again are void with it, and so are the
    frontend tokens that were made for it; these also where the external id was never linked.

    Raises:
        BadUserInputError: the reference has another form.
        ConnectionNotFoundError: there is no such connection.
        ForbiddenError: the caller may not change connections.
    """
    try:
        linked = await get_referenced(context, reference, Right.CHANGE_CONNECTIONS)
    except ConnectionNotFoundError:
        if reference.external_id is not None:
            await _end_tokens(context, LinkedId(reference.external_id, "jira"))
        raise
    record, services = linked.record, context.services
    generation = await _remove(context, record)
    services.live.end(record.connection_id)
    services.frontend_tokens.forget(LinkedId(record.external_id, record.provider))
    context.connections.clear_all()
    await forget_fields(services.cache, record.connection_id, generation)
    return str(GlobalId("Connection", record.connection_id, record.connection_id))


async def _end_tokens(context: Context, linked_id: LinkedId) -> None:
    """End the frontend tokens of an external id that nothing is linked to."""
    async with context.services.database.transaction() as queries:
        await note_disconnection(
            queries,
            external_id=linked_id.external_id,
            provider=linked_id.provider,
            now=context.now,
        )
    context.services.frontend_tokens.forget(linked_id)


async def _remove(context: Context, record: Connection) -> int:
    """Remove the row and keep that it was; gives the last generation of its tokens."""
    now = context.now
    async with context.services.database.transaction() as queries:
        generation = await delete_connection(queries, record)
        if generation is None:
            raise ConnectionNotFoundError("There is no such connection.", argument="connection")
        await note_disconnection(
            queries, external_id=record.external_id, provider=record.provider, now=now
        )
        await note_event(
            queries,
            context.services.ring,
            AuditKind.DISCONNECTED,
            now=now,
            subject=Subject.of(record),
        )
    return generation
