"""From Markdown to a document: CommonMark with tables and ~~strike~~ of GitHub's dialect.

Source: CommonMark 0.31; GitHub Flavored Markdown 0.29, sections on tables and strikethrough.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from jira_api.documents.characters import check_characters
from jira_api.documents.from_text import document_of_text
from jira_api.documents.markdown_lines import read_line
from jira_api.documents.markdown_steps import TooManyStepsError, bound_steps
from jira_api.documents.nesting import complete_node, fit_node
from jira_api.documents.nodes import Node, block, document, rule, text_nodes
from jira_api.documents.whole_tables import add_whole_tables
from jira_api.json_values import JsonValue

LONGEST_MARKDOWN = 32_767
"""Characters that are read as Markdown: a site takes no longer text unless it was set up to.

Source: the project's notes on the Jira API, section 8.
"""

DEEPEST_MARKDOWN = 20
"""Levels of quotes and lists; a list counts twice, for itself and its item."""

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9+#._-]*")
_READER = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_MARKDOWN})
_READER.enable("strikethrough").use(add_whole_tables).use(bound_steps)


def document_of_markdown(markdown: str) -> dict[str, JsonValue]:
    """A document with the words and, as far as Jira has such, the form of a Markdown text.

    What may not nest in Jira is simplified (`nesting`): headings in quotes and list items are
    strong paragraphs there, quotes in them are their content, tables are a paragraph a row, and
    rules go. HTML stays the text that it is written as. A link to anything but http, https and
    mailto is its text and then its address in parentheses; one that Markdown's readers refuse, as
    `javascript:`, stays as written.

    Total over any text that Jira can hold. One that is longer than `LONGEST_MARKDOWN`, nests deeper
    than `DEEPEST_MARKDOWN` or makes more work than `MOST_STEPS` is taken as plain text as a whole.

    No word is lost that a page made of the Markdown would show. Not kept, since no page shows it:
    what stands beside the language of a code block, and a language that does not look like one
    (a letter, then letters, digits and `+ # . - _`); labels of links, and definitions of links that
    nothing uses (a footnote of one word is one); titles beside an address in parentheses; addresses
    of marked links without text, of `data:`, and within an image's alternative text; the numbers of
    a list's items after its first; and the columns' alignment.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    check_characters(markdown, "The Markdown text")
    if len(markdown) > LONGEST_MARKDOWN:
        return document_of_text(markdown)
    try:
        tokens = _READER.parse(markdown)
    except TooManyStepsError:
        return document_of_text(markdown)
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
    language = "".join(token.info.split(maxsplit=1)[:1])
    content = text_nodes(token.content.removesuffix("\n"))
    is_plausible = _LANGUAGE.fullmatch(language)
    return block("codeBlock", content, **({"language": language} if is_plausible else {}))


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
