"""Nodes of documents, written as shortly as tests read well."""

from typing import Any


def node(kind: str, *content: Any, **attributes: Any) -> dict[str, Any]:
    built: dict[str, Any] = {"type": kind}
    if content:
        built["content"] = list(content)
    return built | ({"attrs": attributes} if attributes else {})


def text(words: str, *marks: Any) -> dict[str, Any]:
    """A text node; a mark is its type, or its type and its attributes."""
    built = {"type": "text", "text": words}
    return built | ({"marks": [_mark(each) for each in marks]} if marks else {})


def _mark(mark: Any) -> dict[str, Any]:
    return {"type": mark} if isinstance(mark, str) else {"type": mark[0], "attrs": mark[1]}


def paragraph(words: str) -> dict[str, Any]:
    return node("paragraph", text(words))


def cell(*words: str) -> dict[str, Any]:
    return node("tableCell", *(paragraph(each) for each in words))


def document(*content: Any) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": list(content)}


def block(kind: str, *content: Any, **attributes: Any) -> dict[str, Any]:
    """A node that has content, if none of any kind; plain words are a text node."""
    nodes = [text(each) if isinstance(each, str) else each for each in content]
    attached = {"attrs": attributes} if attributes else {}
    return {"type": kind, **attached, "content": nodes}


def p(*content: Any) -> dict[str, Any]:
    return block("paragraph", *content)


def item(*content: Any) -> dict[str, Any]:
    return block("listItem", *content)


BREAK = {"type": "hardBreak"}
RULE = {"type": "rule"}
