"""The demo's connection, made as a person makes one: link, consent, site."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from server.demo_page import EXTERNAL_ID

_BEGIN = """
mutation Begin($externalId: ID!) {
  beginAuthorization(input: { externalId: $externalId }) {
    authorizationUri
    errors { message }
  }
}
"""


class DemoFlowError(Exception):
    """The flow did not lead to a connection; the message says at which step."""


async def connect_demo(public_url: str, secret_key: str) -> None:
    """Drive the real flow over HTTP for the external id of the demo.

    Raises:
        DemoFlowError: a step answered something unexpected, or not at all.
    """
    async with httpx.AsyncClient(timeout=30, trust_env=False) as browser:
        try:
            await _connect(browser, public_url, secret_key)
        except httpx.TransportError as error:
            where = f"{error.request.url.copy_with(path='/', query=None)}"
            raise DemoFlowError(f"The demo's flow got no answer from {where}.") from None


async def _connect(browser: httpx.AsyncClient, public_url: str, secret_key: str) -> None:
    link = await _begin(browser, public_url, secret_key)
    consent = await _open(browser, link)
    chosen = _Form.read(consent.text)
    answer = await browser.post(
        urljoin(str(consent.url), chosen.action or str(consent.url)),
        data={**chosen.values, "decision": "accept"},
    )
    if not answer.has_redirect_location:
        raise DemoFlowError(f"Consenting was answered with {answer.status_code}.")
    page = await _open(browser, answer.headers["location"])
    finished = await browser.post(page.url, data=_Form.read(page.text).values)
    if not finished.is_success:
        raise DemoFlowError(f"Choosing the demo's site was answered with {finished.status_code}.")


async def _begin(browser: httpx.AsyncClient, public_url: str, secret_key: str) -> str:
    answer = await browser.post(
        f"{public_url}/graphql",
        json={"query": _BEGIN, "variables": {"externalId": EXTERNAL_ID}},
        headers={"Authorization": f"Bearer {secret_key}"},
    )
    if not answer.is_success:
        raise DemoFlowError(f"beginAuthorization was answered with {answer.status_code}.")
    payload = (answer.json().get("data") or {}).get("beginAuthorization") or {}
    link = payload.get("authorizationUri")
    if not isinstance(link, str):
        raise DemoFlowError("beginAuthorization gave the demo no link.")
    return link


async def _open(browser: httpx.AsyncClient, url: str) -> httpx.Response:
    page = await browser.get(url, follow_redirects=True)
    if not page.is_success:
        raise DemoFlowError(f"The demo's flow met {page.status_code} at {page.url.path}.")
    return page


class _Form(HTMLParser):
    """The values that a page's form would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}

    @classmethod
    def read(cls, page: str) -> "_Form":
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        is_sent = given.get("type") == "hidden" or "checked" in given
        if tag == "input" and is_sent and given.get("name"):
            self.values[given["name"] or ""] = given.get("value") or ""
