import pytest

from sandbox.adf import build_document, read_text


def test_blank_lines_part_paragraphs_and_line_ends_become_hard_breaks() -> None:
    document = build_document("one\ntwo\n\nthree")

    assert document == {
        "version": 1,
        "type": "doc",
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "one"},
                    {"type": "hardBreak"},
                    {"type": "text", "text": "two"},
                ],
            },
            {"type": "paragraph", "content": [{"type": "text", "text": "three"}]},
        ],
    }


@pytest.mark.parametrize(
    "text",
    ["", "a", "a\n", "\na", "a\n\n\nb", "  h1. Wiki *bold*\t{code}x{code}", "🚀\n\n漢字", "a\rb"],
    ids=["empty", "word", "trailing", "leading", "three ends", "markup", "unicode", "lone return"],
)
def test_a_document_keeps_every_character(text: str) -> None:
    assert read_text(build_document(text)) == text


def test_carriage_returns_before_line_ends_are_dropped() -> None:
    assert read_text(build_document("a\r\n\r\nb")) == "a\n\nb"


def test_no_text_node_is_empty() -> None:
    blank = build_document("\n\n\n")

    assert blank["content"] == [
        {"type": "paragraph"},
        {"type": "paragraph", "content": [{"type": "hardBreak"}]},
    ]


def test_what_is_no_document_has_no_text() -> None:
    assert read_text(None) == ""
