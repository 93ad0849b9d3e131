"""Searching by JQL on the platform: search/jql, approximate-count, and what became of /search.

Source: the project's notes on the Jira API, sections 3 and 4.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NoReturn, TypeVar

from sandbox.errors import JiraError
from sandbox.field_names import name_fields
from sandbox.gateway import Call, endpoint, scopes
from sandbox.issue_properties import add_properties, read_listed_keys
from sandbox.issues import FieldChoice, describe_listed_issue, read_fields, read_query_fields
from sandbox.jql.evaluator import find_issues
from sandbox.paging import read_int, read_token, write_token
from sandbox.world import Issue, JsonObject, SiteData

T = TypeVar("T")

_RECONCILE_CAP: Final = 50
_ID_CAP: Final = 5000
_FIELD_CAP: Final = 100
_BODY_NAMES: Final = frozenset(
    [
        "expand",
        "fields",
        "fieldsByKeys",
        "jql",
        "maxResults",
        "nextPageToken",
        "properties",
        "reconcileIssues",
    ]
)
_INVALID_BODY: Final = "Invalid request payload. Refer to the REST API documentation and try again."
_REMOVED: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full "
    "migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def search_by_query(call: Call) -> JsonObject:
    """Answer GET search/jql."""
    choice = read_query_fields(call.query, default="")
    token = call.query.get("nextPageToken")
    max_results = read_int("maxResults", call.query.get("maxResults"), 50)
    with call.data.searched.reconciled(read_reconciled(call.query.getlist("reconcileIssues"))):
        page = _search(call, call.query.get("jql", ""), choice, (token, max_results))
    page = add_properties(call.data, page, read_listed_keys(call.query.getlist("properties")))
    return page | name_fields(call.data, page["issues"], call.query.get("expand"))


def search_by_body(call: Call) -> JsonObject:
    """Answer POST search/jql; a property outside the contract is refused."""
    body = call.read_object()
    if not body.keys() <= _BODY_NAMES:
        raise JiraError(400, [_INVALID_BODY])
    named = body.get("fields") or []
    if not isinstance(named, list) or not isinstance(body.get("jql", ""), str):
        raise JiraError(400, [_INVALID_BODY])
    choice = read_fields(map(str, named), default="")
    max_results = read_int("maxResults", body.get("maxResults"), 50)
    page = (body.get("nextPageToken"), max_results)
    with call.data.searched.reconciled(read_reconciled(body.get("reconcileIssues") or [])):
        found = _search(call, body.get("jql", ""), choice, page)
    found = add_properties(call.data, found, read_listed_keys(body.get("properties")))
    return found | name_fields(call.data, found["issues"], body.get("expand"))


def read_reconciled(asked: object) -> frozenset[int]:
    """The issue ids that a search is to see as they are now.

    Raises:
        JiraError: 400 for more than fifty, or for what is no id.
    """
    if not isinstance(asked, list) or len(asked) > _RECONCILE_CAP:
        raise JiraError(400, [f"At most {_RECONCILE_CAP} issue ids can be reconciled."])
    return frozenset(read_int("reconcileIssues", issue_id, 0) for issue_id in asked)


def count_issues(call: Call) -> JsonObject:
    """Answer POST search/approximate-count."""
    body = call.read_object()
    jql = body.get("jql")
    if body.keys() != {"jql"} or not isinstance(jql, str):
        raise JiraError(400, [_INVALID_BODY])
    return {"count": len(find_issues(call.data, jql, now=call.now))}


def refuse_removed_search(_call: Call) -> NoReturn:
    """Answer the search that Jira Cloud took away."""
    raise JiraError(410, [_REMOVED])


def page_issues(
    matches: Sequence[T], page: tuple[str | None, int], *, query: str, now: datetime
) -> tuple[Sequence[T], JsonObject]:
    """The items of one token's page, and `isLast` with the next token where there is one."""
    token, size = page
    start = read_token(token, query=query, at=now)
    end = start + size
    if end >= len(matches):
        return matches[start:], {"isLast": True}
    following = write_token(end, query=query, at=now)
    return matches[start:end], {"isLast": False, "nextPageToken": following}


def _search(call: Call, jql: str, choice: FieldChoice, page: tuple[str | None, int]) -> JsonObject:
    matches = find_issues(call.data, jql, now=call.now)
    token, max_results = page
    cap = _FIELD_CAP if choice.names_real_field else _ID_CAP
    found, ending = page_issues(
        matches,
        (token, min(max_results, cap)),
        query=f"{call.data.site.cloud_id} {jql}",
        now=call.now,
    )
    issues = [_describe(call.data, issue, choice) for issue in found]
    return {"issues": issues, **ending}


def _describe(data: SiteData, issue: Issue, choice: FieldChoice) -> JsonObject:
    if not choice.names or choice.names == {"id"}:
        return {"id": str(issue.id)}
    return describe_listed_issue(data, issue, choice)


_READ_BY_QUERY: Final = scopes(
    "read:jira-work",
    "read:issue-details:jira read:audit-log:jira read:avatar:jira read:field-configuration:jira "
    "read:issue-meta:jira",
)
_READ_BY_BODY: Final = scopes(
    "read:jira-work",
    "read:issue-details:jira read:field.default-value:jira read:field.option:jira "
    "read:field:jira read:group:jira",
)

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/search/jql", _READ_BY_QUERY, search_by_query),
    endpoint("POST", "/rest/api/3/search/jql", _READ_BY_BODY, search_by_body),
    endpoint("POST", "/rest/api/3/search/approximate-count", _READ_BY_BODY, count_issues),
    endpoint("GET", "/rest/api/3/search", _READ_BY_QUERY, refuse_removed_search),
    endpoint("POST", "/rest/api/3/search", _READ_BY_BODY, refuse_removed_search),
)
