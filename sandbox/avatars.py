"""Tiny pictures for users, projects, sites and catalogue entries, drawn from their ids."""

import hashlib
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ids import find_id
from sandbox.world import SANDBOX_ORIGIN, JsonObject

_SIZES: Final = (48, 24, 16, 32)


def build_avatar_urls(kind: str, id_: str) -> JsonObject:
    """Jira's four sizes of one avatar, on the sandbox's own origin."""
    return {f"{size}x{size}": f"{build_icon_url(kind, id_)}?size={size}" for size in _SIZES}


def build_icon_url(kind: str, id_: str) -> str:
    """The address of one picture, on the sandbox's own origin."""
    return f"{SANDBOX_ORIGIN}/avatars/{kind}/{id_}.svg"


async def draw_avatar(request: Request) -> Response:
    """A coloured square with the first letter of its kind; the same id always looks the same."""
    kind, name = request.path_params["kind"], request.path_params["name"]
    size = find_id(request.query_params.get("size", ""))
    pixels = size if size in _SIZES else 48
    hue = hashlib.sha256(f"{kind}/{name}".encode()).digest()[0] * 360 // 256
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" '
        f'viewBox="0 0 48 48"><rect width="48" height="48" rx="8" fill="hsl({hue} 60% 35%)"/>'
        f'<text x="24" y="32" font-family="sans-serif" font-size="24" text-anchor="middle" '
        f'fill="#fff">{escape(kind[:1].upper())}</text></svg>'
    )
    headers = {"cache-control": "public, max-age=3600"}
    return Response(picture, media_type="image/svg+xml", headers=headers)


ROUTES: Final = (Route("/avatars/{kind}/{name}", draw_avatar, methods=["GET"]),)
