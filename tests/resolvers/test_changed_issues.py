"""Which issues a call to Jira changes, told from its path and its bodies."""

import json
from typing import Any

import pytest

from jira_api.calls import Change
from resolvers.changes.changed_issues import name_changed_issues

API = "/rest/api/3"
AGILE = "/rest/agile/1.0"


@pytest.mark.parametrize(
    ("path", "sent", "answered", "expected"),
    [
        (f"{API}/issue/10001", None, None, ["10001"]),
        (f"{API}/issue/TEST-1/assignee", {"accountId": "a"}, None, ["TEST-1"]),
        (f"{API}/issue/TEST-1/comment/10", {"body": {}}, {"id": "10"}, ["TEST-1"]),
        (f"{API}/issue/10001/transitions", {"transition": {"id": "3"}}, None, ["10001"]),
        (f"{API}/issue", {"fields": {}}, {"id": "10002", "key": "TEST-2"}, ["10002"]),
        (f"{API}/issue", {"fields": {}}, None, []),
        (
            f"{API}/issue/bulk",
            {"issueUpdates": []},
            {"issues": [{"id": "1"}, {"id": "2"}, {"id": "1"}, "odd", {}], "errors": []},
            ["1", "2"],
        ),
        (
            f"{API}/issueLink",
            {"inwardIssue": {"key": "A1-1"}, "outwardIssue": {"id": "2"}},
            None,
            ["A1-1", "2"],
        ),
        (f"{AGILE}/sprint/5/issue", {"issues": ["TEST-1", "2"]}, None, ["TEST-1", "2"]),
        (f"{AGILE}/backlog/issue", {"issues": ["3"]}, None, ["3"]),
        (f"{AGILE}/issue/rank", {"issues": ["4"], "rankBeforeIssue": "5"}, None, ["4"]),
        (f"{AGILE}/sprint/5", {"state": "closed"}, None, []),
        (f"{API}/issueLink/10", None, None, []),
        (f"{API}/attachment/10", None, None, []),
        (f"{API}/issue/..%2F/comment", None, None, []),
    ],
)
def test_the_issues_of_a_change_are_named(
    path: str, sent: Any, answered: Any, expected: list[str]
) -> None:
    bodies = [b"" if body is None else json.dumps(body).encode() for body in (sent, answered)]

    assert name_changed_issues(Change(path, *bodies)) == expected


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"\xff", b"null", b'{"id": 5}', b'{"id": "x"}'])
def test_a_body_that_tells_nothing_names_no_issue(body: bytes) -> None:
    assert name_changed_issues(Change(f"{API}/issue", body, body)) == []
