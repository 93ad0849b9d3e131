import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.plain_text import plain_text
from jira_api.documents.to_markdown import markdown_of_document
from tests.jira_api.builders import JSON_VALUES, THOROUGH
from tests.jira_api.documents.builders import cell, node, paragraph, text
from tests.sandbox.visitors import find_shared

DOCUMENTS: dict[str, tuple[Any, str]] = {
    "paragraphs": (node("doc", paragraph("One"), paragraph("Two")), "One\nTwo"),
    "hard break": (node("paragraph", text("One"), node("hardBreak"), text("Two")), "One\nTwo"),
    "list": (
        node(
            "bulletList",
            node("listItem", paragraph("One")),
            node("listItem", paragraph("Two"), node("bulletList", node("listItem", text("In")))),
        ),
        "One\nTwo\nIn",
    ),
    "heading and code": (
        node("doc", node("heading", text("Title"), level=1), node("codeBlock", text("a\n  b"))),
        "Title\na\n  b",
    ),
    "table": (
        node("table", node("tableRow", cell("A"), cell("B")), node("tableRow", cell("C"), cell())),
        "A\tB\nC",
    ),
    "empty first cell": (
        node("table", node("tableRow", cell("A")), node("tableRow", cell(), cell("D"))),
        "A\n\tD",
    ),
    "cell of two paragraphs": (
        node("table", node("tableRow", cell("A", "B"), cell("C"))),
        "A\nB\tC",
    ),
    "headers": (
        node("tableRow", node("tableHeader", text("A")), node("tableHeader", text("B"))),
        "A\tB",
    ),
    "mention": (node("paragraph", text("Hi "), node("mention", id="1", text="@Ada")), "Hi @Ada"),
    "emoji": (node("paragraph", node("emoji", shortName=":smile:")), ":smile:"),
    "emoji with its text": (node("emoji", shortName=":smile:", text="🙂"), "🙂"),
    "status": (node("status", text="DONE", color="green"), "DONE"),
    "card": (node("paragraph", node("inlineCard", url="https://example.com")), "https://example.com"),
    "card with its data": (node("blockCard", data={"url": "https://x.test"}), "https://x.test"),
    "mention without its name": (node("mention", id="5b10:a"), "@[5b10:a]"),
    "mention without its sign": (node("mention", id="1", text="Ada"), "@Ada"),
    "title": (node("doc", paragraph("a"), node("expand", paragraph("c"), title="b")), "a\nb\nc"),
    "placeholder": (node("paragraph", text("a "), node("placeholder", text="b")), "a b"),
    "extensions": (
        node(
            "doc",
            node("extension", text="a"),
            node("paragraph", node("inlineExtension", text="b")),
        ),
        "a\nb",
    ),
    "files": (
        node("mediaGroup", node("media", alt="a.png"), node("media", url="u"), node("media")),
        "a.png\nu\n(attachment)",
    ),
    "file in a line": (node("paragraph", text("a "), node("mediaInline", alt="b")), "a b"),
    "unknown node of words": (node("sparkles", text="a"), "a"),
    "date": (node("paragraph", node("date", timestamp="1767225600000")), "2026-01-01"),
    "date far off": (node("date", timestamp="9" * 30), ""),
    "date of words": (node("date", timestamp="today"), ""),
    "date of nothing": (node("date", timestamp=None), ""),
    "unknown node": (node("sparkles", paragraph("In it"), glitter=1), "In it"),
    "unknown node without anything": (node("sparkles"), ""),
    "text that is no text": ({"type": "text", "text": None}, ""),
    "address that is no text": (node("inlineCard", url=["https://example.com"]), ""),
    "kind that is no text": ({"type": ["paragraph"], "content": [text("In")]}, "In"),
    "content that is no list": ({"type": "doc", "content": "words"}, ""),
    "content of stray words": ({"type": "paragraph", "content": ["stray", text("kept")]}, "kept"),
    "nothing": (None, ""),
    "spaces at the ends": (node("doc", paragraph("One  "), paragraph("Two")), "One\nTwo"),
    "empty paragraph": (node("doc", paragraph("One"), paragraph(""), paragraph("Two")), "One\nTwo"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_words_of_each_kind_of_node(document: Any, expected: str) -> None:
    assert plain_text(document) == expected


@THOROUGH
@given(document=JSON_VALUES)
def test_any_json_has_a_plain_text(document: Any) -> None:
    assert isinstance(plain_text(document), str)


_KINDS = st.sampled_from(["paragraph", "text", "tableCell", "tableRow", "date", "emoji", "doc"])
_NODES = st.recursive(
    st.fixed_dictionaries({"type": _KINDS, "text": JSON_VALUES, "attrs": JSON_VALUES}),
    lambda inner: st.fixed_dictionaries(
        {
            "type": _KINDS | JSON_VALUES,
            "content": st.lists(inner, max_size=3) | JSON_VALUES,
            "attrs": st.dictionaries(st.sampled_from(["timestamp", "text", "url"]), JSON_VALUES),
        }
    ),
    max_leaves=8,
)


@THOROUGH
@given(document=_NODES)
def test_any_tree_of_nodes_has_a_plain_text_without_blanks_at_line_ends(document: Any) -> None:
    found = plain_text(document)

    assert all(line == line.rstrip("\t ") for line in found.split("\n"))


_WORD = st.text("aZ7é漢", min_size=1, max_size=4)
_URL = st.just("https://x.test/a")
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["text", "shortName", "alt", "title", "id"], _WORD),
        "url": _URL,
        "data": st.fixed_dictionaries({"url": _URL}),
    },
)
_LEAF_KINDS = (
    "mention", "emoji", "status", "placeholder", "date", "inlineCard", "inlineExtension",
    "mediaInline", "sparkles",
)  # fmt: skip
_LEAVES = _WORD.map(text) | st.builds(
    lambda kind, attributes: node(kind, **attributes), st.sampled_from(_LEAF_KINDS), _ATTRIBUTES
)
_HOLDERS_OF_LINES = st.builds(
    lambda kind, leaves: node(kind, *leaves),
    st.sampled_from(["paragraph", "heading", "caption", "codeBlock"]),
    st.lists(_LEAVES, max_size=4),
)
_HOLDERS_OF_NOTHING = st.builds(
    lambda kind, attributes: node(kind, **attributes),
    st.sampled_from(["media", "extension", "blockCard", "embedCard", "sparkles", "rule"]),
    _ATTRIBUTES,
)
_HOLDERS = st.recursive(
    _HOLDERS_OF_LINES | _HOLDERS_OF_NOTHING,
    lambda inner: st.builds(
        lambda kind, blocks, attributes: node(kind, *blocks, **attributes),
        st.sampled_from(
            ["expand", "nestedExpand", "panel", "blockquote", "mediaSingle", "mediaGroup",
             "layoutSection", "layoutColumn", "bodiedExtension", "sparkles"]
        ),
        st.lists(inner, max_size=3),
        _ATTRIBUTES,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=30, deadline=None, derandomize=True)
@given(blocks=st.lists(_HOLDERS, max_size=4))
def test_plain_text_has_the_words_that_markdown_has(blocks: Any) -> None:
    given_document = node("doc", *blocks)

    shown = document_of_markdown(markdown_of_document(given_document))

    assert letters_of(plain_text(given_document)) == letters_of(plain_text(shown))


def letters_of(words: str) -> str:
    return "".join(each for each in words if each.isalnum())


def test_ten_thousand_levels_are_read() -> None:
    document = text("deep")
    for _ in range(10_000):
        document = node("blockquote", document)

    assert plain_text(document) == "deep"


def test_every_recorded_document_keeps_all_its_words() -> None:
    lines = find_shared("jira-data", "adf", "adf-docs.jsonl").read_text(encoding="utf-8")
    documents = [json.loads(line)["adf"] for line in lines.splitlines()]
    whole = find_shared("jira-data", "adf").glob("*.json")
    documents += [json.loads(path.read_text(encoding="utf-8")) for path in whole]

    for document in documents:
        found = plain_text(document)

        assert squeeze("".join(words_of(document))) in squeeze(found)


def words_of(document: Any) -> list[str]:
    """Every `text` of the text nodes between nodes that have words in their attributes."""
    if isinstance(document, list):
        return [word for each in document for word in words_of(each)]
    if not isinstance(document, dict):
        return []
    if document.get("type") == "text":
        return [document["text"]]
    attributes = document.get("attrs") or {}
    keys = ("text", "shortName", "alt", "title", "url")
    own = next((attributes[key] for key in keys if attributes.get(key)), "")
    kinds = {"mention", "emoji", "status", "inlineCard", "blockCard", "embedCard", "expand"}
    kinds |= {"nestedExpand", "placeholder", "extension", "inlineExtension"}
    if document.get("type") in {"date", "media", "mediaInline"}:
        return [plain_text(document)]
    return [own] * (document.get("type") in kinds) + words_of(document.get("content"))


def squeeze(words: str) -> str:
    return "".join(words.split())
