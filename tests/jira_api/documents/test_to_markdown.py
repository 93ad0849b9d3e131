"""That documents become Markdown which reads well, and reads back as the same."""

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.to_html import html_of_document
from jira_api.documents.to_markdown import markdown_of_document
from tests.end_to_end.worlds import ARCHIVES, read_archive
from tests.jira_api.builders import JSON_VALUES, THOROUGH
from tests.jira_api.documents.builders import (
    BREAK,
    RULE,
    block,
    cell,
    document,
    item,
    node,
    p,
    paragraph,
    text,
)
from tests.jira_api.documents.test_every_node import without_local_ids
from tests.jira_api.documents.test_markdown_words import MARKDOWN
from tests.sandbox.visitors import find_shared

_STRIDE = 12
"""One text in so many of the recorded ones: all of them take half a minute."""

PROPERTY = settings(max_examples=150, deadline=None, derandomize=True)

# What reads well without a single sign more than was written.
PLAIN = (
    "snake_case and a__b", "2 * 3 * 4", "a[0] and [INFO] b", "C:\\temp", "AT&T & co",
    "a < b > c <- d", "5 - 3", "#1 and C#", "100% = all", "about ~5 and ~/bin", "Hello!", "a | b",
    "(see [x])", "https://x.test/a_b?c=d&e=f", "ada@x.test", "it's so", "1.5 and 2)b", "v1. a",
    "a: b; c, d", "$x^2$ {y}", "é—漢字 🙂",
)  # fmt: skip

# What would be markup, or be lost.
TRAPS = (
    "# a", "###### a", "#", "- a", "-", "+ a", "* a", "1. a", "1)", "999999999. a", "> a", ">",
    "---", "***", "_ _ _", "* * *", "===", "=", "--", "```", "~~~", "~~a~~", "*a*", "**a**", "_a_",
    "__a__", "`a`", "a`", "``", "<b>", "<br>", "<!-- a -->", "<https://x.test>", "<a@x.test>",
    "</a>", "&amp;", "&#42;", "&nbsp;", "\\", "a\\", "\\*", "\\\\", "[a](b)", "![a](b)", "[a]: b",
    "[a]: <b> 'c'", "[ ] a", "[x] a", "[!NOTE]", "|a|b|", "|-|-|", "a|b", ":-:", "a  ", " a",
    "    a", "\ta", "a\t", "\xa0a\xa0", "\u2028", "\u3000a", "\x0c", "a\u200b", "]", "[", "](",
    "](a)", "!", "a!", "*", "_", "~", "**", "a*b*c", "a_b_", "_a_b", "*a _b* c_", "a\\|b", "@a",
    "[[a]]", "[a][b]", "a #", "##", "__init__", "~5",
)  # fmt: skip

