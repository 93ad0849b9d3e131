"""The nodes of Atlassian documents that Juncture writes.

Source: JSON schema of Atlassian documents (npm package @atlaskit/adf-schema 57.7, full), read
2026-11.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from jira_api.json_values import JsonValue

Node: TypeAlias = dict[str, JsonValue]
Mark: TypeAlias = dict[str, JsonValue]


def document(content: Sequence[Node] = ()) -> Node:
    """The root of everything."""
    return {"version": 1, "type": "doc", "content": [*content]}


def block(kind: str, content: Sequence[Node] = (), **attributes: JsonValue) -> Node:
    """A node with content, and with attributes where some are given."""
    return {
        "type": kind,
        **({"attrs": attributes} if attributes else {}),
        "content": [*content],
    }


def text_nodes(text: str, marks: Sequence[Mark] = ()) -> list[Node]:
    """The text as one node, or as none where it is empty: Jira refuses an empty text node."""
    if not text:
        return []
    return [{"type": "text", "text": text, **({"marks": [*marks]} if marks else {})}]


def hard_break() -> Node:
    """A line's end within a block."""
    return {"type": "hardBreak"}


def card(address: str) -> Node:
    """A smart link: Jira shows it by the title of the page."""
    return {"type": "inlineCard", "attrs": {"url": address}}


def rule() -> Node:
    """A line across the page."""
    return {"type": "rule"}


def extend_line(line: list[Node], nodes: Iterable[Node]) -> None:
    """Add to what stands in a paragraph; neighbours with the same marks become one text node."""
    for node in nodes:
        last = line[-1] if line else hard_break()
        if last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            line[-1] = {**last, "text": last["text"] + node["text"]}
        else:
            line.append(node)
