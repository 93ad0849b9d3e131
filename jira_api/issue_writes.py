"""Issues made, changed and taken away.

Source: Jira Cloud platform REST v3, Issues, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.errors import InvalidArgumentError, InvalidResponseError, OutcomeUnknownError
from jira_api.json_values import JsonValue, as_object, get_text, parse_records
from jira_api.paths import IssueKey, NumericId, join_path, parse_numeric_id

_ISSUE = "/rest/api/3/issue/{}"


@dataclass(frozen=True, slots=True)
class CreatedIssue:
    """What Jira tells of a new issue."""

    issue_id: NumericId
    key: str


@dataclass(frozen=True, slots=True)
class IssueFamily:
    """An issue's id, and the keys of its sub-tasks that the connected person sees."""

    issue_id: NumericId
    subtask_keys: Sequence[str]


async def get_family(session: JiraSession, id_or_key: NumericId | IssueKey) -> IssueFamily:
    """What goes when an issue goes.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path(_ISSUE, id_or_key), {"fields": "subtasks"})
    issue = as_object(raw, "an issue")
    fields = as_object(issue.get("fields") or {}, "an issue's fields")
    keys = parse_records(fields, "subtasks", lambda stub: get_text(stub, "key"))
    try:
        return IssueFamily(parse_numeric_id(get_text(issue, "id")), keys)
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent an issue whose id is no number.") from None


async def create_issue(session: JiraSession, fields: Mapping[str, JsonValue]) -> CreatedIssue:
    """A new issue; the call is never repeated where Jira may have heard it.

    Raises:
        RejectedError: Jira refuses a field; its words stand by the field's id.
        OutcomeUnknownError: the answer was lost or cannot be read; there may be an issue.
        JiraApiError: the call failed, and there is no issue.
    """
    raw = await session.post("/rest/api/3/issue", {"fields": dict(fields)})
    try:
        created = as_object(raw, "an issue")
        return CreatedIssue(parse_numeric_id(get_text(created, "id")), get_text(created, "key"))
    except (InvalidResponseError, InvalidArgumentError):
        raise OutcomeUnknownError(
            "Jira accepted the issue, but did not tell its id and key: look before you repeat it."
        ) from None


async def edit_issue(
    session: JiraSession,
    id_or_key: NumericId | IssueKey,
    fields: Mapping[str, JsonValue],
    *,
    notify_users: bool,
) -> None:
    """Give fields new values; None empties one, and a field that is not named stays.

    Raises:
        NotFoundError: absent or hidden.
        ConflictError: somebody else changed the issue at the same time.
        RejectedError: Jira refuses a field; its words stand by the field's id.
        JiraApiError: the call failed.
    """
    # Only those who administer the project may keep the notifications back.
    parameters = {} if notify_users else {"notifyUsers": "false"}
    await session.put(join_path(_ISSUE, id_or_key), {"fields": dict(fields)}, parameters)


async def delete_issue(
    session: JiraSession, id_or_key: NumericId | IssueKey, *, with_subtasks: bool
) -> None:
    """Take an issue away that is known to be there.

    Raises:
        NotFoundError: absent or hidden.
        RejectedError: it has sub-tasks that were not to be taken along.
        JiraApiError: the call failed.
    """
    parameters = {"deleteSubtasks": "true" if with_subtasks else "false"}
    await session.delete(join_path(_ISSUE, id_or_key), parameters)
