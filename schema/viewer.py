"""Who asks."""

import strawberry

from resolvers import viewer
from schema.enums import Scope, ViewerKind


@strawberry.type(description="Who asks.")
class Viewer:
    """Who asks."""

    kind: ViewerKind = strawberry.field(description="What the caller showed.")

    @strawberry.field(description="What the caller may do.")
    def scopes(root: strawberry.Parent[viewer.Viewer]) -> list[Scope]:
        """What the caller may do."""
        return sorted(root.scopes, key=lambda scope: scope.name)
