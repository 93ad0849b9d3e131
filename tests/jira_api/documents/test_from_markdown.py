from typing import Any

import pytest

from jira_api.documents.from_markdown import (
    DEEPEST_MARKDOWN,
    LONGEST_MARKDOWN,
    document_of_markdown,
)
from jira_api.documents.from_text import document_of_text
from tests.jira_api.documents.builders import BREAK, RULE, block, document, item, node, p, text


def link(words: str, href: str, *marks: Any, **more: str) -> dict[str, Any]:
    return text(words, ("link", {"href": href, **more}), *marks)


def bullets(*items: Any) -> dict[str, Any]:
    return block("bulletList", *items)


def numbers(order: int, *items: Any) -> dict[str, Any]:
    return block("orderedList", *items, order=order)


def quote(*content: Any) -> dict[str, Any]:
    return block("blockquote", *content)


def code(words: str, **attributes: str) -> dict[str, Any]:
    return block("codeBlock", *([words] if words else []), **attributes)


def card(url: str) -> dict[str, Any]:
    return node("inlineCard", url=url)


def panel(kind: str, *content: Any) -> dict[str, Any]:
    return block("panel", *content, panelType=kind)


def task(number: int, *content: Any, done: bool = False) -> dict[str, Any]:
    return block("taskItem", *content, localId=str(number), state="DONE" if done else "TODO")


def tasks(number: int, *content: Any) -> dict[str, Any]:
    return block("taskList", *content, localId=str(number))


def row(kind: str, *cells: str) -> dict[str, Any]:
    return block("tableRow", *(block(kind, p(*([each] if each else []))) for each in cells))


WORDS: dict[str, tuple[str, list[Any]]] = {
    "plain": ("One two", ["One two"]),
    "soft break": ("One\ntwo", ["One two"]),
    "hard break by blanks": ("One  \ntwo", ["One", BREAK, "two"]),
    "hard break by a backslash": ("One\\\ntwo", ["One", BREAK, "two"]),
    "emphasis": ("*a* _b_", [text("a", "em"), " ", text("b", "em")]),
    "strong": ("**a** b", [text("a", "strong"), " b"]),
    "strong within emphasis": ("*a **b***", [text("a ", "em"), text("b", "em", "strong")]),
    "the same mark twice": ("**a __b__**", [text("a b", "strong")]),
    "strike": ("~~a~~", [text("a", "strike")]),
    "inline code": ("`a  *b*`", [text("a  *b*", "code")]),
    "code drops its neighbours' marks": ("**a `b`**", [text("a ", "strong"), text("b", "code")]),
    "code keeps its link": ("[`a`](http://x.test)", [link("a", "http://x.test", "code")]),
    "link": ("[a](https://x.test/?q=1)", [link("a", "https://x.test/?q=1")]),
    "link with a title": ("[a](https://x.test 'T')", [link("a", "https://x.test", title="T")]),
    "link with marks inside": (
        "[a *b*](https://x.test)",
        [link("a ", "https://x.test"), link("b", "https://x.test", "em")],
    ),
    "link with blanks in its address": (
        "[a](<http://x.test/a b>)",
        [link("a", "http://x.test/a%20b")],
    ),
    "link by reference": ("[a]\n\n[a]: http://x.test", [link("a", "http://x.test")]),
    "mail": ("[a](mailto:ada@x.test)", [link("a", "mailto:ada@x.test")]),
    "capitals in a scheme": ("[a](HTTPS://x.test)", [link("a", "HTTPS://x.test")]),
    "relative link": ("a [b](/c) [d](e.md)", ["a b (/c) d (e.md)"]),
    "link without a host": ("[a](http:///b)", ["a (http:///b)"]),
    "link of another scheme": ("[a](ftp://x.test)", ["a (ftp://x.test)"]),
    "link that may run code": ("[a](javascript:b)", ["[a](javascript:b)"]),
    "text around a link that is its text": ("**[a](/b)** c", [text("a (/b)", "strong"), " c"]),
    "marks within a link that is its text": ("[*a*](/b)", [text("a", "em"), " (/b)"]),
    "link that is its text, without an address": ("[a]()", ["a"]),
    "link to data": ("[a](data:image/png;base64,AAAA)", ["a"]),
    "address of another scheme as a link": ("<ftp://x.test>", ["ftp://x.test"]),
    "footnote of one word": ("a[^1]\n\n[^1]: See", ["a^1 (See)"]),
    "address as a smart link": ("<https://x.test/a>", [card("https://x.test/a")]),
    "smart link in a link": (
        "[<http://a.test>](http://x.test)",
        [link("http://a.test", "http://x.test")],
    ),
    "smart link in bold words": (
        "**a <http://x.test>**",
        [text("a ", "strong"), card("http://x.test")],
    ),
    "address without a host": ("<http:///b>", ["http:///b"]),
    "mail address as a link": ("<ada@x.test>", [link("ada@x.test", "mailto:ada@x.test")]),
    "image": ("![a *b*](https://x.test/i.png)", [link("a b", "https://x.test/i.png")]),
    "image without alternative": (
        "![](https://x.test/i.png)",
        [link("https://x.test/i.png", "https://x.test/i.png")],
    ),
    "image of the same site": ("![](i.png)", ["i.png"]),
    "image with two lines of alternative": ("![a\nb](i.png)", ["a b (i.png)"]),
    "image that carries its data": ("a![](data:image/png;base64,AAAA)", ["a"]),
    "image in an image": ("![a ![b](c)](i.png)", ["a b (i.png)"]),
    "image in a link": ("[![a](http://i.test)](http://x.test)", [link("a", "http://x.test")]),
    "HTML": ("<b>a</b> <!-- c -->", ["<b>a</b> <!-- c -->"]),
    "line breaks": ("a<br>b<BR/>\nc", ["a", BREAK, "b", BREAK, "c"]),
    "line break as text": (r"a\<br>", ["a<br>"]),
    "entities": ("&amp;&lt;&copy;", ["&<©"]),
    "escapes": (r"\*a\*", ["*a*"]),
}