# Constructs of CommonMark and of GitHub's dialect, whose second pass has to be like the first.
GFM = (
    "a\n===\nb\n---", "a\\\nb\n===", "# a #", "# a \\#", "## a\n# b", "a  \nb", "a\\\nb", "a\\\n",
    "a  \n", "# a  \n", "*a*b", "**a**b", "a**b**c", "*a **b***", "***a** b*", "**a *b***",
    "*a*b*c*", "***a*b*c***", "*a**b**c*", "**a.**b", "a**.b**", "**a:** b", "** a **", "*a\\\nb*",
    "~~a ~~", "~~~~a~~~~", "~a~", "a~~b~~c", "**~~a~~b**", "_a*b_*", "`` ` ``", "` a `", "`  `",
    "`a\nb`", "`a|b`", "**`a`**", "[a](<b c> 'd')", "[a](http://x.test/(b))",
    "[a](http://x.test/b\\))", '[a](<http://x.test/b c> "d\\"e")', "[a\\]b](http://x.test)",
    "[a]\n\n[a]: http://x.test 'b\nc'", "[**a**](http://x.test)", "**[a](http://x.test)**",
    "*a [b*](http://x.test)", "[a](http://x.test)b", "![a](http://x.test)", "!\\[a](http://x.test)",
    "[a [b](http://x.test)](http://y.test)", "[a](http://x.test/?b&copy;c)",
    "<http://x.test/?a=b&c>", "<HTTP://X.test>", "<mailto:a@x.test>", "http://x.test/a*b*",
    "- a\n- b", "- a\n\n- b", "- a\n\n  b\n- c", "-\n- a", "- a\n-", "-\n\n  a", "- - a", "- - -",
    "- -\n  - a", "* a\n+ b\n- c", "1. a\n1) b", "0. a", "2. a\n1. b", "123456789. a", "- a\n1. b",
    "1. a\n   - b\n2. c", "- a\n\n\n- b", "- a\n  - b\n\n    c", "- ```\n  a\n  ```", "-     a",
    "- a\n\n      b", "- > a\n  > b", "- # a", "- ---", "> a\nb", "> a\n\n> b", "> - a\n> - b",
    "> ```\n> a\n> ```", ">", "> >", "> > a", "> # a", ">     a", "```\n```", "```\n\n```",
    "```py\na\n```", "~~~\n```\n~~~", "````\n```\n````", "    a\n\n    b", "```\n  \n```",
    "- ```\n\n  \ta\n  ```", "| a | b |\n|---|:-:|\n| c | d |", "a|b\n-|-\nc", "|a|\n|-|\n|b\\|c|",
    "|a|\n|-|\n|`b\\|c`|", "|a|\n|-|\n|b\\\\|c|", "||\n|-|\n||\n|a|", "| |\n|-|",
    "|a|\n|-|\n|b<br>c<br>|", "- [ ] a\n- [x] b", "- [ ] a\n- b", "1. [ ] a", "- [ ] ",
    "- [ ] a\n  - [x] b", "- [ ] # a", "- [ ] a\n\n  b", "> - [ ] a", "> [!NOTE]", "> [!NOTE]\n> a",
    "> [!TIP]\n> - a\n>\n> ---", "> [!NOTE] a", "- > [!NOTE]\n  > a", "<div>a</div>", "<br>",
    "a<br>b", "# a<br>b", "&amp;lt;", "&#32;a&#32;", "a&#10;b", "&#13;", "&#11;", "&copy;",
    "&nbsp;", "a\rb\r\nc", "a\xa0\n\xa0b", "a\x0cb", "\ufeffa", "a\tb\n\tc", "\\\n\\\na", "\x0b",
    "* \x0b", "**a\x01**b", "**.**\x01", "---\na\n---", "***\n---\n___", "a\n\n\n\nb", "a\n***",
    "[]()", "[](http://x.test)", "[^1]\n\n[^1]: a", "[a]: b", "a\n[b]: c", "\\[a]: b",
    "@ada @[Ada]", "1\\. a", "\\- a", "**a**\n**b**", "*a* *b*", "*a*\n*b*",
    "<http://x.test> <http://x.test>", "**a <http://x.test> b**",
)  # fmt: skip


def again(markdown: str) -> str:
    """The Markdown after a pass through a document."""
    return markdown_of_document(document_of_markdown(markdown))


@pytest.mark.parametrize("words", PLAIN)
def test_words_that_need_no_escape_get_none(words: str) -> None:
    assert markdown_of_document(p(words)) == words
    assert document_of_markdown(words) == document(p(words))


@pytest.mark.parametrize("words", [*PLAIN, *TRAPS])
def test_text_reads_back_as_the_same_text_wherever_it_stands(words: str) -> None:
    header = block("tableRow", block("tableHeader", p("a")))
    table = block("table", header, block("tableRow", block("tableCell", p(words))))
    given = document(
        p(words),
        p("a", BREAK, words, BREAK, words),
        p(text("a", "strong"), words, text("b", "em")),
        block("heading", words, level=2),
        block("blockquote", p(words)),
        block("panel", p(words), panelType="info"),
        block("bulletList", item(p(words)), item(p("a"), p(words))),
        table,
    )

    assert document_of_markdown(markdown_of_document(given)) == given


@pytest.mark.parametrize("markdown", GFM)
def test_what_was_written_once_is_written_alike_again(markdown: str) -> None:
    once = again(markdown)

    assert again(once) == once


@PROPERTY
@given(markdown=MARKDOWN | st.text(st.characters(codec="utf-8", exclude_characters="\0")))
@example("| |\n|-|\n| |\n| |")
def test_any_markdown_is_stable_after_one_pass(markdown: str) -> None:
    once = again(markdown)

    assert again(once) == once


_PIECES = st.sampled_from(
    ["*", "**", "_", "~~", "a", "b c", ".", "`", "[", "](http://x.test)", "!", "\\"]
)


@PROPERTY
@given(
    markdown=st.lists(_PIECES | st.sampled_from([" ", "\n", "<br>", "é"]), max_size=14).map("".join)
)
def test_marks_in_any_order_are_stable_after_one_pass(markdown: str) -> None:
    once = again(markdown)

    assert again(once) == once


_WORDS = st.text(
    st.sampled_from("ab.*_~`[](){}<>#+-=|!&\\:1") | st.characters(categories=["L", "P", "Zs"]),
    min_size=1,
    max_size=8,
)
_MARKED = st.sets(st.sampled_from(["em", "strong", "strike"]), max_size=3)
_HREF = st.sampled_from([None, None, "https://x.test/a_(b)", "mailto:a@x.test"])


def _text_node(words: str, marks: set[str], href: str | None) -> Any:
    inner = words.strip() or "a"
    link = [("link", {"href": href})] if href else []
    ordered = [mark for mark in ("em", "strong", "strike") if mark in marks]
    return text(inner if marks or href else words, *link, *ordered)


