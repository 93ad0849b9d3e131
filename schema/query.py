"""Where reading begins."""

from typing import Annotated

import strawberry

from resolvers.access import viewer
from resolvers.access.audit import page_events
from resolvers.linking.connection_lists import page_connections
from resolvers.linking.connections import LinkedConnection, find_connection
from resolvers.nodes import Node as FoundNode
from resolvers.nodes import find_node, list_nodes
from resolvers.pages import Page
from schema.argument_checks import CHECKED
from schema.arguments import After, First, page_size
from schema.audit import AuditEventConnection
from schema.connection import Connection
from schema.connection_lists import ConnectionConnection
from schema.enums import ConnectionStatus, Provider
from schema.info import JunctureInfo
from schema.node import Node
from schema.selection import select_issue
from schema.viewer import Viewer
from storage.audit import AuditEvent


@strawberry.type(description="Everything that can be read.")
class Query:
    """Everything that can be read."""

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=Node | None,
        description="A thing by its global id; null where it is gone or hidden.",
    )
    async def node(
        self,
        info: JunctureInfo,
        id: Annotated[  # noqa: A002 - the contract's name
            strawberry.ID, strawberry.argument(description="An `id` that Juncture gave.")
        ],
    ) -> FoundNode | None:
        """A thing by its global id."""
        return await find_node(info.context, id, select_issue(info, ()))

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=list[Node | None],
        description="Things by their global ids, in their order, in one batch.",
    )
    async def nodes(
        self,
        info: JunctureInfo,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="100 at most.")],
    ) -> list[FoundNode | BaseException | None]:
        """Things by their global ids."""
        return await list_nodes(info.context, ids, select_issue(info, ()))

    @strawberry.field(graphql_type=Viewer, description="Who asks.")
    async def viewer(self, info: JunctureInfo) -> viewer.Viewer:
        """Who asks."""
        return info.context.viewer

    @strawberry.field(
        graphql_type=Connection | None,
        description="The connection of one of your own ids (a user, a project, an organisation). "
        "Null where there is none.",
    )
    async def connection(
        self,
        info: JunctureInfo,
        external_id: Annotated[strawberry.ID, strawberry.argument(description="Your own id.")],
        provider: Annotated[
            Provider, strawberry.argument(description="The linked system.")
        ] = Provider.JIRA,
    ) -> LinkedConnection | None:
        """The connection of one of the caller's own ids."""
        return await find_connection(info.context, external_id=external_id, provider=provider.value)

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=ConnectionConnection,
        description="All connections, the oldest first; needs CONNECTIONS_READ. What lies behind "
        "them in Jira needs GRAPH_READ.",
    )
    async def connections(
        self,
        info: JunctureInfo,
        status: Annotated[
            ConnectionStatus | None, strawberry.argument(description="Of this status alone.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[LinkedConnection]:
        """All connections."""
        return await page_connections(
            info.context, status=status, first=page_size(first), after=after
        )

    @strawberry.field(
        graphql_type=AuditEventConnection | None,
        description="What happened to connections, keys and tokens, the newest first. Needs ADMIN.",
    )
    async def audit_events(
        self,
        info: JunctureInfo,
        external_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="About this id alone.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[AuditEvent]:
        """What happened to connections, keys and tokens."""
        return await page_events(
            info.context, external_id=external_id, first=page_size(first), after=after
        )
