"""What the connected person may do: asked once for all issues and projects of an operation."""

import json

import httpx

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway, count_calls

CHECK = "POST /rest/api/3/permissions/check"
OF_ISSUE = "permissions { canEdit canTransition canAssign canComment canDelete }"
OF_PROJECT = "permissions { canBrowse canCreateIssues canAdminister canManageSprints }"


async def test_fifty_issues_and_their_project_are_one_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("TEST"), 50)

    answer = await built_once.ask_connection(
        f"issues(first: 50) {{ nodes {{ {OF_ISSUE} project {{ {OF_PROJECT} }} }} }}"
    )

    nodes = answer["issues"]["nodes"]
    assert len(nodes) == 50
    assert all({*node["permissions"].values()} == {True} for node in nodes)
    assert all({*node["project"]["permissions"].values()} == {True} for node in nodes)
    assert count_calls(built_once) == {"POST /rest/api/3/search/jql": 1, CHECK: 1}


async def test_each_issue_and_each_project_tells_its_own(
    built_once: Gateway, site: SiteBuilder
) -> None:
    free, closed = site.add_project("FREE"), site.add_project("SHUT")
    issue, other = site.add_issues(free, 2)
    site.add_issue(closed)
    site.withhold(issue, "EDIT_ISSUES", "DELETE_ISSUES")
    site.withhold(closed, "TRANSITION_ISSUES", "ADD_COMMENTS", "ASSIGN_ISSUES", "CREATE_ISSUES")
    site.withhold(closed, "ADMINISTER_PROJECTS", "MANAGE_SPRINTS_PERMISSION")

    answer = await built_once.ask_connection(
        f"issues(orderBy: [{{ field: KEY }}]) {{ nodes {{ key {OF_ISSUE} }} }} "
        f"projects {{ nodes {{ key {OF_PROJECT} }} }}"
    )

    held = {node["key"]: node["permissions"] for node in answer["issues"]["nodes"]}
    names = ("canEdit", "canTransition", "canAssign", "canComment", "canDelete")
    everything = dict.fromkeys(names, True)
    assert held == {
        issue.key: everything | {"canEdit": False, "canDelete": False},
        other.key: everything,
        "SHUT-1": {name: name in {"canEdit", "canDelete"} for name in names},
    }
    assert {node["key"]: node["permissions"] for node in answer["projects"]["nodes"]} == {
        "FREE": {
            "canBrowse": True,
            "canCreateIssues": True,
            "canAdminister": True,
            "canManageSprints": True,
        },
        "SHUT": {
            "canBrowse": True,
            "canCreateIssues": False,
            "canAdminister": False,
            "canManageSprints": False,
        },
    }


async def test_what_jira_does_not_tell_of_is_not_permitted(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    body: dict[str, list[str]] = {"globalPermissions": [], "projectPermissions": []}
    built_once.answer_instead("/permissions/check", 200, json=body)

    answer = await built_once.ask_connection(f"issues {{ nodes {{ {OF_ISSUE} }} }}")

    (node,) = answer["issues"]["nodes"]
    assert set(node["permissions"].values()) == {False}


async def test_who_may_not_ask_gets_null_and_everything_beside_it(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("TEST"), 2)
    built_once.answer_instead(
        "/permissions/check", 403, json={"errorMessages": ["No."], "errors": {}}
    )

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ project(idOrKey: "TEST") {{ key {OF_PROJECT} '
        f"issues(orderBy: [{{ field: KEY }}]) {{ nodes {{ key {OF_ISSUE} }} }} }} }} }}"
    )

    assert answer.codes == ["FORBIDDEN"] * 3
    assert answer.body["data"]["connection"]["project"] == {
        "key": "TEST",
        "permissions": None,
        "issues": {
            "nodes": [
                {"key": "TEST-1", "permissions": None},
                {"key": "TEST-2", "permissions": None},
            ]
        },
    }


async def test_a_site_without_jira_software_knows_no_sprints_to_manage(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_project("TEST")
    asked = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/permissions/check"):
            return None
        asked.append(json.loads(request.content))
        if b"MANAGE_SPRINTS_PERMISSION" not in request.content:
            return None
        errors = {"MANAGE_SPRINTS_PERMISSION": "Unrecognized permission"}
        return httpx.Response(400, json={"errorMessages": [], "errors": errors})

    built_once.transport.faults.append(refuse)

    answer = await built_once.ask_connection(f'project(idOrKey: "TEST") {{ {OF_PROJECT} }}')

    assert len(asked) == 2
    assert answer["project"]["permissions"] == {
        "canBrowse": True,
        "canCreateIssues": True,
        "canAdminister": True,
        "canManageSprints": False,
    }


async def test_permissions_are_asked_for_anew_after_a_change(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    change = (
        'updateIssue(input: { connection: { externalId: "acme" } issue: "TEST-1" summary: "New" }) '
        "{ issue { permissions { canEdit } } }"
    )

    answer = await built_once.ask(f"mutation {{ one: {change} two: {change} }}")

    assert answer.data["one"] == answer.data["two"] == {"issue": {"permissions": {"canEdit": True}}}
    assert count_calls(built_once)[CHECK] == 2
