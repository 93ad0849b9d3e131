"""Clients by other authors drive the sandbox over real HTTP, through every step of daily work."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.api_tokens import ApiToken
from sandbox.application import create_application
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.recorder import RecordedCall
from sandbox.state import SandboxState, Settings
from sandbox.world import PERSON_EMAIL
from tests.clients.environments import find_node_driver, find_python_driver
from tests.sandbox.visitors import StillClock
from tests.support.missing import require
from tests.support.servers import serve

PROJECTS = ["SHOP", *(f"P{number:02}" for number in range(60))]
BOARDS = [f"Board {number:02}" for number in range(60)]
ISSUES = 120
WRITTEN = f"SHOP-{ISSUES + 1}"
SUMMARY = "Written by a stranger: ünïcödé ✓"
NEW_SUMMARY = "Changed by a stranger"
TIMEOUT_S = 60


def build_document(text: str) -> dict[str, Any]:
    marked = {"type": "text", "text": text, "marks": [{"type": "strong"}]}
    listed = {"type": "listItem", "content": [{"type": "paragraph", "content": [marked]}]}
    return {
        "version": 1,
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": text}]},
            {"type": "bulletList", "content": [listed]},
        ],
    }


DOCUMENT = build_document("as it was")
NEW_DOCUMENT = build_document("as it is")


@dataclass
class Stage:
    """A sandbox that is served over HTTP, and what a client is told of it."""

    site: SiteBuilder
    state: SandboxState
    origin: str

    @property
    def calls(self) -> list[RecordedCall]:
        return self.state.calls.calls

    async def let_loose(self, command: list[str], **task: str) -> dict[str, Any]:
        told = {
            "email": PERSON_EMAIL,
            "project": "SHOP",
            "summary": SUMMARY,
            "newSummary": NEW_SUMMARY,
            "document": DOCUMENT,
            "newDocument": NEW_DOCUMENT,
            "transition": "Done",
            **task,
        }
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output, errors = await asyncio.wait_for(
                process.communicate(json.dumps(told).encode()), TIMEOUT_S
            )
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, f"{errors.decode()}\n{self._tell_last_call()}"
        report: dict[str, Any] = json.loads(output)
        return report

    def _tell_last_call(self) -> str:
        return str(self.calls[-1]) if self.calls else "It made no call."


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A site with more projects, boards and issues than a page holds; its clock stands still."""
    builder = WorldBuilder()
    site = builder.add_site("Acme")
    for key in PROJECTS:
        project = site.add_project(key)
        if key == "SHOP":
            site.add_issues(project, ISSUES)
            for name in BOARDS:
                site.add_board(project, name=name)
    application = create_application(builder.world, clock=StillClock())
    state = application.state.sandbox
    async with serve(application) as origin:
        yield Stage(site, state, origin)


async def test_jira_drives_a_site_by_its_own_address(stage: Stage) -> None:
    command = require(find_python_driver("jira"))

    report = await stage.let_loose(
        command, url=f"{stage.origin}/sites/acme", token=Settings().api_token
    )

    whole, *pages = report.pop("projects")
    assert whole == sorted(PROJECTS)
    assert [len(page) for page in pages] == [50, 11]
    assert sorted(key for page in pages for key in page) == sorted(PROJECTS)
    assert report.pop("found") == [[], [WRITTEN]]
    assert report.pop("categories") == ["undefined", "new", "done", "indeterminate"]
    check_common_report(report)
    check_written_issue(stage)
    assert list_writes(stage) == [
        "POST /rest/api/3/search/approximate-count",
        "POST /rest/api/3/issue",
        "POST /rest/api/3/search/jql",
        "PUT /rest/api/3/issue/{id}?notifyUsers=false",
        "POST /rest/api/3/issue/{key}/transitions",
        "POST /rest/api/3/issue/{key}/comment",
        "PUT /rest/api/3/issue/{id}/comment/{id}",
        "POST /rest/api/3/issue/{key}/comment",
        "DELETE /rest/api/3/issue/{id}/comment/{id}",
        "POST /rest/api/3/issue",
        "POST /rest/api/3/issue",
        "DELETE /rest/api/3/issue/{id}?deleteSubtasks=False",
        "DELETE /rest/api/3/issue/{id}?deleteSubtasks=True",
    ]
    check_callers(stage, ApiToken.CLASSIC)


async def test_atlassian_python_api_drives_a_site_by_its_own_address(stage: Stage) -> None:
    command = require(find_python_driver("atlassian"))

    report = await stage.let_loose(
        command, url=f"{stage.origin}/sites/acme", token=Settings().api_token
    )

    assert report.pop("projects") == sorted(PROJECTS)
    assert report.pop("cloud") == "Cloud"
    assert report.pop("found") == [[]]
    check_common_report(report)
    check_written_issue(stage)
    assert list_writes(stage) == [
        "POST /rest/api/3/search/approximate-count",
        "POST /rest/api/3/issue?updateHistory=false",
        "PUT /rest/api/3/issue/{key}?notifyUsers=false",
        "PUT /rest/api/3/issue/{key}?notifyUsers=false",
        "POST /rest/api/3/issue/{key}/transitions",
        "POST /rest/api/3/issue/{key}/comment",
        "PUT /rest/api/3/issue/{key}/comment/{id}?notifyUsers=true",
        "POST /rest/api/3/issue?updateHistory=false",
        "POST /rest/api/3/issue?updateHistory=false",
        "DELETE /rest/api/3/issue/{key}?deleteSubtasks=false",
        "DELETE /rest/api/3/issue/{key}?deleteSubtasks=true",
    ]
    check_callers(stage, ApiToken.CLASSIC)


