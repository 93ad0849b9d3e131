"""Boards of a connection, and their sprints."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

from jira_api.boards import find_board_sprints, get_board, get_sprint, list_boards
from jira_api.errors import JiraApiError, NotFoundError
from jira_api.pages import OffsetPage, walk_pages
from jira_api.paths import NumericId, is_numeric_id
from jira_api.records import Board, BoardType, Origin, Project, Sprint, SprintState
from oauth.errors import OAuthError
from resolvers.arguments import check_page_size, check_text
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.errors import BadUserInputError
from resolvers.pages import Page, page_at
from resolvers.projects import find_project
from resolvers.references import parse_board, parse_sprint

_WALK_SIZE = 50
LONGEST_NAME = 255
_WITHOUT_SPRINTS = frozenset({BoardType.KANBAN})


async def find_board(context: Context, origin: Origin, board_id: str) -> Board | None:
    """One board; None where Jira knows none, or hides it.

    Raises:
        BadUserInputError: the id has another form.
        JiraApiError: the call failed.
    """
    return await find_numbered_board(context, origin, parse_board(origin, board_id))


async def find_numbered_board(context: Context, origin: Origin, board_id: str) -> Board | None:
    """The board of an id that Jira gave; None also for what is no id, such as 0.

    Raises:
        JiraApiError: the call failed.
    """
    if not is_numeric_id(board_id):
        return None
    session, number = context.session_of(origin), NumericId(board_id)
    try:
        return await context.calls.once(
            (origin.label, "board", number), lambda: get_board(session, number)
        )
    except NotFoundError:
        return None


async def find_sprint(context: Context, origin: Origin, sprint_id: str) -> Sprint | None:
    """One sprint; None where Jira knows none, or hides it.

    Raises:
        BadUserInputError: the id has another form.
        JiraApiError: the call failed.
    """
    session, number = context.session_of(origin), parse_sprint(origin, sprint_id)
    try:
        return await context.calls.once(
            (origin.label, "sprint", number), lambda: get_sprint(session, number)
        )
    except NotFoundError:
        return None


async def page_boards(
    context: Context,
    origin: Origin,
    *,
    project_id: str | None,
    board_type: BoardType | None,
    name: str | None,
    first: int,
    after: str | None,
) -> Page[Board]:
    """A page of the boards of a project (by id), or of the whole site.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    if name is not None:
        check_text(name, argument="name", longest=LONGEST_NAME)
    check_board_type(board_type)

    query = f"{origin.label} boards {project_id} {board_type} {name!r}"
    cursors = Cursors(context.services.ring, query)
    start = cursors.read(after).offset
    found = await _load_boards(
        context, origin, project_id, board_type=board_type, name=name, start=start, size=first
    )
    return page_at(found, cursors, start=start)


async def resolve_project_id(context: Context, origin: Origin, id_or_key: str) -> str | None:
    """A project's number; None where Jira knows no such project.

    Raises:
        BadUserInputError: the id or key has another form.
        JiraApiError: the call failed.
    """
    project = await find_project(context, origin, id_or_key)
    return None if project is None else project.project_id


