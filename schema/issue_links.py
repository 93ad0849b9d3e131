"""Links between issues, and the kinds of links that a site has."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from resolvers.relations import find_related
from schema.enums import LinkDirection
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.selection import select_issue

if TYPE_CHECKING:
    from schema.issue import Issue

OneIssue = Annotated["Issue", strawberry.lazy("schema.issue")]


@node_type(
    records.IssueLinkType,
    key="link_type_id",
    description="A kind of links, and how it reads from either end.",
)
class IssueLinkType(Node):
    """A kind of links."""

    link_type_id: strawberry.ID = strawberry.field(description="Jira's id.")
    name: str = strawberry.field(description="Such as Blocks.")
    inward: str = strawberry.field(description="Such as is blocked by.")
    outward: str = strawberry.field(description="Such as blocks.")


@node_type(
    records.IssueLink,
    key="node_id",
    description="A link as the issue that holds it shows it: this issue, `relation`, `issue`.",
)
class IssueLink(Node):
    """A link as the issue that holds it shows it."""

    link_id: strawberry.ID = strawberry.field(description="Jira's id, the same at both ends.")
    type: IssueLinkType = strawberry.field(description="What kind it is.")
    direction: LinkDirection = strawberry.field(description="Whether it leads here or away.")
    relation: str = strawberry.field(
        description="The words between this issue and the other one, such as is blocked by."
    )

    @strawberry.field(
        graphql_type=OneIssue | None,
        description="The other end; null where it is hidden. What Jira shows of it beside the "
        "link (summary, status, priority, issue type) costs no call.",
    )
    async def issue(
        root: strawberry.Parent[records.IssueLink], info: JunctureInfo
    ) -> records.Issue | None:
        """The other end."""
        return await find_related(info.context, root.stub, select_issue(info, ()))
