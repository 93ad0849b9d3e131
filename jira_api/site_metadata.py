"""What a site defines for itself: fields, issue types, priorities, statuses, resolutions, people.

Source: Jira Cloud platform REST v3, read 2026-11.
"""

from collections.abc import Sequence

from jira_api.client import JiraSession, QueryParameters
from jira_api.json_values import as_list, as_object, parse_records
from jira_api.paths import AccountId, NumericId, join_path
from jira_api.records import Field, IssueType, Priority, Resolution, Status, User

USER_BULK_SIZE = 100


async def list_fields(session: JiraSession) -> Sequence[Field]:
    """Every field of the site, system and custom; names are neither unique nor lasting.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_list(await session.get("/rest/api/3/field"), "a list of fields")
    return tuple(session.decode.field(as_object(item, "a field")) for item in raw)


async def get_issue_type(session: JiraSession, issue_type_id: NumericId) -> IssueType:
    """One issue type.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/issuetype/{}", issue_type_id))
    return session.decode.issue_type(as_object(raw, "an issue type"))


async def get_priority(session: JiraSession, priority_id: NumericId) -> Priority:
    """One priority.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/priority/{}", priority_id))
    return session.decode.priority(as_object(raw, "a priority"))


async def get_status(session: JiraSession, status_id: NumericId) -> Status:
    """One status.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/status/{}", status_id))
    return session.decode.status(as_object(raw, "a status"))


async def get_resolution(session: JiraSession, resolution_id: NumericId) -> Resolution:
    """One resolution.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/resolution/{}", resolution_id))
    return session.decode.resolution(as_object(raw, "a resolution"))


async def get_myself(session: JiraSession) -> User:
    """The person behind the connection.

    Raises:
        JiraApiError: the call failed.
    """
    return session.decode.user(as_object(await session.get("/rest/api/3/myself"), "a user"))


async def fetch_users(session: JiraSession, account_ids: Sequence[AccountId]) -> Sequence[User]:
    """Up to `USER_BULK_SIZE` people in one call, without those that Jira does not know.

    Raises:
        JiraApiError: the call failed.
    """
    parameters: QueryParameters = {
        "accountId": list(account_ids),
        "maxResults": USER_BULK_SIZE,
    }
    raw = await session.get("/rest/api/3/user/bulk", parameters)
    return parse_records(as_object(raw, "users"), "values", session.decode.user)
