"""Attachments on the platform API, and the store of their bytes that it redirects to.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.attachment_records import (
    FIRST_ATTACHMENT_ID,
    build_attachment,
    find_attachment,
    iter_content,
    list_attachments,
    with_attachments,
)
from sandbox.errors import JiraError
from sandbox.gateway import Answer, Call, Raw, endpoint, scopes
from sandbox.issue_edits import describe_person, save_issue
from sandbox.issue_paths import get_issue
from sandbox.state import SandboxState, get_sandbox
from sandbox.world import Issue, JsonObject, SiteData

_MOST_FILES: Final = 60
_MEDIA_LIFETIME: Final = timedelta(minutes=10)
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_GONE: Final = "The attachment was not found."


def show_settings(call: Call) -> JsonObject:
    """Answer GET attachment/meta."""
    return {"enabled": call.data.has_attachments, "uploadLimit": call.data.attachment_limit}


def show_attachment(call: Call) -> JsonObject:
    """Answer GET attachment/{id}, which alone writes the id as a number."""
    _, attachment = _get(call)
    return attachment | {"id": int(attachment["id"])}


def remove_attachment(call: Call) -> Answer:
    """Answer DELETE attachment/{id}."""
    issue, gone = _get(call)
    kept = [each for each in list_attachments(issue) if each is not gone]
    save_issue(call.data, with_attachments(issue, kept), at=call.now)
    call.data.files.pop(gone["id"], None)
    return Answer(204)


async def send_content(call: Call, request: Request) -> Response:
    """Answer GET attachment/content/{id}: the way to the store, or the bytes themselves."""
    _, attachment = _get(call)
    if call.query.get("redirect", "true") != "false":
        return RedirectResponse(_build_media_url(call, request, attachment), status_code=303)
    return _send_bytes(call.data, attachment, request)


async def add_attachments(call: Call, request: Request) -> Answer | Response:
    """Answer POST issue/{idOrKey}/attachments: each part `file` becomes an attachment."""
    if request.headers.get("x-atlassian-token") != "no-check":
        raise JiraError(403, ["XSRF check failed"])
    issue = get_issue(call)
    if not call.data.has_attachments:
        raise JiraError(404, ["Attachments are disabled."])
    try:
        # First: a form that breaks off while it is parsed leaves its files open.
        await request.body()
    except ClientDisconnect:
        # Nobody reads it.
        return Response(status_code=503)
    async with request.form() as form:
        files = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
        _check_files(call.data, files)
        added = [await _add(call, issue, each) for each in files]
    changed = with_attachments(issue, [*list_attachments(issue), *added])
    save_issue(call.data, changed, at=call.now)
    return Answer(200, added)


async def send_media(request: Request) -> Response:
    """Answer the store's address: to whoever has it, and to nobody who shows more than that."""
    sandbox, path = get_sandbox(request), request.path_params
    until, _, signature = request.query_params.get("token", "").partition(".")
    expected = _sign(sandbox, path["cloud_id"], path["attachment_id"], until)
    is_signed = hmac.compare_digest(signature.encode(), expected.encode())
    if "authorization" in request.headers or not is_signed:
        return Response(status_code=401)
    if int(until) < sandbox.clock.now().timestamp():
        return Response(status_code=403)
    data = sandbox.world.data[path["cloud_id"]]
    found = find_attachment(data, path["attachment_id"])
    return Response(status_code=404) if found is None else _send_bytes(data, found[1], request)


def _get(call: Call) -> tuple[Issue, JsonObject]:
    found = find_attachment(call.data, call.path["attachment_id"])
    if found is None or not call.data.has_attachments:
        raise JiraError(404, [_GONE])
    return found


def _check_files(data: SiteData, files: list[UploadFile]) -> None:
    if len(files) > _MOST_FILES:
        raise JiraError(413, [f"More than {_MOST_FILES} files were sent."])
    if any((each.size or 0) > data.attachment_limit for each in files):
        raise JiraError(413, ["The file exceeds its maximum permitted size."])


async def _add(call: Call, issue: Issue, file: UploadFile) -> JsonObject:
    data = call.data
    content = await file.read()
    number = data.take_id("attachment", FIRST_ATTACHMENT_ID)
    data.files[str(number)] = content
    return build_attachment(
        data.site,
        number,
        author=describe_person(data),
        filename=file.filename or issue.key,
        mime_type=file.content_type or "application/octet-stream",
        size=len(content),
        at=call.now,
    )


def _send_bytes(data: SiteData, attachment: JsonObject, request: Request) -> Response:
    size = int(attachment["size"])
    asked = _read_range(request.headers.get("range"), size)
    start, end = asked or (0, size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Type": attachment["mimeType"],
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment['filename'])}",
    }
    if asked is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if asked is None else 206
    return StreamingResponse(iter_content(data, attachment, start, end), status, headers)


def _read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Where the range begins and where it ends, the end not included; None without a header."""
    if header is None:
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        raise JiraError(400, ["The Range header is malformed."])
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise JiraError(416, ["The requested range cannot be satisfied."])
    return start, end


def _build_media_url(call: Call, request: Request, attachment: JsonObject) -> str:
    cloud_id, attachment_id = call.data.site.cloud_id, attachment["id"]
    until = str(int((call.now + _MEDIA_LIFETIME).timestamp()))
    signature = _sign(get_sandbox(request), cloud_id, attachment_id, until)
    origin = str(request.base_url).rstrip("/")
    return f"{origin}/media/file/{cloud_id}/{attachment_id}/binary?token={until}.{signature}"


def _sign(sandbox: SandboxState, cloud_id: str, attachment_id: str, until: str) -> str:
    named = f"{cloud_id}/{attachment_id}/{until}".encode()
    return hmac.new(sandbox.media_key, named, hashlib.sha256).hexdigest()


_READ: Final = scopes("read:jira-work", "read:attachment:jira")
_SHOW: Final = scopes(
    "read:jira-work",
    "read:attachment:jira read:user:jira read:application-role:jira read:avatar:jira "
    "read:group:jira",
)
_SETTINGS: Final = scopes("read:jira-work", "read:instance-configuration:jira")
_WRITE: Final = scopes(
    "write:jira-work", "read:user:jira write:attachment:jira read:attachment:jira read:avatar:jira"
)
_DELETE: Final = scopes("write:jira-work", "delete:attachment:jira")

_ONE: Final = "/rest/api/3/attachment/{attachment_id}"
ENDPOINTS: Final = (
    endpoint("POST", "/rest/api/3/issue/{id_or_key}/attachments", _WRITE, Raw(add_attachments)),
    endpoint("GET", "/rest/api/3/attachment/meta", _SETTINGS, show_settings),
    endpoint("GET", "/rest/api/3/attachment/content/{attachment_id}", _READ, Raw(send_content)),
    endpoint("GET", _ONE, _SHOW, show_attachment),
    endpoint("DELETE", _ONE, _DELETE, remove_attachment),
)

ROUTES: Final = (
    Route("/media/file/{cloud_id}/{attachment_id}/binary", send_media, methods=["GET"]),
)
