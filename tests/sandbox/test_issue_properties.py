import pytest

from tests.sandbox.writing import ISSUE, a_form, a_writer, create

ONE = [{"key": "one", "value": {"a": 1}}]
BOTH = [*ONE, {"key": "two", "value": "b"}]


async def test_an_issue_is_created_with_properties_that_are_shown_where_asked_for() -> None:
    guest, _ = await a_writer()
    created = (await guest.post(ISSUE, {**a_form(), "properties": BOTH})).json()["id"]
    path = f"{ISSUE}/{created}"

    assert "properties" not in await guest.read(path, fields="key")
    some = await guest.read(path, fields="key", properties="one,three")
    others = await guest.read(path, fields="key", properties="*all,-one")
    assert some["properties"] == {"one": {"a": 1}}
    assert others["properties"] == {"two": "b"}


async def test_each_issue_of_a_bulk_has_its_own() -> None:
    guest, _ = await a_writer()
    forms = [{**a_form(), "properties": ONE}, a_form()]
    await guest.post(f"{ISSUE}/bulk", {"issueUpdates": forms})

    body = {"issueIdsOrKeys": ["TEST-1", "TEST-2"], "fields": ["key"], "properties": ["one"]}
    fetched = (await guest.post(f"{ISSUE}/bulkfetch", body)).json()["issues"]

    assert [issue["properties"] for issue in fetched] == [{"one": {"a": 1}}, {}]


async def test_a_search_shows_them_beside_the_ids_too() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    await guest.put(f"{ISSUE}/{issue.key}", {"fields": {}, "properties": ONE})

    body = {"jql": "project = TEST", "properties": ["one"]}
    found = (await guest.post("/rest/api/3/search/jql", body)).json()["issues"]

    assert found == [{"id": str(issue.id), "properties": {"one": {"a": 1}}}]


@pytest.mark.parametrize("asked", [["a"] * 6, "one", [1]], ids=["six", "text", "number"])
async def test_five_properties_are_shown_at_most(asked: object) -> None:
    guest, _ = await a_writer()
    await create(guest)

    body = {"jql": "project = TEST", "properties": asked}

    assert (await guest.post("/rest/api/3/search/jql", body)).status_code == 400


async def test_properties_have_addresses_of_their_own() -> None:
    guest, _ = await a_writer()
    key = await create(guest)
    path = f"{ISSUE}/{key}/properties"

    new = await guest.put(f"{path}/one", {"a": 1})
    same = await guest.put(f"{path}/one", {"a": 2})

    assert (new.status_code, same.status_code) == (201, 200)
    assert [each["key"] for each in (await guest.read(path))["keys"]] == ["one"]
    assert await guest.read(f"{path}/one") == {"key": "one", "value": {"a": 2}}
    assert (await guest.delete(f"{path}/one")).status_code == 204
    assert (await guest.get(f"{path}/one")).status_code == 404
