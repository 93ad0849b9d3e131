"""Attachments: what is told of one, its bytes, new ones, and what a site takes.

Source: Jira Cloud platform REST v3, Issue attachments, read 2026-11.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx

from jira_api.attachment_decoding import read_attachment
from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError, OutcomeUnknownError
from jira_api.exchange import iter_pieces
from jira_api.json_values import JsonValue, as_listing, as_object, find_boolean, find_integer
from jira_api.multipart import OutgoingFile, OutgoingForm
from jira_api.paths import IssueKey, NumericId, join_path
from jira_api.records import Attachment
from jira_api.transfers import Transfers

MOST_FILES = 60
"""Jira takes no more in one call."""
_ONE = "/rest/api/3/attachment/{}"
_DIGITS: Final = re.compile(r"[0-9]{1,19}")
_CONTENT_RANGE: Final = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:[0-9]{1,19}|\*)")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Whether a site takes files at all, and of how many bytes the largest may be."""

    is_enabled: bool
    largest_bytes: int


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file, counted from 0, the last one included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes on their way: those of the `span`, or of the whole file where it is None.

    `length` is None where Jira does not tell it. A chunk is as large as it came over the wire.
    """

    span: Span | None
    length: int | None
    chunks: AsyncIterator[bytes]


async def get_attachment(session: JiraSession, attachment_id: NumericId) -> Attachment:
    """What Jira tells of an attachment.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get(join_path(_ONE, attachment_id)), "an attachment")
    return read_attachment(raw, session.origin, session.decode.user)


async def delete_attachment(session: JiraSession, attachment_id: NumericId) -> None:
    """Take an attachment away for good.

    Raises:
        NotFoundError: absent or hidden.
        ForbiddenError: the connected person may not.
        OutcomeUnknownError: an answer was lost, and then there was no such attachment.
        JiraApiError: the call failed.
    """
    await session.delete(join_path(_ONE, attachment_id), was_there=False)


async def get_upload_limits(session: JiraSession) -> UploadLimits:
    """What the site takes.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get("/rest/api/3/attachment/meta"), "attachment settings")
    largest = find_integer(raw, "uploadLimit")
    if largest is None or largest < 0:
        raise InvalidResponseError("Jira does not tell how large an attachment may be.")
    return UploadLimits(find_boolean(raw, "enabled") is not False, largest)


async def attach_files(
    session: JiraSession,
    transfers: Transfers,
    id_or_key: NumericId | IssueKey,
    files: AsyncIterable[OutgoingFile],
) -> Sequence[Attachment]:
    """Attach files to an issue in one call: all of them or none.

    Whatever reading a file raises ends the call before Jira has all of it, and so without effect.

    Raises:
        NotFoundError: the issue is absent or hidden.
        ForbiddenError: the connected person may not.
        RejectedError: Jira refuses them; 413 where one is too large.
        OutcomeUnknownError: the answer was lost or cannot be read; they may be there.
        JiraApiError: the call failed, and nothing was attached.
    """
    path = join_path("/rest/api/3/issue/{}/attachments", id_or_key)
    form = OutgoingForm(files)
    async with transfers.begin(session, transfers.uploads) as file_session:
        raw = await file_session.upload(path, form)
    try:
        return _read_attached(session, raw, form.files_begun)
    except InvalidResponseError as error:
        raise OutcomeUnknownError(
            f"{error.message} Jira took the files, but what it made of them is not known."
        ) from None


def _read_attached(session: JiraSession, raw: JsonValue, sent: int) -> Sequence[Attachment]:
    listed = as_listing(raw, "a list of attachments")
    if len(listed) != sent:
        raise InvalidResponseError(
            f"Jira told of {len(listed)} attachments where {sent} files were sent."
        )
    return tuple(
        read_attachment(as_object(each, "an attachment"), session.origin, session.decode.user)
        for each in listed
    )


@asynccontextmanager
async def open_content(
    session: JiraSession, transfers: Transfers, attachment_id: NumericId, span: Span | None
) -> AsyncIterator[Content]:
    """The bytes of an attachment, for as long as the block runs; Jira may send all of them anyway.

    Raises:
        NotFoundError: absent or hidden.
        UpstreamNotAllowedError: Jira sent the download on to where nothing may be asked.
        JiraApiError: the call failed, or the bytes broke off.
    """
    path = join_path("/rest/api/3/attachment/content/{}", attachment_id)
    headers = {"Accept": "*/*"} | ({"Range": f"bytes={span.first}-{span.last}"} if span else {})
    async with transfers.begin(session, transfers.downloads) as file_session:
        response = await file_session.open(path, {"redirect": "false"}, headers)
        try:
            yield Content(_read_span(response, span), _read_length(response), iter_pieces(response))
        finally:
            await response.aclose()


def _read_span(response: httpx.Response, asked: Span | None) -> Span | None:
    """Which bytes are coming: the ones asked for, or all."""
    if response.status_code == HTTPStatus.OK:
        return None
    told = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    found = Span(int(told[1]), int(told[2])) if told else None
    if response.status_code != HTTPStatus.PARTIAL_CONTENT or asked is None or found != asked:
        raise InvalidResponseError(
            f"Jira answered {response.status_code} with other bytes than were asked for.",
            status=response.status_code,
        )
    return found


def _read_length(response: httpx.Response) -> int | None:
    told = response.headers.get("Content-Length", "")
    return int(told) if _DIGITS.fullmatch(told) else None
