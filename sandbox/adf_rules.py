"""What an Atlassian document must be for Jira to take it.

A node that joins them gets a row in `_CHILDREN`, and its place in the rows of what may hold it.
Attributes are left alone, and so are the order and the least number of a node's children.

Source: JSON schema of Atlassian documents (npm package @atlaskit/adf-schema 57.7, full), read
2026-11. More lenient at four places, where documents that people made by hand break it: cells may
hold what paragraphs hold, expands and panels may hold expands, list items may hold quotes.
"""

from collections.abc import Mapping
from typing import Any, Final

_DEEPEST: Final = 200
"""Levels of nodes below a document: more than any editor makes, fewer than exhaust a reader."""

_NONE: Final[frozenset[str]] = frozenset()
_TASKS: Final = frozenset({"taskItem", "blockTaskItem", "taskList"})
_CAPTION: Final = frozenset(
    {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder"}
)
_INLINE: Final = _CAPTION | {"inlineExtension", "mediaInline"}
_LISTS: Final = frozenset({"bulletList", "orderedList", "taskList"})
_MEDIA: Final = frozenset({"mediaSingle", "mediaGroup"})
_PANEL: Final = (
    _LISTS
    | _MEDIA
    | {"paragraph", "heading", "codeBlock", "rule", "decisionList", "blockCard", "extension"}
)
_BODY: Final = _PANEL | {"panel", "blockquote", "table", "embedCard"}
_COLUMN: Final = _BODY | {"expand", "bodiedExtension"}
_CELL: Final = _INLINE | (_BODY - {"table"}) | {"nestedExpand"}
_NESTED: Final = _MEDIA | {"paragraph", "heading", "codeBlock", "panel", "rule", "extension"}

_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "doc": _COLUMN | {"layoutSection", "syncBlock", "bodiedSyncBlock"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": frozenset({"text"}),
    "blockquote": _MEDIA | {"paragraph", "codeBlock", "bulletList", "orderedList", "extension"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _LISTS | {"paragraph", "codeBlock", "mediaSingle", "extension", "blockquote"},
    "taskList": _TASKS,
    "taskItem": _INLINE,
    "blockTaskItem": frozenset({"paragraph", "extension"}),
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "panel": _PANEL | {"expand"},
    "expand": _BODY | {"nestedExpand", "expand"},
    "nestedExpand": _NESTED | _LISTS | {"blockquote", "decisionList"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableHeader", "tableCell"}),
    "tableHeader": _CELL,
    "tableCell": _CELL,
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": _CAPTION,
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": _COLUMN,
    "bodiedExtension": _BODY,
    "bodiedSyncBlock": _BODY | {"layoutSection", "expand"},
}
"""What may lie directly in each kind of node; one without a row holds nothing."""

_MARKS: Final = frozenset(
    {
        "alignment",
        "annotation",
        "backgroundColor",
        "border",
        "breakout",
        "code",
        "dataConsumer",
        "em",
        "fontSize",
        "fragment",
        "indentation",
        "link",
        "strike",
        "strong",
        "subsup",
        "textColor",
        "underline",
    }
)


def is_document(value: Any) -> bool:
    """Whether a JSON value means to be a document: its outermost node, whatever lies in it."""
    return (
        isinstance(value, dict)
        and (value.get("type"), value.get("version")) == ("doc", 1)
        and isinstance(value.get("content"), list)
    )


def is_valid(document: dict[str, Any]) -> bool:
    """Whether every node of a document is known, is whole, and may lie where it does."""
    waiting: list[tuple[dict[str, Any], int]] = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        children = node.get("content", [])
        if depth > _DEEPEST or not _is_whole(node) or not isinstance(children, list):
            return False
        allowed = _CHILDREN.get(node["type"], _NONE)
        if not all(isinstance(child, dict) and _read_type(child) in allowed for child in children):
            return False
        waiting += ((child, depth + 1) for child in children)
    return True


def _read_type(part: dict[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""


def _is_whole(node: dict[str, Any]) -> bool:
    text = node.get("text")
    has_text = isinstance(text, str) and text != ""
    marks = node.get("marks", [])
    if not (has_text if node["type"] == "text" else text is None):
        return False
    return isinstance(marks, list) and all(
        isinstance(mark, dict) and _read_type(mark) in _MARKS for mark in marks
    )
