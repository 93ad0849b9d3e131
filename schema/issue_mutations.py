"""Issues made, changed and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from jira_api import records
from resolvers.changes.issue_writes import (
    IssueEdit,
    WrittenIssue,
    delete_issue,
    load_written,
    update_issue,
)
from resolvers.changes.new_issues import Outcome, create_issue, create_issues
from schema.info import JunctureInfo
from schema.issue import Issue
from schema.issue_changes import (
    CreateIssueInput,
    CreateIssuesInput,
    DeleteIssueInput,
    UpdateIssueInput,
    issue_values,
    label_changes,
    named_ids,
    new_issue,
)
from schema.payload_errors import Complaint, ErrorsAsData, UserError, complaints_of
from schema.payloads import DeletePayload, Deletion, IssueChange, IssuePayload
from schema.references import find_connection
from schema.selection import select_issue


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one issue of several."""

    index: int
    written: WrittenIssue | None
    errors: Sequence[Complaint]

    @classmethod
    def of(cls, index: int, outcome: Outcome) -> "_Result":
        if isinstance(outcome, WrittenIssue):
            return cls(index, outcome, ())
        return cls(index, None, complaints_of(outcome))


@dataclass(frozen=True, slots=True)
class _Results:
    results: Sequence[_Result] = ()
    errors: Sequence[Complaint] = ()


@strawberry.type(description="What became of one issue of several.")
class CreateIssueResult:
    """What became of one issue."""

    index: int = strawberry.field(description="Its place in the input, from 0.")

    @strawberry.field(
        graphql_type=Issue | None,
        description="Read strongly, together with the others. Null where it was not made, which "
        "`errors` tells; where `errors` is empty, it was made but could not be read.",
    )
    async def issue(root: strawberry.Parent[_Result], info: JunctureInfo) -> records.Issue | None:
        """The new issue."""
        if root.written is None:
            return None
        return await load_written(info.context, root.written, select_issue(info, ()))

    errors: list[UserError] = strawberry.field(description="Empty where it was made.")


@strawberry.type(description="What became of several issues.")
class CreateIssuesPayload:
    """What became of several issues."""

    results: list[CreateIssueResult] = strawberry.field(
        description="One for each issue of the input, in its order; none where `errors` tells why "
        "nothing was tried."
    )
    errors: list[UserError] = strawberry.field(
        description="What is wrong with the input as a whole; what is wrong with one issue stands "
        "in its result."
    )


@strawberry.type
class IssueMutations:
    """Issues made, changed and taken away."""

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Make an issue, in the selected project unless another is named. Where "
        "Jira's answer is lost, the error is OUTCOME_UNKNOWN: with an `idempotencyKey` repeat it, "
        "without one look before you do.",
    )
    async def create_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            CreateIssueInput, strawberry.argument(description="Where, and what.")
        ],
    ) -> IssueChange:
        """Make an issue."""
        connection = await find_connection(info, input.connection, *named_ids(input.issue))
        given, key = new_issue(input.issue), input.idempotency_key
        return IssueChange(await create_issue(info.context, connection, given, key=key))

    @strawberry.field(
        extensions=[ErrorsAsData(_Results)],
        graphql_type=CreateIssuesPayload,
        description="Make up to 1,000 issues, by fifties; one that cannot be made keeps no other "
        "back. What the operation's time is too short for is told in its result, and made by a "
        "repetition with the same `idempotencyKey`.",
    )
    async def create_issues(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            CreateIssuesInput, strawberry.argument(description="Where, and what.")
        ],
    ) -> _Results:
        """Make several issues."""
        carriers = (each for issue in input.issues for each in named_ids(issue))
        connection = await find_connection(info, input.connection, *carriers)
        given = [new_issue(each) for each in input.issues]
        outcomes = await create_issues(info.context, connection, given, key=input.idempotency_key)
        return _Results([_Result.of(index, each) for index, each in enumerate(outcomes)])

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Change an issue: a field left out stays, a field given as null is cleared.",
    )
    async def update_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateIssueInput, strawberry.argument(description="Which issue, and what is new.")
        ],
    ) -> IssueChange:
        """Change an issue."""
        edit = IssueEdit(
            issue_values(input),
            labels=label_changes(input),
            expected_updated=input.expected_updated,
            notify_users=input.notify_users is not False,
        )
        connection = await find_connection(info, input.connection, input.issue)
        written = await update_issue(info.context, connection, input.issue, edit)
        return IssueChange(written)

    @strawberry.field(
        extensions=[ErrorsAsData(Deletion)],
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
    ) -> Deletion:
        """Take an issue away."""
        connection = await find_connection(info, input.connection, input.issue)
        deleted_id = await delete_issue(
            info.context,
            connection,
            input.issue,
            with_subtasks=input.delete_subtasks is True,
        )
        return Deletion(deleted_id)
