"""From a document to HTML that a page may show as it is."""

from collections.abc import Callable, Iterable, Mapping
from html import escape

import nh3

from jira_api.documents.addresses import find_address, find_page
from jira_api.documents.carried_lines import DEEPEST, children_of
from jira_api.documents.from_markdown import find_language
from jira_api.documents.nodes import Mark, Node
from jira_api.documents.own_words import ATTACHMENT, attributes_of, own_words, page_of, text_of
from jira_api.documents.plain_text import plain_text
from jira_api.json_values import JsonValue

_ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href", "title"},
    "aside": {"data-panel"},
    "code": {"data-language"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
}
_TAGS = frozenset(
    {
        "blockquote", "br", "details", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
        "h6", "hr", "li", "mark", "p", "pre", "s", "strong", "sub", "summary", "sup", "table",
        "tbody", "tr", "u", "ul", *_ATTRIBUTES,
    }
)  # fmt: skip
_SCHEMES = frozenset({"http", "https", "mailto"})
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes=dict(_ATTRIBUTES),
    url_schemes=set(_SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
_MARKS = {"strong": "strong", "em": "em", "strike": "s", "code": "code", "underline": "u"}
_PANELS = frozenset({"info", "note", "tip", "success", "warning", "error", "custom"})
_MOST_SPAN = 1_000
_CHECKED, _UNCHECKED = "\u2611 ", "\u2610 "


def html_of_document(document: JsonValue) -> str:
    """The document as HTML: no scripts, styles, classes, frames or pictures.

    Links lead to http, https and mailto alone, and carry `rel="noopener noreferrer nofollow"`.
    Total over whatever is handed in; `docs/text.md` says what becomes of what. What is written here
    from scratch is cleaned once more by a library that knows how browsers read HTML.
    """
    return _CLEANER.clean(_write([document], 0))


def _write(nodes: Iterable[JsonValue], depth: int) -> str:
    return "".join(_write_node(node, depth) for node in nodes if isinstance(node, dict))


def _write_node(node: Node, depth: int) -> str:
    if depth > DEEPEST:
        return _text(plain_text(node))
    kind = node.get("type")
    write = _WRITERS.get(kind) if isinstance(kind, str) else None
    return _unknown(node, depth) if write is None else write(node, depth)


def _inside(node: Node, depth: int) -> str:
    return _write(children_of(node), depth + 1)


def _text(words: str) -> str:
    return escape(words).replace("\n", "<br>")


def _unknown(node: Node, depth: int) -> str:
    return _text(own_words(node)) + _inside(node, depth)


def _in(tag: str) -> Callable[[Node, int], str]:
    return lambda node, depth: f"<{tag}>{_inside(node, depth)}</{tag}>"


def _words(node: Node, _: int) -> str:
    return _text(own_words(node))


def _marked(node: Node, _: int) -> str:
    marks = node.get("marks")
    written = _text(text_of(node, "text"))
    for mark in reversed(marks if isinstance(marks, list) else []):
        if isinstance(mark, dict):
            written = _with_mark(written, mark)
    return written


def _with_mark(written: str, mark: Mark) -> str:
    kind = mark.get("type")
    if not isinstance(kind, str):
        return written
    attributes = attributes_of(mark)
    if kind == "link":
        return _link(written, text_of(attributes, "href"), text_of(attributes, "title"))
    if kind == "subsup":
        tag = "sub" if attributes.get("type") == "sub" else "sup"
        return f"<{tag}>{written}</{tag}>"
    tag = _MARKS.get(kind, "")
    return f"<{tag}>{written}</{tag}>" if tag else written


def _link(written: str, address: str, title: str = "") -> str:
    found = find_address(address)
    if found is None:
        return written
    titled = f' title="{escape(title)}"' if title else ""
    return f'<a href="{escape(found)}"{titled}>{written}</a>'


def _heading(node: Node, depth: int) -> str:
    level = attributes_of(node).get("level")
    known = min(max(level, 1), 6) if isinstance(level, int) else 1
    return f"<h{known:d}>{_inside(node, depth)}</h{known:d}>"


def _numbers(node: Node, depth: int) -> str:
    order = attributes_of(node).get("order")
    is_other = isinstance(order, int) and 1 != order >= 0 and order < 2**31
    start = f' start="{order:d}"' if is_other else ""
    return f"<ol{start}>{_inside(node, depth)}</ol>"


def _tasks(node: Node, depth: int) -> str:
    """A list within the list belongs to the task above it."""
    items: list[str] = []
    for each in children_of(node):
        written = _write_node(each, depth + 1)
        if each.get("type") == "taskList" and items:
            items[-1] += written
        else:
            items.append(written)
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _task(node: Node, depth: int) -> str:
    box = _CHECKED if attributes_of(node).get("state") == "DONE" else _UNCHECKED
    return f"{box}{_inside(node, depth)}"


def _code_block(node: Node, _: int) -> str:
    language = find_language(text_of(attributes_of(node), "language"))
    known = f' data-language="{escape(language)}"' if language else ""
    words = "".join(text_of(each, "text") or plain_text(each) for each in children_of(node))
    return f"<pre><code{known}>{escape(words)}</code></pre>"


def _panel(node: Node, depth: int) -> str:
    kind = attributes_of(node).get("panelType")
    known = kind if isinstance(kind, str) and kind in _PANELS else "info"
    return f'<aside data-panel="{known}">{_inside(node, depth)}</aside>'


def _expand(node: Node, depth: int) -> str:
    return f"<details><summary>{_text(own_words(node))}</summary>{_inside(node, depth)}</details>"


def _table(node: Node, depth: int) -> str:
    return f"<table><tbody>{_inside(node, depth)}</tbody></table>"


def _cell(tag: str) -> Callable[[Node, int], str]:
    def write(node: Node, depth: int) -> str:
        spans = "".join(_span(node, name) for name in ("colspan", "rowspan"))
        return f"<{tag}{spans}>{_inside(node, depth)}</{tag}>"

    return write


def _span(node: Node, name: str) -> str:
    span = attributes_of(node).get(name)
    is_wide = isinstance(span, int) and 1 < span <= _MOST_SPAN
    return f' {name}="{span:d}"' if is_wide else ""


def _media_group(node: Node, depth: int) -> str:
    files = (_write_node(each, depth + 1) for each in children_of(node))
    return f"<figure>{'<br>'.join(files)}</figure>"


def _media(node: Node, _: int) -> str:
    attributes = attributes_of(node)
    words = _text(text_of(attributes, "alt") or ATTACHMENT)
    return _link(words, text_of(attributes, "url"))


def _card(node: Node, _: int) -> str:
    written = page_of(node)
    words = _text(written)
    return words if find_page(written) is None else _link(words, written)


def _block_card(node: Node, depth: int) -> str:
    return f"<p>{_card(node, depth)}</p>"


def _date(node: Node, _: int) -> str:
    day = own_words(node)
    return f'<time datetime="{day}">{day}</time>' if day else ""


def _status(node: Node, _: int) -> str:
    return f"<mark>{_text(own_words(node))}</mark>"


_WRITERS: Mapping[str, Callable[[Node, int], str]] = {
    "paragraph": _in("p"),
    "caption": _in("figcaption"),
    "heading": _heading,
    "text": _marked,
    "hardBreak": lambda _, __: "<br>",
    "rule": lambda _, __: "<hr>",
    "bulletList": _in("ul"),
    "orderedList": _numbers,
    "listItem": _in("li"),
    "taskList": _tasks,
    "taskItem": _task,
    "blockTaskItem": _task,
    "decisionList": _in("ul"),
    "decisionItem": _in("li"),
    "blockquote": _in("blockquote"),
    "codeBlock": _code_block,
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "table": _table,
    "tableRow": _in("tr"),
    "tableHeader": _cell("th"),
    "tableCell": _cell("td"),
    "mediaSingle": _in("figure"),
    "mediaGroup": _media_group,
    "media": _media,
    "mediaInline": _media,
    "inlineCard": _card,
    "blockCard": _block_card,
    "embedCard": _block_card,
    "mention": _words,
    "emoji": _words,
    "date": _date,
    "status": _status,
    "placeholder": _words,
}
