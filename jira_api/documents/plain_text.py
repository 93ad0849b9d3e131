"""From a document to the plain text that it holds."""

from dataclasses import dataclass

from jira_api.documents.nodes import Node
from jira_api.documents.own_words import own_words, text_of
from jira_api.json_values import JsonValue

_BLOCKS = frozenset(
    {
        "paragraph", "heading", "codeBlock", "blockquote", "rule", "listItem", "taskItem",
        "decisionItem", "tableRow", "panel", "expand", "nestedExpand", "mediaSingle", "media",
        "blockCard", "embedCard", "extension", "caption",
    }
)  # fmt: skip
_TITLED = frozenset({"expand", "nestedExpand"})


def plain_text(document: JsonValue) -> str:
    """The words of a document, every block on a line of its own.

    Total over whatever is handed in: an unknown node gives the text of what lies in it.
    """
    pieces: list[str] = []
    _collect(document, pieces)
    lines = "".join(pieces).split("\n")
    return "\n".join(line.rstrip("\t ") for line in lines).strip("\n")


@dataclass(frozen=True, slots=True)
class _End:
    """Where a node ends: what is written there, and how many pieces stood before the node."""

    mark: str
    start: int


def _collect(document: JsonValue, pieces: list[str]) -> None:
    pending: list[JsonValue | _End] = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, _End):
            _add_mark(node, pieces)
        elif isinstance(node, dict):
            pending.append(_End(_closing(node), len(pieces)))
            pieces.extend(filter(None, [_own_text(node)]))
            children = node.get("content")
            pending.extend(reversed(children if isinstance(children, list) else []))


def _add_mark(end: _End, pieces: list[str]) -> None:
    if end.mark == "\t" and len(pieces) > end.start and pieces[-1] == "\n":
        # A cell's last paragraph shares the line of the next cell.
        pieces.pop()
    starts_line = not pieces or pieces[-1].endswith("\n")
    if end.mark and not (end.mark == "\n" and starts_line):
        pieces.append(end.mark)


def _closing(node: Node) -> str:
    kind = text_of(node, "type")
    if kind in _BLOCKS:
        return "\n"
    return "\t" if kind in {"tableCell", "tableHeader"} else ""


def _own_text(node: Node) -> str:
    kind = node.get("type")
    if kind == "hardBreak":
        return "\n"
    words = own_words(node)
    return f"{words}\n" if words and isinstance(kind, str) and kind in _TITLED else words
