"""New attachments at `/connections/{externalId}/issues/{idOrKey}/attachments`.

A form of files is passed on to Jira while it comes in; what Jira takes is told to whoever asks
before. A key in the `Authorization` header alone opens it, so that no page of another site can send
a form with somebody's rights.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jira_api.attachments import MOST_FILES
from jira_api.records import Attachment
from jira_api.transfers import LONGEST_TRANSFER
from resolvers.access.viewer import Right
from resolvers.attachments import attach_files, get_upload_limits
from resolvers.context import Context, Services
from resolvers.errors import (
    EXPECTED,
    ConnectionNotFoundError,
    ErrorCode,
    Failure,
    describe,
)
from resolvers.global_ids import GlobalId
from resolvers.linking.connections import LinkedConnection, find_connection
from resolvers.references import parse_issue
from server.authentication import Authenticator, UnauthenticatedError
from server.file_parts import FileParts
from server.operations import CallerGoneError
from server.refusals import refuse
from server.request_body import RequestError
from server.request_ids import request_id_of
from storage.audit import Acting, acting

_PATH: Final = "/connections/{external_id:path}/issues/{id_or_key}/attachments"
_CALLER_GONE: Final = 499
"""Nobody reads it but the access log."""
_LEFT_UNREAD: Final = 4 * 1024 * 1024
_LEFT_UNREAD_S: Final = 2.0
_log = logging.getLogger("juncture.server")

Answer = Callable[[Request, Context, LinkedConnection], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class AttachmentUploads:
    """Takes files for issues, and tells what may be sent."""

    services: Callable[[], Services]
    authenticator: Callable[[], Authenticator]

    def routes(self) -> list[Route]:
        """The route, to be asked and to be sent to."""
        return [Route(_PATH, self.handle, methods=["GET", "POST"])]

    async def handle(self, request: Request) -> Response:
        """What is taken here, or what became of the files."""
        answer = _take if request.method == "POST" else _tell_limits
        try:
            return await self._answer(request, answer)
        except UnauthenticatedError as error:
            await _read_on(request)
            return refuse(request, Failure(ErrorCode.UNAUTHENTICATED, str(error)))
        except CallerGoneError:
            return Response(status_code=_CALLER_GONE)
        except RequestError as error:
            await _read_on(request)
            return refuse(request, Failure(error.code, error.message), error.status)
        except TimeoutError:
            _log.warning("request %s: an upload took too long", request_id_of(request))
            return refuse(request, _OVERDUE)
        except EXPECTED as error:
            await _read_on(request)
            return refuse(request, describe(error))

    async def _answer(self, request: Request, answer: Answer) -> Response:
        headers = request.headers.getlist("Authorization")
        viewer = await self.authenticator().authenticate(headers)
        context = Context(self.services(), viewer, request_id=request_id_of(request))
        try:
            with acting(Acting(viewer.actor, context.request_id)):
                return await answer(request, context, await _get_connection(request, context))
        finally:
            await context.close()


_OVERDUE: Final = Failure(
    ErrorCode.OUTCOME_UNKNOWN,
    "The upload took too long and was ended; look whether the files are there before you send "
    "them again.",
)


async def _get_connection(request: Request, context: Context) -> LinkedConnection:
    context.viewer.require(Right.READ_GRAPH)
    external_id = request.path_params["external_id"]
    found = await find_connection(context, external_id=external_id, provider="jira")
    if found is None:
        raise ConnectionNotFoundError("There is no such connection.")
    return found


async def _tell_limits(
    request: Request, context: Context, connection: LinkedConnection
) -> Response:
    parse_issue(connection.origin, request.path_params["id_or_key"])
    limits = await get_upload_limits(context, connection.origin)
    return JSONResponse(
        {
            "enabled": limits.is_enabled,
            "uploadLimitBytes": limits.largest_bytes,
            "mostFiles": MOST_FILES,
        }
    )


async def _take(request: Request, context: Context, connection: LinkedConnection) -> Response:
    context.viewer.require(Right.WRITE_GRAPH)
    files = FileParts(request)
    id_or_key = request.path_params["id_or_key"]
    async with asyncio.timeout(LONGEST_TRANSFER.total_seconds()):
        attached = await attach_files(context, connection, id_or_key, files)
    return JSONResponse(_describe(context, attached), status_code=HTTPStatus.CREATED)


def _describe(context: Context, attached: Sequence[Attachment]) -> dict[str, object]:
    urls = context.services.attachment_urls
    return {
        "attachments": [
            {
                "id": str(GlobalId("Attachment", each.origin.label, each.attachment_id)),
                "attachmentId": each.attachment_id,
                "filename": each.filename,
                "mimeType": each.mime_type,
                "sizeBytes": each.size_bytes,
                "created": each.created_at.isoformat().replace("+00:00", "Z"),
                "downloadUrl": urls.write(each, context.viewer),
            }
            for each in attached
        ]
    }


async def _read_on(request: Request) -> None:
    """Read a little of what is still being sent: who is cut off while sending misses the answer."""
    left = _LEFT_UNREAD
    with suppress(ClientDisconnect, TimeoutError, RuntimeError):
        async with asyncio.timeout(_LEFT_UNREAD_S):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return
