"""Every answer to a write, and to what belongs to it, has the shape that Atlassian declares."""

from typing import Any

import httpx
import pytest

from sandbox.world import PERSON_ACCOUNT_ID
from tests.contract.check import check_answer
from tests.contract.documents import load_documents
from tests.contract.exchanges import read_answer
from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_document, a_form, a_writer


@pytest.fixture
async def guest() -> Guest:
    """A guest who may write, on a site with an epic, a task with a comment, and a sub-task."""
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic")
    task = guest.site.add_issue(project, parent=epic)
    guest.site.add_comment(task, "First")
    guest.site.add_worklog(task, 3600, text="Did it")
    guest.site.add_issue(project, issue_type="Sub-task", parent=task)
    guest.site.find_or_add_named("components", project, "API")
    guest.site.find_or_add_named("versions", project, "1.0")
    return guest


def a_link(key: str) -> dict[str, Any]:
    """The body that links the epic with another issue."""
    ends = {"inwardIssue": {"key": "TEST-1"}, "outwardIssue": {"key": key}}
    return {"type": {"name": "Blocks"}, **ends}


READS: list[tuple[str, dict[str, Any]]] = [
    ("TEST-2/transitions", {"expand": "transitions.fields"}),
    ("TEST-2/comment", {"orderBy": "-created"}),
    ("TEST-2/comment/10000", {}),
    ("TEST-2/comment/7", {}),
    ("TEST-2/worklog", {"startedAfter": 0, "expand": "properties"}),
    ("TEST-2/worklog/10000", {"expand": "properties"}),
    ("TEST-2/worklog/7", {}),
    ("TEST-2/worklog/10000/properties", {}),
    ("TEST-2/worklog/10000/properties/none", {}),
    ("TEST-2/editmeta", {}),
    ("createmeta", {"expand": "projects.issuetypes.fields"}),
    ("createmeta/TEST/issuetypes", {}),
    ("createmeta/TEST/issuetypes/10004", {}),
    ("createmeta/NOPE/issuetypes", {}),
]
WRITES: list[tuple[str, str, Any, int]] = [
    ("post", "", a_form(), 201),
    ("post", "", a_form(summary="", labels=["a b"]), 400),
    ("post", "/bulk", {"issueUpdates": [a_form(), a_form(summary="")]}, 201),
    ("post", "/bulk", {"issueUpdates": [a_form(summary="")]}, 400),
    ("put", "/TEST-2", {"fields": {"summary": "Two"}}, 204),
    ("put", "/TEST-2?returnIssue=true", {"fields": {"summary": "Two"}}, 200),
    ("put", "/TEST-2", {"fields": {"summary": ""}}, 400),
    ("put", "/TEST-9", {"fields": {}}, 404),
    ("put", "/TEST-2/assignee", {"accountId": None}, 204),
    ("put", "/TEST-2/assignee", {"accountId": "nobody"}, 400),
    ("post", "/TEST-2/transitions", {"transition": {"id": "41"}}, 204),
    ("post", "/TEST-2/transitions", {"transition": {"id": "9"}}, 400),
    ("post", "/TEST-2/comment", {"body": a_document()}, 201),
    ("post", "/TEST-2/comment", {"body": "text"}, 400),
    ("put", "/TEST-2/comment/10000", {"body": a_document()}, 200),
    (
        "post",
        "/TEST-2/worklog",
        {"timeSpent": "1h", "started": "2026-05-31T09:30:00.000+0200"},
        201,
    ),
    ("post", "/TEST-2/worklog", {"timeSpentSeconds": 1}, 400),
    ("put", "/TEST-2/worklog/10000", {"timeSpentSeconds": 60}, 200),
    ("put", "/TEST-2/worklog/10000/properties/mark", {"id": "1"}, 201),
    ("post", "/TEST-2/watchers", PERSON_ACCOUNT_ID, 204),
    ("post", "/TEST-2/watchers", "nobody", 404),
    ("post", "Link", a_link("TEST-2"), 201),
    ("post", "Link", a_link("TEST-9"), 404),
    ("post", "Link", a_link("TEST-1"), 400),
]
DELETIONS = [
    ("TEST-2/comment/10000", 204),
    ("TEST-2/worklog/10000", 204),
    ("TEST-2", 400),
    ("TEST-3", 204),
    ("TEST-9", 404),
]


def list_violations(response: httpx.Response) -> list[Any]:
    return list(check_answer(load_documents(), read_answer(response)))


@pytest.mark.parametrize(("path", "query"), READS, ids=[path for path, _ in READS])
async def test_what_is_read_has_the_declared_shape(
    guest: Guest, path: str, query: dict[str, Any]
) -> None:
    assert list_violations(await guest.get(f"{ISSUE}/{path}", **query)) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    WRITES,
    ids=[f"{method} {path or '/'} {status}" for method, path, _, status in WRITES],
)
async def test_what_is_written_is_answered_in_the_declared_shape(
    guest: Guest, method: str, path: str, body: Any, status: int
) -> None:
    response = await getattr(guest, method)(f"{ISSUE}{path}", body)

    assert response.status_code == status, response.text
    assert list_violations(response) == []


@pytest.mark.parametrize(("path", "status"), DELETIONS, ids=[path for path, _ in DELETIONS])
async def test_deletions_are_answered_in_the_declared_shape(
    guest: Guest, path: str, status: int
) -> None:
    response = await guest.delete(f"{ISSUE}/{path}")

    assert response.status_code == status
    assert list_violations(response) == []
