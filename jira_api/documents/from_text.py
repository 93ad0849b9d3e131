"""From plain text to a document."""

import re
from collections.abc import Iterable
from itertools import groupby

from jira_api.documents.characters import check_characters
from jira_api.documents.nodes import Node, block, document, hard_break, text_nodes
from jira_api.json_values import JsonValue

_LINE_END = re.compile(r"\r\n?")


def document_of_text(text: str) -> dict[str, JsonValue]:
    """A document of paragraphs: blank lines part them, a hard break stands for each line end.

    CRLF and CR count as line ends; a line of blanks and tabs counts as blank. Every other character
    is kept. `plain_text` reads it back line by line, without the blank lines and without blanks and
    tabs at the ends of lines. A text without words is a document without content.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    check_characters(text)
    lines = _LINE_END.sub("\n", text).split("\n")
    return document(
        [_paragraph(part) for is_blank, part in groupby(lines, _is_blank) if not is_blank]
    )


def _is_blank(line: str) -> bool:
    return not line.strip("\t ")


def _paragraph(lines: Iterable[str]) -> Node:
    content: list[Node] = []
    for line in lines:
        content += [*([hard_break()] if content else []), *text_nodes(line)]
    return block("paragraph", content)
