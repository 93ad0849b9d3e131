from collections.abc import Callable

import pytest

from jira_api.documents import markdown_steps
from jira_api.documents.from_markdown import LONGEST_MARKDOWN, document_of_markdown
from jira_api.documents.from_text import document_of_text

COSTLY: dict[str, str] = {
    "marks that open, then marks that close": "*a " * 6_000 + "b*" * 7_000,
    "strikes that open, then strikes that close": "~~a " * 4_000 + "b~~" * 5_000,
    "marks of two kinds": "*a **b " * 2_000 + "b*** " * 3_000,
    "marks in a link": "[" + "*a " * 2_500 + "b*" * 4_000 + "](http://x.test)",
    "lazy lines of quotes in quotes": ">" * 19 + "a\n" * 16_000,
    "quotes that are read again": "> " + "b~~http://#" * 700 + "\n> ***\n|-|\nb~~" * 500,
    "bars in quotes in quotes": "> " * 19 + "|\n" * 16_000,
    "brackets and parentheses": "[[](" * 8_000,
    "images that do not end": "![" * 16_000,
}


@pytest.mark.untraced
@pytest.mark.parametrize("markdown", COSTLY.values(), ids=COSTLY)
def test_a_short_text_that_makes_much_work_is_plain_text(markdown: str) -> None:
    assert len(markdown) <= LONGEST_MARKDOWN
    assert document_of_markdown(markdown) == document_of_text(markdown)


_PARAGRAPH = "*Some* **words** of a [person](http://x.test/a_b), ~~not~~ `code`.\n"
_LONG: dict[str, Callable[[str], str]] = {
    "paragraphs": lambda line: f"{line}\n",
    "items": lambda line: f"- {line}",
    "items in items": lambda line: f"- {line}  - {line}",
    "quotes": lambda line: f"> {line}",
    "rows": lambda line: f"|{line.strip()}|b|\n",
}


@pytest.mark.parametrize("write", _LONG.values(), ids=_LONG)
def test_the_longest_text_of_ordinary_markdown_is_read(write: Callable[[str], str]) -> None:
    piece = write(_PARAGRAPH)
    markdown = "|a|b|\n|-|-|\n" * piece.startswith("|") + piece * (30_000 // len(piece))

    assert "strong" in str(document_of_markdown(markdown))


def test_a_text_is_read_up_to_the_bound_and_not_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    # One line of words, and within it one place.
    monkeypatch.setattr(markdown_steps, "MOST_STEPS", 2)

    assert document_of_markdown("# a")["content"][0]["type"] == "heading"
    assert document_of_markdown("# a\n# b") == document_of_text("# a\n# b")
