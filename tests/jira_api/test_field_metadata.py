from typing import Any

import pytest

from jira_api.errors import InvalidResponseError
from jira_api.field_metadata import list_create_fields, list_create_types, list_edit_fields
from jira_api.paths import IssueKey, NumericId, ProjectKey
from tests.jira_api.builders import a_jira, says

PROJECT, TYPE = ProjectKey("PROJ"), NumericId("10001")


def a_field(number: int, **parts: Any) -> dict[str, Any]:
    return {"fieldId": f"customfield_{number}", "name": f"Field {number}", **parts}


async def test_a_form_goes_on_until_all_of_its_fields_are_there() -> None:
    pages = [[a_field(1), a_field(2)], [a_field(3), a_field(4)], [a_field(5)]]
    jira = a_jira(*(says(200, {"fields": page, "total": 5}) for page in pages))

    found = await list_create_fields(jira.session, PROJECT, TYPE)

    assert [each.field_id for each in found] == [f"customfield_{n}" for n in range(1, 6)]
    assert set(jira.paths) == {"/rest/api/3/issue/createmeta/PROJ/issuetypes/10001"}
    assert [question["startAt"] for question in jira.questions] == ["0", "2", "4"]
    assert jira.questions[0]["maxResults"] == "200"


async def test_a_form_without_a_total_goes_on_until_a_page_is_empty() -> None:
    jira = a_jira(*(says(200, {"fields": page}) for page in ([a_field(1)], [])))

    assert len(await list_create_fields(jira.session, PROJECT, TYPE)) == 1
    assert len(jira.requests) == 2


async def test_a_form_that_repeats_itself_is_refused() -> None:
    jira = a_jira(*[says(200, {"fields": [a_field(1)], "total": 9})] * 2)

    with pytest.raises(InvalidResponseError):
        await list_create_fields(jira.session, PROJECT, TYPE)


async def test_a_projects_kinds_of_issues_are_told() -> None:
    types = [{"id": "1", "name": "Task", "subtask": False}, {"id": "2", "name": "Bug"}]
    jira = a_jira(says(200, {"issueTypes": types, "total": 2}))

    found = await list_create_types(jira.session, PROJECT)

    assert [(each.issue_type_id, each.name) for each in found] == [("1", "Task"), ("2", "Bug")]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": "option"}, "array of option"),
        ({"type": "number"}, "number"),
        ({}, "any"),
        (None, "any"),
        ([], "any"),
        ({"type": []}, "any"),
        ({"items": "string"}, "any"),
    ],
)
async def test_a_type_is_told_in_words(schema: Any, words: str) -> None:
    jira = a_jira(says(200, {"fields": {"labels": {"name": "Labels", "schema": schema}}}))

    (found,) = await list_edit_fields(jira.session, IssueKey("A-1"))

    assert (found.field_id, found.type, found.is_required) == ("labels", words, False)


@pytest.mark.parametrize("allowed", [[], [{"id": "1"}], ["a"], [None]])
async def test_allowed_values_stand_as_jira_sends_them(allowed: list[Any]) -> None:
    jira = a_jira(says(200, {"fields": {"x": {"name": "X", "allowedValues": allowed}}}))

    (found,) = await list_edit_fields(jira.session, IssueKey("A-1"))

    assert found.allowed_values == allowed


@pytest.mark.parametrize("body", [[], {"fields": []}, {"fields": {"x": "y"}}])
async def test_what_is_no_form_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await list_edit_fields(jira.session, IssueKey("A-1"))


async def test_nothing_can_be_edited_of_an_issue_without_a_form() -> None:
    jira = a_jira(says(200, {}))

    assert await list_edit_fields(jira.session, IssueKey("A-1")) == ()
