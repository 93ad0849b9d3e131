"""Tables in Markdown, without what GitHub's dialect leaves out of them."""

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table

from jira_api.documents.nodes import Node

_MOST_ADDED_CELLS = 1_000
_ADDED_CELLS = "added cells"
_BETWEEN_CELLS = " | "


def add_whole_tables(markdown: MarkdownIt) -> None:
    """Let a reader of Markdown know tables; none of their words is left out.

    In GitHub's dialect a row's cells beyond the header's are ignored: here they join its last cell.
    Short rows are filled up with empty cells. As a few characters can ask for a thousand of these,
    a text has no tables from the one on that would bring their number above a thousand.
    """
    markdown.block.ruler.at("table", _read_table, {"alt": ["paragraph", "reference"]})
    markdown.enable("table")


def without_empty_header(table: Node) -> Node:
    """The table without its header, where that has no words and is not the only row.

    Markdown has no table without a header; so one without words stands for none.
    """
    first, *rest = table["content"]
    is_empty = all(
        cell["type"] == "tableHeader" and not any(line["content"] for line in cell["content"])
        for cell in first["content"]
    )
    return {**table, "content": rest} if rest and is_empty else table


def _read_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it calls it so
    before = len(state.tokens)
    added = state.env.get(_ADDED_CELLS, 0)
    if added > _MOST_ADDED_CELLS or not table(state, start, end, silent):
        return False
    if silent:
        return True
    cells = {line: _cells(state, line) for line in range(start + 2, state.line)}
    width = len(_cells(state, start))
    state.env[_ADDED_CELLS] = added + sum(max(0, width - len(row)) for row in cells.values())
    if state.env[_ADDED_CELLS] > _MOST_ADDED_CELLS:
        del state.tokens[before:]
        state.line = start
        return False
    # Later tokens of a row overwrite earlier ones: what stays is its last cell.
    last = {t.map[0]: t for t in state.tokens[before:] if t.type == "inline" and t.map}
    for line, row in cells.items():
        last[line].content = _BETWEEN_CELLS.join([last[line].content, *map(mdTrim, row[width:])])
    return True


def _cells(state: StateBlock, line: int) -> list[str]:
    cells = escapedSplit(mdTrim(getLine(state, line)))
    if cells and cells[0] == "":
        cells.pop(0)
    if cells and cells[-1] == "":
        cells.pop()
    return cells
