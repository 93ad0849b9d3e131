"""Attachments for worlds made in code."""

import mimetypes
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.attachment_records import (
    FIRST_ATTACHMENT_ID,
    build_attachment,
    list_attachments,
    with_attachments,
)
from sandbox.shapes import describe_user
from sandbox.world import Issue, JsonObject, SiteData, User

_FIRST_INSTANT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_TYPES: Final = mimetypes.MimeTypes(filenames=())
"""Python's own, and not the machine's."""


class AttachmentBuilder:
    """The part of a `SiteBuilder` that attaches files."""

    data: SiteData
    person: User

    def add_attachment(
        self,
        issue: Issue,
        filename: str,
        content: bytes | None = None,
        *,
        size: int | None = None,
        mime_type: str | None = None,
        author: User | None = None,
    ) -> JsonObject:
        """A file after an issue's others.

        Without `content`, its bytes are made up as they are read, `size` of them. Where `size`
        is given beside the content, it is what Jira tells, be it a lie.
        """
        current = self.data.issues[issue.id]
        number = self.data.take_id("attachment", FIRST_ATTACHMENT_ID)
        if content is not None:
            self.data.files[str(number)] = content
        attachment = build_attachment(
            self.data.site,
            number,
            author=describe_user(self.data.site, author or self.person),
            filename=filename,
            mime_type=mime_type or _guess_type(filename),
            size=len(content or b"") if size is None else size,
            at=_FIRST_INSTANT + timedelta(minutes=number),
        )
        self.data.put_issue(with_attachments(current, [*list_attachments(current), attachment]))
        return attachment


def _guess_type(filename: str) -> str:
    return _TYPES.guess_type(filename)[0] or "application/octet-stream"
