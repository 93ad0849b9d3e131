"""Issues of a connection by their ids or keys, and how issues are linked there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from resolvers.linking.connections import LinkedConnection
from resolvers.relations import list_issue_link_types, list_issues_by_id_or_key
from schema.argument_checks import CHECKED
from schema.info import JunctureInfo
from schema.issue_links import IssueLinkType
from schema.selection import select_issue

if TYPE_CHECKING:
    from schema.issue import Issue

Parent = strawberry.Parent[LinkedConnection]
OneIssue = Annotated["Issue", strawberry.lazy("schema.issue")]


@strawberry.type
class ConnectionRelations:
    """Issues by their ids or keys, and kinds of links."""

    @strawberry.field(
        name="issuesByIdOrKey",
        extensions=CHECKED,
        graphql_type=list[OneIssue | None] | None,
        description="Issues in the order asked; null where one is missing or hidden. A call for "
        "each hundred.",
    )
    async def issues_by_id_or_key(
        root: Parent,
        info: JunctureInfo,
        ids_or_keys: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="Keys, numbers or global ids, 1,000 at most."),
        ],
    ) -> list[records.Issue | BaseException | None]:
        """Issues in the order asked."""
        selected = select_issue(info, ())
        return await list_issues_by_id_or_key(info.context, root.origin, ids_or_keys, selected)

    @strawberry.field(
        graphql_type=list[IssueLinkType] | None, description="How issues can be linked here."
    )
    async def issue_link_types(root: Parent, info: JunctureInfo) -> Sequence[records.IssueLinkType]:
        """How issues can be linked here."""
        return await list_issue_link_types(info.context, root.origin)
