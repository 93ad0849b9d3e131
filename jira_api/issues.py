"""Issues: one, many by id, and pages of a search.

Source: Jira Cloud platform REST v3 (Issues, Issue search) and Jira Software Cloud REST 1.0, read
2026-11.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from jira_api.client import JiraSession, QueryParameters
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_boolean,
    find_object,
    find_or_none,
    find_text,
    get_int32,
)
from jira_api.paths import IssueKey, NumericId, join_path
from jira_api.records import Issue

BULK_SIZE = 100
_NO_FIELD = "key"
_NAMES = "names"


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Issues in the order of the query; `next_token` is None on the last page.

    A page may be empty and still have a next one.
    """

    issues: Sequence[Issue]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list of issues, and which Jira fields of each.

    `token` is that of the page, None for the first. `with_names` asks for the fields' names too.
    `reconciled`, fifty at most and the same for every page, are issues that Jira looks at as they
    are, and not as its search has seen them last.
    """

    jql: str
    fields: frozenset[str]
    token: str | None
    size: int
    with_names: bool = False
    reconciled: tuple[NumericId, ...] = ()


async def get_issue(
    session: JiraSession,
    id_or_key: NumericId | IssueKey,
    fields: Collection[str],
    *,
    with_names: bool = False,
) -> Issue:
    """One issue with the named Jira fields; a moved one is found under its old key.

    `with_names` asks for the fields' names too, here and below.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    path = join_path("/rest/api/3/issue/{}", id_or_key)
    parameters = {"fields": ",".join(_named(fields)), **_expand(with_names=with_names)}
    raw = await session.get(path, parameters)
    return session.decode.issue(as_object(raw, "an issue"))


async def fetch_issues(
    session: JiraSession,
    ids_or_keys: Sequence[NumericId | IssueKey],
    fields: Collection[str],
    *,
    with_names: bool = False,
) -> Sequence[Issue]:
    """Up to `BULK_SIZE` issues in one call, in Jira's order, without those that it does not know.

    Raises:
        JiraApiError: the call failed.
    """
    body = {"issueIdsOrKeys": list(ids_or_keys), "fields": _named(fields)}
    if with_names:
        body["expand"] = [_NAMES]
    raw = await session.post_query("/rest/api/3/issue/bulkfetch", body)
    listed = as_listing(as_object(raw, "issues").get("issues"), "a list of issues")
    return tuple(session.decode.issue(as_object(item, "an issue")) for item in listed)


async def search_issues(session: JiraSession, asked: PageRequest) -> IssuePage:
    """A page of the issues that a bounded JQL finds; Jira cuts it at 100 where fields are asked.

    Raises:
        RejectedError: Jira cannot read the JQL, or a name in it is unknown.
        JiraApiError: the call failed.
    """
    body: dict[str, JsonValue] = {
        "jql": asked.jql,
        "fields": _named(asked.fields),
        "maxResults": asked.size,
        **_expand(with_names=asked.with_names),
    }
    if asked.token is not None:
        body["nextPageToken"] = asked.token
    if asked.reconciled:
        body["reconcileIssues"] = [int(issue_id) for issue_id in asked.reconciled]
    raw = await session.post_query("/rest/api/3/search/jql", body)
    return _parse_page(session, as_object(raw, "a page of issues"), asked.token)


async def list_sprint_issues(
    session: JiraSession, sprint_id: NumericId, asked: PageRequest
) -> IssuePage:
    """A page of a sprint's issues that a JQL lets through, in its order.

    Raises:
        NotFoundError: no such sprint, or it is hidden.
        JiraApiError: the call failed.
    """
    return await list_issues_below(
        session, join_path("/rest/software/1.0/sprint/{}/issue", sprint_id), asked
    )


async def list_issues_below(session: JiraSession, path: str, asked: PageRequest) -> IssuePage:
    """A page of a list of issues of Jira Software, at its path; an empty JQL lets all through.

    Raises:
        RejectedError: Jira cannot read the JQL, or there is no such list here.
        NotFoundError: the list is absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(path, _page_parameters(asked))
    return _parse_page(session, as_object(raw, "a page of issues"), asked.token)


async def count_issues(session: JiraSession, jql: str) -> int:
    """About how many issues a bounded JQL finds.

    Raises:
        JiraApiError: the call failed.
    """
    raw = await session.post_query("/rest/api/3/search/approximate-count", {"jql": jql})
    return get_int32(as_object(raw, "a count"), "count")


def _named(fields: Collection[str]) -> list[str]:
    """The fields to name: with none at all Jira would leave out even the key."""
    return sorted(fields) or [_NO_FIELD]


def _expand(*, with_names: bool) -> dict[str, str]:
    return {"expand": _NAMES} if with_names else {}


def _page_parameters(asked: PageRequest) -> QueryParameters:
    parameters: dict[str, str | int | Sequence[str]] = {
        "fields": ",".join(_named(asked.fields)),
        "maxResults": asked.size,
        **_expand(with_names=asked.with_names),
    }
    if asked.jql:
        parameters["jql"] = asked.jql
    if asked.token is not None:
        parameters["nextPageToken"] = asked.token
    if asked.reconciled:
        parameters["reconcileIssues"] = list(asked.reconciled)
    return parameters


def _parse_page(session: JiraSession, raw: JsonObject, token: str | None) -> IssuePage:
    """The page that a token opened, the first one where that is None.

    Raises:
        InvalidResponseError: it has another form, or names itself as the next one.
    """
    listed = as_listing(raw.get("issues"), "a list of issues")
    is_last = find_boolean(raw, "isLast")
    following = None if is_last else find_text(raw, "nextPageToken") or None
    if following is not None and following == token:
        raise InvalidResponseError("Jira named the page that it just gave as the next one.")
    issues = [session.decode.issue(as_object(item, "an issue")) for item in listed]
    names = find_or_none(find_object, raw, _NAMES)
    return IssuePage(tuple(replace(issue, field_names=names) for issue in issues), following)
