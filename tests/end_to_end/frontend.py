"""What tests of frontend tokens need: tokens, answers as text, and statements as they run."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from storage.engine import Row
from tests.support.gateway import JUNCTURE, Gateway

MINT = """
mutation($input: CreateFrontendTokenInput!) {
  createFrontendToken(input: $input) { token expiresAt errors { code message path } }
}
"""
DISCONNECT = """
mutation($id: ID!) {
  disconnect(input: { connection: { externalId: $id } }) { disconnectedId errors { code } }
}
"""
EVERY_SCOPE = ("READ", "WRITE", "CONNECT")


async def mint(
    gateway: Gateway, external_id: str = "acme", scopes: Sequence[str] = ("READ",), **more: Any
) -> str:
    """A token that the backend makes."""
    given = {"externalId": external_id, "scopes": list(scopes), **more}
    payload = (await gateway.ask(MINT, {"input": given})).data["createFrontendToken"]
    assert payload["errors"] == []
    token = payload["token"]
    assert isinstance(token, str)
    return token


async def disconnect(gateway: Gateway, external_id: str = "acme") -> None:
    """What the backend does when somebody leaves."""
    payload = (await gateway.ask(DISCONNECT, {"id": external_id})).data["disconnect"]
    assert payload["errors"] == []


@dataclass(frozen=True)
class Told:
    """All that a caller can tell answers apart by, but for the request's id and the date."""

    status: int
    headers: Mapping[str, str]
    text: str
    statements: Sequence[str]
    calls: Sequence[str]


async def ask_watched(
    gateway: Gateway, query: str, variables: Mapping[str, Any], *, key: str
) -> Told:
    """An answer, with the statements and the calls to Jira that it took."""
    gateway.forget_calls()
    with watch_statements(gateway) as statements:
        response = await gateway.http.post(
            f"{JUNCTURE}/graphql",
            content=json.dumps({"query": query, "variables": variables}),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
    request_id = response.headers["x-request-id"]
    headers = {name: value for name, value in response.headers.items() if value != request_id}
    text = response.text.replace(request_id, "<request>")
    return Told(response.status_code, headers, text, tuple(statements), tuple(gateway.calls()))


@contextmanager
def watch_statements(gateway: Gateway) -> Iterator[list[str]]:
    """The statements that are run meanwhile outside of transactions, values left out."""
    database, seen = gateway.services.database, list[str]()
    fetch = database._fetch

    async def watched(sql: str, values: Mapping[str, object]) -> list[Row]:
        seen.append(re.sub(r"\s+", " ", sql).strip())
        return await fetch(sql, values)

    database.__dict__["_fetch"] = watched
    try:
        yield seen
    finally:
        del database.__dict__["_fetch"]
