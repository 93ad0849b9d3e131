from datetime import date
from typing import Any

import pytest

from sandbox.world import EPIC_LINK_FIELD, PERSON_ACCOUNT_ID, RANK_FIELD
from tests.sandbox.writing import (
    ISSUE,
    a_document,
    a_form,
    a_writer,
    create,
    list_errors,
    read_fields,
)


async def test_a_new_issue_has_the_next_id_and_key_and_stands_where_its_link_says() -> None:
    guest, project = await a_writer()
    first = guest.site.add_issue(project)

    response = await guest.post(ISSUE, a_form())

    assert (response.status_code, response.json()) == (
        201,
        {
            "id": str(first.id + 1),
            "key": "TEST-2",
            "self": f"https://acme.atlassian.example/rest/api/3/issue/{first.id + 1}",
        },
    )


async def test_builders_and_the_api_count_on_from_each_other() -> None:
    guest, project = await a_writer()

    keys = [
        await create(guest),
        guest.site.add_issue(project).key,
        await create(guest),
        guest.site.add_issue(project).key,
    ]

    assert keys == ["TEST-1", "TEST-2", "TEST-3", "TEST-4"]
    assert len(guest.site.data.issues) == 4


async def test_what_a_new_issue_is_not_given_jira_fills_in() -> None:
    guest, _ = await a_writer()

    fields = await read_fields(guest, await create(guest))

    assert fields["reporter"]["accountId"] == fields["creator"]["accountId"] == PERSON_ACCOUNT_ID
    assert fields["created"] == fields["updated"] == "2026-06-01T12:00:00.000+0000"
    assert (fields["status"]["name"], fields["priority"]["name"]) == ("To Do", "Medium")
    assert (fields["assignee"], fields["resolution"], fields["labels"]) == (None, None, [])
    assert fields["comment"]["total"] == 0
    assert "parent" not in fields


async def test_a_new_issue_ranks_last() -> None:
    guest, project = await a_writer()
    guest.site.add_issues(project, 2, rank=9_999_999)

    newest = (await read_fields(guest, await create(guest)))[RANK_FIELD]
    later = (await read_fields(guest, await create(guest)))[RANK_FIELD]

    older = [issue.rank for issue in guest.site.data.list_issues()][:2]
    assert max(older) < newest < later


async def test_a_new_issue_keeps_what_it_was_given() -> None:
    guest, project = await a_writer()
    user = guest.site.add_user("Ada")
    component = guest.site.find_or_add_named("components", project, "API")
    guest.site.find_or_add_named("versions", project, "1.0")

    key = await create(
        guest,
        issuetype={"id": "10003"},
        description=a_document(),
        environment=a_document("Here"),
        priority={"name": "High"},
        labels=["b", "a", "b"],
        assignee={"accountId": user.account_id},
        reporter={"id": user.account_id},
        components=[{"id": component["id"]}],
        fixVersions=[{"name": "1.0"}],
        duedate=date(2026, 7, 1).isoformat(),
    )

    fields = await read_fields(guest, key)
    assert (fields["issuetype"]["name"], fields["priority"]["id"]) == ("Bug", "2")
    assert (fields["description"], fields["environment"]) == (a_document(), a_document("Here"))
    assert fields["labels"] == ["b", "a"]
    assert fields["assignee"]["displayName"] == fields["reporter"]["displayName"] == "Ada"
    assert fields["creator"]["accountId"] == PERSON_ACCOUNT_ID
    assert [entry["name"] for entry in fields["components"]] == ["API"]
    assert [entry["name"] for entry in fields["fixVersions"]] == ["1.0"]
    assert fields["duedate"] == "2026-07-01"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"project": None}, {"project": "Specify a valid project ID or key"}),
        ({"project": {"key": "NOPE"}}, {"project": "Specify a valid project ID or key"}),
        ({"project": "TEST"}, {"project": "Specify a valid project ID or key"}),
        ({"issuetype": None}, {"issuetype": "Specify a valid issue type"}),
        ({"issuetype": {"name": "Nope"}}, {"issuetype": "Specify a valid issue type"}),
        ({"summary": "  "}, {"summary": "You must specify a summary of the issue."}),
        ({"summary": None}, {"summary": "You must specify a summary of the issue."}),
        (
            {"status": {"id": "3"}},
            {
                "status": "Field 'status' cannot be set. It is not on the "
                "appropriate screen, or unknown."
            },
        ),
        (
            {"nope": 1},
            {
                "nope": "Field 'nope' cannot be set. It is not on the appropriate screen, "
                "or unknown."
            },
        ),
    ],
    ids=[
        "no project",
        "unknown project",
        "project as text",
        "no type",
        "unknown type",
        "blank summary",
        "null summary",
        "no field of a screen",
        "unknown field",
    ],
)
async def test_a_refusal_names_the_field_and_makes_nothing(
    changes: dict[str, Any], errors: dict[str, str]
) -> None:
    guest, _ = await a_writer()

    response = await guest.post(ISSUE, a_form(**changes))

    assert list_errors(response) == errors
    assert guest.site.data.issues == {}


