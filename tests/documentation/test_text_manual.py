"""docs/text.md: its example is what comes of its document, and its table names every kind."""

import json
import re

from jira_api.documents.rich_text import RichText
from tests.jira_api.documents.test_every_node import MARKS, NODES
from tests.support.servers import REPOSITORY

MANUAL = (REPOSITORY / "docs" / "text.md").read_text(encoding="utf-8")


def read_block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)\n```", MANUAL, flags=re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_example_is_what_comes_of_its_document() -> None:
    document = RichText(json.loads(read_block("json")))

    assert document.markdown == read_block("markdown")
    assert document.text == read_block("text")
    assert document.html == read_block("html").replace("\n", "")


def test_the_table_names_every_node_and_mark() -> None:
    rows = [line.split(" | ")[0] for line in MANUAL.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    known = {kind for kind in [*NODES, *MARKS] if re.fullmatch(r"\w+", kind)}

    assert named == known - {"doc"}
