from typing import Any

import pytest

from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.paths import AccountId, NumericId
from jira_api.records import StatusCategory
from jira_api.site_metadata import (
    fetch_users,
    get_issue_type,
    get_myself,
    get_priority,
    get_resolution,
    get_status,
    list_fields,
)
from sandbox.world import PERSON_ACCOUNT_ID, STORY_POINTS_FIELD
from tests.jira_api.builders import a_jira, a_user_payload, enter_new_site, says


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (get_issue_type, "issuetype"),
        (get_priority, "priority"),
        (get_status, "status"),
        (get_resolution, "resolution"),
    ],
)
async def test_one_entry_is_read_below_its_own_path(read: Any, name: str) -> None:
    jira = a_jira(says(200, {"id": "5", "name": "Thing"}), says(200, []), says(404))

    entry = await read(jira.session, NumericId("5"))

    assert entry.name == "Thing"
    assert jira.paths == [f"/rest/api/3/{name}/5"]
    with pytest.raises(InvalidResponseError):
        await read(jira.session, NumericId("5"))
    with pytest.raises(NotFoundError):
        await read(jira.session, NumericId("5"))


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
    status = await get_status(session, NumericId("3"))

    assert fields["summary"].type == "string"
    assert (fields[STORY_POINTS_FIELD].is_custom, fields[STORY_POINTS_FIELD].type) == (
        True,
        "number",
    )
    assert status.category is StatusCategory.IN_PROGRESS
    assert (await get_issue_type(session, NumericId("10004"))).is_subtask
    assert (await get_priority(session, NumericId("1"))).icon_url
    assert (await get_resolution(session, NumericId("10000"))).name == "Done"
    assert (await get_myself(session)).account_id == PERSON_ACCOUNT_ID
    with pytest.raises(NotFoundError):
        await get_status(session, NumericId("999"))