BLOCKS: dict[str, tuple[str, list[Any]]] = {
    "nothing": ("", []),
    "blank lines": (" \n\n\t\n", []),
    "paragraphs": ("a\n\nb", [p("a"), p("b")]),
    "CRLF": ("a\r\n\r\nb\r\nc", [p("a"), p("b c")]),
    "headings": (
        "# a\n###### b\nc\n---",
        [
            block("heading", "a", level=1),
            block("heading", "b", level=6),
            block("heading", "c", level=2),
        ],
    ),
    "empty heading": ("#", [block("heading", level=1)]),
    "heading with a mark": ("## a `b`", [block("heading", "a ", text("b", "code"), level=2)]),
    "rule": ("a\n\n---\n\nb", [p("a"), RULE, p("b")]),
    "fenced code": ("```py title=x\na\n\n  b\n```", [code("a\n\n  b", language="py")]),
    "fenced code without language": ("~~~\n*a*\n~~~", [code("*a*")]),
    "blanks at the end of code": ("```\na  \n\n```", [code("a  \n")]),
    "empty fenced code": ("```\n```", [code("")]),
    "fence that is not closed": ("```\na\n", [code("a")]),
    "indented code": ("    a\n      b", [code("a\n  b")]),
    "HTML block": ("<div>\n*a*\n</div>", [p("<div> ", text("a", "em"), " </div>")]),
    "bullets": ("- a\n- b", [bullets(item(p("a")), item(p("b")))]),
    "loose bullets": ("- a\n\n- b\n\n  c", [bullets(item(p("a")), item(p("b"), p("c")))]),
    "numbers": ("1. a\n2. b", [numbers(1, item(p("a")), item(p("b")))]),
    "numbers from three": ("3) a\n4) b", [numbers(3, item(p("a")), item(p("b")))]),
    "numbers from nought": ("0. a", [numbers(0, item(p("a")))]),
    "nested lists": (
        "- a\n  1. b\n     - c\n- d",
        [bullets(item(p("a"), numbers(1, item(p("b"), bullets(item(p("c")))))), item(p("d")))],
    ),
    "list that begins with a list": ("- - a", [bullets(item(p(), bullets(item(p("a")))))]),
    "empty item": ("- a\n-", [bullets(item(p("a")), item(p()))]),
    "code in an item": ("- ```\n  a\n  ```", [bullets(item(code("a")))]),
    "heading in an item": (
        "- # a `b` ~~c~~",
        [
            bullets(
                item(
                    p(
                        text("a ", "strong"),
                        text("b", "code"),
                        text(" ", "strong"),
                        text("c", "strike", "strong"),
                    )
                )
            )
        ],
    ),
    "break in a heading that is a paragraph": (
        "- a\\\n  b\n  ---",
        [bullets(item(p(text("a", "strong"), BREAK, text("b", "strong"))))],
    ),
    "quote in an item": ("- a\n  > b\n  >\n  > c", [bullets(item(p("a"), p("b"), p("c")))]),
    "rule in an item": ("- a\n\n  ***", [bullets(item(p("a")))]),
    "only a rule in an item": ("- ***", [bullets(item(p()))]),
    "tasks": ("- [ ] a\n- [x] *b*", [tasks(3, task(1, "a"), task(2, text("b", "em"), done=True))]),
    "task without words": ("- [ ] \n- [X] a", [tasks(3, task(1), task(2, "a", done=True))]),
    "tasks below a task": (
        "- [ ] a\n  - [x] b\n\n  * [ ] c\n- [ ] d",
        [tasks(7, task(5, "a"), tasks(2, task(1, "b", done=True), task(3, "c")), task(6, "d"))],
    ),
    "not only tasks": (
        "- [ ] a\n- b\n- [x] ```\n  c\n  ```\n- [ ] ",
        [
            bullets(
                item(p("[ ] a")),
                item(p("b")),
                item(p("[x]"), code("c")),
                item(p("[ ]")),
            )
        ],
    ),
    "task with more than a line": (
        "- [ ] a\n\n  b",
        [bullets(item(p("[ ] a"), p("b")))],
    ),
    "numbered tasks": ("1. [x] a", [numbers(1, item(p("[x] a")))]),
    "tasks in an item": ("- a\n  - [ ] b", [bullets(item(p("a"), tasks(2, task(1, "b"))))]),
    "tasks in a quote": ("> - [x] a", [quote(bullets(item(p("[x] a"))))]),
    "alert": ("> [!warning]\n> a\nb\n> - c", [panel("warning", p("a b"), bullets(item(p("c"))))]),
    "alert with a heading and a rule": (
        "> [!TIP]\n> # a\n>\n> ---",
        [panel("success", block("heading", "a", level=1), RULE)],
    ),
    "alert without content": ("> [!NOTE]", [panel("info", p())]),
    "alert of a kind that there is not": ("> [!LOUD]\n> a", [quote(p("[!LOUD] a"))]),
    "alert with words beside its kind": ("> [!NOTE] a", [quote(p("[!NOTE] a"))]),
    "alert in an item": ("- > [!NOTE]\n  > # a", [bullets(item(p(text("a", "strong"))))]),
    "alert in an alert": ("> [!NOTE]\n> > [!TIP]\n> > a", [panel("info", p("a"))]),
    "quote": ("> a\nb\n>\n> c", [quote(p("a b"), p("c"))]),
    "empty quote": (">", [quote(p())]),
    "quote in a quote": ("> a\n>> b", [quote(p("a"), p("b"))]),
    "heading in a quote": ("> # a\n> b", [quote(p(text("a", "strong")), p("b"))]),
    "rule in a quote": ("> a\n>\n> ***\n> b", [quote(p("a"), p("b"))]),
    "code in a quote": (">     a", [quote(code("a"))]),
    "list in a quote": ("> - a", [quote(bullets(item(p("a"))))]),
    "table": (
        "| a | b |\n|---|:-:|\n| c | d |\ne\n\nf",
        [
            block(
                "table",
                row("tableHeader", "a", "b"),
                row("tableCell", "c", "d"),
                row("tableCell", "e", ""),
            ),
            p("f"),
        ],
    ),
    "table without words in its header": (
        "| | |\n|-|-|\n|a|b|",
        [block("table", row("tableCell", "a", "b"))],
    ),
    "table of no words": ("| |\n|-|", [block("table", row("tableHeader", ""))]),
    "table of one row": ("a|b\n-|-", [block("table", row("tableHeader", "a", "b"))]),
    "marks and bars in a cell": (
        "|a|\n|-|\n|`b\\|c`|",
        [
            block(
                "table",
                row("tableHeader", "a"),
                block("tableRow", block("tableCell", p(text("b|c", "code")))),
            )
        ],
    ),
    "cells beyond the header's": (
        "|a|b|\n|-|-|\n|c|d|e|*f*|\n|g|h|",
        [
            block(
                "table",
                row("tableHeader", "a", "b"),
                block(
                    "tableRow",
                    block("tableCell", p("c")),
                    block("tableCell", p("d | e | ", text("f", "em"))),
                ),
                row("tableCell", "g", "h"),
            )
        ],
    ),
    "table in a quote": ("> a|b\n> -|-\n> c|d|e", [quote(p("a | b"), p("c | d | e"))]),
    "table in an item": (
        "- |a|b|\n  |-|-|\n  |*c*||",
        [bullets(item(p("a | b"), p(text("c", "em"), " | ")))],
    ),
    "table right after a paragraph": (
        "a\n|b|\n|-|",
        [p("a"), block("table", row("tableHeader", "b"))],
    ),
}


