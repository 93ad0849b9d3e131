"""What the tests of changes to comments, worklogs, links and watchers share."""

from typing import Any

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.support.gateway import Gateway

ACME = {"externalId": "acme"}
ERRORS = "errors { __typename code message path ... on FieldError { fieldId fieldName } }"


def say(site: SiteBuilder, issue: Issue, count: int) -> list[str]:
    """The texts of new comments, the oldest first."""
    texts = [f"Number {number}" for number in range(count)]
    for text in texts:
        site.add_comment(issue, text)
    return texts


async def change(gateway: Gateway, mutation: str, **given: Any) -> Any:
    """The payload of a mutation."""
    answer = await gateway.ask(mutation, {"input": {"connection": ACME, **given}})
    (payload,) = answer.data.values()
    return payload


def told(payload: Any) -> list[tuple[str, list[str] | None]]:
    """Code and path of a payload's errors."""
    return [(error["code"], error["path"]) for error in payload["errors"]]
