"""What Markdown can carry of a table: cells of one line, a header above, and nothing merged."""

from collections.abc import Callable, Sequence

from jira_api.documents.carried_lines import children_of
from jira_api.documents.nodes import Node, block
from jira_api.documents.own_words import attributes_of

_MOST_ADDED_CELLS = 1_000
_HEADER, _CELL = "tableHeader", "tableCell"
_Line = list[Node]


def carried_table(table: Node, line_of: Callable[[Node], _Line]) -> Node:
    """The table with as many cells in each row; `line_of` makes one line of a cell.

    What a cell takes of other columns and rows is empty cells. A first row that is not all headers
    is like the others. Where more than a thousand cells would have to be added, rows stay short.
    """
    rows = [children_of(row) for row in children_of(table)]
    first = rows[0] if rows else []
    is_headed = bool(first) and all(cell.get("type") == _HEADER for cell in first)
    lines = _spread(rows, line_of)
    width = max(map(len, lines), default=0)
    if sum(width - len(row) for row in lines) <= _MOST_ADDED_CELLS:
        lines = [[*row, *([] for _ in range(width - len(row)))] for row in lines]
    return block(
        "table",
        [
            _row(_HEADER if is_headed and not number else _CELL, row)
            for number, row in enumerate(lines)
            if row
        ],
    )


def has_whole_rows(table: Node) -> bool:
    """Whether all rows have as many cells."""
    return len({len(row["content"]) for row in table["content"]}) == 1


def _row(kind: str, lines: Sequence[_Line]) -> Node:
    return block("tableRow", [block(kind, [block("paragraph", line)]) for line in lines])


def _spread(rows: Sequence[Sequence[Node]], line_of: Callable[[Node], _Line]) -> list[list[_Line]]:
    """The lines of each row, with empty ones where a cell of before or above reaches over."""
    spread: list[list[_Line]] = []
    reaching: dict[int, int] = {}
    left = _MOST_ADDED_CELLS
    for cells in rows:
        row: list[_Line] = []
        for cell in cells:
            left -= _skip_reached(row, reaching)
            wide = max(1, min(_span(cell, "colspan"), left + 1))
            high = _span(cell, "rowspan")
            for column in range(len(row), len(row) + wide):
                reaching[column] = high - 1
            row += [line_of(cell), *([] for _ in range(wide - 1))]
            left -= wide - 1
        left -= _skip_reached(row, reaching)
        spread.append(row)
        reaching = {} if left <= 0 else reaching
    return spread


def _skip_reached(row: list[_Line], reaching: dict[int, int]) -> int:
    before = len(row)
    while reaching.get(len(row), 0) > 0:
        reaching[len(row)] -= 1
        row.append([])
    return len(row) - before


def _span(cell: Node, key: str) -> int:
    span = attributes_of(cell).get(key)
    return span if isinstance(span, int) and span > 1 else 1
