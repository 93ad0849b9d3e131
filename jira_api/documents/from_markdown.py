"""From Markdown to a document: CommonMark with tables, tasks, alerts and ~~strike~~ of GitHub's.

Source: CommonMark 0.31; GitHub Flavored Markdown 0.29, sections on tables, task lists and
strikethrough; docs.github.com, Basic writing and formatting syntax, section Alerts, read 2026-11.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.token import Token

from jira_api.documents.characters import check_characters
from jira_api.documents.from_text import document_of_text
from jira_api.documents.line_breaks import add_line_breaks
from jira_api.documents.markdown_lines import read_line
from jira_api.documents.markdown_steps import TooManyStepsError, bound_steps
from jira_api.documents.mentions import People, add_literal_ats, find_names, mention_people
from jira_api.documents.nesting import complete_node, fit_node
from jira_api.documents.nodes import Node, block, document, rule, text_nodes
from jira_api.documents.tasks import CHECKED, finish_list
from jira_api.documents.whole_tables import add_whole_tables, without_empty_header
from jira_api.json_values import JsonValue

LONGEST_MARKDOWN = 32_767
"""Characters that are read as Markdown: a site takes no longer text unless it was set up to.

Source: the project's notes on the Jira API, section 8.
"""

DEEPEST_MARKDOWN = 20
"""Levels of quotes and lists; a list counts twice, for itself and its item."""

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9+#._-]*")
PANELS: Mapping[str, str] = {
    "NOTE": "info",
    "TIP": "success",
    "IMPORTANT": "note",
    "WARNING": "warning",
    "CAUTION": "error",
}
"""The kind of panel that each alert of GitHub's dialect is."""

_OPTIONS = {"html": False, "maxNesting": DEEPEST_MARKDOWN, "tasklists": True, "alerts": True}
_READER = MarkdownIt("commonmark", _OPTIONS)
_READER.enable("strikethrough").use(add_whole_tables).use(add_line_breaks).use(bound_steps)
_READER.use(add_literal_ats)
_NOBODY: People = MappingProxyType({})


def find_mentions(markdown: str) -> list[str]:
    """What a Markdown text may name people by, behind an `@` outside of code and links.

    The first word behind it, by which a person can be searched; or what stands in `@[…]`, a whole
    name or an account id. Each once, in the order of the text.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    check_characters(markdown, "The Markdown text")
    tokens = _find_tokens(markdown) if "@" in markdown else None
    return find_names(read_line(each.children or []) for each in tokens or ())


def document_of_markdown(markdown: str, people: People = _NOBODY) -> dict[str, JsonValue]:
    """A document with the words and, as far as Jira has such, the form of a Markdown text.

    What may not nest in Jira is simplified (`nesting`): headings in quotes and list items are
    strong paragraphs there, quotes in them are their content, tables are a paragraph a row, and
    rules go. HTML stays the text that it is written as, but for `<br>`, a hard break. A link to
    anything but http, https and mailto is its text and then its address in parentheses; one that
    Markdown's readers refuse, as `javascript:`, stays as written. `docs/text.md` says what becomes
    of what.

    `@` and a name of `people`, the longest that stands there, is a mention, in code and links not.
    It is matched in any case, and with the name or the account id in brackets too: `@[Ada (Ops)]`.
    One behind a backslash names nobody.

    Total over any text that Jira can hold. One that is longer than `LONGEST_MARKDOWN`, nests deeper
    than `DEEPEST_MARKDOWN` or makes more work than `MOST_STEPS` is taken as plain text as a whole.

    No word is lost that a page made of the Markdown would show. Not kept, since no page shows it:
    what stands beside the language of a code block, and a language that does not look like one
    (a letter, then letters, digits and `+ # . - _`); labels of links, and definitions of links that
    nothing uses (a footnote of one word is one); titles beside an address in parentheses; addresses
    of marked links without text, of `data:`, and within an image's alternative text; the numbers of
    a list's items after its first; the columns' alignment; and a table's header without words.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    check_characters(markdown, "The Markdown text")
    tokens = _find_tokens(markdown)
    return document_of_text(markdown) if tokens is None else _read_blocks(tokens, people)


def _find_tokens(markdown: str) -> Sequence[Token] | None:
    """What the text is made of; None where it is taken as plain text."""
    if len(markdown) > LONGEST_MARKDOWN:
        return None
    try:
        tokens = _READER.parse(markdown)
    except TooManyStepsError:
        return None
    return None if _is_cut_off(tokens) else tokens


def find_language(written: str) -> str | None:
    """A language of code, where it looks like one."""
    return written if _LANGUAGE.fullmatch(written) else None


def _is_cut_off(tokens: Sequence[Token]) -> bool:
    """Whether something may lie deeper than the reader goes: it skips that without a word."""
    return any(token.type in _NESTED and token.level + 1 >= DEEPEST_MARKDOWN for token in tokens)


def _read_blocks(tokens: Iterable[Token], people: People) -> Node:
    root = document()
    unfinished = [root]
    numbers = count(1)
    for token in _without_titles(tokens):
        if token.type in _OPENED:
            unfinished.append(_OPENED[token.type](token))
        elif token.nesting < 0 and _opening(token) in _OPENED:
            node = _finish(unfinished.pop(), numbers)
            _add(node, unfinished[-1])
        elif token.type == "inline":
            line = read_line(token.children or [])
            _add_line(mention_people(line, people), unfinished[-1])
        elif token.type in _WHOLE:
            _add(_WHOLE[token.type](token), unfinished[-1])
    return root


def _without_titles(tokens: Iterable[Token]) -> Iterator[Token]:
    """Leave out the line that names an alert's kind."""
    is_title = False
    for token in tokens:
        if token.type in {"alert_title_open", "alert_title_close"}:
            is_title = token.nesting > 0
        elif not is_title:
            yield token


def _finish(node: Node, numbers: Iterator[int]) -> Node:
    complete_node(node)
    if node["type"] in {"bulletList", "orderedList"}:
        return finish_list(node, numbers)
    return without_empty_header(node) if node["type"] == "table" else node


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


def _list_item(token: Token) -> Node:
    return block("listItem", **({CHECKED: token.meta[CHECKED]} if CHECKED in token.meta else {}))


def _panel(token: Token) -> Node:
    return block("panel", panelType=PANELS[token.info])


def _code_block(token: Token) -> Node:
    language = "".join(token.info.split(maxsplit=1)[:1])
    content = text_nodes(token.content.removesuffix("\n"))
    known = find_language(language)
    return block("codeBlock", content, **({"language": known} if known else {}))


def _of(kind: str) -> Callable[[Token], Node]:
    return lambda _: block(kind)


_OPENED: Mapping[str, Callable[[Token], Node]] = {
    "paragraph_open": _of("paragraph"),
    "heading_open": _heading,
    "blockquote_open": _of("blockquote"),
    "bullet_list_open": _of("bulletList"),
    "ordered_list_open": _ordered_list,
    "list_item_open": _list_item,
    "alert_open": _panel,
    "table_open": _of("table"),
    "tr_open": _of("tableRow"),
    "th_open": _of("tableHeader"),
    "td_open": _of("tableCell"),
}
_NESTED = frozenset({"blockquote_open", "alert_open", "list_item_open"})
_WHOLE: Mapping[str, Callable[[Token], Node]] = {
    "fence": _code_block,
    "code_block": _code_block,
    "hr": lambda _: rule(),
}
