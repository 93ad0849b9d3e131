"""The page on which a person lets an app in, as auth.atlassian.com shows it; works without scripts.

Source: the project's notes on the Jira API, section 1.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.pages import render_page
from sandbox.state import SandboxState, get_sandbox

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_NETWORK_LOCATION: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")
_OWN_FIELDS: Final = frozenset({"site", "decision"})


async def show_consent(request: Request) -> Response:
    """Ask the person: who wants in, with which scopes, to which site."""
    asked = {name: value for name, value in request.query_params.items() if name not in _OWN_FIELDS}
    sandbox = get_sandbox(request)
    refusal = _find_refusal(sandbox, asked)
    if refusal is not None:
        return _render_refusal(refusal)
    sites = list(sandbox.world.sites.values())
    preselected = next((site.cloud_id for site in sites if site.has_jira), "")
    return render_page(
        "consent.html",
        app_name=sandbox.settings.app_name,
        asked=asked,
        scopes=asked.get("scope", "").split(),
        sites=sites,
        preselected=preselected,
    )


async def decide_consent(request: Request) -> Response:
    """Send the browser back to the app with a code, or with access_denied."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    sandbox = get_sandbox(request)
    refusal = _find_refusal(sandbox, form)
    if refusal is None and form.get("decision") not in ("accept", "decline"):
        refusal = "Nothing was decided: press Accept or Decline."
    if refusal is not None:
        return _render_refusal(refusal)
    if form["decision"] == "accept" and form.get("site") not in sandbox.world.sites:
        return _render_refusal("No such site: choose one of those listed.")
    if form["decision"] == "decline":
        outcome = {
            "error": "access_denied",
            "error_description": "User did not authorize the request",
        }
    else:
        code = sandbox.tokens.issue_code(
            client_id=form["client_id"],
            redirect_uri=form["redirect_uri"],
            scopes=form.get("scope", "").split(),
            cloud_id=form["site"],
        )
        outcome = {"code": code}
    if "state" in form:
        outcome["state"] = form["state"]
    return RedirectResponse(_extend(form["redirect_uri"], outcome), status_code=302)


def _find_refusal(sandbox: SandboxState, asked: Mapping[str, str]) -> str | None:
    if asked.get("client_id") != sandbox.settings.client_id:
        return "No app has this client_id: check the client_id of the request."
    if not _is_allowed_redirect(asked.get("redirect_uri", "")):
        return "This redirect_uri is not allowed: use https, or http on a loopback address."
    if asked.get("response_type") != "code":
        return "Only response_type=code is supported."
    if asked.get("audience") != "api.atlassian.com":
        return "The audience must be api.atlassian.com."
    return None


def _is_allowed_redirect(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if not _NETWORK_LOCATION.fullmatch(parts.netloc):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _extend(uri: str, parameters: Mapping[str, str]) -> str:
    glue = "&" if urlsplit(uri).query else "?"
    return f"{uri}{glue}{urlencode(parameters)}"


def _render_refusal(reason: str) -> Response:
    return render_page("refusal.html", status=400, reason=reason)


ROUTES: Final = (
    Route("/authorize", show_consent, methods=["GET"]),
    Route("/authorize", decide_consent, methods=["POST"]),
)
