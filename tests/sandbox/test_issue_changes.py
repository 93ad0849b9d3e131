from typing import Any

import pytest

from sandbox.world import EPIC_LINK_FIELD, SPRINT_FIELD
from tests.sandbox.writing import (
    ISSUE,
    a_document,
    a_writer,
    create,
    list_errors,
    read_fields,
)


async def test_an_edit_changes_what_it_names_and_moves_the_date() -> None:
    guest, _ = await a_writer()
    key = await create(guest, labels=["kept"], description=a_document(), duedate="2026-07-01")
    guest.visitor.clock.advance(minutes=30)

    response = await guest.put(
        f"{ISSUE}/{key}", {"fields": {"summary": "Two", "description": None, "duedate": None}}
    )

    assert (response.status_code, response.content) == (204, b"")
    fields = await read_fields(guest, key)
    assert (fields["summary"], fields["description"], fields["duedate"]) == ("Two", None, None)
    assert fields["labels"] == ["kept"]
    assert fields["created"] == "2026-06-01T12:00:00.000+0000"
    assert fields["updated"] == "2026-06-01T12:30:00.000+0000"


async def test_an_edit_answers_with_the_issue_where_it_is_asked_to() -> None:
    guest, _ = await a_writer()
    key = await create(guest)

    response = await guest.put(f"{ISSUE}/{key}", {"fields": {"summary": "Two"}}, returnIssue="true")

    assert response.status_code == 200
    assert (response.json()["key"], response.json()["fields"]["summary"]) == (key, "Two")


async def test_an_edit_that_is_refused_changes_nothing() -> None:
    guest, _ = await a_writer()
    key = await create(guest)
    before = await read_fields(guest, key)

    response = await guest.put(f"{ISSUE}/{key}", {"fields": {"summary": "Two", "duedate": "soon"}})

    assert list_errors(response) == {"duedate": "Error parsing date string: soon"}
    assert await read_fields(guest, key) == before


@pytest.mark.parametrize(
    ("operations", "labels"),
    [
        ([{"add": "c"}], ["a", "b", "c"]),
        ([{"add": "a"}], ["a", "b"]),
        ([{"remove": "a"}], ["b"]),
        ([{"remove": "unknown"}], ["a", "b"]),
        ([{"set": ["x"]}, {"add": "y"}], ["x", "y"]),
        ([{"set": None}], []),
    ],
    ids=["add", "add again", "remove", "remove what is not there", "set and add", "clear"],
)
async def test_operations_change_a_list(
    operations: list[dict[str, Any]], labels: list[str]
) -> None:
    guest, _ = await a_writer()
    key = await create(guest, labels=["a", "b"])

    response = await guest.put(f"{ISSUE}/{key}", {"update": {"labels": operations}})

    assert response.status_code == 204, response.text
    assert (await read_fields(guest, key))["labels"] == labels


