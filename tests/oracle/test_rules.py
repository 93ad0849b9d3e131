"""What each rule lets pass, and what not."""

from typing import Any

import pytest

from tests.oracle.rules import (
    CatalogueId,
    Document,
    Instant,
    Ledger,
    Picture,
    Rank,
    Rule,
    Stands,
    Words,
)

BREAK = {"type": "hardBreak"}


def a_document(*paragraphs: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    content = [
        {"type": "paragraph", "content": nodes} if nodes else {"type": "paragraph"}
        for nodes in paragraphs
    ]
    return {"type": "doc", "version": 1, "content": content, **changes}


def a_text(text: str, **changes: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **changes}


RIGHT: list[tuple[Rule, Any]] = [
    (Instant("2014-07-31T18:57:59.000+0000"), "2014-07-31T18:57:59Z"),
    (Instant("2014-07-31T20:57:59.120+0200"), "2014-07-31T18:57:59.120000Z"),
    (Document(""), a_document()),
    (Document("a\r\nb\n\n\n\nc"), a_document([a_text("a"), BREAK, a_text("b")], [], [a_text("c")])),
    (Document("a\n\n\nb"), a_document([a_text("a")], [BREAK, a_text("b")])),
    (Words(" a \r\n\n b\t\n"), " a\n b"),
    (Words(""), ""),
    (Rank("1"), "0|i0000001:"),
    (Picture("1"), "https://pictures.example/1"),
    (Stands("kind", 1), "anything"),
    (CatalogueId("kind", "7", "Story", is_taken=False), "7"),
    (CatalogueId("kind", "7", "Story", is_taken=True), "70"),
]
WRONG: list[tuple[Rule, Any]] = [
    (Instant("2014-07-31T18:57:59.000+0000"), "2014-07-31T18:57:58Z"),
    (Instant("2014-07-31T18:57:59.000+0000"), "2014-07-31T18:57:59+00:00"),
    (Instant("2014-07-31T18:57:59.000+0000"), "soonZ"),
    (Instant("2014-07-31T18:57:59.000+0000"), None),
    (Document("a"), None),
    (Document("a"), a_document([a_text("b")])),
    (Document("a"), a_document([a_text("a")], type="document")),
    (Document("a"), a_document([a_text("a")], version=2)),
    (Document("a"), a_document([a_text("a", marks=[{"type": "strong"}])])),
    (Document("a "), a_document([a_text("a")])),
    (Document("a\nb"), a_document([a_text("a\nb")])),
    (Document("a"), a_document([a_text("a"), a_text("")])),
    (Document("a\nb"), a_document([a_text("a")], [a_text("b")])),
    (Document("a"), a_document(content=[{"type": "heading", "content": [a_text("a")]}])),
    (Words("a\nb"), "a b"),
    (Words("a\nb"), "b\na"),
    (Words(" a"), "a"),
    (Words("a"), None),
    (Rank("1"), "i0000001"),
    (Picture("1"), "/avatars/1.svg"),
    (Picture("1"), None),
    (Stands("kind", 1), ""),
    (Stands("kind", 1), 7),
    (CatalogueId("kind", "7", "Story", is_taken=False), "70"),
    (CatalogueId("kind", "7", "Story", is_taken=False), 7),
]


def name_of(value: object) -> str:
    return type(value).__name__ if hasattr(value, "find_fault") else repr(value)[:40]


@pytest.mark.parametrize(("rule", "value"), RIGHT, ids=name_of)
def test_a_right_value_has_no_fault(rule: Rule, value: Any) -> None:
    assert rule.find_fault(value, Ledger()) is None


@pytest.mark.parametrize(("rule", "value"), WRONG, ids=name_of)
def test_a_wrong_value_has_a_fault_that_says_what_was_expected(rule: Rule, value: Any) -> None:
    assert rule.find_fault(value, Ledger())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Stands("kind", 1), Stands("kind", 2)),
        (Picture("1"), Picture("2")),
        (Rank("1"), Rank("2")),
        (
            CatalogueId("kind", "7", "Story", is_taken=True),
            CatalogueId("kind", "7", "Sub-task", is_taken=True),
        ),
    ],
    ids=name_of,
)
def test_two_things_have_two_values_and_one_thing_one(first: Rule, second: Rule) -> None:
    ledger, values = Ledger(), ("https://one.example/0|1", "https://two.example/0|2")
    if isinstance(first, Rank):
        values = ("0|i0000001:", "0|i0000002:")

    assert first.find_fault(values[0], ledger) is None
    assert first.find_fault(values[1], ledger)
    assert second.find_fault(values[0], ledger)
    assert second.find_fault(values[1], Ledger()) is None
