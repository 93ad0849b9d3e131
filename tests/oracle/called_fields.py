"""What fields that cost a call of their own must be for a raw issue of Jira Server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.oracle.rules import Anything, Expected, Instant, Json, Stands, Words


def _expect_comments(issue: Json) -> Expected:
    raw = issue["fields"].get("comment", {}).get("comments", ())
    nodes = [
        {
            "id": Stands("id", ("Comment", each["id"])),
            "commentId": each["id"],
            "author": _expect_author(each),
            "created": Instant(each["created"]),
            "updated": Instant(each["updated"]),
            "isPublic": True,
            "body": {"text": Words(each.get("body", ""))},
            "issue": {"key": issue["key"]},
        }
        for each in raw
    ]
    return _expect_page("commentId", nodes)


def _expect_worklogs(issue: Json) -> Expected:
    raw = issue["fields"].get("worklog", {}).get("worklogs", ())
    nodes = [
        {
            "id": Stands("id", ("Worklog", each["id"])),
            "worklogId": each["id"],
            "author": _expect_author(each),
            "started": Instant(each["started"]),
            "timeSpent": each["timeSpent"],
            "timeSpentSeconds": each["timeSpentSeconds"],
            "comment": {"text": Words(each["comment"])},
        }
        for each in raw
    ]
    return _expect_page("worklogId", nodes)


def _expect_author(raw: Json) -> Expected:
    author = raw["author"]
    return {"displayName": author["displayName"], "isActive": author["active"]}


def _expect_page(name: str, nodes: Sequence[dict[str, Expected]]) -> Expected:
    return {
        "totalCount": len(nodes),
        "pageInfo": {"hasNextPage": False},
        "nodes": nodes,
        "edges": [{"cursor": Anything(), "node": {name: each[name]}} for each in nodes],
    }


CALLED_RULES: Final[Mapping[str, Callable[[Json], Expected]]] = {
    "changelog": lambda _: {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False},
    },
    "permissions": lambda _: dict.fromkeys(
        ("canEdit", "canTransition", "canAssign", "canComment", "canDelete"), True
    ),
    "comments": _expect_comments,
    "worklogs": _expect_worklogs,
}
"""What fields of `CALLED_FOR` must be for a raw issue; those that are not here may be anything."""
