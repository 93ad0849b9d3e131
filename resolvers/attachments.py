"""Attachments: found again, taken away, fetched, and new ones."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from http import HTTPStatus

from jira_api import attachments as jira
from jira_api.attachments import Content, Span, UploadLimits
from jira_api.errors import InvalidArgumentError, InvalidResponseError, NotFoundError, RejectedError
from jira_api.multipart import OutgoingFile
from jira_api.paths import NumericId, parse_numeric_id
from jira_api.records import Attachment, Origin
from resolvers.access.viewer import Right
from resolvers.changes.issue_writes import IssueUnknownError
from resolvers.context import Context
from resolvers.errors import ErrorCode, Failure, ForbiddenError, ProblemError
from resolvers.file_names import clean_filename
from resolvers.global_ids import GlobalId
from resolvers.linking.connections import LinkedConnection
from resolvers.references import parse_attachment, parse_issue

_ARGUMENT = "attachmentId"
_SETTINGS = "attachment settings"


class AttachmentUnknownError(ProblemError):
    """No attachment of that id."""

    code = ErrorCode.NOT_FOUND


class FileTooLargeError(ProblemError):
    """A file has more bytes than the site takes."""

    code = ErrorCode.PAYLOAD_TOO_LARGE

    def __init__(self, message: str, *, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes

    def as_failure(self) -> Failure:
        """The error in a caller's terms, with the limit."""
        return replace(super().as_failure(), details={"limitBytes": self.limit_bytes})


async def get_attachment(context: Context, origin: Origin, attachment_id: NumericId) -> Attachment:
    """What Jira tells of an attachment, in one call for all that ask.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    session = context.session_of(origin)
    key = (origin.label, "Attachment", attachment_id)
    return await context.calls.once(key, lambda: jira.get_attachment(session, attachment_id))


async def delete_attachment(context: Context, connection: LinkedConnection, text: str) -> str:
    """Take an attachment away; the global id that it had.

    Raises:
        BadUserInputError: the id has another form.
        AttachmentUnknownError: absent or hidden.
        ForbiddenError: the caller, or the connected person, may not.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    attachment_id = parse_attachment(origin, text, argument=_ARGUMENT)
    try:
        await jira.delete_attachment(context.session_of(origin), attachment_id)
    except NotFoundError:
        raise AttachmentUnknownError(
            f"Jira knows no attachment {attachment_id}, or hides it from the connected person.",
            argument=_ARGUMENT,
        ) from None
    finally:
        context.forget_reads(origin)
    return str(GlobalId("Attachment", origin.label, attachment_id))


async def get_upload_limits(context: Context, origin: Origin) -> UploadLimits:
    """What the site takes.

    Raises:
        JiraApiError: the call failed.
    """
    session = context.session_of(origin)
    key = (origin.label, _SETTINGS)
    return await context.calls.once(key, lambda: jira.get_upload_limits(session))


async def attach_files(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    files: AsyncIterable[OutgoingFile],
) -> Sequence[Attachment]:
    """Attach files to an issue as they come, all of them or none; their names are made clean.

    There is one file at least.

    Raises:
        BadUserInputError: the issue's id or key has another form.
        ForbiddenError: the caller or the connected person may not, or the site takes no files.
        FileTooLargeError: one has more bytes than the site takes.
        IssueUnknownError: absent or hidden.
        OutcomeUnknownError: Jira's answer was lost; they may be there.
        JiraApiError: the call failed, and nothing was attached.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key)
    limits = await get_upload_limits(context, origin)
    if not limits.is_enabled:
        raise ForbiddenError("Attachments are turned off on this Jira site.")
    session, transfers = context.session_of(origin), context.services.transfers
    sent = _bounded_files(files, limits.largest_bytes)
    # Jira is not asked before there is a file.
    first = await anext(sent)
    try:
        return await jira.attach_files(session, transfers, reference, _chain(first, sent))
    except NotFoundError:
        raise IssueUnknownError(
            f"Jira knows no issue {reference}, or hides it from the connected person."
        ) from None
    except RejectedError as error:
        if error.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise _too_large(limits.largest_bytes) from None
    finally:
        context.forget_reads(origin)


def open_content(
    context: Context, attachment: Attachment, span: Span | None
) -> AbstractAsyncContextManager[Content]:
    """The bytes of an attachment, for as long as the block runs.

    Raises:
        JiraApiError: the call failed, or the bytes broke off.
    """
    session, transfers = context.session_of(attachment.origin), context.services.transfers
    return jira.open_content(session, transfers, get_number(attachment), span)


def get_number(attachment: Attachment) -> NumericId:
    """The attachment's id, as paths take it.

    Raises:
        InvalidResponseError: Jira sent one that is no number.
    """
    try:
        return parse_numeric_id(attachment.attachment_id)
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent an attachment whose id is no number.") from None


async def _bounded_files(
    files: AsyncIterable[OutgoingFile], most_bytes: int
) -> AsyncIterator[OutgoingFile]:
    async for file in files:
        chunks = _bounded(file.chunks, most_bytes)
        yield replace(file, filename=clean_filename(file.filename), chunks=chunks)


async def _chain(
    first: OutgoingFile, rest: AsyncIterator[OutgoingFile]
) -> AsyncIterator[OutgoingFile]:
    yield first
    async for file in rest:
        yield file


async def _bounded(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    left = most_bytes
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise _too_large(most_bytes)
        yield chunk


def _too_large(limit_bytes: int) -> FileTooLargeError:
    return FileTooLargeError(
        f"A file is larger than this Jira site takes, which is {limit_bytes} bytes; nothing was "
        "attached.",
        limit_bytes=limit_bytes,
    )
