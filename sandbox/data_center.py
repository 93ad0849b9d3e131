"""A Jira Data Center below /jira: who signs in, and what the server says of itself, no more.

It takes a personal access token as a bearer token, or a name and a password, and knows people by
keys and names. What its answers hold is what version 10.3 documents.
Source: the project's notes on the Jira API, section 9.
"""

import base64
import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.callers import refuse_stranger
from sandbox.formats import format_instant
from sandbox.state import get_sandbox
from sandbox.world import PERSON_EMAIL

ROOT: Final = "/jira"
MYSELF: Final = f"{ROOT}/rest/api/2/myself"
SERVER_INFO: Final = f"{ROOT}/rest/api/2/serverInfo"
_KEY: Final = "JIRAUSER10100"


async def show_myself(request: Request) -> JSONResponse:
    """Answer GET myself: the person of the token or the password.

    Raises:
        JiraError: 401 for any other credentials, and for none.
    """
    settings = get_sandbox(request).settings
    pair = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
    accepted = (f"Bearer {settings.personal_access_token}", f"Basic {pair}")
    given = request.headers.get("authorization", "").encode("latin-1")
    if not any(hmac.compare_digest(given, each.encode()) for each in accepted):
        raise refuse_stranger()
    origin = str(request.base_url).rstrip("/")
    empty = {"size": 0, "items": []}
    return JSONResponse(
        {
            "self": f"{origin}{ROOT}/rest/api/2/user?username={settings.username}",
            "key": _KEY,
            "name": settings.username,
            "emailAddress": PERSON_EMAIL,
            "displayName": "Sandbox Person",
            "active": True,
            "deleted": False,
            "timeZone": "Etc/UTC",
            "locale": "en_US",
            "groups": empty,
            "applicationRoles": empty,
            "expand": "groups,applicationRoles",
        }
    )


async def show_server_info(request: Request) -> JSONResponse:
    """Answer GET serverInfo, to anybody."""
    origin = str(request.base_url).rstrip("/")
    return JSONResponse(
        {
            "baseUrl": f"{origin}{ROOT}",
            "version": "10.3.24",
            "versionNumbers": [10, 3, 24],
            "deploymentType": "Server",
            "buildNumber": 10030024,
            "buildDate": "2026-01-05T00:00:00.000+0000",
            "serverTime": format_instant(get_sandbox(request).clock.now()),
            "scmInfo": "sandbox",
            "serverTitle": "Sandbox Data Center",
        }
    )


ROUTES: Final = (
    Route(MYSELF, show_myself, methods=["GET"]),
    Route(SERVER_INFO, show_server_info, methods=["GET"]),
)
