"""That marks are written as people write them, and long lines cost no more than their length."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.to_html import html_of_document
from jira_api.documents.to_markdown import markdown_of_document
from tests.jira_api.documents.builders import BREAK, block, cell, document, item, node, p, text

LINK = ("link", {"href": "http://x.test"})

LINES: dict[str, tuple[list[Any], str]] = {
    "one in another": ([text("a ", "em"), text("b", "em", "strong")], "_a **b**_"),
    "one after another": ([text("a", "em"), text("b", "strong")], "_a_**b**"),
    "both on the same words": ([text("a", "em", "strong")], "**_a_**"),
    "apart": ([text("a", "em"), " ", text("b", "strong")], "*a* **b**"),
    "within a word": (["un", text("a", "em"), "ble"], "un*a*ble"),
    "blanks at the ends": (["a", text(" b ", "strong"), "c"], "a **b** c"),
    "blanks alone": (["a", text(" ", "strong"), "b"], "a b"),
    "a break within": ([text("a", "em"), BREAK, text("b", "em")], "*a\\\nb*"),
    "a break at the end": ([text("a", "em"), BREAK, "b"], "*a*\\\nb"),
    "breaks at the end of all": ([text("a", "em"), BREAK, BREAK], "*a*<br><br>"),
    "a sign beside a letter": ([text("a:", "strong"), "b"], "**a:**&#98;"),
    "a sign beside a blank": ([text("a:", "strong"), " b"], "**a:** b"),
    "signs within a mark": ([text("*a*", "em")], "*\\*a\\**"),
    "overlapping": (
        [text("a", "strong"), text("b", "strong", "em"), text("c", "em")],
        "**&#97;_b_**_c_",
    ),
    "a link around all": ([text("a", LINK, "strong")], "[**a**](http://x.test)"),
    "a link within": ([text("a ", "em"), text("b", LINK, "em")], "*a [b](http://x.test)*"),
    "a link behind an exclamation": (["a!", text("b", LINK)], "a\\![b](http://x.test)"),
    "brackets before a link": (["[a]", text("b", LINK)], "\\[a\\][b](http://x.test)"),
    "code in a link": ([text("a", LINK, "code")], "[`a`](http://x.test)"),
    "code of backticks": (
        [text("`", "code"), " a ", text("``", "code", LINK)],
        "`` ` `` a [` `` `](http://x.test)",
    ),
    "parentheses in an address": (
        [text("a", ("link", {"href": "http://x.test/(b)c)", "title": 'd"\n'}))],
        '[a](http://x.test/\\(b\\)c\\) "d\\"&#10;")',
    ),
    "marks that a control character forbids": ([text("a.", "strong"), "\x01", text("b", LINK)],
                                               "a.\x01[b](http://x.test)"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "markdown"), LINES.values(), ids=LINES)
def test_marks_are_written_as_they_nest(line: list[Any], markdown: str) -> None:
    assert markdown_of_document(p(*line)) == markdown


def a_list(size: int) -> Any:
    return block("bulletList", *[item(p("a"))] * size)


LONG: dict[str, Callable[[int], Any]] = {
    "marks in turn": lambda size: p(*[text("a", "em"), text("b", "strong")] * size),
    "marks that overlap": lambda size: p(
        *[text("a", "em"), text("b", "em", "strong"), text("c", "strong", "strike")] * size
    ),
    "a mark over others": lambda size: p(*[text("a", "em"), text("b", "em", "strong")] * size),
    "letters between signs": lambda size: p(*["a", text(".", "strong")] * size),
    "marked blanks": lambda size: p(*[text(" ", "em"), text(" ", "strong")] * size),
    "breaks": lambda size: p(*[text("a", "em"), BREAK] * size),
    "links to elsewhere": lambda size: p(
        *[text("a", ("link", {"href": f"/{number}"})) for number in range(size)]
    ),
    "brackets": lambda size: p("[" * size * 20),
    "pairs of brackets": lambda size: p("[a]" * size * 20),
    "backticks": lambda size: p(text(" ".join("`" * n for n in range(size)), "code")),
    "items": a_list,
    "lists in turn": lambda size: document(*[a_list(1)] * size),
    "rows": lambda size: node("table", *[node("tableRow", cell("a"), cell("b"))] * size),
    "quotes in quotes": lambda size: deep("blockquote", size),
    "unknown nodes in unknown nodes": lambda size: deep("sparkles", size),
}


def deep(kind: str, levels: int) -> Any:
    built = p("a")
    for _ in range(levels):
        built = node(kind, built)
    return built


def count_calls(run: Callable[[Any], object], given: Any) -> int:
    """The functions called: every machine counts them alike."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run(given)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("write", [markdown_of_document, html_of_document])
@pytest.mark.parametrize("build", LONG.values(), ids=LONG)
def test_twice_as_much_costs_twice_as_much(
    build: Callable[[int], Any], write: Callable[[Any], object]
) -> None:
    once, twice = (count_calls(write, build(size)) for size in (150, 300))

    assert twice < 2.3 * once


def test_what_is_written_of_a_long_document_costs_no_more_to_read_than_it_may() -> None:
    document_made = document_of_markdown("*a* **b** `c` [d](http://x.test) \\* e\n\n" * 500)

    once = markdown_of_document(document_made)

    assert document_of_markdown(once) == document_made
