import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.adf_rules import is_document, is_valid
from tests.sandbox.visitors import find_shared

HELLO = {"type": "text", "text": "Hello"}


def a_document(*nodes: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def holding(kind: str, *nodes: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(nodes)}


def marked(*marks: Any) -> dict[str, Any]:
    return a_document(holding("paragraph", {**HELLO, "marks": list(marks)}))


def list_documents(value: Any) -> Iterator[dict[str, Any]]:
    """Every document below a JSON value."""
    if isinstance(value, dict) and value.get("type") == "doc":
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from list_documents(part)


def test_every_document_of_the_shared_data_is_valid() -> None:
    folder = find_shared("jira-data", "adf")
    lines = (folder / "adf-docs.jsonl").read_text(encoding="utf-8").splitlines()
    issues = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))]
    documents = [each for text in (*lines, *issues) for each in list_documents(json.loads(text))]

    assert len(documents) == 22
    assert [each for each in documents if not (is_document(each) and is_valid(each))] == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [],
        {},
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": 1},
        {"type": "doc", "version": 1, "content": {}},
        {"type": "paragraph", "version": 1, "content": []},
    ],
    ids=str,
)
def test_what_has_another_outermost_node_is_no_document(value: Any) -> None:
    assert not is_document(value)


@pytest.mark.parametrize(
    "document",
    [
        a_document(),
        a_document({"type": "paragraph"}, {"type": "rule"}),
        a_document(holding("bulletList", holding("listItem", holding("paragraph", HELLO)))),
        a_document(holding("taskList", holding("taskItem", HELLO), {"type": "taskList"})),
        a_document(holding("mediaSingle", {"type": "media", "attrs": {"id": "1"}})),
        marked({"type": "strong"}, {"type": "link", "attrs": {"href": "https://example.com"}}),
    ],
    ids=["empty", "blocks", "list", "tasks", "media", "marks"],
)
def test_known_nodes_in_their_places_are_valid(document: dict[str, Any]) -> None:
    assert is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        a_document({"type": "banana"}),
        a_document(HELLO),
        a_document({"type": "listItem"}),
        a_document({"type": "doc", "version": 1, "content": []}),
        a_document(holding("bulletList", HELLO)),
        a_document(holding("bulletList", holding("listItem", HELLO))),
        a_document(holding("paragraph", {"type": "paragraph"})),
        a_document(holding("rule", HELLO)),
        a_document({"type": "rule", "text": "Hello"}),
        a_document({}),
        a_document({"type": ["paragraph"]}),
        a_document("Hello"),
        a_document({"type": "paragraph", "content": None}),
        a_document(holding("paragraph", {"type": "text"})),
        a_document(holding("paragraph", {"type": "text", "text": ""})),
        a_document(holding("paragraph", {"type": "text", "text": 7})),
        marked({}),
        marked({"type": "banana"}),
        marked("strong"),
        a_document(holding("paragraph", {**HELLO, "marks": {"type": "strong"}})),
    ],
    ids=[
        "unknown node",
        "text at the root",
        "item at the root",
        "document in a document",
        "text in a list",
        "text in an item",
        "paragraph in a paragraph",
        "text in a rule",
        "rule with a text",
        "no type",
        "type of another kind",
        "no node",
        "null content",
        "no text",
        "empty text",
        "number as text",
        "mark without type",
        "unknown mark",
        "no mark",
        "no list of marks",
    ],
)
def test_a_document_with_a_broken_node_is_not_valid(document: dict[str, Any]) -> None:
    assert is_document(document)
    assert not is_valid(document)


@pytest.mark.parametrize(("depth", "fits"), [(200, True), (202, False), (400, False)])
def test_a_document_is_at_most_two_hundred_levels_deep(depth: int, *, fits: bool) -> None:
    node = holding("bulletList", {"type": "listItem"})
    for _ in range(depth // 2 - 1):
        node = holding("bulletList", holding("listItem", node))

    assert is_valid(a_document(node)) is fits
