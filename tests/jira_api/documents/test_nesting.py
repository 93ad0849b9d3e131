import pytest

from jira_api.documents.nesting import CHILDREN, fit_node
from jira_api.documents.plain_text import plain_text
from tests.jira_api.documents.builders import RULE, block, document, p

_CELL = block("tableCell", p("word"))
_SAMPLES = {
    "paragraph": p("word"),
    "heading": block("heading", "word", level=1),
    "codeBlock": block("codeBlock", "word"),
    "blockquote": block("blockquote", p("word"), p("word")),
    "bulletList": block("bulletList", block("listItem", p("word"))),
    "orderedList": block("orderedList", block("listItem", p("word")), order=1),
    "table": block("table", block("tableRow", _CELL, _CELL), block("tableRow", _CELL)),
    "rule": RULE,
    "panel": block("panel", p("word"), block("heading", "word", level=1), panelType="info"),
    "taskList": block(
        "taskList",
        block("taskItem", "word", localId="1", state="TODO"),
        block("taskList", block("taskItem", "word", localId="2", state="DONE"), localId="3"),
        localId="4",
    ),
}


def test_there_is_a_sample_of_every_block() -> None:
    assert _SAMPLES.keys() == CHILDREN["doc"]


@pytest.mark.parametrize("parent", ["doc", "blockquote", "listItem", "panel"])
@pytest.mark.parametrize("kind", _SAMPLES)
def test_every_block_becomes_what_its_parent_may_hold_with_the_same_words(
    kind: str, parent: str
) -> None:
    node = _SAMPLES[kind]

    fitted = fit_node(node, parent)

    assert {each["type"] for each in fitted} <= CHILDREN[parent]
    words = plain_text(document(node)).split()
    found = plain_text(document(*fitted)).replace(" | ", " ")
    assert found.replace("[ ] ", "").replace("[x] ", "").split() == words


def test_a_block_that_its_parent_may_hold_stays_as_it_is() -> None:
    assert fit_node(_SAMPLES["heading"], "doc") == [_SAMPLES["heading"]]
