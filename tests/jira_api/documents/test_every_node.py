"""Every node and mark of Atlassian's schema, as Markdown, as text and as HTML.

Source of the lists: JSON schema of Atlassian documents (npm package @atlaskit/adf-schema 57.7,
full), read 2026-11.
"""

from typing import Any

import pytest

from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.plain_text import plain_text
from jira_api.documents.to_html import html_of_document
from jira_api.documents.to_markdown import markdown_of_document
from tests.jira_api.documents.builders import BREAK, RULE, block, document, item, node, p, text

_CELLS = block("tableRow", block("tableCell", p("word")), block("tableCell", p("b")))
_MEDIA = node("media", id="1", type="file", collection="c", alt="word")
_PLAIN = "<p>word</p>"

NODES: dict[str, tuple[Any, str, str]] = {
    "doc": (document(p("word")), "word", _PLAIN),
    "paragraph": (p("word"), "word", _PLAIN),
    "text": (text("word"), "word", "word"),
    "hardBreak": (p("word", BREAK, "b"), "word\\\nb", "<p>word<br>b</p>"),
    "heading": (block("heading", "word", level=3), "### word", "<h3>word</h3>"),
    "rule": (RULE, "---", "<hr>"),
    "bulletList": (
        block("bulletList", item(p("word")), item(p("b"))),
        "- word\n- b",
        "<ul><li><p>word</p></li><li><p>b</p></li></ul>",
    ),
    "orderedList": (
        block("orderedList", item(p("word")), item(p("b")), order=3),
        "3. word\n4. b",
        '<ol start="3"><li><p>word</p></li><li><p>b</p></li></ol>',
    ),
    "listItem": (item(p("word")), "word", "<li><p>word</p></li>"),
    "taskList": (
        block(
            "taskList",
            block("taskItem", "word", localId="1", state="DONE"),
            block("taskList", block("taskItem", "b", localId="2", state="TODO"), localId="3"),
            localId="4",
        ),
        "- [x] word\n  - [ ] b",
        "<ul><li>☑ word<ul><li>☐ b</li></ul></li></ul>",
    ),
    "taskItem": (block("taskItem", "word", localId="1", state="TODO"), "word", "☐ word"),
    "blockTaskItem": (
        block("taskList", block("blockTaskItem", p("word"), localId="1", state="DONE")),
        "- [x] word",
        "<ul><li>☑ <p>word</p></li></ul>",
    ),
    "decisionList": (
        block("decisionList", block("decisionItem", "word", state="DECIDED")),
        "- Decision: word",
        "<ul><li>word</li></ul>",
    ),
    "decisionItem": (block("decisionItem", "word", state="DECIDED"), "word", "<li>word</li>"),
    "blockquote": (block("blockquote", p("word")), "> word", f"<blockquote>{_PLAIN}</blockquote>"),
    "codeBlock": (
        block("codeBlock", "word\n```", language="py"),
        "````py\nword\n```\n````",
        '<pre><code data-language="py">word\n```</code></pre>',
    ),
    "panel": (
        block("panel", p("word"), panelType="warning"),
        "> [!WARNING]\n> word",
        f'<aside data-panel="warning">{_PLAIN}</aside>',
    ),
    "expand": (
        block("expand", p("b"), title="word"),
        "**word**\n\nb",
        "<details><summary>word</summary><p>b</p></details>",
    ),
    "nestedExpand": (
        block("nestedExpand", p("b"), title="word"),
        "**word**\n\nb",
        "<details><summary>word</summary><p>b</p></details>",
    ),
    "table": (
        block("table", block("tableRow", block("tableHeader", p("word"))), _CELLS),
        "| word |  |\n| --- | --- |\n| word | b |",
        ("<table><tbody><tr><th><p>word</p></th></tr>"
        "<tr><td><p>word</p></td><td><p>b</p></td></tr></tbody></table>"),
    ),
    "tableRow": (
        block("table", _CELLS),
        "|  |  |\n| --- | --- |\n| word | b |",
        "<table><tbody><tr><td><p>word</p></td><td><p>b</p></td></tr></tbody></table>",
    ),
    "tableHeader": (
        block("table", block("tableRow", block("tableHeader", p("word"), p("b"), colspan=2))),
        "| word<br>b |  |\n| --- | --- |",
        '<table><tbody><tr><th colspan="2"><p>word</p><p>b</p></th></tr></tbody></table>',
    ),
    "tableCell": (
        block(
            "table",
            block(
                "tableRow",
                block("tableHeader", p("a"), rowspan=2),
                block("tableHeader", p("b")),
            ),
            block("tableRow", block("tableCell", p("word|"), block("codeBlock", "c\nd"))),
        ),
        "| a | b |\n| --- | --- |\n|  | word\\|<br>`c`<br>`d` |",
        ('<table><tbody><tr><th rowspan="2"><p>a</p></th><th><p>b</p></th></tr>'
        "<tr><td><p>word|</p><pre><code>c\nd</code></pre></td></tr></tbody></table>"),
    ),
    "mediaSingle": (block("mediaSingle", _MEDIA), "word", "<figure>word</figure>"),
    "mediaGroup": (
        block("mediaGroup", _MEDIA, _MEDIA),
        "word\n\nword",
        "<figure>word<br>word</figure>",
    ),
    "media": (
        node("media", type="external", url="https://x.test/word.png"),
        "[https://x.test/word.png](https://x.test/word.png)",
        '<a href="https://x.test/word.png" rel="noopener noreferrer nofollow">(attachment)</a>',
    ),
    "mediaInline": (p(node("mediaInline", id="1", alt="word")), "word", _PLAIN),
    "caption": (
        block("mediaSingle", node("media", id="1"), block("caption", "word")),
        "(attachment)\n\nword",
        "<figure>(attachment)<figcaption>word</figcaption></figure>",
    ),
    "layoutSection": (
        block("layoutSection", block("layoutColumn", p("word"), width=50)),
        "word",
        _PLAIN,
    ),
    "layoutColumn": (block("layoutColumn", p("word"), width=50), "word", _PLAIN),
    "extension": (node("extension", extensionKey="k", text="word"), "word", "word"),
    "bodiedExtension": (block("bodiedExtension", p("word")), "word", _PLAIN),
    "inlineExtension": (p(node("inlineExtension", text="word")), "word", _PLAIN),
    "multiBodiedExtension": (
        block("multiBodiedExtension", block("extensionFrame", p("word"))),
        "word",
        _PLAIN,
    ),
    "extensionFrame": (block("extensionFrame", p("word")), "word", _PLAIN),
    "syncBlock": (document(node("syncBlock", resourceId="1"), p("word")), "word", _PLAIN),
    "bodiedSyncBlock": (block("bodiedSyncBlock", p("word")), "word", _PLAIN),
    "inlineCard": (
        p(node("inlineCard", url="https://x.test/word")),
        "<https://x.test/word>",
        ('<p><a href="https://x.test/word" rel="noopener noreferrer nofollow">'
        "https://x.test/word</a></p>"),
    ),
    "blockCard": (
        node("blockCard", data={"url": "https://x.test/word"}),
        "<https://x.test/word>",
        ('<p><a href="https://x.test/word" rel="noopener noreferrer nofollow">'
        "https://x.test/word</a></p>"),
    ),
    "embedCard": (node("embedCard", url="ftp://x.test/word"), "ftp://x.test/word", "<p>ftp://x.test/word</p>"),
    "date": (
        p("word ", node("date", timestamp="1767225600000")),
        "word 2026-01-01",
        '<p>word <time datetime="2026-01-01">2026-01-01</time></p>',
    ),
    "emoji": (p(node("emoji", shortName=":word:")), ":word:", "<p>:word:</p>"),
    "mention": (p(node("mention", id="1", text="@word")), "@word", "<p>@word</p>"),
    "placeholder": (p(node("placeholder", text="word")), "word", _PLAIN),
    "status": (p(node("status", text="word", color="green")), "word", "<p><mark>word</mark></p>"),
    "one that is unknown": (block("sparkles", "word", glitter=1), "word", "word"),
    "one that is unknown in a line": (p(block("sparkles", "word")), "word", _PLAIN),
}  # fmt: skip

