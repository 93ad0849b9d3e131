"""A page that plays a product: it begins the flow at a click. Served in the demo alone."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from resolvers.context import Services
from server.pages import Pages, Policy
from storage.connections import load_connections_by_external_id

EXTERNAL_ID = "demo"
PATH = "/demo"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class DemoPage:
    """The page and the button behind it."""

    services: Callable[[], Services]
    pages: Pages

    def routes(self) -> list[Route]:
        """The page, and what its button posts to."""
        return [
            Route(PATH, self._show),
            Route(f"{PATH}/connect", self._connect, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        found = await load_connections_by_external_id(
            self.services().database, provider="jira", external_ids=[EXTERNAL_ID]
        )
        connection = found.get(EXTERNAL_ID)
        values = {
            "external_id": EXTERNAL_ID,
            "site": connection.site if connection else None,
            "outcome": request.query_params.get("juncture", ""),
        }
        return self.pages.render("demo.html.j2", values, policy=_policy(self.services()))

    async def _connect(self, request: Request) -> Response:
        """Begin the flow for the demo's own external id, for clicks on this page alone."""
        is_own = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        if not is_own or request.url.hostname not in _LOOPBACK:
            return PlainTextResponse("This button works on the demo's own page.", status_code=403)
        services = self.services()
        begun = await services.flows.begin(
            external_id=EXTERNAL_ID, provider="jira", return_to=f"{services.public_url}{PATH}"
        )
        link = f"{services.public_url}/oauth/jira/start?link={begun.link.text}"
        return RedirectResponse(link, status_code=303)


def _policy(services: Services) -> Policy:
    """The button's redirects lead on to the consent page, wherever that is."""
    provider = services.flows.providers["jira"]
    consent = urlsplit(provider.authorization_url("-"))
    return Policy(form_targets=[f"{consent.scheme}://{consent.netloc}"])
