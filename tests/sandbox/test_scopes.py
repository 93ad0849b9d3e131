import re
from functools import cache
from typing import Any

import pytest

from sandbox.endpoints import ENDPOINTS
from sandbox.gateway import Endpoint
from tests.contract.documents import NAMES, read_document
from tests.sandbox.visitors import a_guest

MISMATCH = {"code": 401, "message": "Unauthorized; scope does not match"}


def template(row: Endpoint) -> str:
    return re.sub(r"\(\?P<\w+>[^)]*\)", "{}", row.pattern.pattern)


def name(row: Endpoint) -> str:
    return f"{row.method} {template(row)}"


@cache
def list_operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}": operation
        for document in NAMES
        for path, operations in read_document(document)["paths"].items()
        for method, operation in operations.items()
    }


def read_notice(operation: dict[str, Any]) -> set[str]:
    """The classic scope that a notice of 2024 names, where the operation's list names none."""
    notice = r"updated on June 15, 2024.*?\*\*Classic\*\*: `([^`]+)`"
    named = re.search(notice, operation["description"], re.DOTALL)
    return {named[1]} if named else set()


def read_scopes(operation: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The classic and the granular scopes; Jira Software's document has granular ones alone."""
    by_state = {
        entry["state"]: set(entry["scopes"])
        for entry in operation.get("x-atlassian-oauth2-scopes", [])
    }
    if by_state:
        return by_state.get("Current") or read_notice(operation), by_state.get("Beta", set())
    listed = [set(way["OAuth2"]) for way in operation.get("security", []) if "OAuth2" in way]
    return set(), set().union(*listed)


SCOPED = [row for row in ENDPOINTS if row.scopes.granular]
CASES = [
    (row, sorted(scopes))
    for row in SCOPED
    for scopes in (row.scopes.classic, row.scopes.granular)
    if scopes
]
CASE_NAMES = [f"{name(row)} {'granular' if len(held) > 1 else held[0]}" for row, held in CASES]


@pytest.mark.parametrize("row", ENDPOINTS, ids=name)
def test_a_route_asks_for_the_scopes_that_the_documents_name(row: Endpoint) -> None:
    classic, granular = read_scopes(list_operations()[name(row)])

    assert (set(row.scopes.classic), set(row.scopes.granular)) == (classic, granular)


@pytest.mark.parametrize(("row", "scopes"), CASES, ids=CASE_NAMES)
async def test_a_grant_of_exactly_these_scopes_is_admitted(
    row: Endpoint, scopes: list[str]
) -> None:
    assert await ask(row, scopes) != MISMATCH


@pytest.mark.parametrize(("row", "scopes"), CASES, ids=CASE_NAMES)
async def test_a_grant_with_one_scope_fewer_is_refused_by_the_gateway(
    row: Endpoint, scopes: list[str]
) -> None:
    for missing in scopes:
        assert await ask(row, [scope for scope in scopes if scope != missing]) == MISMATCH, missing


@pytest.mark.parametrize("row", [row for row in ENDPOINTS if row not in SCOPED], ids=name)
async def test_a_route_without_scopes_opens_to_every_grant(row: Endpoint) -> None:
    assert await ask(row, []) != MISMATCH


async def ask(row: Endpoint, scopes: list[str]) -> Any:
    """The JSON of the route's answer, None where it has no body."""
    guest = await a_guest(scopes=" ".join(scopes))
    path = template(row).replace("{}", "1")
    url = f"/ex/jira/{guest.site.data.site.cloud_id}{path}"
    http = guest.visitor.http
    response = await http.request(row.method, url, headers=guest.visitor.headers, json={})
    return response.json() if response.content else None
