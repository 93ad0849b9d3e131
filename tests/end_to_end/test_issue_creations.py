"""Line 18: an issue is made once, where it was asked for, and read without the search."""

from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Project
from tests.end_to_end.test_issue_edits import ACME, ERRORS
from tests.support.gateway import Gateway, SendOn

CREATE = f"""
mutation Create($input: CreateIssueInput!) {{
  createIssue(input: $input) {{
    issue {{
      id issueId key url summary description {{ text }} issueType {{ name }} priority {{ name }}
      project {{ key }} labels assignee {{ accountId }} reporter {{ accountId }} dueDate
    }}
    {ERRORS}
  }}
}}
"""
BARE = "mutation($input: CreateIssueInput!) { createIssue(input: $input) { %s errors { code } } }"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


def a_new_issue(**values: Any) -> dict[str, Any]:
    issue = {"project": {"key": "TEST"}, "issueType": {"name": "Task"}, "summary": "New", **values}
    return {"connection": ACME, "issue": issue}


async def create(gateway: Gateway, given: dict[str, Any]) -> Any:
    return (await gateway.ask(CREATE, {"input": given})).data["createIssue"]


async def select(gateway: Gateway, project: Project) -> None:
    query = """
    mutation($id: ID!) {
      selectProject(input: { connection: { externalId: "acme" }, project: { id: $id } }) {
        errors { code }
      }
    }
    """
    await gateway.ask(query, {"id": str(project.id)})


