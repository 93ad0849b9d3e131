"""Issues found again by their markers, among whatever else a search finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jira_api.entity_properties import MARKER
from jira_api.errors import InvalidArgumentError, InvalidResponseError
from jira_api.marked_issues import Mark, Window, find_marked_issues
from tests.jira_api.builders import a_jira, says

SINCE = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(frozenset(["TEST", "10001"]), SINCE, SINCE + timedelta(minutes=5))
OURS = Mark("abc", 0)


def an_issue(number: int, marker: Any = None) -> dict[str, Any]:
    properties = {} if marker is None else {MARKER: marker}
    return {"id": str(10_000 + number), "key": f"TEST-{number}", "properties": properties}


def a_page(*issues: dict[str, Any], following: str | None = None) -> Any:
    more = {"isLast": True} if following is None else {"isLast": False, "nextPageToken": following}
    return says(200, {"issues": list(issues), **more})


async def test_the_search_is_bounded_by_projects_and_instants_and_asks_for_the_marker() -> None:
    jira = a_jira(a_page())

    assert await find_marked_issues(jira.session, WINDOW, {OURS}) == {}

    assert jira.bodies == [
        {
            "jql": 'project IN (10001, "TEST") AND created >= 1780315200000 '
            "AND created < 1780315500000 ORDER BY created DESC, key ASC",
            "fields": ["key"],
            "properties": [MARKER],
            "maxResults": 1000,
        }
    ]


@pytest.mark.parametrize(
    "foreign",
    [None, "abc", {"id": "abc"}, {"id": "abc", "number": True}, {"id": 1, "number": 0}, [], {}],
    ids=str,
)
async def test_the_one_that_bears_the_marker_is_told_from_all_others(foreign: Any) -> None:
    jira = a_jira(a_page(an_issue(1, foreign), an_issue(2, {"id": "abc", "number": 0})))

    found = await find_marked_issues(jira.session, WINDOW, {OURS})

    assert {mark: issue.key for mark, issue in found.items()} == {OURS: "TEST-2"}


async def test_pages_are_read_until_all_are_found_and_no_further() -> None:
    second = Mark("abc", 1)
    jira = a_jira(
        a_page(an_issue(1, {"id": "abc", "number": 0}), following="t1"),
        a_page(an_issue(2, {"id": "abc", "number": 1}), following="t2"),
    )

    found = await find_marked_issues(jira.session, WINDOW, {OURS, second})

    assert set(found) == {OURS, second}
    assert [body.get("nextPageToken") for body in jira.bodies] == [None, "t1"]


async def test_a_search_that_repeats_a_page_proves_nothing() -> None:
    jira = a_jira(a_page(following="t1"), a_page(following="t1"))

    with pytest.raises(InvalidResponseError):
        await find_marked_issues(jira.session, WINDOW, {OURS})


async def test_an_answer_without_issues_proves_nothing() -> None:
    jira = a_jira(says(200, {"isLast": True}))

    with pytest.raises(InvalidResponseError):
        await find_marked_issues(jira.session, WINDOW, {OURS})


async def test_a_project_of_another_form_is_not_asked_for() -> None:
    window = Window(frozenset(['X" OR 1']), SINCE, SINCE)

    with pytest.raises(InvalidArgumentError):
        await find_marked_issues(a_jira().session, window, {OURS})