_LINK = {"href": "https://x.test", "title": "T"}
MARKS: dict[str, tuple[Any, str, str]] = {
    "strong": ("strong", "**word**", "<strong>word</strong>"),
    "em": ("em", "*word*", "<em>word</em>"),
    "strike": ("strike", "~~word~~", "<s>word</s>"),
    "code": ("code", "`word`", "<code>word</code>"),
    "underline": ("underline", "word", "<u>word</u>"),
    "link": (
        ("link", _LINK),
        '[word](https://x.test "T")',
        '<a href="https://x.test" title="T" rel="noopener noreferrer nofollow">word</a>',
    ),
    "link to elsewhere": (("link", {"href": "/a"}), "word (/a)", "word"),
    "link that runs code": (("link", {"href": "javascript:word"}), "word", "word"),
    "subsup": (("subsup", {"type": "sub"}), "word", "<sub>word</sub>"),
    "textColor": (("textColor", {"color": "#fff"}), "word", "word"),
    "backgroundColor": (("backgroundColor", {"color": "#fff"}), "word", "word"),
    "annotation": (("annotation", {"id": "1", "annotationType": "inlineComment"}), "word", "word"),
    "border": (("border", {"size": 1, "color": "#fff"}), "word", "word"),
    "alignment": (("alignment", {"align": "end"}), "word", "word"),
    "indentation": (("indentation", {"level": 1}), "word", "word"),
    "breakout": (("breakout", {"mode": "wide"}), "word", "word"),
    "dataConsumer": (("dataConsumer", {"sources": ["1"]}), "word", "word"),
    "fragment": (("fragment", {"localId": "1"}), "word", "word"),
    "fontSize": (("fontSize", {"fontSize": "small"}), "word", "word"),
    "one that is unknown": ("sparkling", "word", "word"),
}


