"""docs/graph.md: every example answers as it stands there, in a made-up world of its own."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from tests.support.gateway import Gateway, open_gateway
from tests.support.servers import REPOSITORY
from tests.support.worlds import open_made_up_world

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
MANUAL = (REPOSITORY / "docs" / "graph.md").read_text(encoding="utf-8")
_EXAMPLE = re.compile(
    r"```graphql\n(?P<query>.*?)```\n"
    r"(?:\nVariables:\n\n```json\n(?P<variables>.*?)```\n)?"
    r"(?:\n```json\n(?P<answer>.*?)```\n)?",
    flags=re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """One example of the page; `"…"` in its answer stands for any value."""

    query: str
    variables: dict[str, Any]
    answer: Any

    @property
    def is_change(self) -> bool:
        """Whether it changes the world."""
        return self.query.lstrip().startswith("mutation")


def read_examples() -> list[Example]:
    return [
        Example(
            found["query"],
            json.loads(found["variables"] or "{}"),
            json.loads(found["answer"] or "null"),
        )
        for found in _EXAMPLE.finditer(MANUAL)
    ]


EXAMPLES = read_examples()


@asynccontextmanager
async def open_demo(example: Example, database_url: str) -> AsyncIterator[Gateway]:
    """The made-up world, or one of its own for what changes it, linked to the page's id."""
    world = open_made_up_world() if example.is_change else None
    async with open_gateway(world, database_url=database_url) as gateway:
        await gateway.connect("demo")
        yield gateway


def fits(shown: Any, answered: Any) -> bool:
    """Whether an answer is the one shown, where `"…"` stands for any value."""
    if shown == "…":
        return answered is not None
    if isinstance(shown, dict) and isinstance(answered, dict):
        same = shown.keys() == answered.keys()
        return same and all(fits(shown[key], answered[key]) for key in shown)
    if isinstance(shown, list) and isinstance(answered, list):
        return len(shown) == len(answered) and all(map(fits, shown, answered))
    return bool(shown == answered)


def name_of(example: Example) -> str:
    """What it shows: its first field, or the first one below the connection."""
    operation = parse(example.query).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)
    if field.name.value == "connection" and field.selection_set is not None:
        field = field.selection_set.selections[0]
        assert isinstance(field, FieldNode)
    return field.name.value


@pytest.mark.parametrize("example", EXAMPLES, ids=map(name_of, EXAMPLES))
async def test_every_example_answers_as_it_stands_there(sqlite_url: str, example: Example) -> None:
    async with open_demo(example, sqlite_url) as demo:
        answer = await demo.ask(example.query, example.variables)

    assert example.answer is not None, "an answer has to stand below the query"
    assert fits(example.answer, answer.body), json.dumps(answer.body, indent=2, ensure_ascii=False)


def test_every_query_of_the_page_is_an_example() -> None:
    assert MANUAL.count("```graphql") == len(EXAMPLES)
