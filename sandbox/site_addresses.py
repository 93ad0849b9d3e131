"""The sites' own addresses: a path each, as the sandbox serves all of them on one origin.

`https://acme.atlassian.example` is served below `/sites/acme`. Links that a site gives out lead
back to the address it was asked at, since clients follow them.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.errors import JiraError
from sandbox.state import get_sandbox
from sandbox.world import Site, SiteData

_CLOUD_DOMAINS: Final = (".atlassian.example", ".atlassian.net")
_LINKS: Final = frozenset({"baseUrl", "content", "nextPage", "self"})


def build_site_path(site: Site) -> str:
    """The path of a site's address, such as `/sites/acme`."""
    host = urlsplit(site.url).hostname or site.cloud_id
    for domain in _CLOUD_DOMAINS:
        host = host.removesuffix(domain)
    return f"/sites/{host.replace('.', '-')}"


def get_named_site(request: Request) -> Site:
    """The site below whose address a request was made.

    Raises:
        JiraError: 404.
    """
    name = request.path_params["name"]
    for site in get_sandbox(request).world.sites.values():
        if build_site_path(site) == f"/sites/{name}":
            return site
    raise JiraError(404, [f"No site of this sandbox is called '{name}'."])


def get_named_data(request: Request) -> SiteData:
    """What Jira holds on the site below whose address a request was made.

    Raises:
        JiraError: 404.
    """
    data = get_sandbox(request).world.data.get(get_named_site(request).cloud_id)
    if data is None:
        raise JiraError(404, [f"There is no Jira on the site '{request.path_params['name']}'."])
    return data


def relocate_links(value: Any, site: Site, address: str) -> Any:
    """A copy of a JSON value whose links to a site lead to another address of it."""
    if isinstance(value, list):
        return [relocate_links(entry, site, address) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: address + entry.removeprefix(site.url)
        if name in _LINKS and isinstance(entry, str) and _is_below(entry, site.url)
        else relocate_links(entry, site, address)
        for name, entry in value.items()
    }


async def show_tenant(request: Request) -> JSONResponse:
    """Answer GET _edge/tenant_info: the site's cloud id, to anybody."""
    return JSONResponse({"cloudId": get_named_site(request).cloud_id})


def _is_below(url: str, root: str) -> bool:
    return url == root or url.startswith(f"{root}/")


ROUTES: Final = (Route("/sites/{name}/_edge/tenant_info", show_tenant, methods=["GET"]),)
