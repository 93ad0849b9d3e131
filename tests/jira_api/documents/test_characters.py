from collections.abc import Callable
from typing import Any

import pytest

from jira_api.documents.check import check_document
from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.from_text import document_of_text
from jira_api.documents.plain_text import plain_text
from jira_api.errors import InvalidArgumentError
from tests.jira_api.documents.builders import document, p


def _document_of_node(words: str) -> dict[str, Any]:
    return check_document(document(p(words)))


MAKERS = pytest.mark.parametrize(
    ("make", "what"),
    [
        (document_of_text, "The text"),
        (document_of_markdown, "The Markdown text"),
        (_document_of_node, "content[0].content[0].text"),
    ],
    ids=["text", "Markdown", "document"],
)


@MAKERS
@pytest.mark.parametrize(
    ("character", "name"),
    [("\0", "U+0000"), ("\ud800", "U+D800"), ("\udfff", "U+DFFF")],
    ids=["NUL", "first half", "second half"],
)
def test_a_character_that_jira_cannot_hold_is_refused_with_its_position(
    make: Callable[[str], Any], what: str, character: str, name: str
) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        make(f"a\r\n{character}b{character}")

    assert refusal.value.message.startswith(f"{what}: character 4 is {name}, ")


@MAKERS
def test_control_characters_that_real_issues_hold_are_kept(
    make: Callable[[str], Any], what: str
) -> None:
    assert plain_text(make("a\x08b\x1b\x7fc")) == "a\x08b\x1b\x7fc"
