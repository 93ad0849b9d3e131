"""Line 18: a text of Jira in four forms, and people mentioned by the names in a Markdown text."""

from typing import Any

import httpx
import pytest

from jira_api.documents.check import MOST_VALUES
from resolvers.mentions import MOST_NAMES
from sandbox.builders import SiteBuilder
from sandbox.world import Project
from tests.end_to_end.test_issue_edits import ACME
from tests.support.gateway import Gateway

DESCRIPTION = """
query($key: ID!) {
  connection(externalId: "acme") {
    issue(idOrKey: $key) { description { adf text markdown again: markdown html } }
  }
}
"""
CREATE = """
mutation($input: CreateIssueInput!) {
  createIssue(input: $input) { issue { description { adf markdown } } errors { code message } }
}
"""
SEARCH = "GET /rest/api/3/user/search"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


def a_document(*content: Any) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": list(content)}


def a_paragraph(*content: Any) -> dict[str, Any]:
    nodes = [{"type": "text", "text": each} if isinstance(each, str) else each for each in content]
    return {"type": "paragraph", "content": nodes}


async def describe(gateway: Gateway, site: SiteBuilder, project: Project, document: Any) -> Any:
    """The answer for an issue whose description is the document."""
    issue = site.add_issue(project, description=document)
    return await gateway.ask(DESCRIPTION, {"key": issue.key})


async def create(gateway: Gateway, markdown: str) -> Any:
    issue = {
        "project": {"key": "TEST"},
        "issueType": {"name": "Task"},
        "summary": "New",
        "description": {"markdown": markdown},
    }
    return (await gateway.ask(CREATE, {"input": {"connection": ACME, "issue": issue}})).data[
        "createIssue"
    ]


async def mentioned_in(gateway: Gateway, markdown: str) -> list[str]:
    """The account ids that a new description mentions, in the order of the text."""
    made = await create(gateway, markdown)
    assert made["errors"] == []
    nodes = [
        node
        for block in made["issue"]["description"]["adf"]["content"]
        for node in block["content"]
    ]
    return [node["attrs"]["id"] for node in nodes if node["type"] == "mention"]


async def test_a_description_has_four_forms(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": [a_paragraph("Hi <b>")]}
    document = a_document(panel)

    found = (await describe(built_once, site, project, document)).data["connection"]["issue"]

    assert found["description"] == {
        "adf": document,
        "text": "Hi <b>",
        "markdown": "> [!NOTE]\n> Hi \\<b>",
        "again": "> [!NOTE]\n> Hi \\<b>",
        "html": '<aside data-panel="info"><p>Hi &lt;b&gt;</p></aside>',
    }


async def test_a_document_that_is_too_large_fails_its_written_forms_alone(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    document = a_document(*[{"type": "rule"}] * (MOST_VALUES // 2 + 1))

    answer = await describe(built_once, site, project, document)

    # The fields cannot be null, so that the description is; what it holds still arrives without.
    assert set(answer.codes) == {"JIRA_INVALID_RESPONSE"}
    assert answer.body["data"]["connection"]["issue"] == {"description": None}


async def test_a_name_behind_an_at_sign_mentions_its_one_bearer(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    ada, jean = site.add_user("Ada Lovelace"), site.add_user("Jean-Luc Ópez")
    site.add_user("Ada")

    markdown = (
        f"@ada lovelace, see @Jean-Luc Ópez's note. `@Ada Lovelace` @[{jean.account_id}] "
        "[@Ada Lovelace](https://x.test) ask@Ada Lovelace @Ada-Marie"
    )

    assert await mentioned_in(built_once, markdown) == [
        ada.account_id,
        jean.account_id,
        jean.account_id,
    ]


async def test_a_name_of_two_people_or_of_nobody_stays_text(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_user("Ada Lovelace")
    site.add_user("ada lovelace")
    site.add_user("Bob Gone", is_active=False)

    made = await create(built_once, "@Ada Lovelace and @Nobody Atall, @Bob Gone")

    assert made["issue"]["description"]["markdown"] == "@Ada Lovelace and @Nobody Atall, @Bob Gone"
    assert made["issue"]["description"]["adf"] == a_document(
        a_paragraph("@Ada Lovelace and @Nobody Atall, @Bob Gone")
    )


async def test_each_name_costs_one_search_and_ten_are_looked_up(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    people = [site.add_user(f"Person{chr(65 + number)} X") for number in range(MOST_NAMES + 2)]
    names = " ".join(f"@{person.display_name}, @{person.display_name.lower()}" for person in people)

    mentioned = await mentioned_in(built_once, names)

    expected = [person.account_id for person in people[:MOST_NAMES] for _ in range(2)]
    assert mentioned == expected
    assert built_once.calls().count(SEARCH) == MOST_NAMES


async def test_a_text_without_names_costs_no_search(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    await create(built_once, "ada@x.test, `@Ada`, @ and @-")

    assert SEARCH not in built_once.calls()


async def test_a_search_that_fails_leaves_the_name_as_text(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_user("Ada Lovelace")

    def refuse(request: httpx.Request) -> httpx.Response | None:
        is_search = request.url.path.endswith("/user/search")
        return httpx.Response(400, json={"errorMessages": ["No"]}) if is_search else None

    built_once.transport.faults.append(refuse)

    made = await create(built_once, "Ask @Ada Lovelace")

    assert (made["errors"], made["issue"]["description"]["markdown"]) == ([], "Ask @Ada Lovelace")
    assert "mention" not in str(made["issue"]["description"]["adf"])
