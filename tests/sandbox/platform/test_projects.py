from typing import Any

import pytest

from tests.sandbox.visitors import Guest, a_guest

SEARCH = "/rest/api/3/project/search"


async def a_guest_with_projects() -> Guest:
    guest = await a_guest()
    site = guest.site
    site.add_project("BETA", name="Second", category="Products", url="https://example.com")
    site.add_project("ALFA", name="First of all", lead=None, description="Greek")
    site.add_project("TEAM", name="Closer", is_team_managed=True)
    site.add_issue(site.add_project("DO", name="Doing"), components=["API"], fix_versions=["1.0"])
    return guest


def read_keys(page: dict[str, Any]) -> list[str]:
    return [project["key"] for project in page["values"]]


@pytest.mark.parametrize(
    ("order_by", "keys"),
    [
        (None, ["ALFA", "BETA", "DO", "TEAM"]),
        ("-key", ["TEAM", "DO", "BETA", "ALFA"]),
        ("name", ["TEAM", "DO", "ALFA", "BETA"]),
        ("-issueCount", ["DO", "BETA", "ALFA", "TEAM"]),
        ("-lastIssueUpdatedDate", ["DO", "BETA", "ALFA", "TEAM"]),
        ("owner", ["ALFA", "BETA", "TEAM", "DO"]),
        ("-category", ["BETA", "ALFA", "TEAM", "DO"]),
    ],
)
async def test_projects_are_ordered_as_asked(order_by: str | None, keys: list[str]) -> None:
    guest = await a_guest_with_projects()

    page = await guest.read(SEARCH, **({} if order_by is None else {"orderBy": order_by}))

    assert read_keys(page) == keys


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ({"keys": ["do", "ALFA"]}, ["ALFA", "DO"]),
        ({"id": ["10001", "10002"]}, ["ALFA", "TEAM"]),
        ({"query": "first"}, ["ALFA"]),
        ({"query": "bet"}, ["BETA"]),
        ({"typeKey": "business"}, []),
    ],
    ids=["keys", "ids", "name", "part of a key", "another type"],
)
async def test_projects_are_filtered_as_asked(parameters: dict[str, Any], keys: list[str]) -> None:
    guest = await a_guest_with_projects()

    assert read_keys(await guest.read(SEARCH, **parameters)) == keys


async def test_a_page_says_where_it_ends() -> None:
    guest = await a_guest_with_projects()

    first = await guest.read(SEARCH, maxResults=3)
    last = await guest.read(SEARCH, maxResults=3, startAt=3)

    assert (first["isLast"], first["total"], len(first["values"])) == (False, 4, 3)
    assert "startAt=3" in first["nextPage"]
    assert (last["isLast"], read_keys(last)) == (True, ["TEAM"])


async def test_more_than_a_hundred_projects_are_never_on_one_page() -> None:
    guest = await a_guest()
    for number in range(105):
        guest.site.add_project(f"P{number:03d}")

    page = await guest.read(SEARCH, maxResults=500)

    assert (page["maxResults"], len(page["values"])) == (100, 100)


async def test_details_come_only_when_expanded() -> None:
    guest = await a_guest_with_projects()
    details = {"description", "lead", "issueTypes", "url", "permissions", "insight"}

    (plain,) = (await guest.read(SEARCH, keys="BETA"))["values"]
    (full,) = (await guest.read(SEARCH, keys="BETA", expand=",".join(details)))["values"]

    assert not details & plain.keys()
    assert details <= full.keys()
    assert full["lead"]["displayName"] == "Sandbox Person"
    assert full["insight"] == {"totalIssueCount": 0}


@pytest.mark.parametrize("name", ["ALFA", "alfa", "10001"])
async def test_a_project_answers_to_its_key_and_id(name: str) -> None:
    guest = await a_guest_with_projects()

    project = await guest.read(f"/rest/api/3/project/{name}")

    assert (project["key"], project["description"], project["style"]) == (
        "ALFA",
        "Greek",
        "classic",
    )
    assert "lead" not in project


async def test_a_team_managed_project_has_types_and_statuses_of_its_own() -> None:
    guest = await a_guest_with_projects()

    project = await guest.read("/rest/api/3/project/TEAM")
    by_type = await guest.read("/rest/api/3/project/TEAM/statuses")

    assert (project["simplified"], project["style"]) == (True, "next-gen")
    scope = {"type": "PROJECT", "project": {"id": project["id"]}}
    assert {str(entry["scope"]) for entry in project["issueTypes"]} == {str(scope)}
    assert [entry["name"] for entry in by_type] == ["Epic", "Task", "Subtask"]
    assert [status["scope"] for status in by_type[0]["statuses"]] == [scope] * 3


async def test_components_and_versions_can_be_listed_and_read() -> None:
    guest = await a_guest_with_projects()

    (component,) = await guest.read("/rest/api/3/project/DO/components")
    (version,) = await guest.read("/rest/api/3/project/DO/versions")

    assert (component["name"], version["name"]) == ("API", "1.0")
    assert await guest.read(f"/rest/api/3/component/{component['id']}") == component
    assert await guest.read(f"/rest/api/3/version/{version['id']}") == version
    assert await guest.read("/rest/api/3/project/ALFA/versions") == []


@pytest.mark.parametrize("path", ["project/NONE", "project/1/statuses", "component/1", "version/1"])
async def test_what_is_not_there_is_a_404(path: str) -> None:
    guest = await a_guest_with_projects()

    response = await guest.get(f"/rest/api/3/{path}")

    assert response.status_code == 404
    assert response.json()["errorMessages"]


@pytest.mark.parametrize(
    "parameters",
    [{"orderBy": "mood"}, {"keys": ["A"] * 51}, {"startAt": "x"}],
    ids=["order", "too many keys", "start"],
)
async def test_a_search_that_makes_no_sense_is_a_400(parameters: dict[str, Any]) -> None:
    guest = await a_guest_with_projects()

    assert (await guest.get(SEARCH, **parameters)).status_code == 400


async def test_the_deprecated_list_gives_every_project_at_once() -> None:
    guest = await a_guest()
    for number in range(120):
        guest.site.add_project(f"P{number:03}")

    plain = await guest.read("/rest/api/3/project")
    expanded = await guest.read("/rest/api/3/project", expand="lead,issueTypes")

    assert [project["key"] for project in plain] == [f"P{number:03}" for number in range(120)]
    assert "lead" not in plain[0]
    assert expanded[0]["lead"]["displayName"] == "Sandbox Person"
    assert expanded[0]["issueTypes"]
