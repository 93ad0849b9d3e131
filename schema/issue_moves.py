"""Issues moved along their workflow, and given to people."""

from typing import Annotated

import strawberry

from resolvers.changes.issue_moves import Move, assign_issue, transition_issue
from resolvers.errors import BadUserInputError
from schema.info import JunctureInfo
from schema.issue_changes import CustomFieldInput, custom_field_changes
from schema.payload_errors import ErrorsAsData
from schema.payloads import IssueChange, IssuePayload
from schema.references import ConnectionRef, IdOrName, find_connection, id_or_name
from schema.rich_text import RichTextInput, rich_text_source


@strawberry.input(description="Which way an issue is to go, and what is given on the way.")
class TransitionIssueInput:
    """Which way an issue is to go, and what is given on the way."""

    issue: strawberry.ID = strawberry.field(description="A key, a number, or a global id.")
    transition: IdOrName = strawberry.field(
        description="Its number in the workflow of the issue, its global id, its name, or the name "
        "of the status that it leads to."
    )
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `issue` is a global id, and under a frontend token.",
    )
    comment: RichTextInput | None = strawberry.field(
        default=None, description="Written together with the change."
    )
    resolution: IdOrName | None = strawberry.field(
        default=None, description="Such as Done, where the screen asks for it."
    )
    custom_fields: list[CustomFieldInput] | None = strawberry.field(
        default=None, description="Those of the screen that are given, each once."
    )


@strawberry.input(description="Who is to work on an issue.")
class AssignIssueInput:
    """Who is to work on an issue."""

    issue: strawberry.ID = strawberry.field(description="A key, a number, or a global id.")
    account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="To be given: null takes the assignee away, -1 leaves it to the project.",
    )
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `issue` is a global id, and under a frontend token.",
    )


@strawberry.type
class IssueMoves:
    """Issues moved along their workflow, and given to people."""

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Move an issue along its workflow. Where the issue offers no such transition, "
        "the error lists those that it offers. Where Jira's answer is lost and the issue does not "
        "stand where it was to go, the error is OUTCOME_UNKNOWN: look before you repeat it.",
    )
    async def transition_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            TransitionIssueInput, strawberry.argument(description="Which issue, and which way.")
        ],
    ) -> IssueChange:
        """Move an issue along its workflow."""
        connection = await find_connection(info, input.connection, input.issue, input.transition.id)
        return IssueChange(
            await transition_issue(info.context, connection, input.issue, _read_move(input))
        )

    @strawberry.field(
        extensions=[ErrorsAsData(IssueChange)],
        graphql_type=IssuePayload,
        description="Give an issue to a person, or to nobody. It asks for less than updateIssue: "
        "the right to assign is enough.",
    )
    async def assign_issue(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            AssignIssueInput, strawberry.argument(description="Which issue, and who.")
        ],
    ) -> IssueChange:
        """Give an issue to a person, or to nobody."""
        if input.account_id is strawberry.UNSET:
            raise BadUserInputError(
                "`accountId` has to be given; null takes the assignee away.", argument="accountId"
            )
        connection = await find_connection(info, input.connection, input.issue)
        return IssueChange(
            await assign_issue(info.context, connection, input.issue, input.account_id)
        )


def _read_move(given: TransitionIssueInput) -> Move:
    return Move(
        transition=id_or_name(given.transition),
        resolution=None if given.resolution is None else id_or_name(given.resolution),
        comment=None if given.comment is None else rich_text_source(given.comment),
        custom_fields=custom_field_changes(given.custom_fields or []),
    )
