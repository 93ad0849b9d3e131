from typing import Any

import pytest

from sandbox import catalogue
from sandbox.world import RANK_FIELD
from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_writer, create, read_fields

TYPES = f"{ISSUE}/createmeta/TEST/issuetypes"
TASK, SUBTASK = "10002", "10004"


async def map_fields(guest: Guest, type_id: str = TASK) -> dict[str, dict[str, Any]]:
    answer = await guest.read(f"{TYPES}/{type_id}", maxResults=200)
    return {field["fieldId"]: field for field in answer["fields"]}


async def test_issue_types_come_in_pages() -> None:
    guest, project = await a_writer()

    page = await guest.read(TYPES, startAt=1, maxResults=2)

    names = [issue_type["name"] for issue_type in project.issue_types]
    assert [entry["name"] for entry in page["issueTypes"]] == names[1:3]
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 2, len(names))


async def test_fields_come_in_pages() -> None:
    guest, _ = await a_writer()
    everything = await map_fields(guest)

    page = await guest.read(f"{TYPES}/{TASK}", startAt=3, maxResults=2)

    assert [field["fieldId"] for field in page["fields"]] == list(everything)[3:5]
    assert page["total"] == len(everything)


async def test_what_must_be_given_is_required() -> None:
    guest, _ = await a_writer()

    task, subtask = await map_fields(guest), await map_fields(guest, SUBTASK)

    needed = {name for name, field in task.items() if field["required"]}
    assert needed == {"project", "issuetype", "summary", "reporter"}
    assert {name for name, field in subtask.items() if field["required"]} == needed | {"parent"}
    assert {name for name, field in task.items() if field["hasDefaultValue"]} == {
        "priority",
        "reporter",
    }


async def test_what_no_screen_has_is_not_offered() -> None:
    guest, _ = await a_writer()

    fields = await map_fields(guest)

    assert not {"status", "created", "votes", "comment", "resolution", RANK_FIELD} & fields.keys()


async def test_choices_and_operations_are_named() -> None:
    guest, project = await a_writer()
    guest.site.find_or_add_named("components", project, "API")
    other = guest.site.add_project("OTHER")
    guest.site.find_or_add_named("components", other, "Elsewhere")

    fields = await map_fields(guest)

    def list_values(name: str, part: str) -> list[str]:
        return [value[part] for value in fields[name]["allowedValues"]]

    assert list_values("components", "name") == ["API"]
    assert list_values("priority", "name")[:2] == ["Highest", "High"]
    assert list_values("project", "key") == ["TEST"]
    assert list_values(catalogue.RISK_FIELD, "value") == ["High", "Medium", "Low"]
    region = fields[catalogue.REGION_FIELD]["allowedValues"][0]
    assert [child["value"] for child in region["children"]] == ["Finland", "Spain"]
    assert fields["summary"]["operations"] == ["set"]
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    assert "allowedValues" not in fields["summary"]


async def test_options_that_issues_hold_are_choices_too() -> None:
    guest, project = await a_writer()
    option = guest.site.build_option("777", "Unheard of")
    guest.site.add_issue(project, custom={catalogue.RISK_FIELD: option})

    fields = await map_fields(guest)
    key = await create(guest, **{catalogue.RISK_FIELD: {"value": "Unheard of"}})

    assert "777" in [value["id"] for value in fields[catalogue.RISK_FIELD]["allowedValues"]]
    assert (await read_fields(guest, key))[catalogue.RISK_FIELD]["id"] == "777"


@pytest.mark.parametrize(
    "path",
    [f"{ISSUE}/createmeta/NOPE/issuetypes", f"{ISSUE}/createmeta/NOPE/issuetypes/1", f"{TYPES}/1"],
    ids=["types", "fields", "unknown type"],
)
async def test_an_unknown_project_or_type_is_a_400(path: str) -> None:
    guest, _ = await a_writer()

    assert (await guest.get(path)).status_code == 400


async def test_the_old_form_narrows_projects_and_types() -> None:
    guest, _ = await a_writer()
    guest.site.add_project("OTHER")

    everything = await guest.read(f"{ISSUE}/createmeta")
    narrow = await guest.read(
        f"{ISSUE}/createmeta",
        projectKeys="OTHER",
        issuetypeNames="Bug,Task",
        expand="projects.issuetypes.fields",
    )

    assert [project["key"] for project in everything["projects"]] == ["TEST", "OTHER"]
    assert "fields" not in everything["projects"][0]["issuetypes"][0]
    (project,) = narrow["projects"]
    assert [entry["name"] for entry in project["issuetypes"]] == ["Task", "Bug"]
    assert project["issuetypes"][0]["fields"]["summary"]["required"] is True


async def test_what_can_be_edited_is_told_by_the_issue() -> None:
    guest, _ = await a_writer()
    key = await create(guest)

    fields = (await guest.read(f"{ISSUE}/{key}/editmeta"))["fields"]

    assert {"summary", "labels", "comment", "issuetype"} <= fields.keys()
    assert not {"project", "status", "resolution"} & fields.keys()
    assert fields["comment"]["operations"] == ["add"]
    assert (await guest.get(f"{ISSUE}/NOPE-1/editmeta")).status_code == 404
