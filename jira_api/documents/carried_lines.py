"""What Markdown can carry of that which stands in a paragraph."""

import re
from collections.abc import Callable, Iterable, Mapping

from jira_api.documents.addresses import find_address, find_page
from jira_api.documents.markdown_lines import order_marks
from jira_api.documents.mentions import is_found_alone
from jira_api.documents.nodes import Mark, Node, card, extend_line, hard_break, text_nodes
from jira_api.documents.own_words import attributes_of, name_of, own_words, page_of, text_of
from jira_api.documents.plain_text import plain_text
from jira_api.json_values import JsonValue

INLINE = frozenset(
    {
        "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder",
        "inlineExtension", "mediaInline",
    }
)  # fmt: skip
"""The kinds of nodes that stand in a paragraph."""

DEEPEST = 60
"""Levels of nodes that are looked at one by one: below them only the words are kept."""

_LINE_ENDS = re.compile(r"\r\n?|\n")
_RUNNING = re.compile(r"\s*(?:javascript|vbscript|data):", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[^\[\]\r\n]+")
_NOT_AT_EDGES = "\x0b"
_MARKS = frozenset({"strong", "em", "strike", "code"})
_ALONE_WITH_LINK = "code"


def carried_line(nodes: Iterable[JsonValue], depth: int = 0) -> list[Node]:
    """Text with the marks that Markdown has, hard breaks and smart links, for any nodes.

    Everything else that stands in a line is its words.
    """
    line: list[Node] = []
    tail, address = "", ""
    every = [node for node in nodes if isinstance(node, dict)]
    for node, follower in zip(every, [*every[1:], None], strict=False):
        href = _foreign_address(node)
        if href != address:
            extend_line(line, text_nodes(tail))
            tail, address = f" ({href})" if href else "", href
        if node.get("type") == "mention":
            before, after = _plain(line[-1] if line else None), _plain(follower)
            extend_line(line, _carried_text(_written_name(node, before, after)))
        else:
            extend_line(line, _carried(node, depth))
    extend_line(line, text_nodes(tail))
    return line


def _plain(neighbour: Node | None) -> str:
    """The words of a neighbour that would be one text with a name beside it."""
    if neighbour is None or neighbour.get("type") != "text" or neighbour.get("marks"):
        return ""
    return text_of(neighbour, "text")


def trim_line(line: list[Node]) -> list[Node]:
    """The line without what nothing in Markdown stands for at both ends: vertical tabs."""
    trimmed = [*line]
    for place in (0, -1):
        while trimmed and trimmed[place]["type"] == "text" and not _is_code(trimmed[place]):
            text = trimmed[place]["text"]
            rest = text.rstrip(_NOT_AT_EDGES) if place else text.lstrip(_NOT_AT_EDGES)
            if rest:
                trimmed[place] = {**trimmed[place], "text": rest}
                break
            trimmed.pop(place)
    return trimmed


def children_of(node: Node) -> list[Node]:
    """The nodes in any node."""
    content = node.get("content")
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def _written_name(mention: Node, before: str, after: str) -> str:
    """A mention as it is found again: `@[Ada (Ops)]` where it would begin or end elsewhere."""
    name = name_of(mention).removeprefix("@")
    is_alone = not _IN_BRACKETS.fullmatch(name) or is_found_alone(name, before, after)
    return f"@{name}" if is_alone else f"@[{name}]"


def _carried(node: Node, depth: int) -> list[Node]:
    kind = node.get("type")
    if kind == "text":
        return _carried_text(text_of(node, "text"), _carried_marks(node))
    if kind == "hardBreak":
        return [hard_break()]
    if kind == "inlineCard":
        return carried_card(node)
    write = _WORDS.get(kind) if isinstance(kind, str) else None
    if write is not None:
        return _carried_text(write(node))
    if depth > DEEPEST:
        return _carried_text(plain_text(node))
    line = _carried_text(own_words(node))
    extend_line(line, carried_line(children_of(node), depth + 1))
    return line


def carried_card(node: Node) -> list[Node]:
    """A smart link; one that leads to no page is its address."""
    written = page_of(node)
    page = find_page(written)
    return _carried_text(written) if page is None else [card(page)]


def _carried_text(text: str, marks: Iterable[Mark] = ()) -> list[Node]:
    every = [*marks]
    line: list[Node] = []
    if _ALONE_WITH_LINK in {mark["type"] for mark in every}:
        return text_nodes(_LINE_ENDS.sub(" ", text), every)
    for number, piece in enumerate(_LINE_ENDS.split(text)):
        line += [*([hard_break()] if number else []), *text_nodes(piece, every)]
    return line


def _carried_marks(node: Node) -> list[Mark]:
    marks = node.get("marks")
    given = [each for each in marks if isinstance(each, dict)] if isinstance(marks, list) else []
    return order_marks(_carried_mark(each) for each in given)


def _carried_mark(mark: Mark) -> Mark | None:
    kind = mark.get("type")
    if kind == "link":
        address = find_address(text_of(attributes_of(mark), "href"))
        title = text_of(attributes_of(mark), "title")
        titled = {"title": title} if title else {}
        return None if address is None else {"type": kind, "attrs": {"href": address, **titled}}
    return {"type": kind} if isinstance(kind, str) and kind in _MARKS else None


def _foreign_address(node: Node) -> str:
    """Where a text's link leads, if to nothing that Markdown is let link to."""
    marks = node.get("marks")
    if node.get("type") != "text" or not isinstance(marks, list):
        return ""
    for mark in marks:
        if isinstance(mark, dict) and mark.get("type") == "link":
            href = _LINE_ENDS.sub(" ", text_of(attributes_of(mark), "href"))
            is_carried = find_address(href) is not None
            return "" if is_carried or _RUNNING.match(href) else href
    return ""


def _is_code(node: Node) -> bool:
    return any(mark["type"] == "code" for mark in node.get("marks", ()))


_WORDS: Mapping[str, Callable[[Node], str]] = {
    "emoji": own_words,
    "status": own_words,
    "date": own_words,
    "placeholder": own_words,
    "media": own_words,
    "mediaInline": own_words,
}