async def test_jira_js_drives_a_site_through_the_gateway(stage: Stage) -> None:
    command = require(find_node_driver())

    report = await stage.let_loose(
        command,
        url=f"{stage.origin}/ex/jira/{stage.site.data.site.cloud_id}",
        token=Settings().scoped_api_token,
        siteUrl=f"{stage.origin}/sites/acme",
        siteToken=Settings().api_token,
    )

    assert report.pop("projects") == sorted(PROJECTS)
    assert report.pop("cloud") == "Cloud"
    assert report.pop("boardsWithClassicScopes") == 401
    assert report.pop("found") == [[], [WRITTEN]]
    check_common_report(report)
    check_written_issue(stage)
    assert list_writes(stage) == [
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/search/approximate-count",
        "POST /rest/api/3/issue",
        "PUT /rest/api/3/issue/{key}?notifyUsers=false",
        "POST /rest/api/3/issue/{key}/transitions",
        "POST /rest/api/3/issue/{key}/comment",
        "PUT /rest/api/3/issue/{key}/comment/{id}",
        "POST /rest/api/3/issue/{key}/comment",
        "DELETE /rest/api/3/issue/{key}/comment/{id}",
        "POST /rest/api/3/issue",
        "POST /rest/api/3/issue",
        "DELETE /rest/api/3/issue/{key}",
        "DELETE /rest/api/3/issue/{key}?deleteSubtasks=true",
    ]
    check_callers(stage, ApiToken.SCOPED, besides=["/rest/agile/1.0/board"])


def check_common_report(report: dict[str, Any]) -> None:
    """What every client saw, however it asks."""
    permissions = report.pop("permissions")
    assert {key: entry["havePermission"] for key, entry in permissions.items()} == {
        "EDIT_ISSUES": True,
        "ADMINISTER": False,
    }
    assert report.pop("search") == [f"SHOP-{number}" for number in range(1, ISSUES + 1)]
    assert report.pop("created")["key"] == WRITTEN
    assert report == {
        "refusal": 401,
        "boards": BOARDS,
        "count": ISSUES,
        "linkTypes": ["Blocks", "Cloners", "Duplicate", "Relates"],
        "priorities": ["Highest", "High", "Medium", "Low", "Lowest"],
        "creatable": ["Epic", "Story", "Task", "Bug", "Sub-task"],
        "description": DOCUMENT,
        "edited": [NEW_SUMMARY, "stranger", "edited"],
        "status": "Done",
        "comments": [NEW_DOCUMENT],
        "deletion": [400, 404, 404],
    }


def check_written_issue(stage: Stage) -> None:
    """What the site holds at the end: one issue more, as the client left it."""
    data = stage.site.data
    assert len(data.issues) == ISSUES + 1
    issue = data.find_issue(WRITTEN)
    assert issue is not None
    fields = issue.fields
    assert (fields["summary"], fields["labels"]) == (NEW_SUMMARY, ["stranger", "edited"])
    assert fields["description"] == DOCUMENT
    assert fields["issuetype"]["name"] == "Task"
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Done", "Done")
    assert [entry["body"] for entry in fields["comment"]["comments"]] == [NEW_DOCUMENT]
    assert fields["creator"]["emailAddress"] == PERSON_EMAIL


def list_writes(stage: Stage) -> list[str]:
    """Every call but the reads by GET, in the order they came, with ids and keys left out."""
    return [_outline(call) for call in stage.calls if call.method != "GET"]


def check_callers(stage: Stage, token: ApiToken, besides: Collection[str] = ()) -> None:
    """Each call was let in by the token, on the site, but for those that the test refuses."""
    admitted = [call for call in stage.calls if call.status != 401 and call.path not in besides]
    assert admitted
    assert {(call.grant, call.cloud_id) for call in admitted} == {
        (token.value, stage.site.data.site.cloud_id)
    }
    assert {call.path for call in stage.calls if call.status == 401} == {
        "/rest/api/3/myself",
        *besides,
    }
    assert [call.path for call in stage.calls if call.status is None] == []


def _outline(call: RecordedCall) -> str:
    path = re.sub(r"/SHOP-\d+", "/{key}", call.path)
    path = re.sub(r"/\d{4,}", "/{id}", path)
    query = "&".join(f"{name}={value}" for name, (value, *_) in sorted(call.query.items()))
    return f"{call.method} {path}?{query}" if query else f"{call.method} {path}"
