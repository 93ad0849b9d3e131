"""Where a person may be sent after the flow: URLs that the operator listed, letter by letter."""

from enum import StrEnum
from urllib.parse import urlencode, urlsplit, urlunsplit

from oauth.errors import RedirectNotAllowedError


class Outcome(StrEnum):
    """How a flow ended, as the product that began it is told."""

    CONNECTED = "connected"
    DENIED = "denied"
    FAILED = "failed"


def check_return_url(return_to: str | None, allowed: frozenset[str]) -> None:
    """Refuse a return URL that is not listed; none at all is fine.

    Raises:
        RedirectNotAllowedError: it differs from every listed one, be it in one character.
    """
    if return_to is not None and return_to not in allowed:
        raise RedirectNotAllowedError("The return URL is not listed.")


def with_outcome(return_to: str, outcome: Outcome) -> str:
    """The return URL with `juncture=…` added to its query."""
    parts = urlsplit(return_to)
    added = urlencode({"juncture": outcome.value})
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))


def origin_of(url: str) -> str:
    """Scheme, host and port, as a Content-Security-Policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
