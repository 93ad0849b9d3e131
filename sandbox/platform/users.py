"""Users on the platform API.

Source: the project's notes on the Jira API, section 4 (user/bulk gives ten unless told more), and
Atlassian's OpenAPI document: the searches end at the thousandth user, and the one for assignable
users takes its range before it leaves out who cannot be assigned.
"""

from typing import Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.paging import build_page_bean, read_window
from sandbox.shapes import describe_user
from sandbox.world import PERSON_ACCOUNT_ID, JsonObject, Project, User

_BULK_CAP: Final = 200
_SEARCH_CAP: Final = 1000
_LAST_FOUND: Final = 1000


def show_myself(call: Call) -> JsonObject:
    """Answer GET myself: the person who consented."""
    person = call.data.users[PERSON_ACCOUNT_ID]
    empty: JsonObject = {"size": 0, "items": []}
    return describe_user(call.data.site, person) | {
        "locale": "en_US",
        "groups": empty,
        "applicationRoles": empty,
        "expand": "groups,applicationRoles",
    }


def show_user(call: Call) -> JsonObject:
    """Answer GET user?accountId=."""
    account_id = call.query.get("accountId")
    if account_id is None:
        raise JiraError(400, ["The accountId query parameter needs to be provided."])
    user = call.data.users.get(account_id)
    if user is None:
        raise JiraError(404, [f"Specified user does not exist: {account_id}"])
    return describe_user(call.data.site, user)


def fetch_users(call: Call) -> JsonObject:
    """Answer GET user/bulk: the users of repeated account ids, without those it does not know."""
    asked = call.query.getlist("accountId")
    if not 1 <= len(asked) <= _BULK_CAP:
        raise JiraError(400, [f"Give between 1 and {_BULK_CAP} accountId query parameters."])
    window = read_window(call.query, default=10, cap=_BULK_CAP)
    users = call.data.users
    found = [users[account_id] for account_id in dict.fromkeys(asked) if account_id in users]
    values = [describe_user(call.data.site, user) for user in window.cut(found)]
    return build_page_bean(f"{call.api_url}/user/bulk", window, len(found), values)


def search_users(call: Call) -> list[JsonObject]:
    """Answer GET user/search: active users whose name or address starts a word with the query."""
    query, account_id = call.query.get("query"), call.query.get("accountId")
    if query is None and account_id is None:
        raise JiraError(400, ["Either the query or the accountId parameter must be given."])
    window = read_window(call.query, cap=_SEARCH_CAP)
    found = _find_users(call)
    return [describe_user(call.data.site, user) for user in window.cut(found[:_LAST_FOUND])]


def search_assignable_users(call: Call) -> list[JsonObject]:
    """Answer GET user/assignable/search: of the range asked for, those who can be assigned.

    Without a query they are all of them, as clients of Jira Cloud find, whatever the document says.
    """
    project = _find_context(call)
    window = read_window(call.query, cap=_SEARCH_CAP)
    refused = call.data.unassignable.get(project.id, ())
    found = window.cut(_find_users(call)[:_LAST_FOUND])
    assignable = [user for user in found if user.account_id not in refused]
    return [describe_user(call.data.site, user) for user in assignable]


def _find_users(call: Call) -> list[User]:
    query, account_id = call.query.get("query", "").lower(), call.query.get("accountId")
    users = call.data.users
    if account_id is not None:
        return [users[account_id]] if account_id in users else []
    return [user for user in users.values() if user.is_active and _is_named(user, query)]


def _find_context(call: Call) -> Project:
    """The project that somebody is to be assigned in: the one named, or the named issue's."""
    named = call.query.get("project")
    reference = call.query.get("issueKey") or call.query.get("issueId")
    if named is None and reference is None:
        raise JiraError(400, ["One of project, issueKey and issueId must be given."])
    if named is not None:
        project = call.data.find_project(named)
    else:
        issue = call.data.find_issue(reference or "")
        project = call.data.projects[issue.project_id] if issue else None
    if project is None:
        raise JiraError(404, ["No project or issue of this name could be found."])
    return project


def _is_named(user: User, query: str) -> bool:
    name = user.display_name.lower()
    starts_word = any(word.startswith(query) for word in name.split())
    return starts_word or name.startswith(query) or (user.email or "").startswith(query)


_GRANULAR: Final = "read:application-role:jira read:group:jira read:user:jira read:avatar:jira"
_READ_ME: Final = scopes("read:jira-user", _GRANULAR)

_FIND_USERS: Final = scopes("read:jira-user", f"{_GRANULAR} read:user.property:jira")
_FIND_ASSIGNABLE: Final = scopes("read:jira-user", f"{_GRANULAR} read:issue:jira read:project:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/myself", _READ_ME, show_myself),
    endpoint("GET", "/rest/api/3/user", _READ_ME, show_user),
    endpoint("GET", "/rest/api/3/user/bulk", _READ_ME, fetch_users),
    endpoint("GET", "/rest/api/3/user/search", _FIND_USERS, search_users),
    endpoint(
        "GET", "/rest/api/3/user/assignable/search", _FIND_ASSIGNABLE, search_assignable_users
    ),
)
