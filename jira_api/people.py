"""People, found by a part of their name or address.

Both calls answer a bare list: the people of a range, among the first 1,000 that Jira looks at. A
range may come back shorter than it is, or empty, and more may still follow it.
Source: Jira Cloud platform REST v3, group User search, read 2026-11.
"""

from collections.abc import Sequence

from jira_api.client import JiraSession
from jira_api.json_values import JsonValue, as_listing, as_object
from jira_api.paths import NumericId
from jira_api.records import User

MOST_PEOPLE = 1_000
"""Jira finds nobody beyond, whatever is asked."""


async def search_users(
    session: JiraSession, *, query: str, start: int, size: int
) -> Sequence[User]:
    """Active people with a name or an address that begins so, out of a range of those found.

    Somebody who may not browse people is told of nobody.

    Raises:
        JiraApiError: the call failed.
    """
    parameters: dict[str, str | int] = {"query": query, "startAt": start, "maxResults": size}
    return _people(session, await session.get("/rest/api/3/user/search", parameters))


async def search_assignable_users(
    session: JiraSession, project_id: NumericId, *, query: str | None, start: int, size: int
) -> Sequence[User]:
    """Those of a range of the people found who can be assigned a new issue of a project.

    Without a `query` everybody is found, as far as is known: Jira's document wants one.

    Raises:
        NotFoundError: no such project, or it is hidden.
        JiraApiError: the call failed.
    """
    parameters: dict[str, str | int] = {
        "project": project_id,
        "startAt": start,
        "maxResults": size,
    }
    if query is not None:
        parameters["query"] = query
    return _people(session, await session.get("/rest/api/3/user/assignable/search", parameters))


def _people(session: JiraSession, raw: JsonValue) -> Sequence[User]:
    listed = as_listing(raw, "a list of users")
    return tuple(session.decode.user(as_object(each, "a user")) for each in listed)
