"""What a site defines, as lists."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from jira_api import records
from jira_api.site_metadata import (
    list_issue_types,
    list_priorities,
    list_resolutions,
    list_statuses,
)
from resolvers.defined import load_defined
from resolvers.labels import find_labels
from resolvers.linking.connections import LinkedConnection
from schema.argument_checks import CHECKED
from schema.arguments import page_size
from schema.info import JunctureInfo
from schema.site_metadata import IssueType, Priority, Resolution, Status

Parent = strawberry.Parent[LinkedConnection]


@strawberry.type
class SiteCatalogue:
    """Issue types, priorities, statuses, resolutions and labels."""

    @strawberry.field(
        graphql_type=list[IssueType] | None,
        description="Every issue type of the site, those of team-managed projects included.",
    )
    async def issue_types(root: Parent, info: JunctureInfo) -> Sequence[records.IssueType]:
        """Every issue type of the site."""
        return await load_defined(info.context, root.origin, list_issue_types)

    @strawberry.field(
        graphql_type=list[Priority] | None,
        description="Every priority of the site, the highest first.",
    )
    async def priorities(root: Parent, info: JunctureInfo) -> Sequence[records.Priority]:
        """Every priority of the site."""
        return await load_defined(info.context, root.origin, list_priorities)

    @strawberry.field(
        graphql_type=list[Status] | None,
        description="Every status of the site that a workflow uses; several may bear one name.",
    )
    async def statuses(root: Parent, info: JunctureInfo) -> Sequence[records.Status]:
        """Every status of the site."""
        return await load_defined(info.context, root.origin, list_statuses)

    @strawberry.field(
        graphql_type=list[Resolution] | None, description="Every resolution of the site."
    )
    async def resolutions(root: Parent, info: JunctureInfo) -> Sequence[records.Resolution]:
        """Every resolution of the site."""
        return await load_defined(info.context, root.origin, list_resolutions)

    @strawberry.field(
        extensions=CHECKED,
        description="Labels that issues bear, in Jira's order; of a site's first 20,000.",
    )
    async def labels(
        root: Parent,
        info: JunctureInfo,
        query: Annotated[
            str | None, strawberry.argument(description="A part of the label, in any case.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="How many: 1 to 1,000.")] = 50,
    ) -> list[str] | None:
        """Labels that issues bear."""
        return await find_labels(info.context, root.origin, query=query, first=page_size(first))
