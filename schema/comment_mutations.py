"""Comments written, changed and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from jira_api import comments
from resolvers.changes.comment_writes import delete_comment, update_comment
from resolvers.changes.parts_once import add_comment_once
from schema.comments import Comment
from schema.idempotency import IDEMPOTENCY_KEY
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, ErrorsAsData, UserError
from schema.payloads import DeletePayload, Deletion
from schema.references import ConnectionRef, find_connection
from schema.rich_text import RichTextInput, rich_text_source

_ISSUE = "A key, a number, or a global id."
_COMMENT = "A number, or a global id."
_CONNECTION = "May be left out where a global id carries it, and under a frontend token."


@strawberry.input(description="What to write below which issue.")
class AddCommentInput:
    """What to write below which issue."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    body: RichTextInput = strawberry.field(description="The text.")
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Which comment, and its new text.")
class UpdateCommentInput:
    """Which comment, and its new text."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    comment_id: strawberry.ID = strawberry.field(description=_COMMENT)
    body: RichTextInput = strawberry.field(description="The text.")
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)


@strawberry.input(description="Which comment to take away.")
class DeleteCommentInput:
    """Which comment to take away."""

    issue: strawberry.ID = strawberry.field(description=_ISSUE)
    comment_id: strawberry.ID = strawberry.field(description=_COMMENT)
    connection: ConnectionRef | None = strawberry.field(default=None, description=_CONNECTION)


@dataclass(frozen=True, slots=True)
class _Written:
    comment: comments.Comment | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type(description="The comment as Jira keeps it after the change.")
class CommentPayload:
    """The comment after the change."""

    comment: Comment | None = strawberry.field(
        description="As Jira answered the change; null where it was not written."
    )
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@strawberry.type
class CommentMutations:
    """Comments written, changed and taken away."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Written)],
        graphql_type=CommentPayload,
        description="Write a comment, as the connected person. Where Jira's answer is lost, the "
        "error is OUTCOME_UNKNOWN: with an `idempotencyKey` repeat it, without one look before "
        "you do.",
    )
    async def add_comment(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            AddCommentInput, strawberry.argument(description="Where, and what.")
        ],
    ) -> _Written:
        """Write a comment."""
        connection = await find_connection(info, input.connection, input.issue)
        body, key = rich_text_source(input.body), input.idempotency_key
        return _Written(
            await add_comment_once(info.context, connection, input.issue, body, key=key)
        )

    @strawberry.field(
        extensions=[ErrorsAsData(_Written)],
        graphql_type=CommentPayload,
        description="Give a comment another text.",
    )
    async def update_comment(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateCommentInput, strawberry.argument(description="Which comment, and its new text.")
        ],
    ) -> _Written:
        """Give a comment another text."""
        connection = await find_connection(info, input.connection, input.issue, input.comment_id)
        written = await update_comment(
            info.context,
            connection,
            input.issue,
            input.comment_id,
            rich_text_source(input.body),
        )
        return _Written(written)

    @strawberry.field(
        extensions=[ErrorsAsData(Deletion)],
        graphql_type=DeletePayload,
        description="Take a comment away for good.",
    )
    async def delete_comment(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            DeleteCommentInput, strawberry.argument(description="Which comment.")
        ],
    ) -> Deletion:
        """Take a comment away."""
        connection = await find_connection(info, input.connection, input.issue, input.comment_id)
        return Deletion(
            await delete_comment(info.context, connection, input.issue, input.comment_id)
        )
