"""The names of fields come beside an issue's values where they are asked for, and only then."""

from typing import Any

import pytest

from jira_api.issues import (
    PageRequest,
    fetch_issues,
    get_issue,
    list_sprint_issues,
    search_issues,
)
from jira_api.paths import IssueKey, NumericId
from tests.jira_api.builders import a_jira, says

FIELD = "customfield_1"
NAMES = {FIELD: "Customer"}
ISSUE = {"id": "1", "key": "A-1", "fields": {FIELD: "Ada"}}


@pytest.mark.parametrize("with_names", [False, True])
async def test_one_issue_and_many_by_id_tell_their_own(*, with_names: bool) -> None:
    told = {**ISSUE, "names": NAMES} if with_names else ISSUE
    jira = a_jira(says(200, told), says(200, {"issues": [told]}))

    one = await get_issue(jira.session, IssueKey("A-1"), [FIELD], with_names=with_names)
    (same,) = await fetch_issues(jira.session, [NumericId("1")], [FIELD], with_names=with_names)

    assert one.field_names == same.field_names == (NAMES if with_names else None)
    assert jira.questions[0].get("expand") == ("names" if with_names else None)
    assert jira.bodies[-1].get("expand") == (["names"] if with_names else None)


@pytest.mark.parametrize("with_names", [False, True])
async def test_a_page_tells_them_once_for_all_of_its_issues(*, with_names: bool) -> None:
    page: dict[str, Any] = {"issues": [ISSUE, ISSUE], "isLast": True}
    told = {**page, "names": NAMES} if with_names else page
    jira = a_jira(says(200, told), says(200, told))

    request = PageRequest("x = 1", frozenset({FIELD}), token=None, size=5, with_names=with_names)
    found = await search_issues(jira.session, request)
    of_sprint = await list_sprint_issues(jira.session, NumericId("7"), request)

    names = [each.field_names for each in (*found.issues, *of_sprint.issues)]
    assert names == [NAMES if with_names else None] * 4
    asked = (jira.bodies[0].get("expand"), jira.questions[1].get("expand"))
    assert asked == (("names", "names") if with_names else (None, None))


@pytest.mark.parametrize("names", [[], "x", 5, True])
async def test_names_in_another_form_are_none(names: Any) -> None:
    jira = a_jira(says(200, {**ISSUE, "names": names}))

    assert (await get_issue(jira.session, IssueKey("A-1"), [FIELD])).field_names is None
