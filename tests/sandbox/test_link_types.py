from dataclasses import replace

from tests.sandbox.visitors import a_guest


async def test_a_site_comes_with_the_usual_link_types() -> None:
    guest = await a_guest()

    answer = await guest.read("/rest/api/3/issueLinkType")

    assert [(entry["id"], entry["name"]) for entry in answer["issueLinkTypes"]] == [
        ("10000", "Blocks"),
        ("10001", "Cloners"),
        ("10002", "Duplicate"),
        ("10003", "Relates"),
    ]


async def test_a_type_that_an_issue_brings_is_listed_and_found() -> None:
    guest = await a_guest()
    issue = guest.site.add_issue(guest.site.add_project("TEST"))
    brought = {"id": "777", "name": "Causes", "inward": "is caused by", "outward": "causes"}
    link = {"id": "1", "type": brought}
    guest.site.data.put_issue(replace(issue, fields={**issue.fields, "issuelinks": [link]}))

    listed = await guest.read("/rest/api/3/issueLinkType")
    found = await guest.read("/rest/api/3/issueLinkType/777")

    assert found == brought
    assert listed["issueLinkTypes"][-1] == brought


async def test_an_unknown_link_type_is_a_404() -> None:
    guest = await a_guest()

    answer = await guest.get("/rest/api/3/issueLinkType/1")

    assert answer.status_code == 404
    assert answer.json()["errorMessages"] == ["No issue link type with id '1' found."]
