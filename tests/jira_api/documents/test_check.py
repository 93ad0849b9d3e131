import copy
from typing import Any

import pytest

from jira_api.documents.check import (
    DEEPEST_DOCUMENT,
    MOST_CHARACTERS,
    MOST_VALUES,
    check_document,
)
from jira_api.errors import InvalidArgumentError
from tests.jira_api.documents.builders import document, p, text

DOCUMENT = document(
    p("One"), p("Two", text("three", "strong", ("link", {"href": "http://x.test"})))
)
PLACES: dict[str, tuple[Any, str]] = {
    "nothing": (None, "A document is expected"),
    "words": ("words", "A document is expected"),
    "list": ([DOCUMENT], "A document is expected"),
    "another kind of node": (p("One"), "A document is expected"),
    "no version": ({"type": "doc", "content": []}, "version: "),
    "another version": ({"type": "doc", "version": 2, "content": []}, "version: "),
    "a version that is a truth value": (
        {"type": "doc", "version": True, "content": []},
        "version: ",
    ),
    "a version that is a text": ({"type": "doc", "version": "1", "content": []}, "version: "),
    "no content": ({"type": "doc", "version": 1}, "content: "),
    "content that is an object": ({"type": "doc", "version": 1, "content": {}}, "content: "),
    "node that is a text": (document("a"), "content[0]: "),
    "node without a type": (document(p("a"), {"content": []}), "content[1]: "),
    "type that is no text": (document({"type": 1}), "content[0]: "),
    "type without letters": (document({"type": ""}), "content[0]: "),
    "content of a node that is no list": (
        document({"type": "a", "content": "b"}),
        "content[0]: `content`",
    ),
    "text node without text": (document(p("a", "b", {"type": "text"})), "content[0].content[2]: "),
    "empty text": (document(p("")), "content[0].content[0]: "),
    "text that is a number": (document(p({"type": "text", "text": 1})), "content[0].content[0]: "),
    "marks that are no list": (document({"type": "a", "marks": {}}), "content[0]: `marks`"),
    "mark that is a text": (document({"type": "a", "marks": ["em"]}), "content[0].marks[0]: "),
    "mark without a type": (document({"type": "a", "marks": [{}]}), "content[0].marks[0]: "),
    "infinity": (
        document({"type": "a", "attrs": {"b": [1.5, float("inf")]}}),
        "content[0].attrs.b[1]: ",
    ),
    "not a number": (document({"type": "a", "attrs": {"b": float("nan")}}), "content[0].attrs.b: "),
    "half of a surrogate pair": (
        document({"type": "a", "b": "c\udc00"}),
        "content[0].b: character 2 is U+DC00",
    ),
    "NUL in a key": (
        document({"type": "a", "b": {"\0": 1}}),
        "content[0].b['\\x00']: character 1 is U+0000",
    ),
    "half of a surrogate pair in a key": (
        document({"type": "a", "\ud800": 1}),
        "content[0]['\\ud800']: character 1 is U+D800",
    ),
    "value that JSON lacks": (
        document({"type": "a", "attrs": {"b": {1, 2}}}),
        "content[0].attrs.b: ",
    ),
}


@pytest.mark.parametrize(("value", "place"), PLACES.values(), ids=PLACES)
def test_what_is_no_document_is_refused_at_its_place(value: Any, place: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        check_document(value)

    assert refusal.value.message.startswith(place)
    assert refusal.value.message.encode().isascii()


@pytest.mark.parametrize(
    "value",
    [
        document(),
        DOCUMENT,
        document({"type": "sparkles", "glitter": [1, None, True, 2.5, {"a": []}]}),
        document(p(text("a", "sparkling"))),
        document(p("a" * (32_768))),
        document({"type": "sparkles", "attrs": None, "text": 5}),
    ],
    ids=["empty", "plain", "unknown node", "unknown mark", "long text", "odd attributes"],
)
def test_a_document_passes_untouched(value: Any) -> None:
    before = copy.deepcopy(value)

    assert check_document(value) is value
    assert value == before


def nested(levels: int) -> dict[str, Any]:
    inner: list[Any] = []
    for _ in range(levels - 1):
        inner = [{"type": "blockquote", "content": inner}]
    return document(*inner)


def test_a_document_may_be_as_deep_as_the_bound() -> None:
    deepest = nested(DEEPEST_DOCUMENT)

    assert check_document(deepest) is deepest


@pytest.mark.parametrize("levels", [DEEPEST_DOCUMENT + 1, 20_000])
def test_a_deeper_document_is_refused_at_the_first_level_beyond(levels: int) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        check_document(nested(levels))

    place = ".".join(["content[0]"] * DEEPEST_DOCUMENT)
    assert refusal.value.message.startswith(f"{place}: a document of {DEEPEST_DOCUMENT} levels")


def test_attributes_count_as_levels_too() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = [deep]

    with pytest.raises(InvalidArgumentError, match="levels"):
        check_document(document({"type": "sparkles", "attrs": deep}))


def with_values(number: int) -> dict[str, Any]:
    """A document with that many values in all, most of them in attributes."""
    around = len(["root", "its type", "version", "content", "node", "its type", "attrs", "glitter"])
    return document({"type": "sparkles", "attrs": {"glitter": [7] * (number - around)}})


def test_a_document_may_have_as_many_values_as_the_bound_and_no_more() -> None:
    largest = with_values(MOST_VALUES)

    assert check_document(largest) is largest
    with pytest.raises(InvalidArgumentError, match="100,000 values at most"):
        check_document(with_values(MOST_VALUES + 1))


@pytest.mark.parametrize("key", ["attrs", "marks", "content", "sparkles"])
def test_a_list_that_stands_at_many_places_counts_at_each(key: str) -> None:
    repeated: Any = {"type": "sparkles"}
    for _ in range(60):
        repeated = {"type": "sparkles", key: [repeated, repeated]}

    with pytest.raises(InvalidArgumentError, match="values at most"):
        check_document(document(repeated))


def test_a_document_may_have_as_many_characters_as_the_bound_and_no_more() -> None:
    around = len("typedocversioncontenttypeparagraphcontenttypetexttext")
    largest = document(p("a" * (MOST_CHARACTERS - around)))
    larger = document(p("a" * (MOST_CHARACTERS - around + 1)))

    assert check_document(largest) is largest
    with pytest.raises(InvalidArgumentError, match="2,000,000 characters at most"):
        check_document(larger)


def test_a_text_that_stands_at_many_places_counts_at_each() -> None:
    repeated = ["a" * 1_000] * 2_001

    with pytest.raises(InvalidArgumentError, match="characters at most"):
        check_document(document({"type": "sparkles", "attrs": repeated}))


def test_the_characters_of_keys_count_too() -> None:
    repeated = [{"a" * 1_000: 1}] * 2_001

    with pytest.raises(InvalidArgumentError, match="characters at most"):
        check_document(document({"type": "sparkles", "attrs": repeated}))