async def test_a_new_issue_is_answered_as_jira_keeps_it(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    ada = site.add_user("Ada")

    payload = await create(
        built,
        a_new_issue(
            description={"markdown": "It is **new**"},
            priority={"name": "High"},
            labels=["fresh"],
            assigneeAccountId=ada.account_id,
            dueDate="2026-07-01",
        ),
    )

    issue = payload["issue"]
    assert payload["errors"] == []
    assert issue["key"] == "TEST-1"
    assert issue["url"] == f"{site.data.site.url}/browse/TEST-1"
    assert issue["description"] == {"text": "It is new"}
    assert (issue["issueType"]["name"], issue["priority"]["name"]) == ("Task", "High")
    assert (issue["labels"], issue["dueDate"]) == (["fresh"], "2026-07-01")
    assert issue["assignee"] == {"accountId": ada.account_id}
    assert issue["reporter"] == {"accountId": site.person.account_id}


async def test_a_new_issue_is_read_by_its_id_and_not_searched_for(
    built: Gateway, project: Project
) -> None:
    payload = await create(built, a_new_issue())

    assert built.calls() == [
        "POST /rest/api/3/issue",
        f"GET /rest/api/3/issue/{payload['issue']['issueId']}",
    ]


async def test_the_key_of_a_new_issue_costs_no_second_call(
    built: Gateway, project: Project
) -> None:
    answer = await built.ask(BARE % "issue { id key url }", {"input": a_new_issue()})

    assert answer.data["createIssue"]["issue"]["key"] == "TEST-1"
    assert built.calls() == ["POST /rest/api/3/issue"]


async def test_the_selected_project_is_meant_where_none_is_named(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    other = site.add_project("OTHER")
    await select(built, other)
    given = a_new_issue()
    del given["issue"]["project"]

    assert (await create(built, given))["issue"]["project"] == {"key": "OTHER"}
    assert (await create(built, a_new_issue()))["issue"]["project"] == {"key": "TEST"}


async def test_a_selected_project_that_is_gone_is_told_as_the_selected_one(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await select(built, project)
    del site.data.projects[project.id]
    given = a_new_issue()
    del given["issue"]["project"]

    payload = await create(built, given)

    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("JIRA_VALIDATION", ["input", "issue", "project"])
    assert "the connection has selected" in error["message"]


@pytest.mark.parametrize("left", ["out", "null"])
async def test_without_any_project_nothing_is_made(
    built: Gateway, site: SiteBuilder, project: Project, left: str
) -> None:
    given = a_new_issue(project=None)
    if left == "out":
        del given["issue"]["project"]

    payload = await create(built, given)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("NO_PROJECT_SELECTED", ["input", "issue", "project"])
    ]
    assert built.calls() == []


async def test_a_project_is_named_by_its_number_too(built: Gateway, project: Project) -> None:
    payload = await create(built, a_new_issue(project={"id": str(project.id)}))

    assert payload["issue"]["project"] == {"key": "TEST"}


async def test_a_sub_task_is_made_below_its_parent(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    parent = site.add_issue(project)

    payload = await create(
        built, a_new_issue(issueType={"name": "Sub-task"}, parent=parent.key, summary="Below")
    )

    assert payload["errors"] == []
    made = site.data.find_issue(payload["issue"]["key"])
    assert made is not None
    assert made.fields["issuetype"]["subtask"] is True


@pytest.mark.parametrize(
    ("values", "field_id", "name", "path"),
    [
        ({"issueType": {"name": "Nonsense"}}, "issuetype", "Issue Type", "issueType"),
        ({"priority": {"id": "999"}}, "priority", "Priority", "priority"),
        ({"assigneeAccountId": "nobody"}, "assignee", "Assignee", "assigneeAccountId"),
        ({"project": {"key": "NOWHERE"}}, "project", "Project", "project"),
    ],
    ids=["type", "priority", "assignee", "project"],
)
async def test_jiras_refusals_stand_by_their_field(
    built: Gateway, project: Project, values: Any, field_id: str, name: str, path: str
) -> None:
    payload = await create(built, a_new_issue(**values))

    assert payload["issue"] is None
    error = next(e for e in payload["errors"] if e["fieldId"] == field_id)
    assert (error["code"], error["fieldName"]) == ("JIRA_VALIDATION", name)
    assert error["path"] == ["input", "issue", path]


LOST: dict[str, Any] = {
    "a timeout": httpx.ReadTimeout,
    "a reset": httpx.ReadError,
    "a 500": httpx.Response(500),
    "a 503": httpx.Response(503, headers={"Retry-After": "1"}),
    "html": httpx.Response(201, html="<html>"),
    "half an answer": httpx.Response(201, content=b'{"id": "1'),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
async def test_a_create_whose_answer_is_lost_is_told_as_unknown_and_made_once(
    built: Gateway, site: SiteBuilder, project: Project, lost: Any
) -> None:
    async def lose(request: httpx.Request, send: SendOn) -> httpx.Response:
        answer = await send(request)
        if request.method != "POST" or not request.url.path.endswith("/issue"):
            return answer
        if isinstance(lost, type):
            raise lost("made to fail", request=request)
        assert isinstance(lost, httpx.Response)
        return httpx.Response(lost.status_code, headers=lost.headers, content=lost.content)

    built.transport.detour = lose

    payload = await create(built, a_new_issue())

    assert payload["issue"] is None
    assert [e["code"] for e in payload["errors"]] == ["OUTCOME_UNKNOWN"]
    assert len(site.data.issues) == 1
    assert built.calls() == ["POST /rest/api/3/issue"]


async def test_a_refused_token_is_renewed_and_the_issue_made_once(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    refused: list[str] = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or not request.url.path.endswith("/issue") or refused:
            return None
        refused.append(request.headers["Authorization"])
        return httpx.Response(401, json={"code": 401, "message": "Unauthorized"})

    built.transport.faults.append(fault)

    payload = await create(built, a_new_issue())

    assert payload["errors"] == []
    assert len(refused) == 1
    assert len(site.data.issues) == 1
    assert built.calls(to_jira=False) == ["POST /oauth/token"]


async def test_where_the_new_issue_cannot_be_read_its_key_is_told(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        is_read = request.method == "GET" and "/issue/" in request.url.path
        return httpx.Response(503) if is_read else None

    built.transport.faults.append(fault)

    answer = await built.ask(CREATE, {"input": a_new_issue()})

    assert answer.body["data"]["createIssue"] == {"issue": None, "errors": []}
    assert answer.codes == ["JIRA_UNAVAILABLE"]
    error = answer.body["errors"][0]
    assert error["path"] == ["createIssue", "issue"]
    assert "TEST-1 was created" in error["message"]
    assert len(site.data.issues) == 1


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"summary": ""}, ["summary"]),
        ({"project": {"key": "../x"}}, ["project", "key"]),
        ({"project": {"id": "x"}}, ["project", "id"]),
        ({"issueType": {"id": "Task"}}, ["issueType", "id"]),
        ({"description": {"markdown": "\x00"}}, ["description"]),
        ({"description": {"adf": "text"}}, ["description"]),
    ],
    ids=str,
)
async def test_the_malformed_never_reaches_jira(
    built: Gateway, project: Project, values: Any, path: list[str]
) -> None:
    payload = await create(built, a_new_issue(**values))

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "issue", *path])
    ]
    assert built.calls() == []
