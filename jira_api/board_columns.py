"""How a board is set up: its columns.

Source: Jira Software Cloud REST, agile 1.0, Get configuration, read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.json_values import (
    JsonObject,
    as_listing,
    as_object,
    find_int32,
    find_or_none,
    get_text,
    parse_records,
)
from jira_api.paths import NumericId, join_path


@dataclass(frozen=True, slots=True)
class ColumnSetup:
    """A column as the configuration has it: its statuses by their numbers, its limits if any."""

    name: str
    status_ids: tuple[str, ...]
    fewest: int | None
    most: int | None


async def list_board_columns(session: JiraSession, board_id: NumericId) -> Sequence[ColumnSetup]:
    """The columns of a board, from left to right.

    Raises:
        NotFoundError: no such board, or it is hidden.
        JiraApiError: the call failed.
    """
    path = join_path("/rest/agile/1.0/board/{}/configuration", board_id)
    raw = as_object(await session.get(path), "a board's configuration")
    columns = as_object(raw.get("columnConfig"), "a board's columns").get("columns")
    return tuple(_column(as_object(each, "a column")) for each in as_listing(columns, "columns"))


def _column(raw: JsonObject) -> ColumnSetup:
    return ColumnSetup(
        name=get_text(raw, "name"),
        status_ids=parse_records(raw, "statuses", lambda status: get_text(status, "id")),
        fewest=find_or_none(find_int32, raw, "min"),
        most=find_or_none(find_int32, raw, "max"),
    )
