"""Atlassian documents made from plain text or wiki markup, and read back as plain text."""

from typing import Any, Final

from sandbox.world import JsonObject

_DEEPEST: Final = 200
"""Levels of nodes below a document: more than any editor makes, fewer than exhaust a reader."""


def build_document(text: str) -> JsonObject:
    """A document of paragraphs: one a block between blank lines, hard breaks for line ends.

    Keeps every character: paragraphs joined by two line ends and hard breaks read as one give
    the text back, with its CRLF as LF.
    """
    content: list[JsonObject] = []
    if text:
        content = [_build_paragraph(block) for block in text.replace("\r\n", "\n").split("\n\n")]
    return {"version": 1, "type": "doc", "content": content}


def _build_paragraph(block: str) -> JsonObject:
    nodes: list[JsonObject] = []
    for number, line in enumerate(block.split("\n")):
        if number:
            nodes.append({"type": "hardBreak"})
        if line:
            nodes.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": nodes} if nodes else {"type": "paragraph"}


def is_document(value: Any) -> bool:
    """Whether a JSON value is a document whose every node can stand in one."""
    if not isinstance(value, dict) or (value.get("type"), value.get("version")) != ("doc", 1):
        return False
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            return False
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            return False
        text, content = node.get("text"), node.get("content", [])
        if not isinstance(content, list) or (node["type"] == "text") != bool(text):
            return False
        waiting += ((child, depth + 1) for child in content)
    return isinstance(value.get("content"), list)


def read_text(document: Any) -> str:
    """The text of a document, its blocks apart by blank lines; "" for what is no document."""
    if not isinstance(document, dict):
        return ""
    if document.get("type") == "text":
        return str(document.get("text", ""))
    if document.get("type") == "hardBreak":
        return "\n"
    glue = "" if document.get("type") == "paragraph" else "\n\n"
    return glue.join(read_text(node) for node in document.get("content", ()))
