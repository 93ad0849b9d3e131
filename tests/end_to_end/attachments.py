"""What the tests of attachments share: an issue with files, their addresses, and uploads."""

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.support.gateway import JUNCTURE, Gateway

TEXT = b"0123456789"
NOTE = "note.txt"
UPLOADS = f"{JUNCTURE}/connections/acme/issues/TEST-1/attachments"
ASKED = (
    'issue(idOrKey: "TEST-1") { attachments { '
    "id attachmentId filename mimeType sizeBytes created author { displayName } downloadUrl } }"
)


def an_issue(site: SiteBuilder) -> Issue:
    """TEST-1, without files."""
    return site.add_issue(site.add_project("TEST"))


def an_issue_with_a_note(site: SiteBuilder) -> Issue:
    """TEST-1, with a text of ten bytes."""
    issue = an_issue(site)
    site.add_attachment(issue, NOTE, TEXT)
    return issue


async def list_files(gateway: Gateway, key: str | None = None) -> list[dict[str, Any]]:
    """The attachments of TEST-1."""
    query = f'{{ connection(externalId: "acme") {{ {ASKED} }} }}'
    files = (await gateway.ask(query, key=key)).data["connection"]["issue"]["attachments"]
    assert isinstance(files, list)
    return files


async def find_url(gateway: Gateway, key: str | None = None) -> str:
    """The address of the first attachment of TEST-1, as a caller gets it."""
    url = (await list_files(gateway, key))[0]["downloadUrl"]
    assert isinstance(url, str)
    gateway.forget_calls()
    return url


async def fetch(gateway: Gateway, url: str, **headers: str) -> httpx.Response:
    """What a stranger without a key gets at an address; `Range` and the like by name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await gateway.http.get(url, headers=named)


def code_of(response: httpx.Response) -> str:
    """The one code of a refusal, which has the form of GraphQL's."""
    [error] = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return str(error["extensions"]["code"])


async def upload(
    gateway: Gateway, files: Any, *, key: str | None = None, url: str = UPLOADS
) -> httpx.Response:
    """Send files as a browser's form does."""
    return await gateway.http.post(url, files=files, headers=bearing(gateway, key))


def bearing(gateway: Gateway, key: str | None = None) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {gateway.key if key is None else key}"}
