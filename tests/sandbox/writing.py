"""What the tests of writes share: a guest who may write, and issues as they ask for them."""

from typing import Any

import httpx

from sandbox.world import Project
from tests.sandbox.visitors import ALL_SCOPES, Guest, a_guest

ISSUE = "/rest/api/3/issue"


async def a_writer(key: str = "TEST") -> tuple[Guest, Project]:
    """A guest who may write, on a site with one empty project."""
    guest = await a_guest(scopes=ALL_SCOPES)
    return guest, guest.site.add_project(key)


def a_form(**fields: Any) -> dict[str, Any]:
    """The body that creates a task, or whatever else the fields say."""
    usual = {"project": {"key": "TEST"}, "issuetype": {"name": "Task"}, "summary": "One"}
    return {"fields": usual | fields}


def a_document(text: str = "Hello") -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


async def create(guest: Guest, **fields: Any) -> str:
    """The key of a new issue."""
    response = await guest.post(ISSUE, a_form(**fields))
    assert response.status_code == 201, response.text
    key = response.json()["key"]
    assert isinstance(key, str)
    return key


async def read_fields(guest: Guest, key: str) -> dict[str, Any]:
    """Every field of an issue, as it is now."""
    fields = (await guest.read(f"{ISSUE}/{key}"))["fields"]
    assert isinstance(fields, dict)
    return fields


def list_errors(response: httpx.Response) -> dict[str, str]:
    """The refusals of a 400, by field."""
    assert response.status_code == 400, response.text
    errors = response.json()["errors"]
    assert isinstance(errors, dict)
    return errors