async def page_board_sprints(
    context: Context,
    board: Board,
    *,
    states: Collection[SprintState],
    first: int,
    after: str | None,
) -> Page[Sprint] | None:
    """A page of a board's sprints; None where the board has no sprints at all.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    check_states(states)
    query = f"{board.origin.label} board {board.board_id} sprints {_names(states)}"
    cursors = Cursors(context.services.ring, query)
    start = cursors.read(after).offset
    found = await _load_sprints(context, board, states, start=start, size=first)
    return None if found is None else page_at(found, cursors, start=start)


async def list_board_sprints(
    context: Context, board: Board, states: Collection[SprintState]
) -> list[Sprint] | None:
    """All sprints of a board, each once; None where the board has no sprints at all.

    Raises:
        InvalidResponseError: Jira's list does not end.
        JiraApiError: a call failed.
    """
    return await walk_pages(
        lambda start: _load_sprints(context, board, states, start=start, size=_WALK_SIZE),
        lambda sprint: sprint.sprint_id,
    )


async def supports_sprints(context: Context, board: Board) -> bool:
    """Whether a board has sprints; team-managed boards alone have to be asked.

    One that could not be asked counts as having them: its `sprints` then tell what went wrong.
    """
    if board.type is not BoardType.SIMPLE:
        return board.type not in _WITHOUT_SPRINTS
    with suppress(JiraApiError, OAuthError):
        return await _load_sprints(context, board, (), start=0, size=1) is not None
    return True


async def list_project_sprints(
    context: Context, project: Project, states: Collection[SprintState]
) -> list[Sprint]:
    """Every sprint of all boards of a project, each once, in the order of their ids.

    Raises:
        JiraApiError: a call failed.
    """
    boards = await _list_project_boards(context, project)
    listed = await asyncio.gather(*(list_board_sprints(context, board, states) for board in boards))
    found = {sprint.sprint_id: sprint for sprints in listed for sprint in sprints or ()}
    return sorted(found.values(), key=lambda sprint: int(sprint.sprint_id))


async def page_project_sprints(
    context: Context,
    project: Project,
    *,
    states: Collection[SprintState],
    first: int,
    after: str | None,
) -> Page[Sprint]:
    """A page of the sprints of all boards of a project, in the order of their ids.

    The place behind a cursor is a sprint's id, so sprints that come or go move nothing.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    check_states(states)
    query = f"{project.origin.label} project {project.project_id} sprints {_names(states)}"
    cursors = Cursors(context.services.ring, query)
    seen = cursors.read(after).offset
    sprints = await list_project_sprints(context, project, states)
    rest = [sprint for sprint in sprints if int(sprint.sprint_id) > seen]
    return Page(
        nodes=rest[:first],
        positions=[Position(None, int(sprint.sprint_id)) for sprint in rest[:first]],
        cursors=cursors,
        has_next=len(rest) > first,
        has_previous=seen > 0,
    )


async def _list_project_boards(context: Context, project: Project) -> Sequence[Board]:
    origin, project_id = project.origin, project.project_id
    boards = await walk_pages(
        lambda start: _load_boards(context, origin, project_id, start=start, size=_WALK_SIZE),
        lambda board: board.board_id,
    )
    return boards or ()


async def _load_boards(
    context: Context,
    origin: Origin,
    project_id: str | None,
    *,
    start: int,
    size: int,
    board_type: BoardType | None = None,
    name: str | None = None,
) -> OffsetPage[Board]:
    session = context.session_of(origin)
    return await context.calls.once(
        (origin.label, "boards", project_id, board_type, name, start, size),
        lambda: list_boards(
            session,
            project_id=None if project_id is None else NumericId(project_id),
            board_type=board_type,
            name=name,
            start=start,
            size=size,
        ),
    )


async def _load_sprints(
    context: Context, board: Board, states: Collection[SprintState], *, start: int, size: int
) -> OffsetPage[Sprint] | None:
    if board.type in _WITHOUT_SPRINTS:
        return None
    session, board_id = context.session_of(board.origin), NumericId(board.board_id)
    wanted = frozenset(states)
    return await context.calls.once(
        (board.origin.label, "board sprints", board_id, wanted, start, size),
        lambda: find_board_sprints(
            session, board_id, board_type=board.type, states=wanted, start=start, size=size
        ),
    )


def check_states(states: Collection[SprintState]) -> None:
    """Refuse the state that stands for what Juncture does not know.

    Raises:
        BadUserInputError: it is among them.
    """
    if SprintState.UNKNOWN in states:
        raise BadUserInputError("`states` cannot name UNKNOWN.", argument="states")


def check_board_type(board_type: BoardType | None) -> None:
    """Refuse the type that stands for what Juncture does not know.

    Raises:
        BadUserInputError: it is that one.
    """
    if board_type is BoardType.UNKNOWN:
        raise BadUserInputError("`type` cannot be UNKNOWN in a question.", argument="type")


def _names(states: Collection[SprintState]) -> str:
    return ",".join(sorted(state.value for state in set(states)))
