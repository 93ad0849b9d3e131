"""The words that a node has of its own, in every form alike."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from jira_api.documents.nodes import Node
from jira_api.json_values import JsonValue

ATTACHMENT = "(attachment)"
"""What stands for a file or picture without words of its own."""

_UNHELD = re.compile(r"[\x00\ud800-\udfff]")


def own_words(node: Node) -> str:
    """What a node says besides that which lies in it; "" where that is nothing.

    Total over whatever the node holds. One of an unknown kind says its text.
    """
    kind = node.get("type")
    find = _OWN.get(kind) if isinstance(kind, str) else None
    if find is None:
        return text_of(node, "text") or text_of(attributes_of(node), "text")
    return find(node)


def clean_text(text: str) -> str:
    """The text with the sign for unknown characters in the place of those that UTF-8 has not."""
    return _UNHELD.sub("\ufffd", text)


def attributes_of(node: Node) -> Node:
    """The attributes of any node."""
    attributes = node.get("attrs")
    return attributes if isinstance(attributes, dict) else {}


def text_of(holder: Node, *keys: str) -> str:
    """The first of these that is a text with something in it."""
    found = (holder.get(key) for key in keys)
    return clean_text(next((each for each in found if isinstance(each, str) and each), ""))


def name_of(mention: Node) -> str:
    """A mention as people write it: `@Ada`."""
    attributes = attributes_of(mention)
    name = text_of(attributes, "text").removeprefix("@")
    person = text_of(attributes, "id")
    return f"@{name}" if name else f"@[{person}]" if person else "@"


def page_of(node: Node) -> str:
    """The address of a smart link."""
    attributes = attributes_of(node)
    data = attributes.get("data")
    return text_of(attributes, "url") or (text_of(data, "url") if isinstance(data, dict) else "")


def day_of(milliseconds: JsonValue) -> str:
    """The day of an instant of a `date`, as 2026-01-31; "" for what is none."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def _attribute(*keys: str) -> Callable[[Node], str]:
    return lambda node: text_of(attributes_of(node), *keys)


def _nothing(_: Node) -> str:
    return ""


_HOLDERS = (
    "paragraph", "caption", "heading", "codeBlock", "blockquote", "panel", "bulletList",
    "orderedList", "listItem", "taskList", "taskItem", "blockTaskItem", "decisionList",
    "decisionItem", "table", "tableRow", "tableHeader", "tableCell", "rule", "hardBreak",
)  # fmt: skip
_OWN: Mapping[str, Callable[[Node], str]] = {
    **dict.fromkeys(_HOLDERS, _nothing),
    "text": lambda node: text_of(node, "text"),
    "mention": name_of,
    "emoji": _attribute("text", "shortName"),
    "status": _attribute("text"),
    "placeholder": _attribute("text"),
    "date": lambda node: day_of(attributes_of(node).get("timestamp")),
    "expand": _attribute("title"),
    "nestedExpand": _attribute("title"),
    "inlineCard": page_of,
    "blockCard": page_of,
    "embedCard": page_of,
    "media": lambda node: text_of(attributes_of(node), "alt", "url") or ATTACHMENT,
    "mediaInline": lambda node: text_of(attributes_of(node), "alt") or ATTACHMENT,
}
