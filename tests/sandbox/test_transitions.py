from typing import Any

import pytest

from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_document, a_writer, list_errors, read_fields

PATH = f"{ISSUE}/TEST-1/transitions"


async def list_transitions(guest: Guest, path: str = PATH, **query: str) -> dict[str, str]:
    """The ids of the transitions by the status they lead to."""
    answer = await guest.read(path, **query)
    return {entry["to"]["name"]: entry["id"] for entry in answer["transitions"]}


async def move(guest: Guest, name: str, **body: Any) -> int:
    transition_id = (await list_transitions(guest))[name]
    response = await guest.post(PATH, {"transition": {"id": transition_id}} | body)
    return response.status_code


async def test_every_other_status_is_open_from_each() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    names = {status["name"] for status in project.statuses}

    for name in (*sorted(names), "To Do"):
        if name in await list_transitions(guest):
            assert await move(guest, name) == 204
        assert (await list_transitions(guest)).keys() == names - {name}


async def test_ids_are_the_workflows_own_and_stay() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    team = guest.site.add_project("TEAM", is_team_managed=True)
    guest.site.add_issue(team)

    before = await list_transitions(guest)
    await move(guest, "In Review")
    after = await list_transitions(guest)
    others = await list_transitions(guest, f"{ISSUE}/TEAM-1/transitions")

    assert {name: after[name] for name in ("In Progress", "Done")} == {
        name: before[name] for name in ("In Progress", "Done")
    }
    assert before["Done"] != others["Done"]


async def test_one_transition_is_shown_by_its_id() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    done = (await list_transitions(guest))["Done"]

    assert await list_transitions(guest, transitionId=done) == {"Done": done}
    assert await list_transitions(guest, transitionId="999") == {}


async def test_fields_of_the_screen_come_when_asked_for() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    plain = (await guest.read(PATH))["transitions"]
    expanded = (await guest.read(PATH, expand="transitions.fields"))["transitions"]

    assert all("fields" not in entry for entry in plain)
    screens = {entry["to"]["name"]: set(entry["fields"]) for entry in expanded}
    assert screens["In Progress"] == set()
    assert screens["Done"] == {"resolution", "assignee", "fixVersions"}
    assert [entry["hasScreen"] for entry in plain] == [bool(screens[e["name"]]) for e in plain]


async def test_what_is_done_is_resolved_until_it_is_open_again() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    guest.visitor.clock.advance(minutes=1)

    assert await move(guest, "Done") == 204
    done = await read_fields(guest, "TEST-1")
    assert await move(guest, "To Do") == 204
    reopened = await read_fields(guest, "TEST-1")

    at = "2026-06-01T12:01:00.000+0000"
    assert (done["status"]["name"], done["resolution"]["name"]) == ("Done", "Done")
    assert done["resolutiondate"] == done["updated"] == at
    assert (reopened["resolution"], reopened["resolutiondate"]) == (None, None)


async def test_the_screen_takes_a_resolution_and_a_comment() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    status = await move(
        guest,
        "Done",
        fields={"resolution": {"name": "Won't Do"}},
        update={"comment": [{"add": {"body": a_document("No")}}]},
    )

    fields = await read_fields(guest, "TEST-1")
    assert (status, fields["resolution"]["name"]) == (204, "Won't Do")
    assert [comment["body"] for comment in fields["comment"]["comments"]] == [a_document("No")]


@pytest.mark.parametrize(
    ("to", "fields"),
    [("In Progress", {"resolution": {"name": "Done"}}), ("Done", {"summary": "Two"})],
    ids=["no screen", "other field"],
)
async def test_what_is_not_on_the_screen_is_refused(to: str, fields: dict[str, Any]) -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    body = {"transition": {"id": (await list_transitions(guest))[to]}, "fields": fields}

    response = await guest.post(PATH, body)

    assert list_errors(response).keys() == fields.keys()
    assert (await read_fields(guest, "TEST-1"))["status"]["name"] == "To Do"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing 'transition' identifier"),
        ({"transition": {}}, "Missing 'transition' identifier"),
        ({"transition": {"id": "x"}}, "'transition' identifier must be an integer"),
        ({"transition": {"id": "11"}}, "Transition id '11' is not valid for this issue."),
        ({"transition": {"id": "999"}}, "Transition id '999' is not valid for this issue."),
    ],
    ids=["none", "no id", "no number", "where it stands", "unknown"],
)
async def test_a_transition_that_is_not_open_is_refused(body: Any, message: str) -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    response = await guest.post(PATH, body)

    assert (response.status_code, response.json()["errorMessages"]) == (400, [message])


async def test_a_childs_transition_shows_at_once_in_its_parent() -> None:
    guest, project = await a_writer()
    parent = guest.site.add_issue(project)
    subtask = guest.site.add_issue(project, issue_type="Sub-task", parent=parent)
    path = f"{ISSUE}/{subtask.key}/transitions"
    done = (await list_transitions(guest, path))["Done"]

    await guest.post(path, {"transition": {"id": done}})

    (stub,) = (await read_fields(guest, parent.key))["subtasks"]
    assert stub["fields"]["status"]["name"] == "Done"


async def test_a_batch_of_issues_carries_transitions_and_edit_forms_when_asked_to() -> None:
    guest, project = await a_writer()
    guest.site.add_issues(project, 2)
    asked = {"issueIdsOrKeys": ["TEST-1", "TEST-2"], "fields": ["key"]}

    plain = await guest.send(f"{ISSUE}/bulkfetch", asked)
    expanded = await guest.send(
        f"{ISSUE}/bulkfetch", asked | {"expand": ["transitions", "editmeta"]}
    )

    single = await guest.read(PATH)
    form = await guest.read(f"{ISSUE}/TEST-1/editmeta")
    assert all({"transitions", "editmeta"}.isdisjoint(each) for each in plain["issues"])
    assert [each["transitions"] for each in expanded["issues"]] == [single["transitions"]] * 2
    assert expanded["issues"][0]["editmeta"] == form
