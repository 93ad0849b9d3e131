from typing import Any

import pytest

from jira_api.documents.from_markdown import document_of_markdown, find_mentions
from jira_api.documents.mentions import Mentioned
from jira_api.documents.to_markdown import markdown_of_document
from tests.jira_api.documents.builders import block, document, node, p, text

_NAMES = ("a@b", "Ada", "Ada Lovelace", "Jean-Luc", "Anne O'Brien", "Ada (Ops)", "李小龙")
PEOPLE = {name.casefold(): Mentioned(name.upper(), name) for name in _NAMES}


def mention(name: str) -> dict[str, Any]:
    return node("mention", id=name.upper(), text=f"@{name}")


LINES: dict[str, tuple[str, list[Any]]] = {
    "one word": ("@Ada", [mention("Ada")]),
    "the longest name": ("a @ada lovelace b", ["a ", mention("Ada Lovelace"), " b"]),
    "a name before other words": ("@Ada Byron", [mention("Ada"), " Byron"]),
    "a sign behind": ("(@Ada), @Ada.", ["(", mention("Ada"), "), ", mention("Ada"), "."]),
    "a genitive": ("@Ada's", [mention("Ada"), "'s"]),
    "a name with an apostrophe": ("@Anne O'Brien", [mention("Anne O'Brien")]),
    "a name that goes on": ("@Adam @Ada-Marie @Ada.B", ["@Adam @Ada-Marie @Ada.B"]),
    "a name with a dash": ("@Jean-Luc", [mention("Jean-Luc")]),
    "brackets": ("@[Ada (Ops)]x", [mention("Ada (Ops)"), "x"]),
    "brackets of nobody": ("@[Bob]", ["@[Bob]"]),
    "letters of other scripts": ("@李小龙", [mention("李小龙")]),
    "mail": ("b@Ada @@Ada /@Ada", ["b@Ada @@Ada /@Ada"]),
    "a backslash": (r"\@Ada, &#64;Ada, @[\@x] \\@Ada", ["@Ada, @Ada, @[@x] \\", mention("Ada")]),
    "a backslash in a name": (r"@[a\@b] \@@Ada", [mention("a@b"), " @@Ada"]),
    "marks": ("**@Ada b**", [mention("Ada"), text(" b", "strong")]),
    "code and link": (
        "`@Ada` [@Ada](http://x.test)",
        [text("@Ada", "code"), " ", text("@Ada", ("link", {"href": "http://x.test"}))],
    ),
}


@pytest.mark.parametrize(("markdown", "line"), LINES.values(), ids=LINES)
def test_names_behind_an_at_sign_are_mentions(markdown: str, line: list[Any]) -> None:
    assert document_of_markdown(markdown, PEOPLE) == document(p(*line))


@pytest.mark.parametrize("name", _NAMES)
def test_a_mention_is_found_again_in_what_is_written_of_it(name: str) -> None:
    given = document(p("a ", mention(name), ": b"))

    assert document_of_markdown(markdown_of_document(given), PEOPLE) == given


BESIDE: dict[str, tuple[list[Any], str]] = {
    "a name that goes on": ([mention("Ada"), " Lovelace"], "@[Ada] Lovelace"),
    "a letter behind": ([mention("Ada"), "x"], "@[Ada]x"),
    "a letter before": (["x", mention("Ada")], "x@[Ada]"),
    "another": ([mention("Ada"), mention("Jean-Luc")], "@Ada@[Jean-Luc]"),
    "words": (["a ", mention("Ada"), " looks, ", mention("Ada"), "."], "a @Ada looks, @Ada."),
    "marks": ([text("x", "strong"), mention("Ada"), text("x", "em")], "**x**@Ada*x*"),
}


@pytest.mark.parametrize(("line", "markdown"), BESIDE.values(), ids=BESIDE)
def test_a_mention_is_nobody_elses_whatever_stands_beside_it(
    line: list[Any], markdown: str
) -> None:
    assert markdown_of_document(document(p(*line))) == markdown
    assert document_of_markdown(markdown, PEOPLE) == document(p(*line))


def test_mentions_stand_in_headings_cells_and_tasks() -> None:
    made = document_of_markdown("# @Ada\n\n|@Ada|\n|-|\n\n- [ ] @Ada", PEOPLE)

    assert made["content"][0] == block("heading", mention("Ada"), level=1)
    assert str(made).count("'mention'") == 3


@pytest.mark.parametrize(
    ("markdown", "names"),
    [
        ("@Ada Lovelace and @ada, @Bob's", ["Ada", "Bob"]),
        ("@[Ada (Ops)] @[5b10:a-b]", ["Ada (Ops)", "5b10:a-b"]),
        ("- > @Ada\n\n|@Bob|\n|-|", ["Ada", "Bob"]),
        ("`@Ada` [@Ada](http://x.test) b@Ada @", []),
        ("no names", []),
        ("@Ada" + ">" * 20_000 + "\n" * 20_000, []),
    ],
    ids=["words", "brackets", "blocks", "code, links and mail", "none", "text too long to be read"],
)
def test_names_are_found_once_and_in_order(markdown: str, names: list[str]) -> None:
    assert find_mentions(markdown) == names
