from typing import Any

import pytest

from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.paths import NumericId, ProjectKey
from jira_api.projects import (
    EXPANDABLE,
    get_component,
    get_project,
    get_version,
    search_projects,
)
from tests.jira_api.builders import a_jira, a_project_payload, enter_new_site, says

ID = NumericId("5")


async def test_projects_are_searched_for_with_what_to_expand() -> None:
    jira = a_jira(says(200, {"values": [a_project_payload()], "isLast": True}))

    page = await search_projects(
        jira.session, query="sho", expand=["lead", "description"], start=0, size=10
    )

    assert [project.key for project in page.items] == ["SHOP"]
    assert jira.paths == ["/rest/api/3/project/search"]
    assert jira.questions == [
        {"query": "sho", "expand": "description,lead", "startAt": "0", "maxResults": "10"}
    ]


async def test_a_search_for_any_project_names_nothing() -> None:
    jira = a_jira(says(200, {"values": [], "isLast": True}))

    await search_projects(jira.session, query=None, expand=(), start=0, size=10)

    assert jira.questions == [{"startAt": "0", "maxResults": "10"}]


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (get_project, "/rest/api/3/project/5"),
        (get_component, "/rest/api/3/component/5"),
        (get_version, "/rest/api/3/version/5"),
    ],
)
async def test_one_thing_is_read_below_its_own_path(read: Any, path: str) -> None:
    jira = a_jira(says(200, {"id": "5", "key": "SHOP", "name": "Thing"}), says(200, []))

    thing = await read(jira.session, ID)

    assert thing.name == "Thing"
    assert jira.paths == [path]
    with pytest.raises(InvalidResponseError):
        await read(jira.session, ID)


async def test_projects_of_the_sandbox_are_read() -> None:
    session, site = await enter_new_site()
    lead = site.add_user("Ada")
    project = site.add_project("DO", name="Operations", lead=lead, description="Runs it")
    issue = site.add_issue(project, components=["API"], fix_versions=["1.0"])

    page = await search_projects(session, query="oper", expand=EXPANDABLE, start=0, size=10)
    read = await get_project(session, ProjectKey("DO"))
    component = await get_component(session, NumericId(issue.fields["components"][0]["id"]))
    version = await get_version(session, NumericId(issue.fields["fixVersions"][0]["id"]))

    (found,) = page.items
    assert (found.key, found.name) == ("DO", "Operations")
    assert found.details is not None
    assert found.details.description == "Runs it"
    assert found.details.lead is not None
    assert found.details.lead.display_name == "Ada"
    assert found.details.components is None
    assert read.details is not None
    assert read.details.components is not None
    assert [each.name for each in read.details.components] == ["API"]
    assert (component.name, version.name) == ("API", "1.0")
    with pytest.raises(NotFoundError):
        await get_project(session, ProjectKey("NONE"))
