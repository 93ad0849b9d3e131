"""That HTML holds nothing but what the manual tells of, whatever a document holds."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jira_api.documents.to_html import html_of_document
from tests.jira_api.builders import THOROUGH
from tests.jira_api.documents.builders import block, document, item, node, p, text

ALLOWED = {
    "a": {"href", "title", "rel"}, "aside": {"data-panel"}, "blockquote": set(), "br": set(),
    "code": {"data-language"}, "details": set(), "em": set(), "figcaption": set(),
    "figure": set(), "h1": set(), "h2": set(), "h3": set(), "h4": set(), "h5": set(), "h6": set(),
    "hr": set(), "li": set(), "mark": set(), "ol": {"start"}, "p": set(), "pre": set(), "s": set(),
    "strong": set(), "sub": set(), "summary": set(), "sup": set(), "table": set(), "tbody": set(),
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "time": {"datetime"}, "tr": set(),
    "u": set(), "ul": set(),
}  # fmt: skip

HOSTILE = (
    "<script>alert(1)</script>", "</p><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--><img src=x onerror=alert(1)>-->", "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?>", "<iframe src=javascript:alert(1)>", "<a href=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>", "<base href=//x.test>",
    "<style>@import 'http://x.test'</style>", "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>", "<xmp><script>alert(1)</script></xmp>",
    "&lt;script&gt;", "&#60;script&#62;alert(1)", '" onmouseover="alert(1)',
    "' onmouseover='alert(1)", "`onmouseover=alert(1)`", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
    "\x01javascript:alert(1)", "javascript&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "//x.test/a",
    "http:javascript:alert(1)", 'https://x.test/" onclick="alert(1)', "https://x.test/<script>",
    'mailto:a@x.test?subject="><script>', "expression(alert(1))", "</style>", "\u2028<script>",
    "\ufeff<script>", "<scr\0ipt>alert(1)</scr\0ipt>", "<\ud800script>", "x" * 10_000 + "<b>",
)  # fmt: skip


class _Page(HTMLParser):
    """Checks what begins, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        given = dict(attrs)
        assert given.keys() <= ALLOWED[tag]
        if "href" in given:
            assert urlsplit(given["href"] or "").scheme in {"http", "https", "mailto"}
            assert given["rel"] == "noopener noreferrer nofollow"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def words_of(html: str) -> str:
    """The words of a page that holds nothing it must not."""
    page = _Page()
    page.feed(html)
    page.close()
    return "".join(page.words)


def everywhere(words: str) -> Any:
    """A document that holds the words at every place where a document may hold words."""
    link = ("link", {"href": words, "title": words})
    return document(
        p(text(words), text(words, "strong", link), text(words, "code"), text("a", (words, {}))),
        block("heading", words, level=1),
        block("codeBlock", words, language=words),
        block("panel", p(words), panelType=words, panelColor=words, panelIcon=words),
        block("expand", p(words), title=words),
        block("bulletList", item(p(words))),
        block("orderedList", item(p(words)), order=words),
        block("taskList", block("taskItem", words, localId=words, state=words), localId=words),
        block(
            "table",
            block("tableRow", block("tableHeader", p(words), background=words, colspan=words)),
            layout=words,
        ),
        block(
            "mediaSingle",
            node("media", type="external", url=words, alt=words),
            block("caption", words),
            layout=words,
        ),
        p(*(node(kind, text=words, shortName=words, url=words, id=words) for kind in (
            "mention", "emoji", "status", "inlineCard", "placeholder", "inlineExtension", "date"
        ))),
        node("blockCard", url=words, data={"url": words}),
        block(words, p(words), style=words, onclick=words),
        block("heading", text(words, ("textColor", {"color": words})), level=words),
    )  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_words_wherever_they_stand(words: str) -> None:
    shown = words_of(html_of_document(everywhere(words)))

    readable = "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in words)
    assert shown.count(readable) >= 8


_ANY_WORDS = st.lists(st.sampled_from(HOSTILE[:-1]) | st.text(max_size=5), max_size=4).map("".join)


@THOROUGH
@given(words=_ANY_WORDS)
def test_nothing_but_what_is_allowed_comes_of_any_words(words: str) -> None:
    words_of(html_of_document(everywhere(words)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (block("codeBlock", "\na"), "<pre><code>\na</code></pre>"),
        (block("heading", "a", level=10**400), "<h6>a</h6>"),
        (block("heading", "a", level=True), "<h1>a</h1>"),
        (block("orderedList", item(p("a")), order=-1), "<ol><li><p>a</p></li></ol>"),
        (block("panel", p("a"), panelType=["a"]), '<aside data-panel="info"><p>a</p></aside>'),
        (p(text("a\nb")), "<p>a<br>b</p>"),
        (p(node("date", timestamp="today")), "<p></p>"),
        ("words", ""),
        ({"type": ["a"], "content": [text("a")]}, "a"),
        (p({"type": "text", "text": "a", "marks": ["em", {"type": ["em"]}, {}]}), "<p>a</p>"),
    ],
    ids=["code that begins with a line end", "level beyond", "level that is none", "order below",
         "kind that is no text", "line end", "date of words", "no node", "type", "marks"],
)  # fmt: skip
def test_odd_attributes_are_taken_for_absent(given: Any, expected: str) -> None:
    assert html_of_document(given) == expected
