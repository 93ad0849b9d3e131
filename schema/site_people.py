"""The people of a site."""

from typing import Annotated

import strawberry

from jira_api import records
from resolvers.linking.connections import LinkedConnection
from resolvers.pages import Page
from resolvers.people import find_user, page_users
from schema.argument_checks import CHECKED
from schema.arguments import After, First, page_size
from schema.info import JunctureInfo
from schema.people import User
from schema.people_pages import UserConnection

Parent = strawberry.Parent[LinkedConnection]


@strawberry.type
class SitePeople:
    """People, by name and by account."""

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=UserConnection | None,
        description="Active people by name or address; Jira looks no further than the first 1,000 "
        "that it finds, and tells nobody to a person who may not browse users.",
    )
    async def users(
        root: Parent,
        info: JunctureInfo,
        query: Annotated[
            str,
            strawberry.argument(description="How a word of the name, or the address, begins."),
        ],
        first: First = 50,
        after: After = None,
    ) -> Page[records.User]:
        """Active people by name or address."""
        return await page_users(
            info.context, root.origin, query=query, first=page_size(first), after=after
        )

    @strawberry.field(
        graphql_type=User | None,
        description="A person, active or not; null where Jira knows no such account.",
    )
    async def user(
        root: Parent,
        info: JunctureInfo,
        account_id: Annotated[
            strawberry.ID, strawberry.argument(description="An account id, or a global id.")
        ],
    ) -> records.User | None:
        """A person."""
        return await find_user(info.context, root.origin, account_id)
