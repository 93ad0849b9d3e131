"""Pages of people."""

import strawberry

from schema.pages import PageInfo
from schema.people import User


@strawberry.type(description="A person with their cursor.")
class UserEdge:
    """A person with their cursor."""

    cursor: str = strawberry.field(description="The place behind them.")
    node: User = strawberry.field(description="The person.")


@strawberry.type(description="A page of people.")
class UserConnection:
    """A page of people."""

    edges: list[UserEdge] = strawberry.field(description="The people, each with their cursor.")
    nodes: list[User] = strawberry.field(description="The people.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
