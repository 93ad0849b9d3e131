"""Work logged, changed and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from jira_api import worklogs
from resolvers.changes.parts_once import add_worklog_once
from resolvers.changes.worklog_writes import WorkSource, delete_worklog, update_worklog
from resolvers.errors import BadUserInputError
from schema.idempotency import IDEMPOTENCY_KEY
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, ErrorsAsData, UserError
from schema.payloads import DeletePayload, Deletion
from schema.references import ConnectionRef, find_connection
from schema.rich_text import RichTextInput, rich_text_source
from schema.worklogs import Worklog

T = TypeVar("T")
_ISSUE = "A key, a number, or a global id."
_WORKLOG = "A number, or a global id."
_CONNECTION = "May be left out where a global id carries it, and under a frontend token."
_SECONDS = "In seconds; Jira takes a minute at least and keeps whole minutes."


@strawberry.input(description="How long somebody worked on which issue.")
class AddWorklogInput:
    """How long somebody worked on which issue."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    time_spent_seconds: int = strawberry.field(description=_SECONDS)
    started: datetime | None = strawberry.field(
        default=None, description="When the work began; now where it is left out."
    )
    comment: RichTextInput | None = strawberry.field(default=None, description="What was done.")
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Which worklog, and what is new; what is left out stays.")
class UpdateWorklogInput:
    """Which worklog, and what is new."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    worklog_id: strawberry.ID = strawberry.field(description=_WORKLOG)
    time_spent_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description=_SECONDS
    )
    started: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When the work began."
    )
    comment: RichTextInput | None = strawberry.field(
        default=strawberry.UNSET, description="What was done; null empties it."
    )
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)


@strawberry.input(description="Which worklog to take away.")
class DeleteWorklogInput:
    """Which worklog to take away."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    worklog_id: strawberry.ID = strawberry.field(description=_WORKLOG)
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)


@dataclass(frozen=True, slots=True)
class _Written:
    worklog: worklogs.Worklog | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type(description="The worklog as Jira keeps it after the change.")
class WorklogPayload:
    """The worklog after the change."""

    worklog: Worklog | None = strawberry.field(
        description="As Jira answered the change; null where it was not written."
    )
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@strawberry.type
class WorklogMutations:
    """Work logged, changed and taken away."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Written)],
        graphql_type=WorklogPayload,
        description="Log work, as the connected person; the issue's remaining estimate falls by "
        "it. Where Jira's answer is lost, the error is OUTCOME_UNKNOWN: with an `idempotencyKey` "
        "repeat it, without one look before you do.",
    )
    async def add_worklog(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            AddWorklogInput, strawberry.argument(description="Where, and how long.")
        ],
    ) -> _Written:
        """Log work."""
        connection = await find_connection(info, input.connection, input.issue)
        comment = None if input.comment is None else rich_text_source(input.comment)
        source = WorkSource(input.time_spent_seconds, input.started, comment)
        added = await add_worklog_once(
            info.context, connection, input.issue, source, key=input.idempotency_key
        )
        return _Written(added)

    @strawberry.field(
        extensions=[ErrorsAsData(_Written)],
        graphql_type=WorklogPayload,
        description="Change a worklog: a field left out stays. The issue's remaining estimate "
        "moves by the difference.",
    )
    async def update_worklog(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateWorklogInput, strawberry.argument(description="Which worklog, and what is new.")
        ],
    ) -> _Written:
        """Change a worklog."""
        connection = await find_connection(info, input.connection, input.issue, input.worklog_id)
        written = await update_worklog(
            info.context,
            connection,
            input.issue,
            input.worklog_id,
            _changes(input),
        )
        return _Written(written)

    @strawberry.field(
        extensions=[ErrorsAsData(Deletion)],
        graphql_type=DeletePayload,
        description="Take a worklog away for good; the issue's remaining estimate rises by it.",
    )
    async def delete_worklog(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            DeleteWorklogInput, strawberry.argument(description="Which worklog.")
        ],
    ) -> Deletion:
        """Take a worklog away."""
        connection = await find_connection(info, input.connection, input.issue, input.worklog_id)
        return Deletion(
            await delete_worklog(info.context, connection, input.issue, input.worklog_id)
        )


def _changes(given: UpdateWorklogInput) -> WorkSource:
    comment = given.comment
    if comment is strawberry.UNSET:
        written = None
    else:
        written = rich_text_source(RichTextInput(text="") if comment is None else comment)
    return WorkSource(
        _kept(given.time_spent_seconds, "timeSpentSeconds"),
        _kept(given.started, "started"),
        written,
    )


def _kept(value: T | None, argument: str) -> T | None:
    """A value; None where it was left out, for what every worklog has cannot be cleared."""
    if value is None:
        raise BadUserInputError(f"`{argument}` cannot be cleared.", argument=argument)
    return None if value is strawberry.UNSET else value
