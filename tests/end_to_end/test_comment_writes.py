"""Comments are written, changed and taken away as the person asks."""

from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.comment_records import list_comments
from sandbox.world import PERSON_ACCOUNT_ID, Issue
from tests.end_to_end.part_writing import ACME, ERRORS, change, say, told
from tests.support.gateway import Gateway

ADD = f"""
mutation($input: AddCommentInput!) {{
  addComment(input: $input) {{
    comment {{ id commentId body {{ text }} author {{ accountId }} created updated isPublic }}
    {ERRORS}
  }}
}}
"""
UPDATE = f"""
mutation($input: UpdateCommentInput!) {{
  updateComment(input: $input) {{ comment {{ id body {{ text }} }} {ERRORS} }}
}}
"""
DELETE = f"""
mutation($input: DeleteCommentInput!) {{
  deleteComment(input: $input) {{ deletedId {ERRORS} }}
}}
"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue without comments."""
    return site.add_issue(site.add_project("TEST"))


async def test_a_comment_is_written_in_one_call_and_is_the_persons(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    payload = await change(
        built_once, ADD, issue=issue.key, body={"markdown": "Looks **good** to me"}
    )

    assert payload["errors"] == []
    comment = payload["comment"]
    assert comment["body"] == {"text": "Looks good to me"}
    assert comment["author"] == {"accountId": PERSON_ACCOUNT_ID}
    assert comment["created"] == comment["updated"] == "2026-06-01T12:00:00Z"
    assert comment["isPublic"] is True
    assert built_once.calls() == [f"POST /rest/api/3/issue/{issue.key}/comment"]
    found = await built_once.ask(NODES, {"ids": [comment["id"]]})
    assert found.data["nodes"][0]["id"] == comment["id"]


async def test_a_comment_is_changed_and_taken_away_by_number_or_global_id(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    say(site, issue, 2)
    page = await built_once.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ id comments {{ nodes {{ id commentId }} }} }}'
    )
    (one, two), issue_id = page["issue"]["comments"]["nodes"], page["issue"]["id"]

    changed = await change(
        built_once, UPDATE, issue=issue.key, commentId=one["commentId"], body={"text": "New"}
    )
    carried = await built_once.ask(
        UPDATE, {"input": {"issue": issue.key, "commentId": two["id"], "body": {"text": "Newer"}}}
    )
    gone = await change(built_once, DELETE, issue=issue_id, commentId=one["id"])
    gone_too = await change(built_once, DELETE, issue=issue.key, commentId=two["commentId"])

    assert changed["comment"] == {"id": one["id"], "body": {"text": "New"}}
    assert carried.data["updateComment"]["comment"] == {"id": two["id"], "body": {"text": "Newer"}}
    assert (gone["deletedId"], gone_too["deletedId"]) == (one["id"], two["id"])
    assert list_comments(site.data.issues[issue.id]) == []


