"""The record of events."""

from datetime import datetime

import strawberry

from schema.pages import PageInfo
from schema.scalars import Json
from storage import audit

Parent = strawberry.Parent[audit.AuditEvent]


@strawberry.type(description="Something that happened to a connection, a key or a token.")
class AuditEvent:
    """Something that happened to a connection, a key or a token."""

    event_id: strawberry.ID = strawberry.field(description="Its own id.")
    kind: str = strawberry.field(description="Such as CONNECTED; there will be more.")
    actor: str = strawberry.field(
        description="On whose behalf: secret_key, api_key:<id>, frontend_token:<id>, person "
        "(somebody with a browser), operator (the command line) or system."
    )
    at: datetime = strawberry.field(description="When.")
    request_id: strawberry.ID | None = strawberry.field(
        description="The request that did it, as the log names it; null where none did."
    )

    @strawberry.field(description="The external id it is about; null where it is about none.")
    def external_id(root: Parent) -> strawberry.ID | None:
        """The external id it is about."""
        external_id = root.subject.external_id
        return None if external_id is None else strawberry.ID(external_id)

    @strawberry.field(description="What else is known, by kind; null where nothing is.")
    def details(root: Parent) -> Json | None:
        """What else is known, by kind."""
        return Json(root.details) if root.details else None


@strawberry.type(description="An event with its cursor.")
class AuditEventEdge:
    """An event with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: AuditEvent = strawberry.field(description="The event.")


@strawberry.type(description="A page of events.")
class AuditEventConnection:
    """A page of events."""

    edges: list[AuditEventEdge] = strawberry.field(description="The events, each with its cursor.")
    nodes: list[AuditEvent] = strawberry.field(description="The events.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
