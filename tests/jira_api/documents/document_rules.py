"""Atlassian's rules for documents, written anew and apart from the code that is held against them.

Source: JSON schema of Atlassian documents (npm package @atlaskit/adf-schema 57.7, full), read
2026-11, for the kinds of nodes that are written from text and Markdown.
"""

from collections.abc import Callable, Iterator
from typing import Any

_BLOCKS = "paragraph codeBlock bulletList orderedList"
_LINE = "text hardBreak inlineCard mention"
_MAY_HOLD = {
    "doc": f"{_BLOCKS} heading blockquote rule table panel taskList",
    "panel": f"{_BLOCKS} heading rule taskList",
    "paragraph": _LINE,
    "heading": _LINE,
    "taskItem": _LINE,
    "taskList": "taskItem taskList",
    "codeBlock": "text",
    "blockquote": _BLOCKS,
    "bulletList": "listItem",
    "orderedList": "listItem",
    "listItem": f"{_BLOCKS} taskList",
    "table": "tableRow",
    "tableRow": "tableHeader tableCell",
    "tableHeader": f"{_BLOCKS} heading blockquote rule",
    "tableCell": f"{_BLOCKS} heading blockquote rule",
}
_NEVER_EMPTY = {"blockquote", "bulletList", "orderedList", "listItem", "table", "tableCell"} | {
    "tableHeader",
    "panel",
    "taskList",
}
_LEAVES = {"inlineCard": {"url"}, "mention": {"id", "text"}}
_PANELS = ("info", "note", "success", "warning", "error")
_KEYS = {"type", "content", "attrs"}
_MARK_KEYS = {"link": {"type", "attrs"}}


def list_faults(document: Any) -> list[str]:
    """What Jira would refuse in a document, in words; empty where it takes it."""
    faults = [] if document.get("version") == 1 else ["version"]
    faults += [] if document["type"] == "doc" else ["root"]
    root = {key: value for key, value in document.items() if key != "version"}
    return faults + list(_faults_of(root))


def _faults_of(node: Any) -> Iterator[str]:
    kind = node["type"]
    if kind == "text":
        yield from _text_faults(node)
    elif kind in _LEAVES:
        is_whole = node.keys() == {"type", "attrs"} and node["attrs"].keys() == _LEAVES[kind]
        yield from [] if is_whole else [f"attributes of {kind}: {node}"]
    elif kind in {"hardBreak", "rule"}:
        yield from [] if node == {"type": kind} else [f"more than a type: {node}"]
    else:
        yield from _holder_faults(node)


def _holder_faults(node: Any) -> Iterator[str]:
    kind, content = node["type"], node["content"]
    if not node.keys() <= _KEYS:
        yield f"keys of {kind}: {sorted(node)}"
    if not _attributes_fit(kind, node.get("attrs")):
        yield f"attributes of {kind}: {node.get('attrs')}"
    if not content and kind in _NEVER_EMPTY:
        yield f"empty {kind}"
    if kind == "listItem" and content and content[0]["type"] not in {"paragraph", "codeBlock"}:
        yield f"an item begins with {content[0]['type']}"
    if kind == "taskList" and content and content[0]["type"] != "taskItem":
        yield f"tasks begin with {content[0]['type']}"
    for child in content:
        if child["type"] not in _MAY_HOLD[kind].split():
            yield f"{child['type']} in {kind}"
        if kind == "codeBlock" and "marks" in child:
            yield "marks in code"
        yield from _faults_of(child)


def _attributes_fit(kind: str, attributes: Any) -> bool:
    if kind in _ATTRIBUTES:
        return isinstance(attributes, dict) and _ATTRIBUTES[kind](attributes)
    if kind == "codeBlock" and attributes is not None:
        return list(attributes) == ["language"] and isinstance(attributes["language"], str)
    return attributes is None


_ATTRIBUTES: dict[str, Callable[[Any], bool]] = {
    "heading": lambda given: list(given) == ["level"] and given["level"] in range(1, 7),
    "orderedList": lambda given: list(given) == ["order"] and given["order"] >= 0,
    "panel": lambda given: list(given) == ["panelType"] and given["panelType"] in _PANELS,
    "taskList": lambda given: list(given) == ["localId"],
    "taskItem": lambda given: (
        list(given) == ["localId", "state"] and given["state"] in {"TODO", "DONE"}
    ),
}


def _text_faults(node: Any) -> Iterator[str]:
    if not node["text"]:
        yield "empty text"
    if not node.keys() <= {"type", "text", "marks"}:
        yield f"keys of a text: {sorted(node)}"
    kinds = [mark["type"] for mark in node.get("marks", [])]
    if len(set(kinds)) < len(kinds) or not set(kinds) <= {"strong", "em", "strike", "code", "link"}:
        yield f"marks {kinds}"
    if "code" in kinds and not set(kinds) <= {"code", "link"}:
        yield f"code beside {kinds}"
    for mark in node.get("marks", []):
        if mark.keys() != _MARK_KEYS.get(mark["type"], {"type"}):
            yield f"keys of {mark}"
        if mark["type"] == "link" and not _is_link(mark["attrs"]):
            yield f"link to {mark['attrs']}"


def _is_link(attributes: Any) -> bool:
    scheme = attributes["href"].split(":")[0].lower()
    known = attributes.keys() <= {"href", "title"}
    return known and scheme in {"http", "https", "mailto"} and all(attributes.values())
