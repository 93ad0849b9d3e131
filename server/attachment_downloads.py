"""Attachments at `/attachments/{ticket}`: to whoever has the address, for the minutes it lives."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from jira_api.attachments import Content, Span
from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.records import Attachment
from jira_api.transfers import LONGEST_TRANSFER
from resolvers.access.viewer import SECRET_KEY_VIEWER, FrontendScope, Right, Viewer, ViewerKind
from resolvers.attachment_urls import PATH, Ticket
from resolvers.attachments import get_attachment, open_content
from resolvers.context import Context, Services
from resolvers.errors import EXPECTED, ConnectionNotFoundError, ErrorCode, Failure, describe
from server.attachment_headers import describe_file, describe_part, etag_of
from server.authentication import ApiKeys
from server.byte_ranges import RangeUnsatisfiableError, find_span
from server.operations import CallerGoneError, Operations, OverdueError
from server.patience import Patience
from server.refusals import refuse
from server.request_ids import request_id_of
from storage.audit import Acting, acting

_PATIENCE_S: Final = 60.0
"""How long a caller may take nothing of what was sent."""
_NO_GOOD: Final = Failure(
    ErrorCode.NOT_FOUND,
    "This address is not good, or not any more: ask for the attachment's `downloadUrl` again.",
)
"""The same words for forged, over, revoked and disconnected: nobody learns which there were."""
_GONE: Final = Failure(
    ErrorCode.NOT_FOUND, "Jira knows no such attachment, or hides it from the connected person."
)
_BEYOND: Final = Failure(ErrorCode.BAD_USER_INPUT, "The file has none of the bytes of the range.")
_log = logging.getLogger("juncture.server")


class _BrokenOffError(Exception):
    """The bytes ended early, after the answer had begun: nothing can be told any more."""


@dataclass(frozen=True, slots=True)
class AttachmentDownloads:
    """Serves the addresses that `AttachmentUrls` writes, each request in a task of its own.

    An application of ASGI, and no function that returns an answer: everything from the ticket to
    the last byte happens in one place, which ends as soon as the connection is taken away or the
    caller leaves.
    """

    services: Callable[[], Services]
    api_keys: Callable[[], ApiKeys]
    operations: Operations = field(default_factory=Operations)

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(f"{PATH}{{ticket}}", self, methods=["GET"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        serving = self._serve(request, send)
        try:
            await self.operations.run(serving, request, longest=LONGEST_TRANSFER)
        except CallerGoneError:
            return
        except OverdueError:
            self._complain(request, "it took too long")
        except _BrokenOffError as error:
            self._complain(request, str(error))

    def _complain(self, request: Request, why: str) -> None:
        _log.warning("request %s: a download broke off: %s", request_id_of(request), why)

    async def _serve(self, request: Request, send: Send) -> None:
        ticket = self.services().attachment_urls.read(request.path_params["ticket"])
        try:
            viewer = None if ticket is None else await self._find_viewer(ticket)
        except EXPECTED as error:
            await _refuse(request, send, describe(error))
            return
        if ticket is None or viewer is None:
            await _refuse(request, send, _NO_GOOD)
            return
        context = Context(self.services(), viewer, request_id=request_id_of(request))
        try:
            with acting(Acting(viewer.actor, context.request_id)):
                await self._serve_ticket(request, send, context, ticket)
        finally:
            await context.close()

    async def _find_viewer(self, ticket: Ticket) -> Viewer | None:
        """Who got the address, with the right to read; None where a key behind it is no more."""
        if ticket.kind is ViewerKind.SECRET_KEY:
            return SECRET_KEY_VIEWER
        needed = ticket.key_id if ticket.kind is ViewerKind.API_KEY else ticket.maker_id
        keyed = await self.api_keys().find_viewer_by_id(needed) if needed else None
        if needed and (keyed is None or not keyed.may(Right.READ_GRAPH)):
            return None
        if ticket.kind is ViewerKind.API_KEY:
            return keyed
        return Viewer(
            kind=ViewerKind.FRONTEND_TOKEN,
            frontend_scopes=frozenset({FrontendScope.READ}),
            key_id=ticket.key_id,
        )

    async def _serve_ticket(
        self, request: Request, send: Send, context: Context, ticket: Ticket
    ) -> None:
        answer = _Answer(send, is_head=request.method == "HEAD")
        try:
            connection = await context.find_connection(ticket.connection_id)
            if connection is None:
                await _refuse(request, send, _NO_GOOD)
                return
            origin = context.admit(connection)
            attachment = await get_attachment(context, origin, ticket.attachment_id)
            span = find_span(_range_of(request, attachment), attachment.size_bytes)
            await _send_file(answer, context, attachment, span)
        except RangeUnsatisfiableError:
            headers = {"Content-Range": f"bytes */{attachment.size_bytes}"}
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            await _refuse(request, send, _BEYOND, status, headers)
        except EXPECTED as error:
            if answer.has_begun:
                raise _BrokenOffError(describe(error).message) from error
            await _refuse(request, send, _failure_of(error))


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, ConnectionNotFoundError):
        return _NO_GOOD
    return _GONE if isinstance(error, NotFoundError) else describe(error)


@dataclass(slots=True)
class _Answer:
    """An answer on its way; of HEAD, the headers alone."""

    send: Send
    is_head: bool
    has_begun: bool = False
    patience: Patience = field(default_factory=lambda: Patience(_PATIENCE_S))

    async def begin(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        """Send the status and the headers."""
        self.has_begun = True
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status.value, "headers": raw})

    async def go_on(self, piece: bytes, *, has_more: bool = True) -> None:
        """Send a piece of the body, as soon as the caller has room for it.

        Raises:
            _BrokenOffError: the caller takes too little for too long.
        """
        message = {"type": "http.response.body", "body": piece, "more_body": has_more}
        try:
            await self.patience.wait(self.send(message))
        except TimeoutError:
            raise _BrokenOffError("its reader was too slow") from None
        self.patience.win_back(len(piece))


async def _send_file(
    answer: _Answer, context: Context, attachment: Attachment, span: Span | None
) -> None:
    headers = describe_file(attachment)
    if answer.is_head:
        await answer.begin(HTTPStatus.OK, {**headers, "Content-Length": str(attachment.size_bytes)})
        await answer.go_on(b"", has_more=False)
        return
    async with open_content(context, attachment, span) as content:
        status = HTTPStatus.OK if content.span is None else HTTPStatus.PARTIAL_CONTENT
        part = describe_part(content.span, attachment.size_bytes)
        left = _find_length(content, attachment)
        await answer.begin(status, {**headers, **part, "Content-Length": str(left)})
        async for piece in content.chunks:
            left -= len(piece)
            if left < 0:
                break
            await answer.go_on(piece)
    if left:
        raise _BrokenOffError(f"Jira sent {'more' if left < 0 else 'fewer'} bytes than it has told")
    await answer.go_on(b"", has_more=False)


def _find_length(content: Content, attachment: Attachment) -> int:
    """How many bytes will come, as the size of the file has it.

    Raises:
        InvalidResponseError: Jira tells another number of them.
    """
    span = content.span
    length = attachment.size_bytes if span is None else span.last - span.first + 1
    if content.length not in {None, length}:
        raise InvalidResponseError("Jira sent another number of bytes than the attachment has.")
    return length


def _range_of(request: Request, attachment: Attachment) -> str | None:
    """The `Range` that counts: of a GET, and of no other version of the file."""
    condition = request.headers.get("If-Range", etag_of(attachment))
    if request.method != "GET" or condition != etag_of(attachment):
        return None
    ranges = request.headers.getlist("Range")
    return ranges[0] if len(ranges) == 1 else None


async def _refuse(
    request: Request,
    send: Send,
    failure: Failure,
    status: HTTPStatus | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    answer = refuse(request, failure, status)
    answer.headers.update(headers or {})
    await answer(request.scope, request.receive, send)
