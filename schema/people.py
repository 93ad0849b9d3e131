"""People and apps."""

import strawberry

from jira_api import records
from schema.node import Node, node_type


@node_type(
    records.User,
    key="account_id",
    description="A person or an app; `accountId` is Jira's user key.",
)
class User(Node):
    """A person or an app."""

    account_id: strawberry.ID = strawberry.field(description="Jira's key for the person.")
    username: str | None = strawberry.field(description="The login name; Data Center alone.")
    display_name: str = strawberry.field(description="The name that others see.")
    email_address: str | None = strawberry.field(description="Null unless the person shows it.")
    avatar_url: str | None = strawberry.field(description="A picture of 48 by 48 pixels.")
    is_active: bool = strawberry.field(description="Whether the account still works.")
    account_type: str | None = strawberry.field(description="atlassian, app or customer.")
    time_zone: str | None = strawberry.field(description="Null unless the person shows it.")
