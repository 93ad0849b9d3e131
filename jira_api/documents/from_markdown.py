"""From Markdown to a document: CommonMark with tables and ~~strike~~ of GitHub's dialect.

Source: CommonMark 0.31; GitHub Flavored Markdown 0.29, sections on tables and strikethrough.
"""

from collections.abc import Callable, Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from jira_api.documents.characters import check_characters
from jira_api.documents.check import LONGEST_TEXT
from jira_api.documents.from_text import document_of_text
from jira_api.documents.markdown_lines import read_line
from jira_api.documents.nesting import complete_node, fit_node
from jira_api.documents.nodes import Node, block, document, rule, text_nodes
from jira_api.documents.whole_tables import add_whole_tables
from jira_api.json_values import JsonValue

LONGEST_MARKDOWN = 2 * LONGEST_TEXT
"""Characters that are read as Markdown; the reader's time grows with the square for some texts."""

DEEPEST_MARKDOWN = 20
"""Levels of quotes and lists; a list counts twice, for itself and its item."""

_READER = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_MARKDOWN})
_READER.enable("strikethrough").use(add_whole_tables)


def document_of_markdown(markdown: str) -> dict[str, JsonValue]:
    """A document with the words and, as far as Jira has such, the form of a Markdown text.

    What may not nest in Jira is simplified (`nesting`): headings in quotes and list items are
    strong paragraphs there, quotes in them are their content, tables are a paragraph a row, and
    rules go. HTML stays the text that it is written as. A link to anything but http, https and
    mailto is its text; one that Markdown's readers refuse, as `javascript:`, stays as written.

    Total over any text that Jira can hold, and no word is lost: one that is longer than
    `LONGEST_MARKDOWN` or nests deeper than `DEEPEST_MARKDOWN` is taken as plain text.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    check_characters(markdown, "The Markdown text")
    if len(markdown) > LONGEST_MARKDOWN:
        return document_of_text(markdown)
    tokens = _READER.parse(markdown)
    return document_of_text(markdown) if _is_cut_off(tokens) else _read_blocks(tokens)


def _is_cut_off(tokens: Sequence[Token]) -> bool:
    """Whether something may lie deeper than the reader goes: it skips that without a word."""
    return any(
        token.type in {"blockquote_open", "list_item_open"} and token.level + 1 >= DEEPEST_MARKDOWN
        for token in tokens
    )


def _read_blocks(tokens: Sequence[Token]) -> Node:
    root = document()
    unfinished = [root]
    for token in tokens:
        if token.type in _OPENED:
            unfinished.append(_OPENED[token.type](token))
        elif token.nesting < 0 and _opening(token) in _OPENED:
            node = unfinished.pop()
            complete_node(node)
            _add(node, unfinished[-1])
        elif token.type == "inline":
            _add_line(read_line(token.children or []), unfinished[-1])
        elif token.type in _WHOLE:
            _add(_WHOLE[token.type](token), unfinished[-1])
    return root


def _opening(token: Token) -> str:
    return token.type.removesuffix("_close") + "_open"


def _add(node: Node, parent: Node) -> None:
    parent["content"] += fit_node(node, parent["type"])


def _add_line(line: Sequence[Node], parent: Node) -> None:
    is_cell = parent["type"] in {"tableHeader", "tableCell"}
    parent["content"] += [block("paragraph", line)] if is_cell else line


def _heading(token: Token) -> Node:
    return block("heading", level=int(token.tag.removeprefix("h")))


def _ordered_list(token: Token) -> Node:
    start = token.attrGet("start")
    return block("orderedList", order=1 if start is None else int(start))


def _code_block(token: Token) -> Node:
    language = token.info.split(maxsplit=1)[:1]
    content = text_nodes(token.content.removesuffix("\n"))
    return block("codeBlock", content, **({"language": language[0]} if language else {}))


def _of(kind: str) -> Callable[[Token], Node]:
    return lambda _: block(kind)


_OPENED: Mapping[str, Callable[[Token], Node]] = {
    "paragraph_open": _of("paragraph"),
    "heading_open": _heading,
    "blockquote_open": _of("blockquote"),
    "bullet_list_open": _of("bulletList"),
    "ordered_list_open": _ordered_list,
    "list_item_open": _of("listItem"),
    "table_open": _of("table"),
    "tr_open": _of("tableRow"),
    "th_open": _of("tableHeader"),
    "td_open": _of("tableCell"),
}
_WHOLE: Mapping[str, Callable[[Token], Node]] = {
    "fence": _code_block,
    "code_block": _code_block,
    "hr": lambda _: rule(),
}
