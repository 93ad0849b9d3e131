"""The sandbox's pages for people: plain HTML without scripts, everything escaped."""

import secrets
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, *, status: int = 200, **values: object) -> Response:
    """A page of the folder `templates`, under a policy that lets nothing but its styles load."""
    nonce = secrets.token_urlsafe(16)
    page = _TEMPLATES.get_template(template).render(nonce=nonce, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action http: https:; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        # Chromium holds form-action against every redirect that follows the POST, and the app
        # that is called back may send the person on to wherever they came from.
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(page, status_code=status, headers=headers)
