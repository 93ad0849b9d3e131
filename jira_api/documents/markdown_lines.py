"""From the inside of a Markdown paragraph to text nodes with marks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from jira_api.documents.addresses import find_address, find_page
from jira_api.documents.nodes import Mark, Node, card, extend_line, hard_break, text_nodes

_MARKS: Mapping[str, str] = {"strong": "strong", "em": "em", "s": "strike"}
_ORDER = ("link", "em", "strong", "strike", "code")
_BESIDE_CODE = frozenset({"link", "code"})
_DATA = "data:"


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around words: a mark, or none for a link that Jira cannot hold; and its tail.

    `page` is the address of a smart link, which takes the place of the words.
    """

    mark: Mark | None
    tail: str = ""
    page: str | None = None


def read_line(tokens: Iterable[Token]) -> list[Node]:
    """The text nodes and hard breaks of a paragraph, a heading or a table's cell.

    A soft break is a blank. A link keeps its mark where it leads to http, https or mailto; another
    is its text and its address in parentheses, which an address that is its own text does not need.
    An image is its alternative text, or its address where it has none, and is taken as such a link.
    An address of a page between angle brackets is a smart link, but for one within a link.
    """
    line: list[Node] = []
    around: list[_Around] = []
    for token in tokens:
        if token.nesting > 0:
            is_linked = any(each.mark and each.mark["type"] == "link" for each in around)
            around.append(_read_opening(token, is_linked=is_linked))
        elif token.nesting < 0:
            tail = around.pop().tail
            extend_line(line, text_nodes(tail, order_marks(each.mark for each in around)))
        elif token.type == "hardbreak":
            line.append(hard_break())
        elif around and around[-1].page is not None:
            line.append(card(around[-1].page))
        else:
            marks = order_marks([*(each.mark for each in around), *_own_marks(token)])
            words = _words(token)
            tail = _image_tail(token, words) if token.type == "image" else ""
            extend_line(line, text_nodes(words + tail, marks))
    return line


def _read_opening(token: Token, *, is_linked: bool) -> _Around:
    kind = _MARKS.get(token.type.removesuffix("_open"))
    if kind:
        return _Around({"type": kind})
    page = find_page(str(token.attrGet("href") or "")) if token.info == "auto" else None
    if page is not None and not is_linked:
        return _Around(None, page=page)
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
    address = find_address(str(token.attrGet(attribute) or ""))
    if address is None:
        return None
    title = token.attrGet("title")
    return {"type": "link", "attrs": {"href": address, **({"title": title} if title else {})}}


def order_marks(around: Iterable[Mark | None]) -> list[Mark]:
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
