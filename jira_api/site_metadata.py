"""What a site defines for itself: fields, issue types, priorities, statuses, resolutions, people.

Source: Jira Cloud platform REST v3, read 2026-11.
"""

from collections.abc import Sequence

from jira_api.client import JiraSession, QueryParameters
from jira_api.json_values import as_listing, as_object
from jira_api.paths import AccountId
from jira_api.records import Field, IssueType, Priority, Resolution, Status, User

USER_BULK_SIZE = 100


async def list_fields(session: JiraSession) -> Sequence[Field]:
    """Every field of the site, system and custom; names are neither unique nor lasting.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_listing(await session.get("/rest/api/3/field"), "a list of fields")
    return tuple(session.decode.field(as_object(item, "a field")) for item in raw)


async def list_issue_types(session: JiraSession) -> Sequence[IssueType]:
    """Every one of the site's issue types.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_listing(await session.get("/rest/api/3/issuetype"), "a list of issue types")
    return tuple(session.decode.issue_type(as_object(item, "a type")) for item in raw)


async def list_priorities(session: JiraSession) -> Sequence[Priority]:
    """Every one of the site's priorities.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_listing(await session.get("/rest/api/3/priority"), "a list of priorities")
    return tuple(session.decode.priority(as_object(item, "a priority")) for item in raw)


async def list_statuses(session: JiraSession) -> Sequence[Status]:
    """Every one of the site's statuses.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_listing(await session.get("/rest/api/3/status"), "a list of statuses")
    return tuple(session.decode.status(as_object(item, "a status")) for item in raw)


async def list_resolutions(session: JiraSession) -> Sequence[Resolution]:
    """Every one of the site's resolutions.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_listing(await session.get("/rest/api/3/resolution"), "a list of resolutions")
    return tuple(session.decode.resolution(as_object(item, "a resolution")) for item in raw)


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
    raw = as_object(await session.get("/rest/api/3/user/bulk", parameters), "users")
    listed = as_listing(raw.get("values"), "a list of users")
    return tuple(session.decode.user(as_object(item, "a user")) for item in listed)
