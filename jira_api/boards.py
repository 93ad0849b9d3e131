"""Boards and sprints.

Source: Jira Software Cloud REST, agile 1.0, groups Board and Sprint, read 2026-11.
"""

from collections.abc import Collection

from jira_api.client import JiraSession
from jira_api.json_values import as_object
from jira_api.pages import OffsetPage, find_page, read_page
from jira_api.paths import NumericId, join_path
from jira_api.records import Board, BoardType, Sprint, SprintState

_STATES = (SprintState.FUTURE, SprintState.ACTIVE, SprintState.CLOSED)


async def list_boards(
    session: JiraSession,
    *,
    project_id: NumericId | None,
    board_type: BoardType | None,
    name: str | None,
    start: int,
    size: int,
) -> OffsetPage[Board]:
    """Boards of a project, or of the whole site, in the order of their ids.

    Raises:
        JiraApiError: a call failed.
    """
    parameters = {
        "projectKeyOrId": project_id,
        "type": board_type.value if board_type else None,
        "name": name,
    }
    return await read_page(
        session,
        "/rest/agile/1.0/board",
        session.decode.board,
        {key: value for key, value in parameters.items() if value},
        start=start,
        size=size,
    )


async def get_board(session: JiraSession, board_id: NumericId) -> Board:
    """One board.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/agile/1.0/board/{}", board_id))
    return session.decode.board(as_object(raw, "a board"))


async def find_board_sprints(
    session: JiraSession,
    board_id: NumericId,
    *,
    board_type: BoardType,
    states: Collection[SprintState],
    start: int,
    size: int,
) -> OffsetPage[Sprint] | None:
    """Sprints of a board, of any state where none is named; None where it has no sprints at all.

    Jira refuses the question with 400 for kanban boards and team-managed ones without sprints. Of
    a scrum board, or once a part of the list was read, the same refusal is an error.

    Raises:
        RejectedError: Jira refused the question although there are sprints.
        JiraApiError: a call failed.
    """
    named = ",".join(state.value for state in _STATES if state in states)
    parameters = {"state": named} if named else {}
    path, parse = join_path("/rest/agile/1.0/board/{}/sprint", board_id), session.decode.sprint
    if start > 0 or board_type is BoardType.SCRUM:
        return await read_page(session, path, parse, parameters, start=start, size=size)
    return await find_page(session, path, parse, parameters, size=size)


async def get_sprint(session: JiraSession, sprint_id: NumericId) -> Sprint:
    """One sprint.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/agile/1.0/sprint/{}", sprint_id))
    return session.decode.sprint(as_object(raw, "a sprint"))
