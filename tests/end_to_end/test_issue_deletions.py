"""Line 19: an issue is taken away; one with sub-tasks only together with them."""

from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.end_to_end.test_issue_edits import ACME, ERRORS
from tests.support.gateway import Gateway, SendOn

DELETE = f"""
mutation Delete($input: DeleteIssueInput!) {{
  deleteIssue(input: $input) {{ deletedId {ERRORS} }}
}}
"""


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue without sub-tasks."""
    return site.add_issue(site.add_project("TEST"))


@pytest.fixture
def parent(site: SiteBuilder) -> Issue:
    """An issue with two sub-tasks."""
    project = site.add_project("FAMILY")
    parent = site.add_issue(project)
    for _ in range(2):
        site.add_issue(project, issue_type="Sub-task", parent=parent)
    return parent


async def delete(gateway: Gateway, name: str, **options: Any) -> Any:
    given = {"connection": ACME, "issue": name, **options}
    return (await gateway.ask(DELETE, {"input": given})).data["deleteIssue"]


async def test_an_issue_is_gone_and_its_global_id_told(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    before = await built.ask_connection(f'issue(idOrKey: "{issue.key}") {{ id }}')

    payload = await delete(built, issue.key)

    assert payload == {"deletedId": before["issue"]["id"], "errors": []}
    assert site.data.find_issue(issue.key) is None
    after = await built.ask_connection(f'issue(idOrKey: "{issue.key}") {{ id }}')
    assert after["issue"] is None


async def test_a_global_id_carries_its_connection(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    before = await built.ask_connection(f'issue(idOrKey: "{issue.key}") {{ id }}')
    global_id = before["issue"]["id"]

    answer = await built.ask(DELETE, {"input": {"issue": global_id}})

    assert answer.data["deleteIssue"] == {"deletedId": global_id, "errors": []}


@pytest.mark.parametrize("options", [{}, {"deleteSubtasks": False}, {"deleteSubtasks": None}])
async def test_sub_tasks_are_said_and_everything_stays(
    built: Gateway, site: SiteBuilder, parent: Issue, options: dict[str, Any]
) -> None:
    payload = await delete(built, parent.key, **options)

    assert payload["deletedId"] is None
    [error] = payload["errors"]
    assert (error["code"], error["path"]) == ("JIRA_VALIDATION", ["input", "deleteSubtasks"])
    assert "FAMILY-2, FAMILY-3" in error["message"]
    assert len(site.data.issues) == 3
    assert not [call for call in built.calls() if call.startswith("DELETE")]


async def test_sub_tasks_are_taken_along_where_asked(
    built: Gateway, site: SiteBuilder, parent: Issue
) -> None:
    payload = await delete(built, parent.key, deleteSubtasks=True)

    assert payload["errors"] == []
    assert site.data.issues == {}


async def test_sub_tasks_that_the_person_cannot_see_are_told_by_jira(
    built: Gateway, site: SiteBuilder, parent: Issue
) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        body = {"id": str(parent.id), "key": parent.key, "fields": {"subtasks": []}}
        return httpx.Response(200, json=body) if request.method == "GET" else None

    built.transport.faults.append(fault)

    payload = await delete(built, parent.key)

    assert [e["code"] for e in payload["errors"]] == ["JIRA_VALIDATION"]
    assert len(site.data.issues) == 3


async def test_a_delete_whose_answer_is_lost_is_done(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    lost = 0

    async def lose_one(request: httpx.Request, send: SendOn) -> httpx.Response:
        nonlocal lost
        answer = await send(request)
        if request.method == "DELETE" and lost == 0:
            lost += 1
            raise httpx.ReadTimeout("made to fail", request=request)
        return answer

    built.transport.detour = lose_one

    payload = await delete(built, issue.key)

    assert payload["errors"] == []
    assert payload["deletedId"] is not None
    assert site.data.issues == {}


@pytest.mark.parametrize("missing", ["TEST-999", "99999"])
async def test_an_unknown_issue_is_told(built: Gateway, issue: Issue, missing: str) -> None:
    payload = await delete(built, missing)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("NOT_FOUND", ["input", "issue"])
    ]


async def test_the_malformed_never_reaches_jira(built: Gateway, issue: Issue) -> None:
    payload = await delete(built, "../myself")

    assert [e["code"] for e in payload["errors"]] == ["BAD_USER_INPUT"]
    assert built.calls() == []
