"""What can be set on many issues at once, and where they can go.

Jira puts the open transitions and the edit forms of issues into a batch of them, if asked to; the
screens of the transitions it leaves out.
Source: Jira Cloud platform REST v3, Issues (bulkfetch), read 2026-11.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError
from jira_api.field_metadata import FieldMetadata, read_form
from jira_api.json_values import JsonObject, as_listing, as_object, get_text
from jira_api.paths import NumericId
from jira_api.transitions import Transition, read_transitions

TRANSITIONS_BULK_SIZE = 100
EDIT_FORMS_BULK_SIZE = 25
"""A form may be tens of kilobytes: Jira would give a hundred, of megabytes."""
_TRANSITIONS = "transitions"
_EDIT_FORM = "editmeta"
T = TypeVar("T")


async def fetch_transitions(
    session: JiraSession, issue_ids: Sequence[NumericId]
) -> Mapping[str, Sequence[Transition]]:
    """By issue id, without their screens, of up to `TRANSITIONS_BULK_SIZE` issues.

    An issue is missing that Jira does not know, or whose transitions have not come in full.

    Raises:
        JiraApiError: the call failed.
    """
    return await _fetch(
        session,
        issue_ids,
        _TRANSITIONS,
        lambda id_, raw: read_transitions(session, id_, raw, with_fields=False),
    )


async def fetch_edit_forms(
    session: JiraSession, issue_ids: Sequence[NumericId]
) -> Mapping[str, Sequence[FieldMetadata]]:
    """By issue id, of up to `EDIT_FORMS_BULK_SIZE` issues.

    An issue is missing that Jira does not know, or whose form has not come in full.

    Raises:
        JiraApiError: the call failed.
    """
    return await _fetch(
        session,
        issue_ids,
        _EDIT_FORM,
        lambda _, raw: read_form(as_object(raw[_EDIT_FORM], "edit metadata")),
    )


async def _fetch(
    session: JiraSession,
    issue_ids: Sequence[NumericId],
    part: str,
    read: Callable[[NumericId, JsonObject], T],
) -> dict[str, T]:
    body = {"issueIdsOrKeys": list(issue_ids), "fields": ["key"], "expand": [part]}
    raw = await session.post_query("/rest/api/3/issue/bulkfetch", body)
    listed = as_listing(as_object(raw, "issues").get("issues"), "a list of issues")
    found: dict[str, T] = {}
    for issue in (as_object(each, "an issue") for each in listed):
        issue_id = get_text(issue, "id")
        try:
            if part in issue:
                found[issue_id] = read(NumericId(issue_id), issue)
        except InvalidResponseError:
            continue
    return found
