"""Which issues a board, its backlog or a sprint holds, in rank order, narrowed by a call's JQL."""

from collections.abc import Iterable

from sandbox.errors import JiraError
from sandbox.gateway import Call
from sandbox.ids import find_id
from sandbox.jql.evaluator import filter_issues
from sandbox.world import Board, Issue, SiteData, Sprint


def get_board(call: Call) -> Board:
    """The board the path names.

    Raises:
        JiraError: 404.
    """
    board_id = find_id(call.path["board_id"])
    board = None if board_id is None else call.data.boards.get(board_id)
    if board is None:
        reason = (
            "Requested board cannot be viewed because it either does not exist or you do not "
            "have permission to view it."
        )
        raise JiraError(404, [reason])
    return board


def get_sprint(call: Call) -> Sprint:
    """The sprint the path names.

    Raises:
        JiraError: 404.
    """
    sprint_id = find_id(call.path["sprint_id"])
    sprint = None if sprint_id is None else call.data.sprints.get(sprint_id)
    if sprint is None:
        raise JiraError(404, ["Sprint does not exist or you do not have permission to view it."])
    return sprint


def list_board_issues(call: Call) -> list[Issue]:
    """Every issue of the board's project."""
    board = get_board(call)
    return _narrow(call, call.data.searched.project_issues(board.project_id))


def list_sprint_issues(call: Call) -> list[Issue]:
    """Every issue that is or was in the sprint."""
    sprint = get_sprint(call)
    index = call.data.searched
    return _narrow(call, index.list_issues(index.issue_ids_by_sprint.get(sprint.id, ())))


def list_backlog_issues(call: Call) -> list[Issue]:
    """What waits: without sprints the issues to do, else the unfinished ones of no open sprint.

    Raises:
        JiraError: 400 where the board has no backlog.
    """
    board = get_board(call)
    if not board.has_backlog:
        raise JiraError(400, ["The board does not support a backlog."])
    issues = call.data.searched.project_issues(board.project_id)
    if board.has_sprints:
        waiting = [issue for issue in issues if _waits_for_sprint(call.data, issue)]
    else:
        waiting = [issue for issue in issues if _read_category(issue) == "new"]
    return _narrow(call, waiting)


def _waits_for_sprint(data: SiteData, issue: Issue) -> bool:
    is_planned = any(data.sprints[sprint_id].state != "closed" for sprint_id in issue.sprint_ids)
    return not is_planned and _read_category(issue) != "done"


def _read_category(issue: Issue) -> str:
    return str(issue.fields["status"]["statusCategory"]["key"])


def _narrow(call: Call, issues: Iterable[Issue]) -> list[Issue]:
    ranked = sorted(issues, key=lambda issue: (issue.rank, issue.id))
    jql = call.query.get("jql", "")
    return filter_issues(call.data, jql, ranked, now=call.now) if jql else ranked
