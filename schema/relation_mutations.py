"""Links made and taken away, and people who watch."""

from typing import Annotated

import strawberry

from resolvers.changes.relation_writes import link_issues, unlink_issues, unwatch_issue, watch_issue
from schema.info import JunctureInfo
from schema.payload_errors import ErrorsAsData
from schema.payloads import DeletePayload, Deletion, IssueChange, IssuePayload
from schema.references import ConnectionRef, IdOrName, find_connection, id_or_name


@strawberry.input(description="Two issues, and the words between them.")
class LinkIssuesInput:
    """Two issues, and the words between them."""

    from_: strawberry.ID = strawberry.field(
        name="from", description="The issue that the words lead from: A in `A blocks B`."
    )
    to: strawberry.ID = strawberry.field(
        description="The issue that the words lead to: B in `A blocks B`."
    )
    type: IdOrName = strawberry.field(
        description="A kind of links; as its name the words will do too: Blocks, blocks, or the "
        "other way round is blocked by."
    )
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where a global id carries it, and under a frontend token.",
    )


@strawberry.input(description="Which link to take away.")
class UnlinkIssuesInput:
    """Which link to take away."""

    link_id: strawberry.ID = strawberry.field(description="A number, or a global id.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `linkId` is a global id, and under a frontend token.",
    )


@strawberry.input(description="Which issue, and who watches it.")
class WatchIssueInput:
    """Which issue, and who watches it."""

    issue: strawberry.ID = strawberry.field(description="A key, a number, or a global id.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="The connected person where left out."
    )
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `issue` is a global id, and under a frontend token.",
    )


@strawberry.type
class RelationMutations:
    """Links made and taken away, and people who watch."""

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Link two issues; the payload's issue is the first of them. A link that is "
        "there already is no second one.",
    )
    async def link_issues(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            LinkIssuesInput, strawberry.argument(description="Which issues, and how.")
        ],
    ) -> IssueChange:
        """Link two issues."""
        kind = id_or_name(input.type)
        connection = await find_connection(info, input.connection, input.from_, input.to, kind.id)
        written = await link_issues(
            info.context, connection, subject=input.from_, other=input.to, kind=kind
        )
        return IssueChange(written)

    @strawberry.field(
        extensions=[ErrorsAsData(Deletion)],
        graphql_type=DeletePayload,
        description="Take a link away, from both of its issues.",
    )
    async def unlink_issues(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            UnlinkIssuesInput, strawberry.argument(description="Which link.")
        ],
    ) -> Deletion:
        """Take a link away."""
        connection = await find_connection(info, input.connection, input.link_id)
        return Deletion(await unlink_issues(info.context, connection, input.link_id))

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Let a person watch an issue; who watches it already goes on.",
    )
    async def watch_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            WatchIssueInput, strawberry.argument(description="Which issue, and who.")
        ],
    ) -> IssueChange:
        """Let a person watch an issue."""
        connection = await find_connection(info, input.connection, input.issue)
        return IssueChange(
            await watch_issue(info.context, connection, input.issue, input.account_id)
        )

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Let a person watch an issue no more.",
    )
    async def unwatch_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            WatchIssueInput, strawberry.argument(description="Which issue, and who.")
        ],
    ) -> IssueChange:
        """Let a person watch an issue no more."""
        connection = await find_connection(info, input.connection, input.issue)
        return IssueChange(
            await unwatch_issue(info.context, connection, input.issue, input.account_id)
        )
