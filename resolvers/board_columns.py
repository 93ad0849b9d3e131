"""The columns of a board."""

from collections.abc import Sequence
from dataclasses import dataclass

from jira_api.board_columns import ColumnSetup, list_board_columns
from jira_api.paths import NumericId
from jira_api.records import Board, Status
from jira_api.site_metadata import list_statuses
from resolvers.context import Context
from resolvers.defined import load_defined


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column with the statuses that stand in it, and how many issues it should hold."""

    name: str
    statuses: Sequence[Status]
    fewest: int | None
    most: int | None


async def load_board_columns(
    context: Context, board: Board, *, has_statuses: bool
) -> Sequence[BoardColumn]:
    """The columns of a board, from left to right; without statuses unless those are wanted.

    A status that the site does not list, since no workflow uses it any more, is left out.

    Raises:
        JiraApiError: a call failed.
    """
    session, board_id = context.session_of(board.origin), NumericId(board.board_id)
    columns = await context.calls.once(
        (board.origin.label, "board columns", board_id),
        lambda: list_board_columns(session, board_id),
    )
    listed = await load_defined(context, board.origin, list_statuses) if has_statuses else ()
    known = {status.status_id: status for status in listed}
    return [_fill(column, known) for column in columns]


def _fill(column: ColumnSetup, known: dict[str, Status]) -> BoardColumn:
    statuses = [known[status_id] for status_id in column.status_ids if status_id in known]
    return BoardColumn(column.name, statuses, column.fewest, column.most)
