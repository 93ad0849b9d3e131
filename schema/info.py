"""What resolvers get of strawberry."""

from strawberry.types import Info

from resolvers.context import Context

JunctureInfo = Info[Context, None]
