"""Attachments, as issues show them and as they are told alone.

Source: `Attachment` and `AttachmentMetadata` of Jira Cloud platform REST v3, read 2026-11.
"""

from collections.abc import Callable

from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    find_instant,
    find_integer,
    find_or_none,
    find_record,
    find_text,
    get_text,
    parse_records,
)
from jira_api.records import Attachment, Origin, User

ReadUser = Callable[[JsonObject], User]


def read_attachments(
    fields: JsonObject, origin: Origin, read_user: ReadUser
) -> tuple[Attachment, ...] | InvalidResponseError:
    """The attachments of an issue; the error in their place where one cannot be read."""
    try:
        return parse_records(
            fields, "attachment", lambda raw: read_attachment(raw, origin, read_user)
        )
    except InvalidResponseError as error:
        return error


def read_attachment(raw: JsonObject, origin: Origin, read_user: ReadUser) -> Attachment:
    """One attachment; its author may be absent, as of a person who was deleted.

    Raises:
        InvalidResponseError: a part is not there without which nobody can fetch it.
    """
    size, created_at = find_integer(raw, "size"), find_instant(raw, "created")
    if size is None or size < 0 or created_at is None:
        raise InvalidResponseError("Jira sent an attachment without its size or its instant.")
    return Attachment(
        origin=origin,
        attachment_id=get_text(raw, "id"),
        filename=get_text(raw, "filename"),
        size_bytes=size,
        created_at=created_at,
        mime_type=find_or_none(find_text, raw, "mimeType") or None,
        author=find_or_none(lambda whole, key: find_record(whole, key, read_user), raw, "author"),
    )
