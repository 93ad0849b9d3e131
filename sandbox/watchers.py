"""Who watches an issue, on the platform API.

An issue out of an archive has a count of watchers whom nobody knows: those who come and go here
are counted on from it.
Source: Atlassian's OpenAPI document, 2026-05 (Issue watchers).
"""

from dataclasses import replace
from typing import Final

from sandbox.errors import JiraError
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_paths import get_issue
from sandbox.shapes import describe_user
from sandbox.world import PERSON_ACCOUNT_ID, Issue, JsonObject, SiteData


def list_watchers(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/watchers."""
    issue = get_issue(call)
    watching = _list_known(call.data, issue)
    return {
        "self": f"{call.api_url}/issue/{issue.key}/watchers",
        "isWatching": PERSON_ACCOUNT_ID in watching,
        "watchCount": issue.fields["watches"]["watchCount"],
        "watchers": [describe_user(call.data.site, call.data.users[id_]) for id_ in watching],
    }


def add_watcher(call: Call) -> Answer:
    """Answer POST issue/{idOrKey}/watchers: a bare account id, or nothing for the person."""
    issue = get_issue(call)
    account_id = PERSON_ACCOUNT_ID if call.body in (None, "") else call.body
    if not isinstance(account_id, str):
        raise JiraError(400, ["The body must be the account id of a user, as a JSON string."])
    _check_person(call.data, account_id)
    watching = _list_known(call.data, issue)
    if account_id not in watching:
        _keep(call, issue, [*watching, account_id])
    return Answer(204)


def remove_watcher(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}/watchers?accountId=; who does not watch stays so."""
    issue, account_id = get_issue(call), call.query.get("accountId")
    if not account_id:
        raise JiraError(400, ["The accountId query parameter needs to be provided."])
    _check_person(call.data, account_id)
    watching = _list_known(call.data, issue)
    if account_id in watching:
        _keep(call, issue, [id_ for id_ in watching if id_ != account_id])
    return Answer(204)


def _list_known(data: SiteData, issue: Issue) -> list[str]:
    return data.watchers.get(issue.id, [])


def _check_person(data: SiteData, account_id: str) -> None:
    if account_id not in data.users:
        raise JiraError(404, [f"The user with account id '{account_id}' does not exist."])


def _keep(call: Call, issue: Issue, watching: list[str]) -> None:
    # Watching is no change of the issue: `updated` stays.
    data = call.data
    before = issue.fields["watches"]
    count = before["watchCount"] + len(watching) - len(_list_known(data, issue))
    watches = before | {"watchCount": count, "isWatching": PERSON_ACCOUNT_ID in watching}
    data.watchers[issue.id] = watching
    data.write_issue(replace(issue, fields={**issue.fields, "watches": watches}), at=call.now)


_READ: Final = scopes("read:jira-work", "read:issue.watcher:jira read:user:jira read:avatar:jira")
_WRITE: Final = scopes("write:jira-work", "write:issue.watcher:jira")

_PATH: Final = "/rest/api/3/issue/{id_or_key}/watchers"
ENDPOINTS: Final = (
    endpoint("GET", _PATH, _READ, list_watchers),
    endpoint("POST", _PATH, _WRITE, add_watcher),
    endpoint("DELETE", _PATH, _WRITE, remove_watcher),
)
