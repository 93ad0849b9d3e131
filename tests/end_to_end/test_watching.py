"""Watching issues, with what Jira says against it."""

from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from tests.end_to_end.part_writing import ERRORS, change
from tests.support.gateway import Gateway, count_calls

UNWATCHED = [
    (
        {"issue": "TEST-9", "accountId": "nobody"},
        "NOT_FOUND",
        "Jira knows no issue TEST-9, or hides it from the connected person.",
        ["input", "issue"],
    ),
    (
        {"issue": "TEST-1", "accountId": "nobody"},
        "NOT_FOUND",
        "Jira knows no person nobody: The user with account id 'nobody' does not exist.",
        ["input", "accountId"],
    ),
    (
        {"issue": "TEST-1", "accountId": "a b"},
        "BAD_USER_INPUT",
        (
            "'a b' names no person of this connection: pass an account id, or the `id` that "
            "this connection gave."
        ),
        ["input", "accountId"],
    ),
]
"""Who cannot watch what: what is given, and what is told."""


async def watch(gateway: Gateway, mutation: str, **given: Any) -> Any:
    query = (
        f"mutation Watch($input: WatchIssueInput!) {{ {mutation}(input: $input) "
        f"{{ issue {{ key watchCount }} {ERRORS} }} }}"
    )
    return await change(gateway, query, **given)


@pytest.fixture
def keys(site: SiteBuilder) -> list[str]:
    return [each.key for each in site.add_issues(site.add_project("TEST"), 2)]


async def test_the_connected_person_and_others_watch_an_issue_and_go(
    built: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    ada = site.add_user("Ada").account_id

    counts = [
        (await watch(built, "watchIssue", issue=keys[0]))["issue"]["watchCount"],
        (await watch(built, "watchIssue", issue=keys[0], accountId=ada))["issue"]["watchCount"],
        (await watch(built, "watchIssue", issue=keys[0], accountId=ada))["issue"]["watchCount"],
        (await watch(built, "unwatchIssue", issue=keys[0]))["issue"]["watchCount"],
    ]

    assert counts == [1, 2, 2, 1]
    assert site.data.watchers[10000] == [ada]


async def test_watching_costs_the_person_the_change_and_reading_it_back(
    built_once: Gateway, keys: list[str]
) -> None:
    await watch(built_once, "watchIssue", issue=keys[0])

    assert count_calls(built_once) == {
        "GET /rest/api/3/myself": 1,
        f"POST /rest/api/3/issue/{keys[0]}/watchers": 1,
        f"GET /rest/api/3/issue/{keys[0]}": 1,
    }


async def test_who_cannot_watch_what_is_told(built_once: Gateway, keys: list[str]) -> None:
    for mutation in ("watchIssue", "unwatchIssue"):
        for given, code, message, path in UNWATCHED:
            payload = await watch(built_once, mutation, **given)

            (error,) = payload["errors"]
            assert (error["code"], error["message"], error["path"]) == (code, message, path)
            assert payload["issue"] is None


async def test_who_may_not_choose_the_watchers_is_told_in_jiras_words(
    built_once: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    ada = site.add_user("Ada").account_id
    built_once.answer_instead("/watchers", 403, json={"errorMessages": ["Not yours to choose."]})

    payload = await watch(built_once, "watchIssue", issue=keys[0], accountId=ada)

    assert [(each["code"], each["message"]) for each in payload["errors"]] == [
        ("FORBIDDEN", "Not yours to choose.")
    ]
