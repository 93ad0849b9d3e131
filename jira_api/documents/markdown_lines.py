"""From the inside of a Markdown paragraph to text nodes with marks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from jira_api.documents.nodes import Mark, Node, extend_line, hard_break, text_nodes

_MARKS: Mapping[str, str] = {"strong": "strong", "em": "em", "s": "strike"}
_ORDER = ("link", "em", "strong", "strike", "code")
_BESIDE_CODE = frozenset({"link", "code"})
_LINKED = re.compile(r"https?://[^/?#]|mailto:[^?]", re.IGNORECASE)
_DATA = "data:"


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around words: a mark, or none for a link that Jira cannot hold; and its tail."""

    mark: Mark | None
    tail: str = ""


def read_line(tokens: Iterable[Token]) -> list[Node]:
    """The text nodes and hard breaks of a paragraph, a heading or a table's cell.

    A soft break is a blank. A link keeps its mark where it leads to http, https or mailto; another
    is its text and its address in parentheses, which an address that is its own text does not need.
    An image is its alternative text, or its address where it has none, and is taken as such a link.
    """
    line: list[Node] = []
    around: list[_Around] = []
    for token in tokens:
        if token.nesting > 0:
            around.append(_read_opening(token))
        elif token.nesting < 0:
            tail = around.pop().tail
            extend_line(line, text_nodes(tail, _in_order(each.mark for each in around)))
        elif token.type == "hardbreak":
            line.append(hard_break())
        else:
            marks = _in_order([*(each.mark for each in around), *_own_marks(token)])
            words = _words(token)
            tail = _image_tail(token, words) if token.type == "image" else ""
            extend_line(line, text_nodes(words + tail, marks))
    return line


def _read_opening(token: Token) -> _Around:
    kind = _MARKS.get(token.type.removesuffix("_open"))
    if kind:
        return _Around({"type": kind})
    link = _link(token, "href")
    is_shown = link is not None or token.info == "auto"
    return _Around(link, "" if is_shown else _in_parentheses(str(token.attrGet("href") or "")))


def _in_parentheses(address: str) -> str:
    return f" ({address})" if address and not address.startswith(_DATA) else ""


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
    if alternative.strip() or address.startswith(_DATA):
        return alternative
    return address


def _image_tail(image: Token, words: str) -> str:
    address = str(image.attrGet("src") or "")
    return "" if _link(image, "src") or words == address else _in_parentheses(address)
