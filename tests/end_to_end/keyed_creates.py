"""Issues created with an idempotency key."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.end_to_end.test_issue_creations import a_new_issue
from tests.support.gateway import Gateway

CREATE = """
mutation($input: CreateIssueInput!) {
  createIssue(input: $input) { issue { key summary } errors { code message path } }
}
"""
POST = "POST /rest/api/3/issue"
LOOK = "POST /rest/api/3/search/jql"


async def create(gateway: Gateway, key: str | None = "k-1", **values: Any) -> Any:
    given = {**a_new_issue(**values), "idempotencyKey": key}
    return (await gateway.ask(CREATE, {"input": given})).data["createIssue"]


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


def show_at_once(gateway: Gateway) -> None:
    """Let searches see what was written without any lag."""
    gateway.sandbox.search_lag = timedelta(0)
