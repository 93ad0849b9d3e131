"""Files on issues."""

from datetime import datetime

import strawberry

from jira_api import records
from schema.info import JunctureInfo
from schema.node import Node, node_type
from schema.people import User

_MOST: int = 2**31 - 1


@node_type(records.Attachment, key="attachment_id", description="A file on an issue.")
class Attachment(Node):
    """A file on an issue."""

    attachment_id: strawberry.ID = strawberry.field(description="Jira's id.")
    filename: str = strawberry.field(description="As it was uploaded.")
    mime_type: str | None = strawberry.field(
        description="As whoever uploaded it said; no promise of what it is."
    )
    created_at: datetime = strawberry.field(name="created", description="When it was uploaded.")
    author: User | None = strawberry.field(
        description="Who uploaded it; null where that person is gone."
    )

    @strawberry.field(
        description="Its size; 2147483647, the most that Int holds, stands for that and more. "
        "`downloadUrl` tells every size as it is."
    )
    def size_bytes(root: strawberry.Parent[records.Attachment]) -> int:
        """Its size, as far as GraphQL can tell it."""
        return min(root.size_bytes, _MOST)

    @strawberry.field(
        description="Where to fetch it, with ranges. Signed and short-lived: whoever has it needs "
        "no key, as an image tag sends none. Ask for it anew when it is needed."
    )
    def download_url(root: strawberry.Parent[records.Attachment], info: JunctureInfo) -> str:
        """Where to fetch it."""
        context = info.context
        return context.services.attachment_urls.write(root, context.viewer)


@strawberry.type
class AttachedIssue:
    """An issue's files."""

    attachments: list[Attachment] | None = strawberry.field(
        description="The files on it, as Jira orders them."
    )