async def test_operations_change_components_versions_and_comments() -> None:
    guest, project = await a_writer()
    for name in ("API", "Web"):
        guest.site.find_or_add_named("components", project, name)
        guest.site.find_or_add_named("versions", project, name)
    key = await create(guest, components=[{"name": "API"}], versions=[{"name": "API"}])

    update = {
        "components": [{"add": {"name": "Web"}}, {"remove": {"name": "API"}}],
        "versions": [{"add": {"name": "Web"}}],
        "fixVersions": [{"set": [{"name": "Web"}]}],
        "comment": [{"add": {"body": a_document("Done")}}],
    }
    response = await guest.put(f"{ISSUE}/{key}", {"update": update})

    assert response.status_code == 204, response.text
    fields = await read_fields(guest, key)
    assert [entry["name"] for entry in fields["components"]] == ["Web"]
    assert [entry["name"] for entry in fields["versions"]] == ["API", "Web"]
    assert [entry["name"] for entry in fields["fixVersions"]] == ["Web"]
    assert [entry["body"] for entry in fields["comment"]["comments"]] == [a_document("Done")]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"fields": {"labels": []}, "update": {"labels": [{"add": "a"}]}},
            {"labels": "Field 'labels' cannot appear in both 'fields' and 'update'"},
        ),
        (
            {"update": {"summary": [{"add": "x"}]}},
            {
                "summary": "Field with id 'summary' and name 'Summary' does not support "
                "operation 'add' Supported operation(s) are: 'set'"
            },
        ),
        ({"update": {"labels": {"add": "x"}}}, {"labels": "data was not an array"}),
        ({"update": {"labels": ["x"]}}, {"labels": "data was not an object"}),
        (
            {"update": {"comment": [{"remove": {"id": "1"}}]}},
            {
                "comment": "Field with id 'comment' and name 'Comment' does not support "
                "operation 'remove' Supported operation(s) are: 'add'"
            },
        ),
        (
            {"update": {"comment": [{"add": {"body": "text"}}]}},
            {
                "comment": "Operation value must be an Atlassian Document "
                "(see the Atlassian Document Format)"
            },
        ),
    ],
    ids=["twice", "wrong operation", "no list", "no object", "comment removed", "comment as text"],
)
async def test_operations_are_refused_by_field(body: Any, errors: dict[str, str]) -> None:
    guest, _ = await a_writer()
    key = await create(guest)

    assert list_errors(await guest.put(f"{ISSUE}/{key}", body)) == errors


async def test_a_renamed_parent_shows_at_once_in_its_children_and_links() -> None:
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic", summary="Old")
    child = guest.site.add_issue(project, parent=epic)
    guest.site.add_link(child, epic)

    await guest.put(f"{ISSUE}/{epic.key}", {"fields": {"summary": "New"}})

    fields = await read_fields(guest, child.key)
    (link,) = fields["issuelinks"]
    assert fields["parent"]["fields"]["summary"] == "New"
    assert link["outwardIssue"]["fields"]["summary"] == "New"


async def test_a_child_can_leave_its_epic() -> None:
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic")
    child = guest.site.add_issue(project, parent=epic)

    response = await guest.put(f"{ISSUE}/{child.key}", {"fields": {"parent": None}})

    fields = await read_fields(guest, child.key)
    assert response.status_code == 204
    assert "parent" not in fields
    assert fields[EPIC_LINK_FIELD] is None


async def test_a_sub_task_cannot_leave_its_parent() -> None:
    guest, project = await a_writer()
    parent = guest.site.add_issue(project)
    child = guest.site.add_issue(project, issue_type="Sub-task", parent=parent)

    response = await guest.put(f"{ISSUE}/{child.key}", {"fields": {"parent": None}})

    assert list_errors(response).keys() == {"issuetype"}


async def test_a_new_type_must_fit_under_the_parent() -> None:
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic")
    child = guest.site.add_issue(project, parent=epic)
    path = f"{ISSUE}/{child.key}"

    fits = await guest.put(path, {"fields": {"issuetype": {"name": "Bug"}}})
    rises = await guest.put(path, {"fields": {"issuetype": {"name": "Epic"}}})
    shrinks = await guest.put(path, {"fields": {"issuetype": {"name": "Sub-task"}}})

    assert fits.status_code == 204
    assert list_errors(rises).keys() == {"parentId"}
    assert list_errors(shrinks).keys() == {"issuetype"}


async def test_a_sprint_is_set_by_its_number() -> None:
    guest, project = await a_writer()
    board = guest.site.add_board(project)
    past = guest.site.add_sprint(board, state="closed")
    sprint = guest.site.add_sprint(board, state="active")
    issue = guest.site.add_issue(project, sprints=[past])

    response = await guest.put(f"{ISSUE}/{issue.key}", {"fields": {SPRINT_FIELD: sprint.id}})
    refused = await guest.put(f"{ISSUE}/{issue.key}", {"fields": {SPRINT_FIELD: past.id}})

    assert response.status_code == 204, response.text
    shown = (await read_fields(guest, issue.key))[SPRINT_FIELD]
    assert [entry["id"] for entry in shown] == [past.id, sprint.id]
    assert list_errors(refused).keys() == {SPRINT_FIELD}