@pytest.mark.parametrize(("given", "markdown", "html"), NODES.values(), ids=NODES)
def test_each_node_has_a_form_in_markdown_text_and_html(
    given: Any, markdown: str, html: str
) -> None:
    assert markdown_of_document(given) == markdown
    assert html_of_document(given) == html
    assert "word" in html + plain_text(given) or given == RULE


@pytest.mark.parametrize(("mark", "markdown", "html"), MARKS.values(), ids=MARKS)
def test_each_mark_has_a_form_in_markdown_and_html(mark: Any, markdown: str, html: str) -> None:
    given = p("a ", text("word", mark), " b")

    assert markdown_of_document(given) == f"a {markdown} b"
    assert html_of_document(given) == f"<p>a {html} b</p>"
    assert plain_text(given) == "a word b"


_RETURNING = (
    "paragraph", "hardBreak", "heading", "rule", "bulletList", "orderedList", "taskList",
    "blockquote", "codeBlock", "panel", "tableRow", "inlineCard",
)  # fmt: skip


@pytest.mark.parametrize("kind", _RETURNING)
def test_what_markdown_can_carry_comes_back_as_the_same_node(kind: str) -> None:
    given = NODES[kind][0]

    returned = document_of_markdown(markdown_of_document(given))

    assert without_local_ids(returned) == without_local_ids(document(given))


@pytest.mark.parametrize("kind", ["strong", "em", "strike", "code", "link"])
def test_what_markdown_can_carry_comes_back_as_the_same_mark(kind: str) -> None:
    given = document(p("a ", text("word", MARKS[kind][0]), " b"))

    assert document_of_markdown(markdown_of_document(given)) == given


def without_local_ids(value: Any) -> Any:
    """The value without the ids of tasks, which are numbers within a document."""
    if isinstance(value, list):
        return [without_local_ids(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: without_local_ids(each) for key, each in value.items() if key != "localId"}
