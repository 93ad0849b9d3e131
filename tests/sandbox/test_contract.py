from functools import cache
from typing import Any

import pytest

from sandbox.generator import MAIN_CLOUD_ID, generate_world
from sandbox.world import PERSON_ACCOUNT_ID, World
from tests.sandbox.openapi_shapes import list_violations, load_document
from tests.sandbox.visitors import Visitor, a_visitor

PLATFORM = "jira-platform-v3.json"
SOFTWARE = "jira-software.json"

# The template, what fills it in, and the query.
READS: list[tuple[str, str, str, dict[str, Any]]] = [
    (PLATFORM, "/rest/api/3/myself", "", {}),
    (PLATFORM, "/rest/api/3/serverInfo", "", {}),
    (
        PLATFORM,
        "/rest/api/3/project/search",
        "",
        {"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"},
    ),
    (PLATFORM, "/rest/api/3/project/{projectIdOrKey}", "SHOP", {}),
    (PLATFORM, "/rest/api/3/project/{projectIdOrKey}", "TEAM", {}),
    (PLATFORM, "/rest/api/3/project/{projectIdOrKey}/statuses", "TEAM", {}),
    (PLATFORM, "/rest/api/3/project/{projectIdOrKey}/components", "SHOP", {}),
    (PLATFORM, "/rest/api/3/project/{projectIdOrKey}/versions", "SHOP", {}),
    (PLATFORM, "/rest/api/3/component/{id}", "10000", {}),
    (PLATFORM, "/rest/api/3/version/{id}", "10000", {}),
    (PLATFORM, "/rest/api/3/issue/{issueIdOrKey}", "SHOP-996", {"fields": "*all"}),
    (PLATFORM, "/rest/api/3/search/jql", "", {"jql": "project = SHOP", "fields": "*all"}),
    (PLATFORM, "/rest/api/3/field", "", {}),
    (PLATFORM, "/rest/api/3/issuetype", "", {}),
    (PLATFORM, "/rest/api/3/issuetype/{id}", "10000", {}),
    (PLATFORM, "/rest/api/3/priority", "", {}),
    (PLATFORM, "/rest/api/3/priority/{id}", "1", {}),
    (PLATFORM, "/rest/api/3/status", "", {}),
    (PLATFORM, "/rest/api/3/status/{idOrName}", "3", {}),
    (PLATFORM, "/rest/api/3/resolution", "", {}),
    (PLATFORM, "/rest/api/3/resolution/{id}", "10000", {}),
    (PLATFORM, "/rest/api/3/user", "", {"accountId": PERSON_ACCOUNT_ID}),
    (PLATFORM, "/rest/api/3/user/bulk", "", {"accountId": PERSON_ACCOUNT_ID}),
    (PLATFORM, "/rest/api/3/user/search", "", {"query": "s"}),
    (SOFTWARE, "/rest/agile/1.0/board", "", {}),
    (SOFTWARE, "/rest/agile/1.0/board/{boardId}", "1", {}),
    (SOFTWARE, "/rest/agile/1.0/board/{boardId}/configuration", "1", {}),
    (SOFTWARE, "/rest/agile/1.0/board/{boardId}/configuration", "3", {}),
    (SOFTWARE, "/rest/agile/1.0/board/{boardId}/issue", "1", {}),
    (SOFTWARE, "/rest/agile/1.0/board/{boardId}/backlog", "1", {}),
    (SOFTWARE, "/rest/software/1.0/board/{boardId}/issue", "1", {}),
    (SOFTWARE, "/rest/software/1.0/board/{boardId}/backlog", "1", {}),
    (SOFTWARE, "/rest/software/1.0/sprint/{sprintId}/issue", "5", {}),
]
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("/rest/api/3/search/jql", {"jql": "project = SHOP", "fields": ["*all"]}),
    ("/rest/api/3/search/approximate-count", {"jql": "project = SHOP"}),
    ("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-1", "no key"]}),
]


@cache
def load_world() -> World:
    return generate_world()


async def a_visitor_of_the_main_site() -> Visitor:
    visitor = a_visitor(load_world())
    await visitor.enter(MAIN_CLOUD_ID)
    return visitor


@pytest.mark.parametrize(
    ("document", "template", "name", "query"),
    READS,
    ids=[f"{template} {name}" for _, template, name, _ in READS],
)
async def test_what_is_read_has_the_shape_atlassian_declares(
    document: str, template: str, name: str, query: dict[str, Any]
) -> None:
    visitor = await a_visitor_of_the_main_site()
    before, _, rest = template.partition("{")
    path = before + name + rest.partition("}")[2]

    response = await visitor.get(f"/ex/jira/{MAIN_CLOUD_ID}{path}", **query)

    assert response.status_code == 200, response.text
    assert list_violations(load_document(document), template, "get", response.json()) == []


@pytest.mark.parametrize(("path", "body"), POSTS, ids=[path for path, _ in POSTS])
async def test_what_is_posted_for_has_the_shape_atlassian_declares(
    path: str, body: dict[str, Any]
) -> None:
    visitor = await a_visitor_of_the_main_site()

    response = await visitor.post(f"/ex/jira/{MAIN_CLOUD_ID}{path}", body)

    assert response.status_code == 200, response.text
    assert list_violations(load_document(PLATFORM), path, "post", response.json()) == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"count": "7"}, "$.count is str, not integer"),
        ({"count": True}, "$.count is bool, not integer"),
        ({"count": None}, "$.count is null"),
        ({"count": 7, "total": 7}, "$.total is no part of the contract"),
        ([], "$ is list, not object"),
    ],
)
def test_the_check_sees_what_breaks_the_contract(answer: Any, fault: str) -> None:
    path = "/rest/api/3/search/approximate-count"

    assert list_violations(load_document(PLATFORM), path, "post", answer) == [fault]
