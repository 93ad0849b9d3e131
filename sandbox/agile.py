"""Boards, sprints and their issues: agile 1.0, paged by offset.

Source: the project's notes on the Jira API, sections 3 and 5, and Atlassian's OpenAPI document.
"""

from collections.abc import Sequence
from typing import Final

from sandbox.board_issues import (
    get_board,
    get_sprint,
    list_backlog_issues,
    list_board_issues,
    list_sprint_issues,
)
from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.issues import describe_board_issue, read_query_fields
from sandbox.paging import Window, read_window
from sandbox.shapes import describe_board, describe_sprint
from sandbox.world import RANK_FIELD, STORY_POINTS_FIELD, Board, Issue, JsonObject, Project

_CAP: Final = 50
_ISSUE_CAP: Final = 5000
_STATES: Final = frozenset({"future", "active", "closed"})
_COLUMNS: Final = {"new": "To Do", "indeterminate": "In Progress", "done": "Done"}


def list_boards(call: Call) -> JsonObject:
    """Answer GET board."""
    window = read_window(call.query, cap=_CAP)
    boards = [board for _, board in sorted(call.data.boards.items())]
    if "projectKeyOrId" in call.query:
        project = _get_named_project(call, call.query["projectKeyOrId"])
        boards = [board for board in boards if board.project_id == project.id]
    if "type" in call.query:
        kinds = call.query["type"].split(",")
        boards = [board for board in boards if board.kind in kinds]
    name = call.query.get("name", "").lower()
    boards = [board for board in boards if name in board.name.lower()]
    order_by = call.query.get("orderBy")
    if order_by is not None:
        if order_by.lstrip("+-") != "name":
            raise JiraError(400, [f"The orderBy parameter '{order_by}' is not supported."])
        boards.sort(key=lambda board: board.name.lower(), reverse=order_by.startswith("-"))
    values = [describe_board(call.data, board) for board in window.cut(boards)]
    return _build_page(window, len(boards), values) | {"total": len(boards)}


def show_board(call: Call) -> JsonObject:
    """Answer GET board/{id}."""
    return describe_board(call.data, get_board(call))


def show_configuration(call: Call) -> JsonObject:
    """Answer GET board/{id}/configuration: a column for each status category."""
    board = get_board(call)
    project = call.data.projects[board.project_id]
    configuration: JsonObject = {
        "id": board.id,
        "name": board.name,
        "type": board.kind,
        "self": f"{call.data.site.url}/rest/agile/1.0/board/{board.id}/configuration",
        "location": {"type": "project", "projectKeyOrId": project.key},
        "filter": {
            "id": str(10000 + board.id),
            "self": f"{call.api_url}/filter/{10000 + board.id}",
        },
        "columnConfig": {
            "columns": _build_columns(board, project),
            "constraintType": "issueCount" if board.limits else "none",
        },
        "ranking": {"rankCustomFieldId": int(RANK_FIELD.removeprefix("customfield_"))},
    }
    if board.has_sprints:
        field = {"fieldId": STORY_POINTS_FIELD, "displayName": "Story Points"}
        configuration["estimation"] = {"type": "field", "field": field}
    else:
        configuration["subQuery"] = {"query": "fixVersion is EMPTY"}
    return configuration


def list_board_sprints(call: Call) -> JsonObject:
    """Answer GET board/{id}/sprint; a board without sprints refuses, and no total is given."""
    board = get_board(call)
    if not board.has_sprints:
        raise JiraError(400, ["The board does not support sprints"])
    window = read_window(call.query, cap=_CAP)
    states = frozenset(call.query.get("state", ",".join(_STATES)).split(","))
    if not states <= _STATES:
        raise JiraError(400, ["The state must be a list of future, active and closed."])
    sprints = [sprint for sprint in call.data.list_sprints(board.id) if sprint.state in states]
    values = [describe_sprint(call.data.site, sprint) for sprint in window.cut(sprints)]
    return _build_page(window, len(sprints), values)


def show_sprint(call: Call) -> JsonObject:
    """Answer GET sprint/{id}."""
    return describe_sprint(call.data.site, get_sprint(call))


def page_board_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/issue."""
    return _page_issues(call, list_board_issues(call))


def page_sprint_issues(call: Call) -> JsonObject:
    """Answer GET sprint/{id}/issue."""
    return _page_issues(call, list_sprint_issues(call))


def page_backlog_issues(call: Call) -> JsonObject:
    """Answer GET board/{id}/backlog."""
    return _page_issues(call, list_backlog_issues(call))


def _page_issues(call: Call, issues: Sequence[Issue]) -> JsonObject:
    window = read_window(call.query, cap=_ISSUE_CAP)
    choice = read_query_fields(call.query, default="*navigable")
    return {
        "expand": "schema,names",
        "startAt": window.start_at,
        "maxResults": window.max_results,
        "total": len(issues),
        "issues": [describe_board_issue(call.data, issue, choice) for issue in window.cut(issues)],
    }


def _build_page(window: Window, total: int, values: list[JsonObject]) -> JsonObject:
    return {
        "maxResults": window.max_results,
        "startAt": window.start_at,
        "isLast": window.is_last(total),
        "values": values,
    }


def _get_named_project(call: Call, name: str) -> Project:
    project = call.data.find_project(name)
    if project is None:
        raise JiraError(400, [f"No project could be found with key or id '{name}'."])
    return project


def _build_columns(board: Board, project: Project) -> list[JsonObject]:
    parts = ("id", "self")
    return [
        {
            "name": name,
            "statuses": [
                {part: status[part] for part in parts}
                for status in project.statuses
                if status["statusCategory"]["key"] == category
            ],
            **_describe_limits(*board.limits.get(name, (None, None))),
        }
        for category, name in _COLUMNS.items()
    ]


def _describe_limits(fewest: int | None, most: int | None) -> JsonObject:
    return {name: limit for name, limit in (("min", fewest), ("max", most)) if limit is not None}


_READ_BOARDS: Final = scopes("", "read:board-scope:jira-software read:project:jira")
_READ_BOARD: Final = scopes("", "read:board-scope:jira-software read:issue-details:jira")
_READ_SETUP: Final = scopes("", "read:board-scope.admin:jira-software read:project:jira")
_READ_SPRINT: Final = scopes("", "read:sprint:jira-software")
READ_BOARD_ISSUES: Final = _READ_BOARD
READ_SPRINT_ISSUES: Final = scopes(
    "", "read:sprint:jira-software read:issue-details:jira read:jql:jira"
)

_ROOT: Final = "/rest/agile/1.0"
ENDPOINTS: Final = (
    endpoint("GET", f"{_ROOT}/board", _READ_BOARDS, list_boards),
    endpoint("GET", f"{_ROOT}/board/{{board_id}}", _READ_BOARD, show_board),
    endpoint("GET", f"{_ROOT}/board/{{board_id}}/configuration", _READ_SETUP, show_configuration),
    endpoint("GET", f"{_ROOT}/board/{{board_id}}/sprint", _READ_SPRINT, list_board_sprints),
    endpoint("GET", f"{_ROOT}/board/{{board_id}}/issue", READ_BOARD_ISSUES, page_board_issues),
    endpoint("GET", f"{_ROOT}/board/{{board_id}}/backlog", READ_BOARD_ISSUES, page_backlog_issues),
    endpoint("GET", f"{_ROOT}/sprint/{{sprint_id}}", _READ_SPRINT, show_sprint),
    endpoint("GET", f"{_ROOT}/sprint/{{sprint_id}}/issue", READ_SPRINT_ISSUES, page_sprint_issues),
)
