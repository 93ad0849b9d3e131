"""Linking issues and taking links away on the platform API.

Source: Atlassian's OpenAPI document, 2026-05 (Issue links).
"""

from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_edits import save_issue
from sandbox.link_records import (
    Link,
    find_link,
    gather_link_types,
    is_linked,
    join_issues,
    list_present_ends,
    without_link,
)
from sandbox.world import Issue, JsonObject

_UNSEEN: Final = "Issue does not exist or you do not have permission to see it."


def link_issues(call: Call) -> Answer:
    """Answer POST issueLink: a link that is there already is answered as a new one."""
    body = call.read_object()
    if body.get("comment") is not None:
        raise JiraError(400, ["A comment with a link is not taken here: add it by itself."])
    type_ = _get_type(call, body.get("type"))
    inward = _get_end(call, body.get("inwardIssue"))
    outward = _get_end(call, body.get("outwardIssue"))
    if inward.id == outward.id:
        raise JiraError(400, ["You cannot link an issue to itself."])
    if not is_linked(type_, inward, outward):
        for linked in join_issues(call.data, type_, inward, outward):
            save_issue(call.data, linked, at=call.now)
    return Answer(201)


def show_link(call: Call) -> JsonObject:
    """Answer GET issueLink/{id}."""
    link = _get_link(call)
    return {
        "id": link.id,
        "self": f"{call.api_url}/issueLink/{link.id}",
        "type": link.type,
        "inwardIssue": link.inward,
        "outwardIssue": link.outward,
    }


def remove_link(call: Call) -> Answer:
    """Answer DELETE issueLink/{id}."""
    link = _get_link(call)
    for issue in list_present_ends(call.data, link):
        save_issue(call.data, without_link(issue, link.id), at=call.now)
    return Answer(204)


def _get_link(call: Call) -> Link:
    link_id = call.path["link_id"]
    if not link_id.isdecimal():
        raise JiraError(400, [f"The issue link id '{link_id}' is not a number."])
    found = find_link(call.data, link_id)
    if found is None:
        raise JiraError(404, [f"No issue link with id '{link_id}' exists."])
    return found


def _get_type(call: Call, asked: Any) -> JsonObject:
    named = asked if isinstance(asked, dict) else {}
    id_, name = named.get("id"), named.get("name")
    if id_ is None and name is None:
        raise JiraError(400, ["An issue link type must be given by its id or its name."])
    for type_ in gather_link_types(call.data).values():
        if type_["id"] == str(id_) or (id_ is None and type_["name"] == name):
            return type_
    told = f"id '{id_}'" if id_ is not None else f"name '{name}'"
    raise JiraError(404, [f"No issue link type with {told} found."])


def _get_end(call: Call, asked: Any) -> Issue:
    named = asked if isinstance(asked, dict) else {}
    issue = call.data.find_issue(str(named.get("id") or named.get("key") or ""))
    if issue is None:
        raise JiraError(404, [_UNSEEN])
    return issue


_READ: Final = scopes(
    "read:jira-work",
    "read:field:jira read:issue-link-type:jira read:issue:jira read:issue-type:jira "
    "read:priority:jira read:status:jira read:avatar:jira read:issue.time-tracking:jira "
    "read:project-category:jira read:project:jira read:user:jira",
)
_LINK: Final = scopes(
    "write:jira-work", "write:comment:jira write:issue:jira write:issue-link:jira"
)
_UNLINK: Final = scopes("write:jira-work", "delete:issue-link:jira")

_ROOT: Final = "/rest/api/3/issueLink"
ENDPOINTS: Final = (
    endpoint("POST", _ROOT, _LINK, link_issues),
    endpoint("GET", f"{_ROOT}/{{link_id}}", _READ, show_link),
    endpoint("DELETE", f"{_ROOT}/{{link_id}}", _UNLINK, remove_link),
)
