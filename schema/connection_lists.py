"""Pages of connections."""

import strawberry

from schema.connection import Connection
from schema.pages import PageInfo


@strawberry.type(description="A connection with its cursor.")
class ConnectionEdge:
    """A connection with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Connection = strawberry.field(description="The connection.")


@strawberry.type(description="A page of connections.")
class ConnectionConnection:
    """A page of connections."""

    edges: list[ConnectionEdge] = strawberry.field(
        description="The connections, each with its cursor."
    )
    nodes: list[Connection] = strawberry.field(description="The connections.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
