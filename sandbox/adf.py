"""Atlassian documents made from plain text or wiki markup, and read back as plain text."""

from typing import Any

from sandbox.world import JsonObject


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
