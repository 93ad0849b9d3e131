from functools import cache
from typing import Any

import pytest

from sandbox.generator import MAIN_CLOUD_ID, generate_world
from sandbox.world import PERSON_ACCOUNT_ID, World
from tests.contract.check import check_answer
from tests.contract.documents import load_documents
from tests.contract.exchanges import read_answer
from tests.sandbox.visitors import Visitor, a_visitor

# The template, what fills it in, and the query.
READS: list[tuple[str, str, dict[str, Any]]] = [
    ("/rest/api/3/myself", "", {}),
    ("/rest/api/3/serverInfo", "", {}),
    (
        "/rest/api/3/project/search",
        "",
        {"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"},
    ),
    ("/rest/api/3/project/{projectIdOrKey}", "SHOP", {}),
    ("/rest/api/3/project/{projectIdOrKey}", "TEAM", {}),
    ("/rest/api/3/project/{projectIdOrKey}/statuses", "TEAM", {}),
    ("/rest/api/3/project/{projectIdOrKey}/components", "SHOP", {}),
    ("/rest/api/3/project/{projectIdOrKey}/versions", "SHOP", {}),
    ("/rest/api/3/component/{id}", "10000", {}),
    ("/rest/api/3/version/{id}", "10000", {}),
    ("/rest/api/3/issue/{issueIdOrKey}", "SHOP-996", {"fields": "*all"}),
    ("/rest/api/3/search/jql", "", {"jql": "project = SHOP", "fields": "*all"}),
    ("/rest/api/3/field", "", {}),
    ("/rest/api/3/issuetype", "", {}),
    ("/rest/api/3/issuetype/{id}", "10000", {}),
    ("/rest/api/3/priority", "", {}),
    ("/rest/api/3/priority/{id}", "1", {}),
    ("/rest/api/3/status", "", {}),
    ("/rest/api/3/status/{idOrName}", "3", {}),
    ("/rest/api/3/project", "", {"expand": "description,lead,issueTypes,projectKeys"}),
    ("/rest/api/3/statuscategory", "", {}),
    ("/rest/api/3/statuscategory/{idOrKey}", "new", {}),
    ("/rest/api/3/issueLinkType", "", {}),
    ("/rest/api/3/issueLink/{linkId}", "10000", {}),
    ("/rest/api/3/issue/{issueIdOrKey}/changelog", "SHOP-1", {}),
    ("/rest/api/3/issue/{issueIdOrKey}/watchers", "SHOP-1", {}),
    ("/rest/api/3/issueLinkType/{issueLinkTypeId}", "10000", {}),
    ("/rest/api/3/mypermissions", "", {"permissions": "EDIT_ISSUES,ADMINISTER"}),
    ("/rest/api/3/resolution", "", {}),
    ("/rest/api/3/resolution/{id}", "10000", {}),
    ("/rest/api/3/user", "", {"accountId": PERSON_ACCOUNT_ID}),
    ("/rest/api/3/user/bulk", "", {"accountId": PERSON_ACCOUNT_ID}),
    ("/rest/api/3/user/search", "", {"query": "s"}),
    ("/rest/agile/1.0/board", "", {}),
    ("/rest/agile/1.0/board/{boardId}", "1", {}),
    ("/rest/agile/1.0/board/{boardId}/configuration", "1", {}),
    ("/rest/agile/1.0/board/{boardId}/configuration", "3", {}),
    ("/rest/agile/1.0/board/{boardId}/issue", "1", {}),
    ("/rest/agile/1.0/board/{boardId}/backlog", "1", {}),
    ("/rest/software/1.0/board/{boardId}/issue", "1", {}),
    ("/rest/software/1.0/board/{boardId}/backlog", "1", {}),
    ("/rest/software/1.0/sprint/{sprintId}/issue", "5", {}),
]
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("/rest/api/3/search/jql", {"jql": "project = SHOP", "fields": ["*all"]}),
    ("/rest/api/3/search/approximate-count", {"jql": "project = SHOP"}),
    ("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-1", "no key"]}),
    ("/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["SHOP-1"], "maxResults": 7}),
    ("/rest/api/3/issue/SHOP-1/changelog/list", {"changelogIds": [10000]}),
    ("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-10"], "fields": ["*all"]}),
    ("/rest/api/3/comment/list?expand=properties", {"ids": [10000, 10001, 1]}),
    ("/rest/api/3/worklog/list?expand=properties", {"ids": [10000, 10001, 1]}),
]


@cache
def load_world() -> World:
    return generate_world()


async def a_visitor_of_the_main_site() -> Visitor:
    visitor = a_visitor(load_world())
    await visitor.enter(MAIN_CLOUD_ID)
    return visitor


@pytest.mark.parametrize(
    ("template", "name", "query"),
    READS,
    ids=[f"{template} {name}" for template, name, _ in READS],
)
async def test_what_is_read_has_the_shape_atlassian_declares(
    template: str, name: str, query: dict[str, Any]
) -> None:
    visitor = await a_visitor_of_the_main_site()
    before, _, rest = template.partition("{")
    path = before + name + rest.partition("}")[2]

    response = await visitor.get(f"/ex/jira/{MAIN_CLOUD_ID}{path}", **query)

    assert response.status_code == 200, response.text
    assert check_answer(load_documents(), read_answer(response)) == []


@pytest.mark.parametrize(("path", "body"), POSTS, ids=[path for path, _ in POSTS])
async def test_what_is_posted_for_has_the_shape_atlassian_declares(
    path: str, body: dict[str, Any]
) -> None:
    visitor = await a_visitor_of_the_main_site()

    response = await visitor.post(f"/ex/jira/{MAIN_CLOUD_ID}{path}", body)

    assert response.status_code == 200, response.text
    assert check_answer(load_documents(), read_answer(response)) == []
