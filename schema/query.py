"""Where reading begins."""

from typing import Annotated

import strawberry

from resolvers import viewer
from resolvers.connections import LinkedConnection, find_connection
from resolvers.nodes import Node as FoundNode
from resolvers.nodes import find_node, list_nodes
from schema.argument_checks import CHECKED
from schema.connection import Connection
from schema.enums import Provider
from schema.info import JunctureInfo
from schema.node import Node
from schema.selection import select_issue
from schema.viewer import Viewer


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
