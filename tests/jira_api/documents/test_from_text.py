import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jira_api.documents.check import check_document
from jira_api.documents.from_text import document_of_text
from jira_api.documents.plain_text import plain_text
from tests.jira_api.builders import THOROUGH
from tests.jira_api.documents.builders import BREAK, document, p
from tests.jira_api.documents.document_rules import list_faults

TEXTS: dict[str, tuple[str, dict[str, Any]]] = {
    "one line": ("One", document(p("One"))),
    "two lines": ("One\nTwo", document(p("One", BREAK, "Two"))),
    "CRLF": ("One\r\nTwo", document(p("One", BREAK, "Two"))),
    "CR": ("One\rTwo", document(p("One", BREAK, "Two"))),
    "two paragraphs": ("One\n\nTwo", document(p("One"), p("Two"))),
    "many blank lines": ("One\n\n \n\t\n\nTwo", document(p("One"), p("Two"))),
    "blank lines around": ("\n \n  One\n\n", document(p("  One"))),
    "Markdown as it is written": ("# *One*", document(p("# *One*"))),
    "blanks at a line's end": ("One  \nTwo", document(p("One  ", BREAK, "Two"))),
    "a separator that is no line end": (
        "One\u2028Two\x0bThree",
        document(p("One\u2028Two\x0bThree")),
    ),
    "nothing": ("", document()),
    "blanks": (" \n\t", document()),
}

LINES = st.text(st.sampled_from("ab \t\n\r\x0b\u2028\xa0é*") | st.characters(codec="utf-8")).filter(
    lambda text: "\0" not in text
)


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_blank_lines_part_paragraphs_and_line_ends_are_hard_breaks(
    text: str, expected: dict[str, Any]
) -> None:
    assert document_of_text(text) == expected


@THOROUGH
@given(text=LINES)
def test_the_text_is_read_back_but_for_blank_lines_and_blanks_at_line_ends(text: str) -> None:
    lines = re.split(r"\r\n|\r|\n", text)

    found = plain_text(document_of_text(text))

    assert found == "\n".join(line.rstrip("\t ") for line in lines if line.strip("\t "))


@THOROUGH
@given(text=LINES)
def test_any_text_makes_a_document_that_jira_takes(text: str) -> None:
    made = document_of_text(text)

    assert list_faults(check_document(made)) == []
