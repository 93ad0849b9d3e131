"""Custom fields that come, change and go, and their names in answers."""

from typing import Any

from sandbox import catalogue
from sandbox.field_builder import KINDS
from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_writer

FIELD = "/rest/api/3/field"
CUSTOMER = catalogue.CUSTOMER_FIELD


async def list_names(guest: Guest) -> dict[str, str]:
    return {entry["id"]: entry["name"] for entry in await guest.read(FIELD)}


async def fetch(guest: Guest, **body: Any) -> Any:
    asked = {"issueIdsOrKeys": ["TEST-1"], "fields": [CUSTOMER], **body}
    response = await guest.post(f"{ISSUE}/bulkfetch", asked)
    return response.json()["issues"][0]


async def search(guest: Guest, **body: Any) -> Any:
    asked = {"jql": "project = TEST", "fields": ["summary", CUSTOMER], **body}
    return (await guest.post("/rest/api/3/search/jql", asked)).json()


async def test_a_field_comes_with_its_options_and_can_be_set() -> None:
    guest, project = await a_writer()
    kind = ("option-with-child", f"{KINDS}cascadingselect")
    field_id = guest.site.add_field("Place", *kind, options=[["North", "East"], "South"])
    guest.site.add_issue(project)
    value = {"value": "North", "child": {"value": "East"}}

    response = await guest.put(f"{ISSUE}/TEST-1", {"fields": {field_id: value}})

    held = (await guest.read(f"{ISSUE}/TEST-1", fields=field_id))["fields"][field_id]
    assert response.status_code == 204
    assert (held["value"], held["child"]["value"]) == ("North", "East")
    assert (await list_names(guest))[field_id] == "Place"


async def test_a_renamed_field_keeps_its_values_and_a_removed_one_is_gone() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, custom={CUSTOMER: "Ada"})

    guest.site.rename_field(CUSTOMER, "Client")
    renamed = (await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER))["fields"]
    named = await list_names(guest)
    guest.site.remove_field(CUSTOMER)
    removed = (await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER))["fields"]
    refused = await guest.put(f"{ISSUE}/TEST-1", {"fields": {CUSTOMER: "Bob"}})

    assert (renamed, named[CUSTOMER]) == ({CUSTOMER: "Ada"}, "Client")
    assert (removed, CUSTOMER in await list_names(guest)) == ({}, False)
    assert "cannot be set" in refused.json()["errors"][CUSTOMER]


async def test_a_field_of_some_projects_is_on_no_form_and_no_issue_of_others() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, custom={CUSTOMER: "Ada"})
    guest.site.limit_field(CUSTOMER, guest.site.add_project("ELSE"))

    fields = (await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER))["fields"]
    form = (await guest.read(f"{ISSUE}/TEST-1/editmeta"))["fields"]
    refused = await guest.put(f"{ISSUE}/TEST-1", {"fields": {CUSTOMER: "Bob"}})

    assert (fields, CUSTOMER in form, refused.status_code) == ({}, False, 400)


async def test_names_come_beside_the_values_where_they_are_asked_for() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project, custom={CUSTOMER: "Ada"})
    names = {CUSTOMER: "Customer"}

    one = await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER, expand="names,schema")

    assert one["names"] == names
    assert "names" not in await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER)
    assert (await fetch(guest, expand=["names"]))["names"] == names
    assert "names" not in await fetch(guest)
    assert (await search(guest, expand="names"))["names"] == {**names, "summary": "Summary"}
    assert "names" not in await search(guest)


async def test_a_transition_that_was_added_is_open_from_everywhere() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    guest.site.add_transition(project, "Again", to="To Do", screen=(CUSTOMER,))
    path = f"{ISSUE}/TEST-1/transitions"

    listed = (await guest.read(path, expand="transitions.fields"))["transitions"]
    added = listed[-1]
    body = {"transition": {"id": added["id"]}, "fields": {CUSTOMER: "Ada"}}
    response = await guest.post(path, body)

    assert (added["name"], added["to"]["name"], added["isLooped"]) == ("Again", "To Do", True)
    assert (added["hasScreen"], list(added["fields"])) == (True, [CUSTOMER])
    assert len({entry["id"] for entry in listed}) == 4
    assert response.status_code == 204
    held = (await guest.read(f"{ISSUE}/TEST-1", fields=CUSTOMER))["fields"]
    assert held == {CUSTOMER: "Ada"}
