"""What became of an issue."""

from datetime import datetime

import strawberry

from jira_api import changelogs
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.people import User


@strawberry.type(description="One field's change.")
class ChangeItem:
    """One field's change."""

    field: str = strawberry.field(
        description="The field's name as Jira keeps it in histories, such as status or Fix Version."
    )
    from_value: str | None = strawberry.field(
        name="from", description="What it held, mostly an id; null where it held nothing."
    )
    from_text: str | None = strawberry.field(description="The same as people saw it.")
    to_value: str | None = strawberry.field(
        name="to", description="What it holds since, mostly an id; null where it was emptied."
    )
    to_text: str | None = strawberry.field(description="The same as people see it.")


@node_type(
    changelogs.Change, key="node_id", description="What somebody changed of an issue at once."
)
class Change(Node):
    """What somebody changed of an issue at once."""

    change_id: strawberry.ID = strawberry.field(description="Jira's id.")
    author: User | None = strawberry.field(description="Who did it; null where Jira hides it.")
    created_at: datetime = strawberry.field(name="created", description="When.")
    items: list[ChangeItem] = strawberry.field(description="Each field that changed.")


@strawberry.type(description="A change with its cursor.")
class ChangelogEdge:
    """A change with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Change = strawberry.field(description="The change.")


@strawberry.type(description="A page of changes, the oldest first.")
class ChangelogConnection:
    """A page of changes."""

    edges: list[ChangelogEdge] = strawberry.field(description="The changes, each with its cursor.")
    nodes: list[Change] = strawberry.field(description="The changes.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int | None = strawberry.field(
        description="How many there are in all; null where Jira does not tell."
    )
