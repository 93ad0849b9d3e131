from typing import Any

import pytest

from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.paths import NumericId
from jira_api.people import search_assignable_users, search_users
from tests.jira_api.builders import a_jira, a_user_payload, enter_new_site, says

PROJECT = NumericId("10000")


async def test_people_are_asked_for_by_a_range() -> None:
    jira = a_jira(says(200, [a_user_payload()]), says(200, []))

    found = await search_users(jira.session, query="ad", start=3, size=10)
    nobody = await search_assignable_users(jira.session, PROJECT, query=None, start=0, size=50)

    assert [user.display_name for user in found] == ["Ada"]
    assert list(nobody) == []
    assert jira.paths == ["/rest/api/3/user/search", "/rest/api/3/user/assignable/search"]
    assert jira.questions == [
        {"query": "ad", "startAt": "3", "maxResults": "10"},
        {"project": "10000", "startAt": "0", "maxResults": "50"},
    ]


@pytest.mark.parametrize("body", [{}, None, {"values": []}, [1], [{"displayName": "Ada"}]])
async def test_what_is_no_list_of_people_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await search_users(jira.session, query="ad", start=0, size=10)


async def test_the_sandbox_finds_people_and_those_who_can_be_assigned() -> None:
    session, site = await enter_new_site()
    project = site.add_project("TEST")
    site.make_unassignable(project, site.add_user("Ada Lovelace"))
    site.add_user("Ada Byron")

    found = await search_users(session, query="ada", start=0, size=10)
    assignable = await search_assignable_users(
        session, NumericId(str(project.id)), query="ada", start=0, size=10
    )

    assert [user.display_name for user in found] == ["Ada Lovelace", "Ada Byron"]
    assert [user.display_name for user in assignable] == ["Ada Byron"]
    with pytest.raises(NotFoundError):
        await search_assignable_users(session, NumericId("9"), query="a", start=0, size=1)