@pytest.mark.parametrize(("markdown", "expected"), WORDS.values(), ids=WORDS)
def test_words_and_their_marks(markdown: str, expected: list[Any]) -> None:
    assert document_of_markdown(markdown) == document(p(*expected))


@pytest.mark.parametrize(("markdown", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_blocks(markdown: str, expected: list[Any]) -> None:
    assert document_of_markdown(markdown) == document(*expected)


def a_table(*, width: int, short_rows: int) -> str:
    return "\n".join([f"|{'a|' * width}", f"|{'-|' * width}", *["b"] * short_rows])


def test_there_are_no_tables_from_the_one_on_that_asks_for_a_thousand_cells_too_many() -> None:
    small, large = a_table(width=2, short_rows=3), a_table(width=200, short_rows=200)

    made = document_of_markdown(f"{small}\n\n{large}\n\n{small}")

    assert [node["type"] for node in made["content"]] == ["table", "paragraph", "paragraph"]


def test_short_rows_count_in_all_tables_of_a_text_together() -> None:
    tables = [a_table(width=101, short_rows=4)] * 3

    made = document_of_markdown("\n\n".join(tables))

    assert [node["type"] for node in made["content"]] == ["table", "table", "paragraph"]


@pytest.mark.parametrize("opening", [">", "- "], ids=["quotes", "lists"])
def test_nesting_is_kept_as_deep_as_the_reader_goes(opening: str) -> None:
    levels = DEEPEST_MARKDOWN - 1 if opening == ">" else DEEPEST_MARKDOWN // 2 - 1

    kept = document_of_markdown(opening * levels + "deep")
    given_up = document_of_markdown(opening * (levels + 1) + "deep")

    assert kept["content"][0]["type"] in {"blockquote", "bulletList"}
    assert given_up == document_of_text(opening * (levels + 1) + "deep")


@pytest.mark.parametrize(
    ("information", "attributes"),
    [
        ("python title='x'", {"language": "python"}),
        ("c++", {"language": "c++"}),
        ("objective-c", {"language": "objective-c"}),
        ("{.python}", {}),
        ("3d", {}),
        ("é", {}),
    ],
    ids=["more than a language", "signs", "dash", "braces", "digit first", "letter beyond ASCII"],
)
def test_a_language_is_the_first_word_where_it_looks_like_one(
    information: str, attributes: dict[str, str]
) -> None:
    made = document_of_markdown(f"```{information}\na\n```")

    assert made == document(code("a", **attributes))


def test_markdown_that_is_longer_than_a_site_takes_is_plain_text() -> None:
    longest = "*a*\n\n"
    longest += "b" * (LONGEST_MARKDOWN - len(longest))

    assert document_of_markdown(longest)["content"][0]["content"][0] == text("a", "em")
    assert document_of_markdown(longest + "b") == document_of_text(longest + "b")
