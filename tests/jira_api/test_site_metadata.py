from typing import Any

import pytest

from jira_api.errors import ForbiddenError, InvalidResponseError
from jira_api.paths import AccountId
from jira_api.records import StatusCategory
from jira_api.site_metadata import (
    fetch_users,
    get_myself,
    list_fields,
    list_issue_types,
    list_priorities,
    list_resolutions,
    list_statuses,
)
from sandbox.world import PERSON_ACCOUNT_ID, STORY_POINTS_FIELD
from tests.jira_api.builders import a_jira, a_user_payload, enter_new_site, says


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (list_issue_types, "issuetype"),
        (list_priorities, "priority"),
        (list_statuses, "status"),
        (list_resolutions, "resolution"),
    ],
)
async def test_a_list_is_read_from_its_own_path(read: Any, name: str) -> None:
    jira = a_jira(says(200, [{"id": "5", "name": "Thing"}]), says(200, {}), says(403))

    (entry,) = await read(jira.session)

    assert entry.name == "Thing"
    assert jira.paths == [f"/rest/api/3/{name}"]
    with pytest.raises(InvalidResponseError):
        await read(jira.session)
    with pytest.raises(ForbiddenError):
        await read(jira.session)


async def test_people_are_fetched_in_one_call_that_names_its_size() -> None:
    jira = a_jira(says(200, {"values": [a_user_payload()]}))

    users = await fetch_users(jira.session, [AccountId("1"), AccountId("557058:ada")])

    assert [user.display_name for user in users] == ["Ada"]
    (request,) = jira.requests
    assert request.url.params.get_list("accountId") == ["1", "557058:ada"]
    assert request.url.params["maxResults"] == "100"


@pytest.mark.parametrize("body", [{}, [5], "fields", [{"name": "No id"}]])
async def test_fields_of_another_shape_are_an_invalid_response(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await list_fields(a_jira(says(200, body)).session)


async def test_more_than_ten_people_of_the_sandbox_are_fetched_at_once() -> None:
    session, site = await enter_new_site()
    people = [site.add_user(f"Person {number}") for number in range(15)]
    asked = [AccountId(user.account_id) for user in people]

    users = await fetch_users(session, [*asked, AccountId("nobody")])

    assert [user.account_id for user in users] == asked


async def test_the_catalogue_of_the_sandbox_is_read() -> None:
    session, _ = await enter_new_site()

    fields = {field.field_id: field for field in await list_fields(session)}
    statuses = {status.status_id: status for status in await list_statuses(session)}
    types = {each.issue_type_id: each for each in await list_issue_types(session)}

    assert fields["summary"].type == "string"
    assert (fields[STORY_POINTS_FIELD].is_custom, fields[STORY_POINTS_FIELD].type) == (
        True,
        "number",
    )
    assert statuses["3"].category is StatusCategory.IN_PROGRESS
    assert types["10004"].is_subtask
    assert all(priority.icon_url for priority in await list_priorities(session))
    assert (await list_resolutions(session))[0].name == "Done"
    assert (await get_myself(session)).account_id == PERSON_ACCOUNT_ID
