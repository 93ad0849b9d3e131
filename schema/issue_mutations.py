"""Issues made, changed and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from jira_api import records
from resolvers.connections import get_referenced
from resolvers.issue_writes import (
    WrittenIssue,
    create_issue,
    delete_issue,
    load_written,
    update_issue,
)
from schema.info import JunctureInfo
from schema.issue import Issue
from schema.issue_changes import (
    CreateIssueInput,
    DeleteIssueInput,
    UpdateIssueInput,
    issue_values,
    named_ids,
)
from schema.payload_errors import Complaint, ErrorsAsData, UserError
from schema.references import connection_reference, project_reference
from schema.selection import select_issue


@dataclass(frozen=True, slots=True)
class _Outcome:
    written: WrittenIssue | None = None
    errors: Sequence[Complaint] = ()


@dataclass(frozen=True, slots=True)
class _Deleted:
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
    async def issue(root: strawberry.Parent[_Outcome], info: JunctureInfo) -> records.Issue | None:
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


@strawberry.type
class IssueMutations:
    """Issues made, changed and taken away."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Outcome)],
        graphql_type=IssuePayload,
        description="Make an issue, in the selected project unless another is named. Where "
        "Jira's answer is lost, the error is OUTCOME_UNKNOWN: look before you repeat it.",
    )
    async def create_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            CreateIssueInput, strawberry.argument(description="Where, and what.")
        ],
    ) -> _Outcome:
        """Make an issue."""
        given = input.issue
        reference = connection_reference(input.connection, *named_ids(given))
        connection = await get_referenced(info.context, reference)
        project, values = project_reference(given.project), issue_values(given)
        return _Outcome(await create_issue(info.context, connection, project, values))

    @strawberry.field(
        extensions=[ErrorsAsData(_Outcome)],
        graphql_type=IssuePayload,
        description="Change an issue: a field left out stays, a field given as null is cleared.",
    )
    async def update_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateIssueInput, strawberry.argument(description="Which issue, and what is new.")
        ],
    ) -> _Outcome:
        """Change an issue."""
        reference = connection_reference(input.connection, input.issue)
        written = await update_issue(
            info.context,
            await get_referenced(info.context, reference),
            input.issue,
            issue_values(input),
            notify_users=input.notify_users is not False,
        )
        return _Outcome(written)

    @strawberry.field(
        extensions=[ErrorsAsData(_Deleted)],
        graphql_type=DeletePayload,
        description="Take an issue away for good. One with sub-tasks stays, and the error names "
        "them, unless they are to be taken along.",
    )
    async def delete_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            DeleteIssueInput, strawberry.argument(description="Which issue.")
        ],
    ) -> _Deleted:
        """Take an issue away."""
        reference = connection_reference(input.connection, input.issue)
        deleted_id = await delete_issue(
            info.context,
            await get_referenced(info.context, reference),
            input.issue,
            with_subtasks=input.delete_subtasks is True,
        )
        return _Deleted(deleted_id)
