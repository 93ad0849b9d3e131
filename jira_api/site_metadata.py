"""What a site defines for itself: fields, issue types, priorities, statuses, resolutions, people.

Source: Jira Cloud platform REST v3, read 2026-11.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from jira_api import data_center
from jira_api.answers import error_of, read_json
from jira_api.client import JiraSession, QueryParameters
from jira_api.doors import Dialect
from jira_api.errors import InvalidArgumentError, InvalidResponseError, UnauthorizedError
from jira_api.exchange import send
from jira_api.json_values import JsonObject, as_listing, as_object, get_text
from jira_api.paths import AccountId, CloudId, parse_cloud_id
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
    """The person behind the connection, on either kind of Jira.

    Raises:
        JiraApiError: the call failed.
    """
    return session.decode.user(await _ask_myself(session))


async def prove_person(session: JiraSession) -> User:
    """The person that Jira takes the caller for, asked in order to try a credential.

    Raises:
        UnauthorizedError: Jira does not accept it, or answers as to somebody it does not know.
        JiraApiError: the call failed.
    """
    raw = await _ask_myself(session)
    if raw.get("accountId") is None:
        raise UnauthorizedError("Jira answered without naming a person.")
    return session.decode.user(raw)


async def _ask_myself(session: JiraSession) -> JsonObject:
    if session.dialect is Dialect.DATA_CENTER:
        return await data_center.ask_myself(session)
    return as_object(await session.get("/rest/api/3/myself"), "a user")


async def get_cloud_id(
    http: httpx.AsyncClient, site_url: str, *, now: datetime, deadline: timedelta
) -> CloudId:
    """The cloud id of the site at an address, which Jira Cloud tells anybody.

    Raises:
        JiraApiError: the call failed, or what answers is no Jira Cloud.

    Source: an address that Atlassian's own pages ask, without a document, read 2026-11.
    """
    request = http.build_request("GET", f"{site_url}/_edge/tenant_info")
    response = await send(http, request, deadline=deadline)
    if not response.is_success:
        raise error_of(response, now=now)
    told = as_object(read_json(response), "a tenant's description")
    try:
        return parse_cloud_id(get_text(told, "cloudId"))
    except InvalidArgumentError:
        raise InvalidResponseError("The site's cloud id is none.") from None


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
