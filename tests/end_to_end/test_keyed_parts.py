"""With an idempotency key a comment and a worklog are written once too."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Issue, Project
from tests.end_to_end.keyed_creates import codes, create
from tests.end_to_end.test_issue_edits import ACME
from tests.end_to_end.test_issue_write_failures import order
from tests.support.gateway import Gateway, count_calls


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


PARTS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "comment": (
        """
        mutation($input: AddCommentInput!) {
          written: addComment(input: $input) {
            part: comment { number: commentId body { text } } errors { code path message }
          }
        }
        """,
        {"body": {"text": "Once"}},
        {"body": {"text": "Another"}},
    ),
    "worklog": (
        """
        mutation($input: AddWorklogInput!) {
          written: addWorklog(input: $input) {
            part: worklog { number: worklogId timeSpentSeconds } errors { code path message }
          }
        }
        """,
        {"timeSpentSeconds": 3_600},
        {"timeSpentSeconds": 7_200},
    ),
}


@pytest.fixture
def issue(site: SiteBuilder, project: Project) -> Issue:
    """An issue to write on."""
    return site.add_issue(project)


async def write_part(
    gateway: Gateway, issue: Issue, noun: str, *, is_other: bool = False, key: str = "k-1"
) -> Any:
    query, given, other = PARTS[noun]
    values = {"connection": ACME, "issue": issue.key, "idempotencyKey": key}
    answer = await gateway.ask(query, {"input": {**values, **(other if is_other else given)}})
    return answer.data["written"]


@pytest.mark.parametrize("noun", PARTS)
async def test_a_comment_and_a_worklog_are_written_once_too(
    built: Gateway, issue: Issue, noun: str
) -> None:
    first = await write_part(built, issue, noun)
    second = await write_part(built, issue, noun)
    other = await write_part(built, issue, noun, is_other=True)

    assert first == second
    assert first["errors"] == []
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED"]
    assert count_calls(built)[f"POST /rest/api/3/issue/{issue.key}/{noun}"] == 1


@pytest.mark.parametrize("noun", PARTS)
async def test_a_comment_and_a_worklog_are_found_at_once_where_the_answer_was_lost(
    built_once: Gateway, issue: Issue, noun: str
) -> None:
    path = f"/rest/api/3/issue/{{key}}/{noun}"
    await order(built_once, method="POST", path=path, cutAfterCommit=True)

    payload = await write_part(built_once, issue, noun)

    assert payload["errors"] == []
    assert payload["part"]["number"] == "10000"
    assert count_calls(built_once)[f"POST /rest/api/3/issue/{issue.key}/{noun}"] == 1


async def test_a_key_means_one_kind_of_write(built_once: Gateway, issue: Issue) -> None:
    await write_part(built_once, issue, "comment")

    assert codes(await write_part(built_once, issue, "worklog")) == ["IDEMPOTENCY_KEY_REUSED"]
    assert codes(await create(built_once)) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_comment_that_was_taken_away_since_is_not_written_again(
    built_once: Gateway, issue: Issue, site: SiteBuilder
) -> None:
    first = await write_part(built_once, issue, "comment")
    query = """
    mutation($input: DeleteCommentInput!) { deleteComment(input: $input) { errors { code } } }
    """
    gone = {"connection": ACME, "issue": issue.key, "commentId": first["part"]["number"]}
    await built_once.ask(query, {"input": gone})

    again = await write_part(built_once, issue, "comment")

    assert codes(again) == ["NOT_FOUND"]
    assert "was written" in again["errors"][0]["message"]


async def test_a_comment_on_an_issue_that_is_not_there_frees_the_key(
    built_once: Gateway, issue: Issue, site: SiteBuilder
) -> None:
    site.data.drop(issue.id)
    refused = await write_part(built_once, issue, "comment")
    site.data.put_issue(issue)

    assert [(e["code"], e["path"]) for e in refused["errors"]] == [
        ("NOT_FOUND", ["input", "issue"])
    ]
    assert (await write_part(built_once, issue, "comment"))["errors"] == []
