"""From the inside of a Markdown paragraph to text nodes with marks."""

import re
from collections.abc import Iterable, Mapping

from markdown_it.token import Token

from jira_api.documents.nodes import Mark, Node, extend_line, hard_break, text_nodes

_MARKS: Mapping[str, str] = {"strong": "strong", "em": "em", "s": "strike"}
_ORDER = ("link", "em", "strong", "strike", "code")
_BESIDE_CODE = frozenset({"link", "code"})
_LINKED = re.compile(r"https?://[^/?#]|mailto:[^?]", re.IGNORECASE)
_IMAGE_AS_DATA = "data:"


def read_line(tokens: Iterable[Token]) -> list[Node]:
    """The text nodes and hard breaks of a paragraph, a heading or a table's cell.

    A soft break is a blank. A link keeps its mark where it leads to http, https or mailto. An image
    is its alternative text, or its address where it has none, with a link to it.
    """
    line: list[Node] = []
    # None stands for a link that is only its text, so that every closing token takes one away.
    around: list[Mark | None] = []
    for token in tokens:
        if token.nesting > 0:
            around.append(_mark_of(token))
        elif token.nesting < 0:
            around.pop()
        elif token.type == "hardbreak":
            line.append(hard_break())
        else:
            marks = _in_order([*around, *_own_marks(token)])
            extend_line(line, text_nodes(_words(token), marks))
    return line


def _mark_of(token: Token) -> Mark | None:
    kind = _MARKS.get(token.type.removesuffix("_open"))
    return {"type": kind} if kind else _link(token, "href")


def _own_marks(token: Token) -> list[Mark | None]:
    if token.type == "code_inline":
        return [{"type": "code"}]
    return [_link(token, "src")] if token.type == "image" else []


def _link(token: Token, attribute: str) -> Mark | None:
    address = str(token.attrGet(attribute) or "")
    if not _LINKED.match(address):
        return None
    title = token.attrGet("title")
    return {"type": "link", "attrs": {"href": address, **({"title": title} if title else {})}}


def _in_order(around: Iterable[Mark | None]) -> list[Mark]:
    """Each kind once, the outermost; beside code only a link, as Jira has it."""
    marks: dict[str, Mark] = {}
    for mark in around:
        if mark is not None:
            marks.setdefault(mark["type"], mark)
    kept = _BESIDE_CODE if "code" in marks else marks.keys()
    return [marks[kind] for kind in _ORDER if kind in marks and kind in kept]


def _words(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return _image_words(token) if token.type == "image" else token.content


def _image_words(image: Token) -> str:
    alternative = "".join(_words(child) for child in image.children or [])
    address = str(image.attrGet("src") or "")
    if alternative.strip() or address.startswith(_IMAGE_AS_DATA):
        return alternative
    return address
