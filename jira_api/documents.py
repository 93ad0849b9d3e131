"""Atlassian documents (ADF), and the plain text that they hold."""

from dataclasses import dataclass
from datetime import UTC, datetime

from jira_api.json_values import JsonValue

_BLOCKS = frozenset(
    {
        "paragraph", "heading", "codeBlock", "blockquote", "rule", "listItem", "taskItem",
        "decisionItem", "tableRow", "panel", "expand", "nestedExpand", "mediaSingle", "blockCard",
        "caption",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RichText:
    """A document as Jira stores it."""

    adf: JsonValue

    @property
    def text(self) -> str:
        """The words alone: a line for each block, list item and table row; a tab between cells."""
        return plain_text(self.adf)


def plain_text(document: JsonValue) -> str:
    """The words of a document, every block on a line of its own.

    Total over whatever is handed in: an unknown node gives the text of what lies in it.
    """
    pieces: list[str] = []
    _collect(document, pieces)
    lines = "".join(pieces).split("\n")
    return "\n".join(line.rstrip("\t ") for line in lines).strip("\n")


def _collect(document: JsonValue, pieces: list[str]) -> None:
    pending: list[JsonValue | str] = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            _add_mark(node, pieces)
        elif isinstance(node, dict):
            pieces.extend(filter(None, [_own_text(node)]))
            pending.append(_closing(node))
            children = node.get("content")
            pending.extend(reversed(children if isinstance(children, list) else []))


def _add_mark(mark: str, pieces: list[str]) -> None:
    starts_line = not pieces or pieces[-1].endswith("\n")
    if mark and not (mark == "\n" and starts_line):
        pieces.append(mark)


def _closing(node: JsonValue) -> str:
    kind = node.get("type")
    if kind in _BLOCKS:
        return "\n"
    return "\t" if kind in {"tableCell", "tableHeader"} else ""


def _own_text(node: JsonValue) -> str:
    kind = node.get("type")
    if kind == "hardBreak":
        return "\n"
    if kind == "text":
        return str(node.get("text", ""))
    attributes = node.get("attrs")
    if not isinstance(attributes, dict):
        return ""
    if kind in {"inlineCard", "blockCard", "embedCard"}:
        return str(attributes.get("url", ""))
    if kind in {"mention", "emoji", "status"}:
        return str(attributes.get("text") or attributes.get("shortName") or "")
    return _day(attributes.get("timestamp")) if kind == "date" else ""


def _day(milliseconds: JsonValue) -> str:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
