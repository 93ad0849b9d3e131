"""Lines 8 to 10: all projects, and the selected one."""

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway, count_calls

SELECT = """
mutation Select($connection: ConnectionRef, $project: ProjectRef) {
  selectProject(input: { connection: $connection, project: $project }) {
    connection { selectedProjectId selectedProject { key } }
    errors { code message path }
  }
}
"""
ACME = {"externalId": "acme"}


async def test_all_projects_are_walked_through_page_by_page(
    built: Gateway, site: SiteBuilder
) -> None:
    for number in range(120):
        site.add_project(f"P{number:03}")

    keys: list[str] = []
    after = None
    while True:
        answer = await built.ask(
            'query($after: String) { connection(externalId: "acme") { projects(first: 50, '
            "after: $after) { totalCount nodes { key } pageInfo { hasNextPage endCursor } } } }",
            {"after": after},
        )
        page = answer.data["connection"]["projects"]
        keys += [node["key"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert keys == [f"P{number:03}" for number in range(120)]
    assert page["totalCount"] == 120
    assert built.calls() == ["GET /rest/api/3/project/search"] * 3


async def test_projects_are_found_by_a_part_of_their_name(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_project("ONE", name="Rocket")
    site.add_project("TWO", name="Garden")

    found = await built.ask_connection('projects(query: "rock") { nodes { key } }')

    assert found["projects"]["nodes"] == [{"key": "ONE"}]


async def test_a_list_expands_only_what_is_selected(built: Gateway, site: SiteBuilder) -> None:
    site.add_project("ONE", description="To the moon")

    await built.ask_connection("projects { nodes { key name } }")
    await built.ask_connection("projects { edges { node { lead { displayName } } } }")

    expanded = [call.query.get("expand") for call in built.sandbox.calls.calls]
    assert expanded == [None, ["lead"]]


async def test_a_project_without_a_lead_breaks_nothing(built: Gateway, site: SiteBuilder) -> None:
    site.add_project("NOBODY", lead=None)

    listed = await built.ask_connection("projects { nodes { key lead { displayName } } }")
    one = await built.ask_connection('project(idOrKey: "NOBODY") { lead { displayName } }')

    assert listed["projects"]["nodes"] == [{"key": "NOBODY", "lead": None}]
    assert one["project"] == {"lead": None}


async def test_a_projects_details_are_one_call(real: Gateway) -> None:
    project = (
        await real.ask_connection(
            'project(idOrKey: "TIMOB") { projectId key name url type category isPrivate isArchived '
            "lead { displayName } issueTypes { name isSubtask } components { name } "
            "versions { name isReleased releaseDate } }"
        )
    )["project"]

    assert project["key"] == "TIMOB"
    assert project["category"] == "Client"
    assert project["url"].endswith("/browse/TIMOB")
    assert {"name": "Sub-task", "isSubtask": True} in project["issueTypes"]
    assert {"name": "iOS"} in project["components"]
    assert any(version["releaseDate"] == "2015-05-21" for version in project["versions"])
    assert real.calls() == ["GET /rest/api/3/project/TIMOB"]


async def test_a_project_is_found_by_key_number_and_global_id(real: Gateway) -> None:
    by_key = (await real.ask_connection('project(idOrKey: "TIMOB") { id projectId }'))["project"]

    by_number = await real.ask_connection(f'project(idOrKey: "{by_key["projectId"]}") {{ key }}')
    by_id = await real.ask_connection(f'project(idOrKey: "{by_key["id"]}") {{ key }}')

    assert by_number["project"] == by_id["project"] == {"key": "TIMOB"}


@pytest.mark.parametrize("reference", ["ZZZ", "99999"])
async def test_an_unknown_project_is_one_call_and_null(gateway: Gateway, reference: str) -> None:
    assert await gateway.ask_connection(f'project(idOrKey: "{reference}") {{ key }}') == {
        "project": None
    }
    assert gateway.calls() == [f"GET /rest/api/3/project/{reference}"]


async def test_a_project_is_selected_by_id_without_any_call(gateway: Gateway) -> None:
    answer = await gateway.ask(
        SELECT.replace("selectedProject { key }", ""),
        {"connection": ACME, "project": {"id": "10000"}},
    )

    assert answer.data["selectProject"] == {
        "connection": {"selectedProjectId": "10000"},
        "errors": [],
    }
    assert await gateway.ask_connection("selectedProjectId") == {"selectedProjectId": "10000"}
    assert gateway.calls() == []


async def test_a_project_is_selected_by_key_and_becomes_the_connections(real: Gateway) -> None:
    answer = await real.ask(SELECT, {"connection": ACME, "project": {"key": "ARROW"}})

    connection = answer.data["selectProject"]["connection"]
    assert connection["selectedProject"] == {"key": "ARROW"}
    assert await real.ask_connection("project { key name }") == {
        "project": {"key": "ARROW", "name": "Apache Arrow"}
    }


async def test_a_selection_is_cleared_with_null(gateway: Gateway) -> None:
    await gateway.ask(SELECT, {"connection": ACME, "project": {"id": "10000"}})
    gateway.forget_calls()

    answer = await gateway.ask(SELECT, {"connection": ACME, "project": None})

    nothing = {"selectedProjectId": None, "selectedProject": None}
    assert answer.data["selectProject"] == {"connection": nothing, "errors": []}
    assert await gateway.ask_connection("selectedProject { key } project { key }") == {
        "selectedProject": None,
        "project": None,
    }
    assert gateway.calls() == []


async def test_a_connection_is_also_named_by_its_global_id(gateway: Gateway) -> None:
    connection = await gateway.ask_connection("id")

    answer = await gateway.ask(
        SELECT, {"connection": {"id": connection["id"]}, "project": {"id": "10000"}}
    )

    assert answer.data["selectProject"]["connection"]["selectedProjectId"] == "10000"


@pytest.mark.parametrize(
    ("connection", "project", "code"),
    [
        (ACME, {"key": "ZZZ"}, "NOT_FOUND"),
        (ACME, {"key": "../x"}, "BAD_USER_INPUT"),
        (ACME, {"id": "1 OR 1"}, "BAD_USER_INPUT"),
        ({"externalId": "nobody"}, {"id": "1"}, "CONNECTION_NOT_FOUND"),
        ({"externalId": ""}, {"id": "1"}, "BAD_USER_INPUT"),
        ({"id": "nonsense"}, {"id": "1"}, "BAD_USER_INPUT"),
        (None, {"id": "1"}, "BAD_USER_INPUT"),
    ],
    ids=["unknown key", "path", "jql", "unknown connection", "blank", "foreign id", "none"],
)
async def test_what_cannot_be_selected_is_data_in_errors(
    gateway: Gateway, connection: object, project: object, code: str
) -> None:
    answer = await gateway.ask(SELECT, {"connection": connection, "project": project})

    payload = answer.data["selectProject"]
    assert payload["connection"] is None
    assert [error["code"] for error in payload["errors"]] == [code]


async def test_another_site_clears_the_selection_and_the_same_keeps_it(real: Gateway) -> None:
    await real.ask(SELECT, {"connection": ACME, "project": {"key": "TIMOB"}})

    await real.connect()
    kept = await real.ask_connection("selectedProjectId")

    assert kept["selectedProjectId"] == "10153"


async def test_the_leads_of_all_components_are_one_call(real: Gateway) -> None:
    answer = await real.ask_connection(
        'project(idOrKey: "TIMOB") { components { name lead { displayName } } }'
    )

    assert len(answer["project"]["components"]) > 10
    assert len(real.calls()) == 2


async def test_a_project_is_also_selected_by_its_global_id(real: Gateway) -> None:
    project = (await real.ask_connection('project(idOrKey: "TIMOB") { id }'))["project"]

    answer = await real.ask(SELECT, {"connection": ACME, "project": {"id": project["id"]}})

    assert answer.data["selectProject"]["connection"]["selectedProjectId"] == "10153"


async def test_the_leads_of_many_issues_projects_are_one_call_for_fifty(
    built_once: Gateway, site: SiteBuilder
) -> None:
    for number in range(60):
        site.add_issue(site.add_project(f"P{number:02}"))

    answer = await built_once.ask_connection(
        "issues(first: 60) { nodes { project { key description lead { displayName } "
        "issueTypes { name } isArchived } } }"
    )

    projects = [node["project"] for node in answer["issues"]["nodes"]]
    assert len({each["key"] for each in projects}) == 60
    assert all(each["lead"] and each["issueTypes"] for each in projects)
    assert count_calls(built_once) == {
        "POST /rest/api/3/search/jql": 1, "GET /rest/api/3/project/search": 2,
    }  # fmt: skip


async def test_the_leads_of_issues_components_are_one_call_a_project(
    built_once: Gateway, site: SiteBuilder
) -> None:
    names = [f"Part {number}" for number in range(20)]
    lead = site.build_user_value(site.person)
    first, second, third = (site.add_project(key) for key in ("ONE", "TWO", "THREE"))
    for name in names:
        for project in (first, second):
            site.find_or_add_named("components", project, name)["lead"] = lead
            site.add_issue(project, components=[name])
    site.add_issue(third, components=["Alone"])

    answer = await built_once.ask_connection(
        "issues(first: 50) { nodes { key components { name lead { displayName } } } }"
    )

    leads = {
        node["key"].partition("-")[0]: node["components"][0]["lead"]
        for node in answer["issues"]["nodes"]
    }
    expected = {"displayName": site.person.display_name}
    assert leads == {"ONE": expected, "TWO": expected, "THREE": None}
    assert count_calls(built_once) == {
        "POST /rest/api/3/search/jql": 1,
        f"GET /rest/api/3/project/{first.id}/components": 1,
        f"GET /rest/api/3/project/{second.id}/components": 1,
        "GET /rest/api/3/component/10040": 1,
    }


@pytest.mark.parametrize("several", [1, 2])
async def test_projects_and_components_that_are_gone_have_no_lead_and_no_error(
    built_once: Gateway, site: SiteBuilder, several: int
) -> None:
    for key in ("ONE", "TWO")[:several]:
        site.add_issue(site.add_project(key), components=["UI", "API"][:several])

    def gone(request: httpx.Request) -> httpx.Response | None:
        is_hidden = {"project", "component"} & set(request.url.path.split("/"))
        return httpx.Response(404, json={"errorMessages": ["Gone."]}) if is_hidden else None

    built_once.transport.faults.append(gone)

    answer = await built_once.ask_connection(
        "issues { nodes { components { lead { displayName } } project { lead { displayName } "
        "versions { name } components { lead { displayName } } } } }"
    )

    for node in answer["issues"]["nodes"]:
        assert node["components"] == [{"lead": None}] * several
        assert node["project"] == {"lead": None, "versions": None, "components": None}