async def test_every_wrong_field_is_named_at_once() -> None:
    guest, _ = await a_writer()

    response = await guest.post(ISSUE, a_form(summary="", labels=["a b"], duedate="soon"))

    assert list_errors(response).keys() == {"summary", "labels", "duedate"}


async def test_an_issue_without_a_summary_is_refused() -> None:
    guest, _ = await a_writer()
    form = a_form()
    del form["fields"]["summary"]

    response = await guest.post(ISSUE, form)

    assert list_errors(response) == {"summary": "You must specify a summary of the issue."}


@pytest.mark.parametrize(
    "body",
    [None, [], {"fields": []}, {"update": "x"}],
    ids=["none", "list", "fields", "update"],
)
async def test_a_body_of_another_shape_is_a_400(body: Any) -> None:
    guest, _ = await a_writer()

    assert (await guest.post(ISSUE, body)).status_code == 400


async def test_a_sub_task_stands_under_its_parent() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    key = await create(guest, issuetype={"name": "Sub-task"}, parent={"key": "TEST-1"})

    assert (await read_fields(guest, key))["parent"]["key"] == "TEST-1"
    parent = await read_fields(guest, "TEST-1")
    assert [stub["key"] for stub in parent["subtasks"]] == [key]


async def test_a_child_of_an_epic_names_it_in_both_ways() -> None:
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic")

    by_parent = await read_fields(guest, await create(guest, parent={"id": str(epic.id)}))
    by_link = await read_fields(guest, await create(guest, **{EPIC_LINK_FIELD: "TEST-1"}))

    for fields in (by_parent, by_link):
        assert (fields["parent"]["key"], fields[EPIC_LINK_FIELD]) == ("TEST-1", "TEST-1")


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        (
            {"issuetype": {"name": "Sub-task"}},
            {"issuetype": "Issue type is a sub-task but parent issue key or id not specified."},
        ),
        ({"parent": {"key": "TEST-99"}}, {"parent": "Could not find issue by id or key."}),
        ({"parent": "TEST-1"}, {"parent": "data was not an object"}),
        (
            {"parent": {"key": "TEST-1"}},
            {"parentId": "Given parent work item does not belong to appropriate hierarchy."},
        ),
        (
            {"issuetype": {"name": "Sub-task"}, "parent": {"key": "OTHER-1"}},
            {"parentId": "Given parent work item does not belong to appropriate hierarchy."},
        ),
    ],
    ids=["orphan", "unknown parent", "parent as text", "same level", "other project"],
)
async def test_a_parent_must_stand_right_above(
    fields: dict[str, Any], errors: dict[str, str]
) -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    guest.site.add_issue(guest.site.add_project("OTHER"))

    assert list_errors(await guest.post(ISSUE, a_form(**fields))) == errors


async def test_a_bulk_creates_what_it_can_and_numbers_what_failed() -> None:
    guest, _ = await a_writer()
    forms = [a_form(), a_form(summary=""), a_form(summary="Three"), "no form"]

    response = await guest.post(f"{ISSUE}/bulk", {"issueUpdates": forms})

    answer = response.json()
    assert response.status_code == 201
    assert [issue["key"] for issue in answer["issues"]] == ["TEST-1", "TEST-2"]
    assert [(error["status"], error["failedElementNumber"]) for error in answer["errors"]] == [
        (400, 1),
        (400, 3),
    ]
    assert answer["errors"][0]["elementErrors"] == {
        "errorMessages": [],
        "errors": {"summary": "You must specify a summary of the issue."},
    }


async def test_a_bulk_of_failures_alone_is_a_400_of_the_same_shape() -> None:
    guest, _ = await a_writer()

    response = await guest.post(f"{ISSUE}/bulk", {"issueUpdates": [a_form(summary="")]})

    assert response.status_code == 400
    assert response.json()["issues"] == []
    assert len(response.json()["errors"]) == 1


@pytest.mark.parametrize(
    ("count", "status"), [(0, 400), (50, 201), (51, 400)], ids=["none", "fifty", "more"]
)
async def test_a_bulk_takes_up_to_fifty(count: int, status: int) -> None:
    guest, _ = await a_writer()

    response = await guest.post(f"{ISSUE}/bulk", {"issueUpdates": [a_form()] * count})

    assert response.status_code == status
