"""Reads the real issues whole, through GraphQL, and knows the oracle that judges them."""

import gc
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from tests.end_to_end.worlds import ARCHIVES
from tests.oracle.archives import read_archive
from tests.oracle.expectations import Oracle
from tests.oracle.selection import CALLED, ISSUE, PROJECT
from tests.support.gateway import Gateway
from tests.support.missing import require
from tests.support.servers import shared_path

SITE_URL = "https://acme.atlassian.example"
"""Where the site stands that holds both archives."""

_PAGE = """
query Page($first: Int!, $after: String, $filter: IssueFilter!) {
  connection(externalId: "acme") {
    issues(first: $first, after: $after, filter: $filter) {
      nodes { ...Whole }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
_NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { ...Whole } }"
_ONE = 'query($key: ID!) { connection(externalId: "acme") { issue(idOrKey: $key) { ...Whole } } }'
_ID = "fragment Whole on Issue { id }"
_PROJECT = (
    'query($key: ID!) { connection(externalId: "acme") { project(idOrKey: $key) { ...Whole } } }'
)


@cache
def load_oracle() -> Oracle:
    """The oracle over both archives; made once, only read."""
    folder = require(shared_path()) / "jira-data" / "issues"
    oracle = Oracle([read_archive(folder / name) for name in ARCHIVES], SITE_URL)
    gc.freeze()  # as in `load_archives`
    return oracle


async def read_pages(
    gateway: Gateway, filter_: dict[str, Any], *, size: int, selection: str = ISSUE
) -> list[dict[str, Any]]:
    """The issues that a filter lets through, page after page until the end."""
    found: list[dict[str, Any]] = []
    after, has_next = None, True
    while has_next:
        variables = {"first": size, "after": after, "filter": filter_}
        answer = await gateway.ask(_PAGE + selection, variables)
        page = answer.data["connection"]["issues"]
        found += page["nodes"]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


async def read_ids(gateway: Gateway, project_key: str) -> list[str]:
    """The global ids of a project's issues."""
    found = await read_pages(gateway, {"projectKeys": [project_key]}, size=1_000, selection=_ID)
    return [each["id"] for each in found]


async def read_nodes(gateway: Gateway, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The issues of global ids, by the hundred."""
    found: list[dict[str, Any]] = []
    for some in _by_the_hundred(ids):
        found += (await gateway.ask(_NODES + ISSUE, {"ids": some})).data["nodes"]
    return found


async def read_called(gateway: Gateway, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What costs a call for each issue, of at most a hundred issues."""
    found = await read_pages(gateway, {"idsOrKeys": keys}, size=100, selection=CALLED)
    assert {each["key"] for each in found} == set(keys)
    return found


async def read_issue(gateway: Gateway, reference: str) -> dict[str, Any]:
    """One issue by its key, number or global id."""
    answer = await gateway.ask(_ONE + ISSUE, {"key": reference})
    issue = answer.data["connection"]["issue"]
    assert isinstance(issue, dict)
    return issue


async def read_project(gateway: Gateway, key: str) -> dict[str, Any]:
    """What a project's issues tell of it."""
    answer = await gateway.ask(_PROJECT + PROJECT, {"key": key})
    project = answer.data["connection"]["project"]
    assert isinstance(project, dict)
    return project


def _by_the_hundred(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + 100] for start in range(0, len(ids), 100))
