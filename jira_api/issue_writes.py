"""Issues made, changed and taken away.

Source: Jira Cloud platform REST v3, Issues, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from jira_api.calls import BeforeAgain, let_it_go
from jira_api.client import JiraSession
from jira_api.entity_properties import marking
from jira_api.errors import InvalidArgumentError, InvalidResponseError, OutcomeUnknownError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_object,
    find_text,
    get_text,
    parse_records,
)
from jira_api.paths import AccountId, IssueKey, NumericId, join_path, parse_numeric_id

_ISSUE = "/rest/api/3/issue/{}"
_ASSIGNEE = "/rest/api/3/issue/{}/assignee"


@dataclass(frozen=True, slots=True)
class CreatedIssue:
    """What Jira tells of a new issue."""

    issue_id: NumericId
    key: str


@dataclass(frozen=True, slots=True)
class IssueFamily:
    """An issue's id, and ids and keys of its sub-tasks that the connected person sees."""

    issue_id: NumericId
    subtask_ids: Sequence[str]
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
    ids = parse_records(fields, "subtasks", lambda stub: find_text(stub, "id"))
    keys = parse_records(fields, "subtasks", lambda stub: get_text(stub, "key"))
    try:
        return IssueFamily(parse_numeric_id(get_text(issue, "id")), [*filter(None, ids)], keys)
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent an issue whose id is no number.") from None


async def create_issue(
    session: JiraSession, fields: Mapping[str, JsonValue], *, marker: JsonValue | None = None
) -> CreatedIssue:
    """A new issue, with a marker to find it again by; never repeated where Jira may have heard it.

    Raises:
        RejectedError: Jira refuses a field; its words stand by the field's id.
        OutcomeUnknownError: the answer was lost or cannot be read; there may be an issue.
        JiraApiError: the call failed, and there is no issue.
    """
    raw = await session.post("/rest/api/3/issue", {"fields": dict(fields), **marking(marker)})
    try:
        return read_created(as_object(raw, "an issue"))
    except (InvalidResponseError, InvalidArgumentError):
        raise OutcomeUnknownError(
            "Jira accepted the issue, but did not tell its id and key: look before you repeat it."
        ) from None


def read_created(raw: JsonObject) -> CreatedIssue:
    """The id and key of an issue.

    Raises:
        InvalidResponseError: one of them is not there or is no text.
        InvalidArgumentError: the id is no number.
    """
    return CreatedIssue(parse_numeric_id(get_text(raw, "id")), get_text(raw, "key"))


async def edit_issue(
    session: JiraSession,
    id_or_key: NumericId | IssueKey,
    fields: Mapping[str, JsonValue],
    *,
    notify_users: bool,
    update: Mapping[str, Sequence[JsonObject]] = MappingProxyType({}),
    before_again: BeforeAgain = let_it_go,
) -> None:
    """Give fields new values; None empties one, and a field that is not named stays.

    `update` adds to other fields, or takes away from them; each has to come to the same when made
    twice. What `before_again` raises keeps the call from being repeated.

    Raises:
        NotFoundError: absent or hidden.
        ConflictError: somebody else changed the issue at the same time.
        RejectedError: Jira refuses a field; its words stand by the field's id.
        JiraApiError: the call failed.
    """
    # Only those who administer the project may keep the notifications back.
    parameters = {} if notify_users else {"notifyUsers": "false"}
    body: dict[str, JsonValue] = {"fields": dict(fields)}
    if update:
        body["update"] = {field_id: list(made) for field_id, made in update.items()}
    await session.put(join_path(_ISSUE, id_or_key), body, parameters, before_again=before_again)


async def assign_issue(
    session: JiraSession, id_or_key: NumericId | IssueKey, account_id: AccountId | None
) -> None:
    """Give an issue to a person, with None to nobody, with `-1` to whom its project names.

    Raises:
        NotFoundError: the issue is absent or hidden.
        RejectedError: nobody has that account id, or the person cannot be given work there.
        JiraApiError: the call failed.
    """
    await session.put(join_path(_ASSIGNEE, id_or_key), {"accountId": account_id})


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
