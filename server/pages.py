"""HTML pages, each with a policy that lets it do what it needs and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from oauth.return_urls import origin_of

FOLDER = Path(__file__).parent
EXAMPLE_QUERY = """\
# Press the play button, or Ctrl-Enter.
# The explorer on the left builds queries by clicks.
query Welcome($externalId: ID!) {
  connection(externalId: $externalId) {
    status
    site { name url }
    projects(first: 5) {
      nodes { key name lead { displayName } }
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a page may load and where its forms may lead, as origins."""

    images: Sequence[str] = ()
    form_targets: Sequence[str] = ()
    has_scripts: bool = False

    def header(self) -> str:
        """The Content-Security-Policy."""
        sources = {
            "default-src": ["'none'"],
            "style-src": ["'self'"],
            "img-src": ["'self'", "data:", *self.images],
            "form-action": ["'self'", *self.form_targets],
            "frame-ancestors": ["'none'"],
            "base-uri": ["'none'"],
        }
        if self.has_scripts:
            sources |= {
                "script-src": ["'self'"],
                "style-src": ["'self'", "'unsafe-inline'"],  # GraphiQL's dialogs add style elements
                "font-src": ["'self'", "data:"],
                "connect-src": ["'self'"],
            }
        return "; ".join(f"{name} {' '.join(values)}" for name, values in sources.items())


class Pages:
    """Renders the templates."""

    def render(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        policy: Policy,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        """A page."""
        text = _open_templates().get_template(template).render(values)
        headers = {
            "Content-Security-Policy": policy.header(),
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return HTMLResponse(text, status_code=status, headers=headers)

    def graphiql(self, _request: Request) -> Response:
        """GraphiQL; the key comes in the fragment, which no server sees."""
        values = {"default_query": EXAMPLE_QUERY}
        return self.render("graphiql.html.j2", values, policy=Policy(has_scripts=True))


@cache
def _open_templates() -> Environment:
    """The templates, compiled once in a process."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined
    )
    templates.tests["picture"] = is_picture
    return templates


def image_origins(urls: Iterable[str | None]) -> list[str]:
    """The origins of pictures, as a policy names them; odd addresses are left out."""
    return sorted({origin_of(url) for url in urls if url and is_picture(url)})


def is_picture(url: str | None) -> bool:
    """Whether a page may show what lies there: a plain address of the web, and nothing else."""
    if not url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    name = parts.netloc.replace("-", "").replace(".", "").replace(":", "")
    return parts.scheme in {"http", "https"} and name.isascii() and name.isalnum()
