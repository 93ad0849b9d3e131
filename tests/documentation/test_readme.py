"""The README's examples answer as it says, and its tables say what there is."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from graphql import parse

from server.settings import PREFIX, Settings
from tests.support.gateway import Backend, Gateway, open_gateway
from tests.support.servers import REPOSITORY
from tests.support.worlds import open_made_up_world

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)```", README, flags=re.DOTALL)
FOLDERS = ("server", "schema", "resolvers", "oauth", "jira_api", "storage", "sandbox", "tests")


@pytest.fixture
async def demo(backend: Backend) -> AsyncIterator[Gateway]:
    """A made-up world to change, with the external id that the README asks for."""
    async with open_gateway(open_made_up_world(), **backend) as gateway:
        await gateway.connect("demo")
        yield gateway


async def test_the_first_query_has_the_answer_that_stands_below_it(demo: Gateway) -> None:
    shown = re.search(r"```json\n(.*?)```", README, flags=re.DOTALL)

    answer = await demo.ask(QUERIES[0])

    assert shown is not None
    assert answer.body == json.loads(shown[1])


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_every_example_answers_without_an_error(demo: Gateway, query: str) -> None:
    answer = await demo.ask(query)

    assert answer.data
    for payload in answer.data.values():
        assert payload.get("errors", []) == []


def test_there_are_examples_and_they_are_graphql() -> None:
    assert len(QUERIES) >= 4
    assert all(parse(query) for query in QUERIES)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_its_line(folder: str) -> None:
    assert f"| `{folder}/` |" in README


def test_all_nineteen_lines_stand_in_the_table() -> None:
    assert re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE) == [
        str(number) for number in range(1, 20)
    ]


def test_the_example_of_an_environment_names_exactly_the_settings() -> None:
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")

    named = re.findall(rf"^({PREFIX}\w+)=", example, flags=re.MULTILINE)

    assert named == [PREFIX + name.upper() for name in Settings.model_fields]
