"""The payloads that several mutations give, and what stands behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from jira_api import records
from resolvers.changes.issue_writes import WrittenIssue, load_written
from schema.info import JunctureInfo
from schema.issue import Issue
from schema.payload_errors import Complaint, UserError
from schema.selection import select_issue


@dataclass(frozen=True, slots=True)
class IssueChange:
    """Behind an IssuePayload: the issue that was changed, or why it was not."""

    written: WrittenIssue | None = None
    errors: Sequence[Complaint] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """Behind a DeletePayload: the global id of what was taken away, or why it is still there."""

    deleted_id: str | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type(description="The issue as Jira keeps it after the change.")
class IssuePayload:
    """The issue after the change."""

    @strawberry.field(
        graphql_type=Issue | None,
        description="Read strongly, not from the search, which lags behind. Null where it was not "
        "written, which `errors` tells; where `errors` is empty, it was written but could not be "
        "read.",
    )
    async def issue(
        root: strawberry.Parent[IssueChange], info: JunctureInfo
    ) -> records.Issue | None:
        """The issue after the change."""
        if root.written is None:
            return None
        return await load_written(info.context, root.written, select_issue(info, ()))

    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@strawberry.type(description="What was taken away.")
class DeletePayload:
    """What was taken away."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The global id that it had; null where it is still there."
    )
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")
