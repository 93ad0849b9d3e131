from typing import Any

import httpx
import pytest

from jira_api.errors import InvalidResponseError, NotFoundError, OutcomeUnknownError, RejectedError
from jira_api.field_metadata import FieldMetadata
from jira_api.issue_writes import assign_issue
from jira_api.paths import AccountId, IssueKey, NumericId
from jira_api.transitions import carry_out, list_transitions
from tests.jira_api.builders import a_jira, fails, says

KEY = IssueKey("A-1")
WAY = {
    "id": "31",
    "name": "Finish",
    "to": {"id": "10002", "name": "Done", "statusCategory": {"key": "done"}},
    "isAvailable": False,
    "isLooped": True,
    "fields": {
        "resolution": {
            "key": "resolution",
            "name": "Resolution",
            "required": True,
            "hasDefaultValue": True,
            "schema": {"type": "resolution", "system": "resolution"},
            "operations": ["set"],
            "allowedValues": [{"id": "1", "name": "Done"}],
        }
    },
}


@pytest.mark.parametrize(
    ("with_fields", "question"), [(False, {}), (True, {"expand": "transitions.fields"})]
)
async def test_the_fields_of_screens_are_asked_for_alone_where_they_are_wanted(
    *, with_fields: bool, question: dict[str, str]
) -> None:
    jira = a_jira(says(200, {"transitions": [WAY]}))

    (found,) = await list_transitions(jira.session, KEY, with_fields=with_fields)

    resolution = FieldMetadata(
        "resolution", "Resolution", True, "resolution", [{"id": "1", "name": "Done"}], True
    )
    assert (jira.paths, jira.questions) == (["/rest/api/3/issue/A-1/transitions"], [question])
    assert (found.transition_id, found.name, found.to.name) == ("31", "Finish", "Done")
    assert (found.is_available, found.is_looped) == (False, True)
    assert found.fields == ((resolution,) if with_fields else None)


@pytest.mark.parametrize(
    "body",
    [{}, {"transitions": {}}, {"transitions": [[]]}, {"transitions": [{**WAY, "id": "../1"}]},
     {"transitions": [{**WAY, "to": None}]}, {"transitions": [{**WAY, "name": None}]}],
)  # fmt: skip
async def test_what_is_no_list_of_transitions_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await list_transitions(jira.session, KEY, with_fields=False)


async def test_a_transition_says_no_more_than_it_was_given() -> None:
    document = {"type": "doc", "version": 1, "content": []}
    jira = a_jira(says(204), says(204))

    await carry_out(jira.session, KEY, NumericId("31"), fields={}, comment=None)
    await carry_out(
        jira.session, KEY, NumericId("31"), fields={"resolution": {"id": "1"}}, comment=document
    )

    assert jira.bodies == [
        {"transition": {"id": "31"}},
        {
            "transition": {"id": "31"},
            "fields": {"resolution": {"id": "1"}},
            "update": {"comment": [{"add": {"body": document}}]},
        },
    ]


@pytest.mark.parametrize(
    "lost", [fails(httpx.ReadError), says(500), says(502, b"<html>")], ids=["cut", "500", "502"]
)
async def test_a_transition_whose_answer_is_lost_is_not_repeated(lost: Any) -> None:
    jira = a_jira(lost, says(204))

    with pytest.raises(OutcomeUnknownError):
        await carry_out(jira.session, KEY, NumericId("31"), fields={}, comment=None)

    assert len(jira.requests) == 1


async def test_a_transition_that_never_left_is_sent_again() -> None:
    jira = a_jira(fails(httpx.ConnectError), says(204))

    await carry_out(jira.session, KEY, NumericId("31"), fields={}, comment=None)

    assert len(jira.requests) == 2


@pytest.mark.parametrize(
    ("account_id", "written"), [(AccountId("5b10"), "5b10"), (AccountId("-1"), "-1"), (None, None)]
)
async def test_an_issue_is_assigned_by_account_id_alone(
    account_id: AccountId | None, written: str | None
) -> None:
    jira = a_jira(says(204))

    await assign_issue(jira.session, KEY, account_id)

    assert jira.paths == ["/rest/api/3/issue/A-1/assignee"]
    assert jira.bodies == [{"accountId": written}]


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (400, RejectedError)])
async def test_an_assignment_that_jira_refuses_is_no_change(
    status: int, error: type[Exception]
) -> None:
    jira = a_jira(says(status, {"errors": {"assignee": "User 'x' cannot be assigned issues."}}))

    with pytest.raises(error):
        await assign_issue(jira.session, KEY, AccountId("x"))
