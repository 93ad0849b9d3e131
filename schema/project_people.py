"""The people of a project."""

from typing import Annotated

import strawberry

from jira_api import records
from resolvers.pages import Page
from resolvers.people import page_assignable_users
from schema.arguments import After, First, page_size
from schema.info import JunctureInfo
from schema.people_pages import UserConnection


@strawberry.type
class ProjectPeople:
    """Who can work on a project's issues."""

    @strawberry.field(
        graphql_type=UserConnection | None,
        description="Who can be assigned a new issue of it; Jira looks no further than the first "
        "1,000 people that it finds.",
    )
    async def assignable_users(
        root: strawberry.Parent[records.Project],
        info: JunctureInfo,
        query: Annotated[
            str | None,
            strawberry.argument(description="How a word of the name, or the address, begins."),
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.User]:
        """Who can be assigned a new issue of it."""
        return await page_assignable_users(
            info.context, root, query=query, first=page_size(first), after=after
        )
