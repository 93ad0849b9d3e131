from typing import Any

import pytest

from tests.sandbox.visitors import a_guest

SEARCH = "/rest/api/3/user/search"
ASSIGNABLE = "/rest/api/3/user/assignable/search"


async def test_myself_is_the_person_who_consented() -> None:
    guest = await a_guest()

    person = await guest.read("/rest/api/3/myself")

    assert (person["displayName"], person["timeZone"]) == ("Sandbox Person", "Europe/Berlin")
    assert await guest.read("/rest/api/3/user", accountId=person["accountId"])


async def test_privacy_leaves_the_address_out() -> None:
    guest = await a_guest()
    shy = guest.site.add_user("Shy Person")

    answer = await guest.read("/rest/api/3/user", accountId=shy.account_id)

    assert "emailAddress" not in answer


@pytest.mark.parametrize(("parameters", "status"), [({"accountId": "x"}, 404), ({}, 400)])
async def test_a_user_nobody_knows_is_an_error(parameters: dict[str, str], status: int) -> None:
    guest = await a_guest()

    assert (await guest.get("/rest/api/3/user", **parameters)).status_code == status


async def test_a_bulk_read_gives_ten_unless_told_and_leaves_out_the_unknown() -> None:
    guest = await a_guest()
    ids = [guest.site.add_user(f"User {number}").account_id for number in range(12)]

    ten = await guest.read("/rest/api/3/user/bulk", accountId=["unknown", *ids])
    all_ = await guest.read("/rest/api/3/user/bulk", accountId=["unknown", *ids], maxResults=100)

    assert [user["accountId"] for user in ten["values"]] == ids[:10]
    assert (ten["isLast"], ten["total"]) == (False, 12)
    assert [user["accountId"] for user in all_["values"]] == ids


async def test_a_bulk_read_of_nobody_is_a_400() -> None:
    guest = await a_guest()

    assert (await guest.get("/rest/api/3/user/bulk")).status_code == 400


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"query": "ada"}, ["Ada Lovelace"]),
        ({"query": "LOVE"}, ["Ada Lovelace"]),
        ({"query": "grace@"}, ["Grace Hopper"]),
        ({"query": "gone"}, []),
        ({"query": "", "maxResults": 1, "startAt": 1}, ["Ada Lovelace"]),
    ],
    ids=["first name", "last name", "address", "inactive", "second page"],
)
async def test_a_search_finds_active_users_by_the_start_of_words(
    parameters: dict[str, Any], names: list[str]
) -> None:
    guest = await a_guest()
    guest.site.add_user("Ada Lovelace")
    guest.site.add_user("Grace Hopper", email="grace@example.com")
    guest.site.add_user("Gone Person", is_active=False)

    users = await guest.read("/rest/api/3/user/search", **parameters)

    assert [user["displayName"] for user in users] == names


async def test_a_search_by_account_id_finds_inactive_users_too() -> None:
    guest = await a_guest()
    gone = guest.site.add_user("Gone Person", is_active=False)

    users = await guest.read("/rest/api/3/user/search", accountId=gone.account_id)

    assert [user["active"] for user in users] == [False]


async def test_a_search_for_nothing_is_a_400() -> None:
    guest = await a_guest()

    assert (await guest.get("/rest/api/3/user/search")).status_code == 400


async def test_a_search_ends_at_the_thousandth_user() -> None:
    guest = await a_guest()
    for number in range(1_001):
        guest.site.add_user(f"User {number}")

    last = await guest.read(SEARCH, query="user", startAt=990, maxResults=50)

    assert [user["displayName"] for user in last] == [f"User {n}" for n in range(990, 1_000)]


async def test_who_cannot_be_assigned_leaves_a_gap_in_the_range() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    other = guest.site.add_project("OTHER")
    users = [guest.site.add_user(f"User {number}") for number in range(6)]
    guest.site.make_unassignable(project, *users[:3])

    async def read_names(**parameters: Any) -> list[str]:
        found = await guest.read(ASSIGNABLE, query="user", **parameters)
        return [user["displayName"] for user in found]

    assert await read_names(project="TEST", maxResults=3) == []
    assert await read_names(project=str(project.id), startAt=2, maxResults=3) == [
        "User 3",
        "User 4",
    ]
    assert len(await read_names(project=other.key)) == 6


async def test_assignable_users_are_asked_of_an_issue_too() -> None:
    guest = await a_guest()
    issue = guest.site.add_issue(guest.site.add_project("TEST"))

    by_key = await guest.read(ASSIGNABLE, query="sand", issueKey=issue.key)
    by_id = await guest.read(ASSIGNABLE, issueId=str(issue.id))

    assert [user["displayName"] for user in by_key] == ["Sandbox Person"]
    assert by_id == by_key


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"query": "a"}, 400),
        ({"query": "a", "project": "NONE"}, 404),
        ({"issueKey": "NONE-1"}, 404),
    ],
    ids=str,
)
async def test_assignable_users_of_nothing_are_refused(
    parameters: dict[str, str], status: int
) -> None:
    guest = await a_guest()
    guest.site.add_project("TEST")

    assert (await guest.get(ASSIGNABLE, **parameters)).status_code == status
