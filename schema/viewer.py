"""Who asks."""

from datetime import datetime

import strawberry

from resolvers.access import viewer
from resolvers.linking.connections import LinkedConnection, find_own_connection
from schema.connection import Connection
from schema.enums import FrontendScope, Scope, ViewerKind
from schema.info import JunctureInfo

Parent = strawberry.Parent[viewer.Viewer]


@strawberry.type(description="Who asks.")
class Viewer:
    """Who asks."""

    kind: ViewerKind = strawberry.field(description="What the caller showed.")
    key_id: strawberry.ID | None = strawberry.field(
        description="The id of the API key or of the frontend token, as events tell it."
    )

    @strawberry.field(description="What a key may do; empty for a frontend token.")
    def scopes(root: Parent) -> list[Scope]:
        """What a key may do."""
        return sorted(root.scopes, key=lambda scope: scope.name)

    @strawberry.field(
        description="What a frontend token may do; empty for a key. WRITE includes READ."
    )
    def frontend_scopes(root: Parent) -> list[FrontendScope]:
        """What a frontend token may do."""
        return sorted(root.frontend_scopes, key=lambda scope: scope.name)

    expires_at: datetime | None = strawberry.field(
        description="When the key or the token ends; null for one without an end."
    )

    @strawberry.field(
        graphql_type=Connection | None,
        description="The one connection of a frontend token; null for a key, without READ, and "
        "where none is linked yet.",
    )
    async def connection(root: Parent, info: JunctureInfo) -> LinkedConnection | None:
        """The one connection of a frontend token."""
        return await find_own_connection(info.context)
