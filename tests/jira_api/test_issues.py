from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError, NotFoundError, RejectedError
from jira_api.issues import (
    IssuePage,
    PageRequest,
    count_issues,
    fetch_issues,
    get_issue,
    list_sprint_issues,
    search_issues,
)
from jira_api.paths import IssueKey, NumericId
from tests.jira_api.builders import a_jira, an_issue_payload, enter_new_site, says

JQL = "project = TEST ORDER BY key ASC"
ISSUE = an_issue_payload()


async def search(session: JiraSession, token: str | None = None, size: int = 50) -> IssuePage:
    return await search_issues(session, PageRequest(JQL, frozenset({"summary"}), token, size))


async def list_sprint(session: JiraSession, token: str | None = None, size: int = 50) -> IssuePage:
    asked = PageRequest(JQL, frozenset({"summary"}), token, size)
    return await list_sprint_issues(session, NumericId("37"), asked)


PAGERS: dict[str, Callable[..., Awaitable[IssuePage]]] = {"search": search, "sprint": list_sprint}


async def test_one_issue_is_asked_for_with_exactly_its_fields() -> None:
    jira = a_jira(says(200, ISSUE))

    issue = await get_issue(jira.session, IssueKey("SHOP-7"), {"summary", "labels"})

    assert issue.summary == "A summary"
    assert jira.paths == ["/rest/api/3/issue/SHOP-7"]
    assert jira.questions == [{"fields": "labels,summary"}]


async def test_without_a_field_the_key_is_asked_for() -> None:
    jira = a_jira(says(200, ISSUE), says(200, {"issues": []}))

    await get_issue(jira.session, IssueKey("SHOP-7"), ())
    await fetch_issues(jira.session, [NumericId("1")], ())

    assert jira.questions[0] == {"fields": "key"}
    assert jira.bodies == [{"issueIdsOrKeys": ["1"], "fields": ["key"]}]


async def test_many_issues_are_fetched_in_one_call() -> None:
    jira = a_jira(says(200, {"issues": [ISSUE], "issueErrors": []}))

    issues = await fetch_issues(jira.session, [NumericId("1"), IssueKey("B-2")], ["status"])

    assert [issue.key for issue in issues] == ["SHOP-7"]
    assert jira.paths == ["/rest/api/3/issue/bulkfetch"]
    assert jira.bodies == [{"issueIdsOrKeys": ["1", "B-2"], "fields": ["status"]}]


async def test_a_search_sends_its_query_in_the_body() -> None:
    jira = a_jira(says(200, {"issues": [ISSUE], "isLast": False, "nextPageToken": "next"}))

    page = await search(jira.session, token="now", size=7)

    assert page.next_token == "next"
    assert jira.paths == ["/rest/api/3/search/jql"]
    assert jira.bodies == [
        {"jql": JQL, "fields": ["summary"], "maxResults": 7, "nextPageToken": "now"}
    ]


async def test_a_sprint_sends_its_query_in_the_address() -> None:
    jira = a_jira(says(200, {"issues": [], "isLast": True}))

    await list_sprint(jira.session, token="now", size=7)

    assert jira.paths == ["/rest/software/1.0/sprint/37/issue"]
    assert jira.questions == [
        {"jql": JQL, "fields": "summary", "maxResults": "7", "nextPageToken": "now"}
    ]


@pytest.mark.parametrize("ask", PAGERS.values(), ids=PAGERS)
@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ({"isLast": True}, None),
        ({"isLast": True, "nextPageToken": "stray"}, None),
        ({}, None),
        ({"isLast": False}, None),
        ({"nextPageToken": ""}, None),
        ({"nextPageToken": "more"}, "more"),
        ({"isLast": False, "nextPageToken": "more"}, "more"),
    ],
)
async def test_a_page_goes_on_only_where_jira_names_a_next_one(
    ask: Callable[..., Awaitable[IssuePage]], ending: dict[str, Any], expected: str | None
) -> None:
    page = await ask(a_jira(says(200, {"issues": [], **ending})).session)

    assert (list(page.issues), page.next_token) == ([], expected)


@pytest.mark.parametrize("ask", PAGERS.values(), ids=PAGERS)
async def test_a_token_that_leads_to_itself_is_an_invalid_response(
    ask: Callable[..., Awaitable[IssuePage]],
) -> None:
    jira = a_jira(says(200, {"issues": [ISSUE], "nextPageToken": "same"}))

    with pytest.raises(InvalidResponseError):
        await ask(jira.session, token="same")


@pytest.mark.parametrize("ask", PAGERS.values(), ids=PAGERS)
@pytest.mark.parametrize(
    "body",
    [[], None, {"issues": {}}, {"issues": [5]}, {"nextPageToken": []}, {"isLast": "yes"}],
)
async def test_a_page_of_another_shape_is_an_invalid_response(
    ask: Callable[..., Awaitable[IssuePage]], body: Any
) -> None:
    with pytest.raises(InvalidResponseError):
        await ask(a_jira(says(200, body)).session)


async def test_issues_are_counted() -> None:
    jira = a_jira(says(200, {"count": 153}))

    assert await count_issues(jira.session, JQL) == 153
    assert jira.paths == ["/rest/api/3/search/approximate-count"]
    assert jira.bodies == [{"jql": JQL}]


async def test_a_count_that_is_no_number_is_an_invalid_response() -> None:
    with pytest.raises(InvalidResponseError):
        await count_issues(a_jira(says(200, {"count": "many"})).session, JQL)


@pytest.mark.parametrize("read", [get_issue, fetch_issues])
async def test_an_answer_of_another_shape_is_an_invalid_response(read: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await read(a_jira(says(200, [])).session, "1", ())


async def test_the_pages_of_a_search_hold_every_issue_once() -> None:
    session, site = await enter_new_site()
    site.add_issues(site.add_project("TEST"), 230)

    pages = [await search(session, size=500)]
    while pages[-1].next_token is not None:
        pages.append(await search(session, token=pages[-1].next_token, size=500))

    assert [len(page.issues) for page in pages] == [100, 100, 30]
    assert len({issue.key for page in pages for issue in page.issues}) == 230
    assert await count_issues(session, JQL) == 230


async def test_the_sandbox_knows_issues_by_id_and_key_and_hides_the_rest() -> None:
    session, site = await enter_new_site()
    project = site.add_project("TEST")
    sprint = site.add_sprint(site.add_board(project))
    first = site.add_issue(project, summary="First", sprints=[sprint])
    second = site.add_issue(project, summary="Second")
    asked: list[NumericId | IssueKey] = [
        IssueKey(second.key),
        NumericId(str(first.id)),
        IssueKey("TEST-99"),
    ]

    fetched = await fetch_issues(session, asked, ["summary"])
    in_sprint = await list_sprint_issues(
        session,
        NumericId(str(sprint.id)),
        PageRequest("ORDER BY rank", frozenset({"summary"}), token=None, size=50),
    )

    assert {issue.key: issue.summary for issue in fetched} == {
        first.key: "First",
        second.key: "Second",
    }
    assert [issue.key for issue in in_sprint.issues] == [first.key]
    assert (await get_issue(session, IssueKey(first.key), ["status"])).summary is None
    with pytest.raises(NotFoundError):
        await get_issue(session, IssueKey("TEST-99"), ())


async def test_the_words_about_a_query_that_jira_cannot_read_are_kept() -> None:
    session, _ = await enter_new_site()

    with pytest.raises(RejectedError, match="NONE"):
        await search_issues(
            session, PageRequest("project = NONE ORDER BY key", frozenset(), token=None, size=5)
        )
