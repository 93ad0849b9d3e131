"""Several issues made by one call.

Source: Jira Cloud platform REST v3, Bulk create issue, read 2026-11: fifty at most; one that is
refused keeps none of the others from being made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jira_api.answers import read_element_refusals
from jira_api.client import JiraSession
from jira_api.entity_properties import marking
from jira_api.errors import (
    InvalidArgumentError,
    InvalidResponseError,
    OutcomeUnknownError,
    RejectedError,
)
from jira_api.issue_writes import CreatedIssue, read_created
from jira_api.json_values import JsonValue, as_object, parse_records

MOST_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue to make: its fields by id, and a marker to find it again by."""

    fields: Mapping[str, JsonValue]
    marker: JsonValue | None = None


async def create_issues(
    session: JiraSession, issues: Sequence[NewIssue]
) -> Sequence[CreatedIssue | RejectedError]:
    """What became of each of up to `MOST_AT_ONCE` issues, in their order.

    The call is never repeated where Jira may have heard it.

    Raises:
        RejectedError: Jira refuses the call as a whole.
        OutcomeUnknownError: the answer was lost or cannot be read; there may be issues.
        JiraApiError: the call failed, and there is none of the issues.
    """
    body = [{"fields": dict(each.fields), **marking(each.marker)} for each in issues]
    try:
        raw = await session.post("/rest/api/3/issue/bulk", {"issueUpdates": body})
    except RejectedError as error:
        if error.elements.keys() != set(range(len(issues))):
            raise
        return [error.elements[number] for number in range(len(issues))]
    try:
        return _read_results(raw, len(issues))
    except (InvalidResponseError, InvalidArgumentError):
        raise OutcomeUnknownError(
            "Jira accepted the issues, but did not tell the id and key of each: look before you "
            "repeat it."
        ) from None


def _read_results(raw: JsonValue, amount: int) -> list[CreatedIssue | RejectedError]:
    """The created ones come in their order, without the numbers that the refused ones have."""
    answer = as_object(raw, "issues")
    refused = read_element_refusals(answer)
    created = parse_records(answer, "issues", read_created)
    if len(created) + len(refused) != amount or not refused.keys() <= set(range(amount)):
        raise InvalidResponseError("Jira's answer does not tell what became of each issue.")
    those_created = iter(created)
    return [refused.get(number) or next(those_created) for number in range(amount)]
