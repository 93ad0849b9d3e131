"""Attachments taken away; new ones come by a route of their own."""

from typing import Annotated

import strawberry

from resolvers.attachments import delete_attachment
from schema.info import JunctureInfo
from schema.payload_errors import ErrorsAsData
from schema.payloads import DeletePayload, Deletion
from schema.references import ConnectionRef, find_connection


@strawberry.input(description="Which attachment to take away.")
class DeleteAttachmentInput:
    """Which attachment to take away."""

    attachment_id: strawberry.ID = strawberry.field(description="A number, or a global id.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `attachmentId` is a global id, and under a frontend "
        "token.",
    )


@strawberry.type
class AttachmentMutations:
    """Attachments taken away."""

    @strawberry.field(
        extensions=[ErrorsAsData(Deletion)],
        graphql_type=DeletePayload,
        description="Take an attachment away for good. Its addresses end with it.",
    )
    async def delete_attachment(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            DeleteAttachmentInput, strawberry.argument(description="Which attachment.")
        ],
    ) -> Deletion:
        """Take an attachment away."""
        connection = await find_connection(info, input.connection, input.attachment_id)
        return Deletion(await delete_attachment(info.context, connection, input.attachment_id))
