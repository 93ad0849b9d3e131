"""Comments on the platform API.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.comment_records import FIRST_COMMENT_ID, build_comment, list_comments, with_comments
from sandbox.entity_properties import (
    Owner,
    expand_properties,
    forget_properties,
    keep_properties,
    list_keys,
    put_property,
    read_properties,
    remove_property,
    show_property,
)
from sandbox.errors import FieldValueError, JiraError
from sandbox.field_values import check_document
from sandbox.formats import format_instant
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_edits import describe_person, save_issue
from sandbox.issue_paths import get_issue
from sandbox.paging import Window, build_page_bean, read_window
from sandbox.visibility import read_visibility
from sandbox.world import Issue, JsonObject

_CAP: Final = 100
_LIST_CAP: Final = 1000
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
    comment = _get_comment(call, get_issue(call))
    return expand_properties(call, _own(comment), comment)


def list_by_id(call: Call) -> JsonObject:
    """Answer POST comment/list: in id order, without the comments that are not there."""
    wanted = read_ids(call.read_object())
    found = sorted(
        (comment for comment in _iter_comments(call) if int(comment["id"]) in wanted),
        key=lambda comment: int(comment["id"]),
    )
    shown = [expand_properties(call, _own(comment), comment) for comment in found]
    return build_page_bean(f"{call.api_url}/comment/list", Window(0, _LIST_CAP), len(shown), shown)


def add_comment(call: Call) -> Answer:
    """Answer POST issue/{idOrKey}/comment."""
    data, issue = call.data, get_issue(call)
    body, properties = _read_body(call), read_properties(call.read_object())
    comment = build_comment(
        data.site,
        issue,
        data.take_id("comment", FIRST_COMMENT_ID),
        author=describe_person(data),
        body=body,
        at=call.now,
    ) | read_visibility(call.read_object())
    save_issue(data, with_comments(issue, [*list_comments(issue), comment]), at=call.now)
    keep_properties(data, _own(comment), properties)
    return Answer(201, expand_properties(call, _own(comment), comment))


def edit_comment(call: Call) -> JsonObject:
    """Answer PUT issue/{idOrKey}/comment/{id}."""
    issue = get_issue(call)
    before = _get_comment(call, issue)
    written: JsonObject = {
        "body": _read_body(call),
        "updateAuthor": describe_person(call.data),
        "updated": format_instant(call.now),
    }
    properties = read_properties(call.read_object())
    comment = before | written | read_visibility(call.read_object())
    comments = [comment if known is before else known for known in list_comments(issue)]
    save_issue(call.data, with_comments(issue, comments), at=call.now)
    keep_properties(call.data, _own(comment), properties)
    return expand_properties(call, _own(comment), comment)


def remove_comment(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}/comment/{id}."""
    issue = get_issue(call)
    gone = _get_comment(call, issue)
    comments = [known for known in list_comments(issue) if known is not gone]
    save_issue(call.data, with_comments(issue, comments), at=call.now)
    forget_properties(call.data, _own(gone))
    return Answer(204)


def list_comment_properties(call: Call) -> JsonObject:
    """Answer GET comment/{id}/properties."""
    owner = _get_owner(call)
    return list_keys(call, owner, f"{call.api_url}/comment/{owner[1]}")


def show_comment_property(call: Call) -> JsonObject:
    """Answer GET comment/{id}/properties/{key}."""
    return show_property(call, _get_owner(call))


def put_comment_property(call: Call) -> Answer:
    """Answer PUT comment/{id}/properties/{key}."""
    return put_property(call, _get_owner(call))


def remove_comment_property(call: Call) -> Answer:
    """Answer DELETE comment/{id}/properties/{key}."""
    return remove_property(call, _get_owner(call))


def read_ids(body: JsonObject) -> frozenset[int]:
    """The ids that a body lists.

    Raises:
        JiraError: 400 for none, for more than a thousand, or for what is no number.
    """
    ids: Any = body.get("ids")
    if not isinstance(ids, list) or not all(type(each) is int for each in ids):
        raise JiraError(400, ["The ids must be a list of numbers."])
    if not 1 <= len(ids) <= _LIST_CAP:
        raise JiraError(400, [f"Between 1 and {_LIST_CAP} ids can be asked for at once."])
    return frozenset(ids)


def _iter_comments(call: Call) -> Iterator[JsonObject]:
    return (each for issue in call.data.issues.values() for each in list_comments(issue))


def _own(comment: JsonObject) -> Owner:
    return "comment", comment["id"]


def _get_owner(call: Call) -> Owner:
    comment_id = call.path["comment_id"]
    if not any(comment["id"] == comment_id for comment in _iter_comments(call)):
        raise _missing(comment_id)
    return "comment", comment_id


def _missing(comment_id: str) -> JiraError:
    return JiraError(404, [f"Can not find a comment for the id: {comment_id}."])


def _get_comment(call: Call, issue: Issue) -> JsonObject:
    comment_id = call.path["comment_id"]
    for comment in list_comments(issue):
        if comment["id"] == comment_id:
            return comment
    raise _missing(comment_id)


def _read_body(call: Call) -> JsonObject:
    body = call.read_object().get("body")
    if body is None or body == "":
        raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
    try:
        return check_document(body)
    except FieldValueError as error:
        raise JiraError(400, errors={"comment": error.message}) from None


_GRANULAR: Final = (
    "read:comment:jira read:comment.property:jira read:group:jira read:project:jira "
    "read:project-role:jira read:user:jira read:avatar:jira"
)
_READ: Final = scopes("read:jira-work", _GRANULAR)
_WRITE: Final = scopes("write:jira-work", f"{_GRANULAR} write:comment:jira")
_DELETE: Final = scopes("write:jira-work", "delete:comment:jira delete:comment.property:jira")
# The document asks for the scope that deletes properties, though nothing is deleted.
_LIST: Final = scopes("read:jira-work", f"{_GRANULAR} delete:comment.property:jira")
_READ_PROPERTY: Final = scopes("read:jira-work", "read:comment.property:jira")
_WRITE_PROPERTY: Final = scopes("write:jira-work", "write:comment.property:jira")
_DELETE_PROPERTY: Final = scopes("write:jira-work", "delete:comment.property:jira")

_ROOT: Final = "/rest/api/3/issue/{id_or_key}/comment"
_ONE: Final = f"{_ROOT}/{{comment_id}}"
_PROPERTIES: Final = "/rest/api/3/comment/{comment_id}/properties"
_PROPERTY: Final = f"{_PROPERTIES}/{{key}}"
ENDPOINTS: Final = (
    endpoint("GET", _ROOT, _READ, page_comments),
    endpoint("POST", _ROOT, _WRITE, add_comment),
    endpoint("GET", _ONE, _READ, show_comment),
    endpoint("PUT", _ONE, _WRITE, edit_comment),
    endpoint("DELETE", _ONE, _DELETE, remove_comment),
    endpoint("POST", "/rest/api/3/comment/list", _LIST, list_by_id),
    endpoint("GET", _PROPERTIES, _READ_PROPERTY, list_comment_properties),
    endpoint("GET", _PROPERTY, _READ_PROPERTY, show_comment_property),
    endpoint("PUT", _PROPERTY, _WRITE_PROPERTY, put_comment_property),
    endpoint("DELETE", _PROPERTY, _DELETE_PROPERTY, remove_comment_property),
)
