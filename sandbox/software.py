"""The issues of boards, sprints and backlogs: software 1.0, paged by token.

Source: the project's notes on the Jira API, sections 3 and 5 (fifty a page, at most 5,000).
"""

from collections.abc import Callable, Sequence
from typing import Final

from sandbox.agile import READ_BOARD_ISSUES, READ_SPRINT_ISSUES
from sandbox.board_issues import list_backlog_issues, list_board_issues, list_sprint_issues
from sandbox.field_names import name_fields
from sandbox.gateway import Call, endpoint
from sandbox.issues import describe_board_issue, read_query_fields
from sandbox.paging import read_int
from sandbox.search import page_issues, read_reconciled
from sandbox.world import Issue, JsonObject

_CAP: Final = 5000


def page_board_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/issue."""
    return _page(call, list_board_issues)


def page_sprint_issues(call: Call) -> JsonObject:
    """Answer GET sprint/{id}/issue."""
    return _page(call, list_sprint_issues)


def page_backlog_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/backlog."""
    return _page(call, list_backlog_issues)


def count_board_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/issue/approximate-count."""
    return {"count": len(list_board_issues(call))}


def count_backlog_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/backlog/approximate-count."""
    return {"count": len(list_backlog_issues(call))}


def _page(call: Call, list_issues: Callable[[Call], Sequence[Issue]]) -> JsonObject:
    asked = call.query.getlist("reconcileIssues")
    with call.data.searched.reconciled(read_reconciled(asked)):
        issues = list_issues(call)
    size = min(read_int("maxResults", call.query.get("maxResults"), 50), _CAP)
    choice = read_query_fields(call.query, default="*navigable")
    query = f"{call.data.site.cloud_id} {sorted(call.path.items())} {call.query.get('jql', '')}"
    page = (call.query.get("nextPageToken"), size)
    found, ending = page_issues(issues, page, query=query, now=call.now)
    described = [describe_board_issue(call.data, issue, choice) for issue in found]
    names = name_fields(call.data, described, call.query.get("expand"))
    return {"issues": described, **ending, **names}


_ROOT: Final = "/rest/software/1.0"
_ISSUES: Final = f"{_ROOT}/board/{{board_id}}/issue"
_BACKLOG: Final = f"{_ROOT}/board/{{board_id}}/backlog"
ENDPOINTS: Final = (
    endpoint("GET", _ISSUES, READ_BOARD_ISSUES, page_board_issues),
    endpoint("GET", f"{_ISSUES}/approximate-count", READ_BOARD_ISSUES, count_board_issues),
    endpoint("GET", _BACKLOG, READ_BOARD_ISSUES, page_backlog_issues),
    endpoint("GET", f"{_BACKLOG}/approximate-count", READ_BOARD_ISSUES, count_backlog_issues),
    endpoint("GET", f"{_ROOT}/sprint/{{sprint_id}}/issue", READ_SPRINT_ISSUES, page_sprint_issues),
)
