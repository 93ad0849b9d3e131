"""Which node may lie in which, for the nodes that Juncture writes, and what stands in where not.

A kind that joins the written ones gets a row in `CHILDREN`, and one in `_INSTEAD` where some row
does not list it.

Source: JSON schema of Atlassian documents (npm package @atlaskit/adf-schema 57.7, full), read
2026-11. Stricter at two places: an item begins with a paragraph or with code, as its older editions
ask, and a table's cell holds paragraphs alone, since Markdown has no more for it.
"""

from collections.abc import Callable, Mapping

from jira_api.documents.nodes import Node, block, extend_line, text_nodes
from jira_api.documents.tasks import bullets_of_tasks
from jira_api.json_values import JsonValue

_LINE = frozenset({"text", "hardBreak", "inlineCard", "mention"})
_SIMPLE = frozenset({"paragraph", "codeBlock", "bulletList", "orderedList"})

CHILDREN: Mapping[str, frozenset[str]] = {
    "doc": _SIMPLE | {"heading", "blockquote", "rule", "table", "panel", "taskList"},
    "blockquote": _SIMPLE,
    "panel": _SIMPLE | {"heading", "rule", "taskList"},
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": _LINE,
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _SIMPLE | {"taskList"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableHeader", "tableCell"}),
    "tableHeader": frozenset({"paragraph"}),
    "tableCell": frozenset({"paragraph"}),
    "paragraph": _LINE,
    "heading": _LINE,
    "codeBlock": frozenset({"text"}),
}
"""What may lie directly in each kind of node; a kind without a row holds nothing."""

_FIRST: Mapping[str, frozenset[str]] = {
    "listItem": frozenset({"paragraph", "codeBlock"}),
    "blockquote": _SIMPLE,
    "panel": CHILDREN["panel"],
}
"""What must come first in these kinds, which may not be empty."""

_BETWEEN_CELLS = " | "


def fit_node(node: Node, parent: str) -> list[Node]:
    """The node as the parent may hold it: itself, or simpler ones with the same words."""
    if node["type"] in CHILDREN[parent]:
        return [node]
    simpler = _INSTEAD[node["type"]](node)
    return [fitting for each in simpler for fitting in fit_node(each, parent)]


def complete_node(node: Node) -> None:
    """Give a node whose content is complete the paragraph that must come first, if one must."""
    first = _FIRST.get(node["type"])
    content = node["content"]
    if first is not None and (not content or content[0]["type"] not in first):
        content.insert(0, block("paragraph"))


def _strong_paragraph(heading: Node) -> list[Node]:
    return [block("paragraph", [_strengthened(node) for node in heading["content"]])]


def _strengthened(node: Node) -> Node:
    marks: list[JsonValue] = node.get("marks", [])
    kinds = {mark["type"] for mark in marks}
    if node["type"] != "text" or kinds & {"code", "strong"}:
        return node
    return {**node, "marks": [*marks, {"type": "strong"}]}


def _rows_as_paragraphs(table: Node) -> list[Node]:
    return [_row_as_paragraph(row) for row in table["content"]]


def _row_as_paragraph(row: Node) -> Node:
    line: list[Node] = []
    for number, cell in enumerate(row["content"]):
        extend_line(line, text_nodes(_BETWEEN_CELLS if number else ""))
        for paragraph in cell["content"]:
            extend_line(line, paragraph["content"])
    return block("paragraph", line)


def _own_content(holder: Node) -> list[Node]:
    content: list[Node] = holder["content"]
    return content


def _nothing(_: Node) -> list[Node]:
    return []


_INSTEAD: Mapping[str, Callable[[Node], list[Node]]] = {
    "heading": _strong_paragraph,
    "blockquote": _own_content,
    "panel": _own_content,
    "taskList": bullets_of_tasks,
    "rule": _nothing,
    "table": _rows_as_paragraphs,
}