def _line_of(nodes: list[Any]) -> list[Any]:
    """Neighbours with the same marks would be one text node."""
    kept: list[Any] = []
    for each in nodes:
        is_same = kept and each["type"] == "text" and kept[-1].get("marks") == each.get("marks")
        if not (is_same and kept[-1]["type"] == "text"):
            kept.append(each)
    return kept


_TEXTS = st.builds(_text_node, _WORDS, _MARKED, _HREF)
_CODES = _WORDS.map(lambda words: text(words, "code"))
_CARDS = st.just(node("inlineCard", url="https://x.test/c"))
_LINES = st.lists(_TEXTS | _CODES | _CARDS | st.just(BREAK), min_size=1, max_size=5).map(_line_of)
_PARAGRAPHS = _LINES.map(lambda line: p(*line))
_CODE_BLOCKS = st.builds(
    lambda words, language: block("codeBlock", words, **language),
    st.text("a`~ \n\t>-", min_size=1),
    st.sampled_from([{}, {"language": "py"}]),
)
_HEADINGS = st.builds(
    lambda line, level: block("heading", *line, level=level), _LINES, st.integers(1, 6)
)


def _items(blocks: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    first = _PARAGRAPHS | _CODE_BLOCKS
    return st.builds(lambda head, tail: item(head, *tail), first, st.lists(blocks, max_size=2))


def _lists(blocks: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(_items(blocks), min_size=1, max_size=3)
    bullets = items.map(lambda given: block("bulletList", *given))
    numbers = st.builds(
        lambda given, order: block("orderedList", *given, order=order),
        items,
        st.integers(0, 10**9 - 1),
    )
    return bullets | numbers


def _tasks(depth: int = 0) -> st.SearchStrategy[Any]:
    lines = st.builds(
        lambda line, state: block("taskItem", *line, state=state),
        _LINES, st.sampled_from(["TODO", "DONE"]),
    )  # fmt: skip
    below = st.lists(_tasks(depth + 1), max_size=1) if depth < 2 else st.just([])
    tasks = st.lists(
        st.builds(lambda line, nested: [line, *nested], lines, below), min_size=1, max_size=3
    )
    return tasks.map(lambda given: block("taskList", *chain(*given)) | {"attrs": {}})


def _table(rows: list[list[list[Any]]], *, has_header: bool) -> Any:
    width = min(map(len, rows))
    kinds = [
        "tableHeader" if has_header and not number else "tableCell" for number in range(len(rows))
    ]
    made = [
        block("tableRow", *(block(kind, p(*line)) for line in row[:width]))
        for kind, row in zip(kinds, rows, strict=True)
    ]
    return block("table", *made)


_TABLES = st.builds(
    _table,
    st.lists(st.lists(_LINES, min_size=1, max_size=3), min_size=1, max_size=3),
    has_header=st.booleans(),
)
_SIMPLE = st.recursive(_PARAGRAPHS | _CODE_BLOCKS, _lists, max_leaves=5)
_PANELS = st.builds(
    lambda kind, content: block("panel", *content, panelType=kind),
    st.sampled_from(["info", "note", "success", "warning", "error"]),
    st.lists(_SIMPLE | _HEADINGS | st.just(RULE) | _tasks(), min_size=1, max_size=3),
)
_QUOTES = st.lists(_SIMPLE, min_size=1, max_size=3).map(
    lambda content: block("blockquote", *content)
)
_BLOCKS = _SIMPLE | _HEADINGS | _TABLES | _PANELS | _QUOTES | _tasks() | st.just(RULE)
DOCUMENTS = st.lists(_BLOCKS, max_size=4).map(lambda content: document(*content))


@THOROUGH
@given(given_document=DOCUMENTS)
def test_every_node_that_markdown_can_carry_comes_back(given_document: Any) -> None:
    returned = document_of_markdown(markdown_of_document(given_document))

    assert without_local_ids(returned) == without_local_ids(given_document)


_KINDS = st.sampled_from(
    ["doc", "paragraph", "text", "heading", "codeBlock", "bulletList", "orderedList", "listItem",
     "taskList", "taskItem", "table", "tableRow", "tableCell", "panel", "expand", "blockquote",
     "mediaSingle", "media", "inlineCard", "blockCard", "date", "emoji", "mention", "sparkles"]
)  # fmt: skip
_ODD = JSON_VALUES | st.sampled_from(["\ud800", "\0", "\n\n", "javascript:a", "http://x.test"])
_TREES = st.recursive(
    st.fixed_dictionaries({"type": _KINDS, "text": _ODD, "attrs": _ODD, "marks": _ODD}),
    lambda inner: st.fixed_dictionaries(
        {
            "type": _KINDS | JSON_VALUES,
            "content": st.lists(inner, max_size=4) | JSON_VALUES,
            "attrs": st.dictionaries(
                st.sampled_from(["text", "url", "level", "order", "colspan", "rowspan", "title"]),
                _ODD,
            ),
        }
    ),
    max_leaves=10,
)


@THOROUGH
@given(anything=_TREES | JSON_VALUES)
def test_anything_has_markdown_and_html_that_can_be_sent(anything: Any) -> None:
    markdown_of_document(anything).encode()
    html_of_document(anything).encode()


@pytest.mark.parametrize("kind", [{"a": 1}, [], None, 1, "x"], ids=str)
def test_nodes_of_any_type_in_any_place_keep_their_words(kind: Any) -> None:
    odd = {"type": kind, "content": [paragraph("word")], "marks": [{"type": kind}]}
    holders = (
        "table",
        "tableRow",
        "bulletList",
        "taskList",
        "paragraph",
        "codeBlock",
        "mediaGroup",
    )
    row = block("table", block("tableRow", odd))

    for given_document in (document(row), *(document(block(each, odd)) for each in holders)):
        assert "word" in markdown_of_document(given_document)
        html_of_document(given_document)


@pytest.mark.parametrize(
    "kind", ["blockquote", "panel", "expand", "bulletList", "taskList", "table", "tableCell", "new"]
)
def test_ten_thousand_levels_keep_their_word(kind: str) -> None:
    deep = paragraph("deep")
    for _ in range(10_000):
        deep = node(kind, deep)

    assert "deep" in markdown_of_document(deep)
    assert "deep" in html_of_document(deep)


def test_lists_are_written_as_deep_as_they_are_read() -> None:
    deep: Any = paragraph("deep")
    for _ in range(30):
        deep = node("bulletList", node("listItem", paragraph("a"), deep))

    once = markdown_of_document(deep)

    assert again(once) == once
    assert once.count("a") == 30


@pytest.mark.parametrize("span", [10**9, 10**400, -1, "2", None])
def test_cells_that_reach_over_others_are_bounded(span: Any) -> None:
    row = node("tableRow", node("tableCell", paragraph("a"), colspan=span, rowspan=span))

    written = markdown_of_document(node("table", *[row] * 50))

    assert written.count("a") == 50
    assert len(written) < 100_000


def test_rows_of_very_different_lengths_are_paragraphs() -> None:
    table = node("table", node("tableRow", *[cell("a")] * 60), *[node("tableRow", cell("b"))] * 60)

    written = markdown_of_document(table)

    assert written == "\n\n".join([" | ".join(["a"] * 60), *["b"] * 60])


def test_boxes_stay_boxes_in_lists_of_more_than_tasks() -> None:
    mixed = "- [ ] a\n  - detail\n- [x] b\n- c\n\n1. [x] \\# d"
    words = document(block("bulletList", item(p("[ ] a")), item(p("[x] b"))))

    assert again(mixed) == mixed
    assert markdown_of_document(words) == "- \\[ ] a\n- \\[x] b"
    assert document_of_markdown(markdown_of_document(words)) == words


def test_lists_side_by_side_stay_apart() -> None:
    bullets = block("bulletList", item(p("a")))
    numbers = block("orderedList", item(p("a")), order=1)
    given = document(bullets, bullets, bullets, numbers, numbers)

    assert markdown_of_document(given) == "- a\n\n* a\n\n- a\n\n1. a\n\n1) a"
    assert document_of_markdown(markdown_of_document(given)) == given


def test_recorded_documents_and_texts_go_both_ways() -> None:
    for recorded in _recorded_documents():
        once = markdown_of_document(recorded)
        html_of_document(recorded)
        assert again(once) == once
    for words in islice(_recorded_texts(), 0, None, _STRIDE):
        made = document_of_markdown(words)
        once = markdown_of_document(made)
        html_of_document(made)
        assert len(once) > 32_767 or again(once) == once


def _recorded_documents() -> Iterator[Any]:
    lines = find_shared("jira-data", "adf", "adf-docs.jsonl").read_text(encoding="utf-8")
    yield from (json.loads(line)["adf"] for line in lines.splitlines())
    for path in find_shared("jira-data", "adf").glob("*.json"):
        yield json.loads(path.read_text(encoding="utf-8"))


def _recorded_texts() -> Iterator[str]:
    """Descriptions, environments and comments of the real issues."""
    for issue in chain.from_iterable(map(read_archive, ARCHIVES)):
        fields = issue["fields"]
        comments = (fields.get("comment") or {}).get("comments", ())
        texts = [fields.get("description"), fields.get("environment")]
        yield from filter(None, [*texts, *(each.get("body") for each in comments)])
