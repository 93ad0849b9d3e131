"""That no word of a Markdown text is lost, and that Jira takes what is made of it."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jira_api.documents.check import check_document
from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.from_text import document_of_text
from jira_api.documents.plain_text import plain_text
from tests.end_to_end.worlds import ARCHIVES, read_archive
from tests.jira_api.builders import THOROUGH
from tests.jira_api.documents.document_rules import list_faults

_STRIDE = 12
"""One text in so many of the recorded ones: all of them take half a minute."""

_PIECES = (
    "word", "zwei", "3", "é", " ", "  ", "\n", "\n\n", "\n> ", "\n>> ", "\n- ", "\n  - ", "\n1. ",
    "\n   ", "\n    ", "\n# ", "\n---\n", "\n***\n", "\n```\n", "\n```py\n", "~~~", "*", "**", "_",
    "__", "~~", "`", "``", "[", "]", "](", ")", "](http://x.test/a)", "](/a 'b')", "![", "<", ">",
    "<https://x.test>", "<b>", "</b>", "<!--", "&amp;", "&#12;", "&", "\\", "\\\n", "|", "\n|a|b|",
    "\n|-|-|\n", "-|-", "\n[word]: /a\n", "\t", "\x0b", "\u2028", "!", ":", "#", "=", "\n===\n",
    "\n- [ ] ", "\n- [x] ", "\n> [!TIP]\n> ",
)  # fmt: skip
MARKDOWN = st.lists(
    st.sampled_from(_PIECES) | st.characters(codec="utf-8", exclude_characters="\0"), max_size=40
).map("".join)

_RENDERER = MarkdownIt(
    "commonmark", {"html": False, "maxNesting": 1_000, "tasklists": True, "alerts": True}
)
_RENDERER.enable(["table", "strikethrough"])
_INLINE = {"em", "strong", "s", "a", "code", "img"}


class _Shown(HTMLParser):
    """The words that a page shows; those after an address in parentheses are words of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.link = ("", 0)
        self.is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.is_title = given.get("class") == "markdown-alert-title"
        if tag == "img" and given["alt"].strip():
            self.pieces.append(given["alt"] + " " * (not is_linked(given["src"])))
        elif tag == "img":
            # What has no alternative text is shown by its address.
            self.pieces.append(given["src"])
        elif tag == "a":
            self.link = (given["href"], len(self.pieces))
        else:
            self.pieces.append("" if tag in _INLINE else " ")

    def handle_endtag(self, tag: str) -> None:
        self.is_title = False
        if tag == "a":
            href, start = self.link
            is_own_text = _RENDERER.normalizeLinkText(href) == "".join(self.pieces[start:])
            if is_own_text and is_linked(href):
                self.pieces[start:] = [href]
            self.pieces.append("" if is_linked(href) or is_own_text or not href else " ")
        else:
            self.pieces.append("" if tag in _INLINE else " ")

    def handle_data(self, data: str) -> None:
        self.pieces += [] if self.is_title else [data]


def is_linked(address: str) -> bool:
    return address.startswith(("http://", "https://", "mailto:"))


def shown_words(markdown: str) -> Counter[str]:
    page = _Shown()
    page.feed(_RENDERER.render(markdown))
    page.close()
    return words_in("".join(page.pieces))


def words_in(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text))


@THOROUGH
@given(markdown=MARKDOWN)
@example("- - a\n> # b\n\n|c|\n|-|\n|d|e|")
def test_any_markdown_makes_a_document_that_jira_takes(markdown: str) -> None:
    made = document_of_markdown(markdown)

    assert list_faults(check_document(made)) == []


@THOROUGH
@given(markdown=MARKDOWN)
@example("|a|\n|-|\n|b|lost|")
@example("word[](/a 'b')word ![word](/a)word <word:/a>word")
def test_every_word_that_a_renderer_shows_is_in_the_plain_text(markdown: str) -> None:
    missing = shown_words(markdown) - words_in(plain_text(document_of_markdown(markdown)))

    assert not missing


@pytest.mark.parametrize(
    "piece", [">", "> ", "- ", "1. ", "[", "![", "*", "**a ", "`a``", "<", "&", "|", "~~a ", "\n#"]
)
def test_ten_thousand_openings_make_a_document_with_the_word_after_them(piece: str) -> None:
    made = document_of_markdown(piece * 10_000 + "word")

    assert "word" in plain_text(made)
    assert list_faults(check_document(made)) == []


def test_every_recorded_description_makes_documents_that_jira_takes() -> None:
    issues = [issue for name in ARCHIVES for issue in read_archive(name)]
    descriptions = [issue["fields"].get("description") or "" for issue in issues]

    assert any(descriptions[::_STRIDE])
    for description in descriptions[::_STRIDE]:
        from_text = document_of_text(description)
        from_markdown = document_of_markdown(description)

        assert list_faults(check_document(from_text)) == []
        assert list_faults(check_document(from_markdown)) == []
        assert "".join(plain_text(from_text).split()) == "".join(description.split())
