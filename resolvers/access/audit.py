"""The record of events, for administrators."""

from resolvers.access.viewer import Right
from resolvers.arguments import check_external_id, check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.pages import Page
from storage.audit import AuditEvent, list_events


async def page_events(
    context: Context, *, external_id: str | None, first: int, after: str | None
) -> Page[AuditEvent]:
    """A page of events, the newest first: of one external id, or of all.

    Raises:
        ForbiddenError: the caller may not read the record.
        BadUserInputError: an argument has another form.
    """
    context.viewer.require(Right.ADMINISTER)
    check_page_size(first)
    if external_id is not None:
        check_external_id(external_id)
    cursors = Cursors(context.services.ring, f"auditEvents {external_id!r}")
    before = cursors.read(after).token
    found = await list_events(
        context.services.database,
        external_id=external_id,
        before=None if before is None else int(before),
        amount=first + 1,
    )
    shown = found[:first]
    return Page(
        nodes=shown,
        positions=[Position(str(event.sequence), 0) for event in shown],
        cursors=cursors,
        has_next=len(found) > first,
        has_previous=after is not None,
    )
