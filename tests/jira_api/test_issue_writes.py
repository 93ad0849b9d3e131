from typing import Any

import pytest

from jira_api.errors import ConflictError, OutcomeUnknownError
from jira_api.issue_writes import create_issue, delete_issue, edit_issue, get_family
from jira_api.paths import IssueKey, NumericId
from tests.jira_api.builders import a_jira, says

KEY = IssueKey("A-1")


async def test_a_new_issue_is_told_by_id_and_key() -> None:
    jira = a_jira(says(201, {"id": "10001", "key": "A-1", "self": "https://acme.example/x"}))

    created = await create_issue(jira.session, {"summary": "New", "labels": []})

    assert (created.issue_id, created.key) == ("10001", "A-1")
    assert jira.paths == ["/rest/api/3/issue"]
    assert jira.bodies == [{"fields": {"summary": "New", "labels": []}}]


@pytest.mark.parametrize(
    "body",
    [{}, [], {"id": "10001"}, {"id": "x", "key": "A-1"}, {"id": []}],
)
async def test_an_accepted_issue_without_id_and_key_is_unknown(body: Any) -> None:
    jira = a_jira(says(201, body))

    with pytest.raises(OutcomeUnknownError):
        await create_issue(jira.session, {})

    assert len(jira.requests) == 1


@pytest.mark.parametrize(
    ("notify_users", "question"), [(True, {}), (False, {"notifyUsers": "false"})]
)
async def test_an_edit_names_the_changed_fields_alone(
    *, notify_users: bool, question: dict[str, str]
) -> None:
    jira = a_jira(says(204))

    await edit_issue(jira.session, KEY, {"priority": None}, notify_users=notify_users)

    assert (jira.paths, jira.questions) == (["/rest/api/3/issue/A-1"], [question])
    assert jira.bodies == [{"fields": {"priority": None}}]


async def test_a_change_at_the_same_time_is_a_conflict() -> None:
    jira = a_jira(says(409, {"errorMessages": ["Somebody was quicker."], "errors": {}}))

    with pytest.raises(ConflictError, match="quicker"):
        await edit_issue(jira.session, KEY, {"summary": "New"}, notify_users=True)

    assert len(jira.requests) == 1


@pytest.mark.parametrize(("with_subtasks", "said"), [(True, "true"), (False, "false")])
async def test_a_delete_says_whether_sub_tasks_go_along(*, with_subtasks: bool, said: str) -> None:
    jira = a_jira(says(204))

    await delete_issue(jira.session, NumericId("10001"), with_subtasks=with_subtasks)

    assert jira.paths == ["/rest/api/3/issue/10001"]
    assert jira.questions == [{"deleteSubtasks": said}]


async def test_a_family_is_read_with_one_field() -> None:
    jira = a_jira(says(200, {"id": "1", "key": "A-1", "fields": {"subtasks": [{"key": "A-2"}]}}))

    family = await get_family(jira.session, KEY)

    assert (family.issue_id, family.subtask_keys) == ("1", ("A-2",))
    assert jira.questions == [{"fields": "subtasks"}]