async def test_what_a_document_writes_it_reads_in_the_same_document(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    query = """
    mutation($one: AddCommentInput!, $two: AddCommentInput!) {
      one: addComment(input: $one) { comment { issue { updated comments { totalCount } } } }
      two: addComment(input: $two) { comment { issue { updated comments { totalCount } } } }
    }
    """
    given = {"connection": ACME, "issue": issue.key, "body": {"text": "Hello"}}

    answer = await built_once.ask(query, {"one": given, "two": given})

    for number, payload in enumerate(answer.data.values(), start=1):
        assert payload["comment"]["issue"] == {
            "updated": "2026-06-01T12:00:00Z",
            "comments": {"totalCount": number},
        }


@pytest.mark.parametrize(
    ("mutation", "given", "path"),
    [
        (ADD, {"issue": "TEST-99"}, ["input", "issue"]),
        (UPDATE, {"issue": "TEST-99", "commentId": "10000"}, ["input", "commentId"]),
        (UPDATE, {"issue": "TEST-1", "commentId": "77"}, ["input", "commentId"]),
        (DELETE, {"issue": "TEST-99", "commentId": "10000"}, ["input", "issue"]),
        (DELETE, {"issue": "TEST-1", "commentId": "77"}, ["input", "commentId"]),
    ],
)
async def test_what_is_not_there_is_told(
    built_once: Gateway,
    site: SiteBuilder,
    issue: Issue,
    mutation: str,
    given: dict[str, Any],
    path: list[str],
) -> None:
    say(site, issue, 1)
    body = {} if mutation == DELETE else {"body": {"text": "Hello"}}

    payload = await change(built_once, mutation, **given, **body)

    assert told(payload) == [("NOT_FOUND", path)]


@pytest.mark.parametrize(
    ("mutation", "given", "path"),
    [
        (ADD, {"issue": "../myself"}, ["input", "issue"]),
        (ADD, {"issue": "TEST-1", "body": {"text": "\x00"}}, ["input", "body"]),
        (ADD, {"issue": "TEST-1", "body": {"adf": {"type": "paragraph"}}}, ["input", "body"]),
        (UPDATE, {"issue": "TEST-1", "commentId": "../1"}, ["input", "commentId"]),
        (UPDATE, {"issue": "TEST-1", "commentId": "0"}, ["input", "commentId"]),
        (DELETE, {"issue": "TEST-1", "commentId": "x"}, ["input", "commentId"]),
    ],
)
async def test_the_malformed_never_reaches_jira(
    built_once: Gateway, issue: Issue, mutation: str, given: dict[str, Any], path: list[str]
) -> None:
    body = {} if mutation == DELETE else {"body": {"text": "Hello"}}

    payload = await change(built_once, mutation, **{**body, **given})

    assert told(payload) == [("BAD_USER_INPUT", path)]
    assert built_once.calls() == []


async def test_a_comment_of_another_issue_is_refused_without_a_call(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    site.add_comment(issue, "Here")
    other = site.add_issue(site.data.projects[issue.project_id])
    page = await built_once.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ comments {{ nodes {{ id }} }} }}'
    )
    comment_id = page["issue"]["comments"]["nodes"][0]["id"]
    built_once.forget_calls()

    payload = await change(built_once, DELETE, issue=str(other.id), commentId=comment_id)

    assert told(payload) == [("BAD_USER_INPUT", ["input", "commentId"])]
    assert built_once.calls() == []


async def test_jiras_words_stand_by_the_fields_name(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    payload = await change(built_once, ADD, issue=issue.key, body={"text": "a" * 32_768})

    assert payload["comment"] is None
    assert payload["errors"] == [
        {
            "__typename": "FieldError",
            "code": "JIRA_VALIDATION",
            "message": "The entered text is too long. It exceeds the allowed limit of 32,767 "
            "characters.",
            "path": ["input", "body"],
            "fieldId": "comment",
            "fieldName": "Comment",
        }
    ]


async def test_a_comment_whose_answer_is_lost_is_not_sent_again(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    sent = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or not request.url.path.endswith("/comment"):
            return None
        sent.append(request)
        return httpx.Response(500)

    built_once.transport.faults.append(fault)

    payload = await change(built_once, ADD, issue=issue.key, body={"text": "Once"})

    assert told(payload) == [("OUTCOME_UNKNOWN", None)]
    assert len(sent) == 1


async def test_whoever_may_only_read_writes_no_comment(built_once: Gateway, issue: Issue) -> None:
    minted = await built_once.ask(
        'mutation { createFrontendToken(input: { externalId: "acme", scopes: [READ] }) { token } }'
    )
    key = minted.data["createFrontendToken"]["token"]

    answer = await built_once.ask(
        ADD, {"input": {"issue": issue.key, "body": {"text": "Hello"}}}, key=key
    )

    assert told(answer.data["addComment"]) == [("FORBIDDEN", None)]
    assert built_once.calls() == []
