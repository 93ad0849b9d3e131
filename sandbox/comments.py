"""Comments on the platform API.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

from typing import Final

from sandbox.comment_records import FIRST_COMMENT_ID, build_comment, list_comments, with_comments
from sandbox.errors import FieldValueError, JiraError
from sandbox.field_values import check_document
from sandbox.formats import format_instant
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_edits import describe_person, save_issue
from sandbox.issue_paths import get_issue
from sandbox.paging import read_window
from sandbox.world import Issue, JsonObject

_CAP: Final = 100
_ORDERS: Final = ("created", "+created", "-created")


def page_comments(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/comment: the oldest first unless `orderBy` turns it round."""
    comments = list_comments(get_issue(call))
    window = read_window(call.query, default=_CAP, cap=_CAP)
    # A plus in a query may arrive as the space it stands for.
    order = call.query.get("orderBy", "created").strip()
    if order not in _ORDERS:
        raise JiraError(400, [f"The orderBy parameter '{order}' is not supported."])
    ordered = comments[::-1] if order.startswith("-") else comments
    return {
        "startAt": window.start_at,
        "maxResults": window.max_results,
        "total": len(comments),
        "comments": window.cut(ordered),
    }


def show_comment(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/comment/{id}."""
    return _get_comment(call, get_issue(call))


def add_comment(call: Call) -> Answer:
    """Answer POST issue/{idOrKey}/comment."""
    data, issue = call.data, get_issue(call)
    body = _read_body(call)
    comment = build_comment(
        data.site,
        issue,
        data.take_id("comment", FIRST_COMMENT_ID),
        author=describe_person(data),
        body=body,
        at=call.now,
    ) | _read_visibility(call)
    save_issue(data, with_comments(issue, [*list_comments(issue), comment]), at=call.now)
    return Answer(201, comment)


def edit_comment(call: Call) -> JsonObject:
    """Answer PUT issue/{idOrKey}/comment/{id}."""
    issue = get_issue(call)
    before = _get_comment(call, issue)
    written: JsonObject = {
        "body": _read_body(call),
        "updateAuthor": describe_person(call.data),
        "updated": format_instant(call.now),
    }
    comment = before | written | _read_visibility(call)
    comments = [comment if known is before else known for known in list_comments(issue)]
    save_issue(call.data, with_comments(issue, comments), at=call.now)
    return comment


def remove_comment(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}/comment/{id}."""
    issue = get_issue(call)
    gone = _get_comment(call, issue)
    comments = [known for known in list_comments(issue) if known is not gone]
    save_issue(call.data, with_comments(issue, comments), at=call.now)
    return Answer(204)


def _get_comment(call: Call, issue: Issue) -> JsonObject:
    comment_id = call.path["comment_id"]
    for comment in list_comments(issue):
        if comment["id"] == comment_id:
            return comment
    raise JiraError(404, [f"Can not find a comment for the id: {comment_id}."])


def _read_body(call: Call) -> JsonObject:
    body = call.read_object().get("body")
    if body is None or body == "":
        raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
    try:
        return check_document(body)
    except FieldValueError as error:
        raise JiraError(400, errors={"comment": error.message}) from None


def _read_visibility(call: Call) -> JsonObject:
    visibility = call.read_object().get("visibility")
    if visibility is None:
        return {}
    is_known = isinstance(visibility, dict) and visibility.get("type") in ("group", "role")
    if not is_known or not isinstance(visibility.get("value"), str):
        raise JiraError(400, errors={"visibility": "Specify a group or a role by type and value."})
    parts = ("type", "value", "identifier")
    kept = {part: visibility[part] for part in parts if isinstance(visibility.get(part), str)}
    return {"visibility": kept}


_GRANULAR: Final = (
    "read:comment:jira read:comment.property:jira read:group:jira read:project:jira "
    "read:project-role:jira read:user:jira read:avatar:jira"
)
_READ: Final = scopes("read:jira-work", _GRANULAR)
_WRITE: Final = scopes("write:jira-work", f"{_GRANULAR} write:comment:jira")
_DELETE: Final = scopes("write:jira-work", "delete:comment:jira delete:comment.property:jira")

_ROOT: Final = "/rest/api/3/issue/{id_or_key}/comment"
_ONE: Final = f"{_ROOT}/{{comment_id}}"
ENDPOINTS: Final = (
    endpoint("GET", _ROOT, _READ, page_comments),
    endpoint("POST", _ROOT, _WRITE, add_comment),
    endpoint("GET", _ONE, _READ, show_comment),
    endpoint("PUT", _ONE, _WRITE, edit_comment),
    endpoint("DELETE", _ONE, _DELETE, remove_comment),
)
