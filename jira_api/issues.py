"""Issues: one, many by id, and pages of a search.

Source: Jira Cloud platform REST v3 (Issues, Issue search) and Jira Software Cloud REST 1.0, read
2026-11.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_boolean,
    find_text,
    get_int32,
)
from jira_api.paths import IssueKey, NumericId, join_path
from jira_api.records import Issue

BULK_SIZE = 100
_NO_FIELD = "key"


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Issues in the order of the query; `next_token` is None on the last page.

    A page may be empty and still have a next one.
    """

    issues: Sequence[Issue]
    next_token: str | None


async def get_issue(
    session: JiraSession, id_or_key: NumericId | IssueKey, fields: Collection[str]
) -> Issue:
    """One issue with the named Jira fields; a moved one is found under its old key.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    path = join_path("/rest/api/3/issue/{}", id_or_key)
    raw = await session.get(path, {"fields": ",".join(_asked(fields))})
    return session.decode.issue(as_object(raw, "an issue"))


async def fetch_issues(
    session: JiraSession, ids_or_keys: Sequence[NumericId | IssueKey], fields: Collection[str]
) -> Sequence[Issue]:
    """Up to `BULK_SIZE` issues in one call, in Jira's order, without those that it does not know.

    Raises:
        JiraApiError: the call failed.
    """
    body = {"issueIdsOrKeys": list(ids_or_keys), "fields": _asked(fields)}
    raw = await session.post_query("/rest/api/3/issue/bulkfetch", body)
    listed = as_listing(as_object(raw, "issues").get("issues"), "a list of issues")
    return tuple(session.decode.issue(as_object(item, "an issue")) for item in listed)


async def search_issues(
    session: JiraSession, *, jql: str, fields: Collection[str], token: str | None, size: int
) -> IssuePage:
    """A page of the issues that a bounded JQL finds; Jira cuts it at 100 where fields are asked.

    Raises:
        RejectedError: Jira cannot read the JQL, or a name in it is unknown.
        JiraApiError: the call failed.
    """
    body: dict[str, JsonValue] = {"jql": jql, "fields": _asked(fields), "maxResults": size}
    if token is not None:
        body["nextPageToken"] = token
    raw = await session.post_query("/rest/api/3/search/jql", body)
    return _parse_page(session, as_object(raw, "a page of issues"), token)


async def list_sprint_issues(
    session: JiraSession,
    sprint_id: NumericId,
    *,
    jql: str,
    fields: Collection[str],
    token: str | None,
    size: int,
) -> IssuePage:
    """A page of a sprint's issues that a JQL lets through, in its order.

    Raises:
        NotFoundError: no such sprint, or it is hidden.
        JiraApiError: the call failed.
    """
    parameters: dict[str, str | int] = {
        "jql": jql,
        "fields": ",".join(_asked(fields)),
        "maxResults": size,
    }
    if token is not None:
        parameters["nextPageToken"] = token
    path = join_path("/rest/software/1.0/sprint/{}/issue", sprint_id)
    raw = await session.get(path, parameters)
    return _parse_page(session, as_object(raw, "a page of issues"), token)


async def count_issues(session: JiraSession, jql: str) -> int:
    """About how many issues a bounded JQL finds.

    Raises:
        JiraApiError: the call failed.
    """
    raw = await session.post_query("/rest/api/3/search/approximate-count", {"jql": jql})
    return get_int32(as_object(raw, "a count"), "count")


def _asked(fields: Collection[str]) -> list[str]:
    """The fields to name: with none at all Jira would leave out even the key."""
    return sorted(fields) or [_NO_FIELD]


def _parse_page(session: JiraSession, raw: JsonObject, asked: str | None) -> IssuePage:
    listed = as_listing(raw.get("issues"), "a list of issues")
    is_last = find_boolean(raw, "isLast")
    following = None if is_last else find_text(raw, "nextPageToken") or None
    if following is not None and following == asked:
        raise InvalidResponseError("Jira named the page that it just gave as the next one.")
    issues = tuple(session.decode.issue(as_object(item, "an issue")) for item in listed)
    return IssuePage(issues, following)
