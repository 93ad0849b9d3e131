"""Several issues by one call: what became of each."""

from typing import Any

import pytest

from jira_api.entity_properties import MARKER
from jira_api.errors import OutcomeUnknownError, RejectedError
from jira_api.issue_batches import NewIssue, create_issues
from jira_api.issue_writes import CreatedIssue
from jira_api.paths import NumericId
from tests.jira_api.builders import a_jira, says

TWO = [NewIssue({"summary": "One"}, {"id": "m"}), NewIssue({"summary": "Two"})]
REFUSED = {
    "status": 400,
    "elementErrors": {"errorMessages": ["No."], "errors": {"priority": "Unknown."}},
}


def a_created(number: int) -> dict[str, str]:
    return {"id": str(number), "key": f"A-{number}"}


async def test_each_issue_goes_out_with_its_own_marker() -> None:
    jira = a_jira(says(201, {"issues": [a_created(1), a_created(2)], "errors": []}))

    made = await create_issues(jira.session, TWO)

    assert made == [CreatedIssue(NumericId("1"), "A-1"), CreatedIssue(NumericId("2"), "A-2")]
    assert jira.paths == ["/rest/api/3/issue/bulk"]
    assert jira.bodies == [
        {
            "issueUpdates": [
                {
                    "fields": {"summary": "One"},
                    "properties": [{"key": MARKER, "value": {"id": "m"}}],
                },
                {"fields": {"summary": "Two"}},
            ]
        }
    ]


@pytest.mark.parametrize("number", [0, 1])
async def test_the_created_ones_fill_the_places_of_those_that_were_not_refused(number: int) -> None:
    errors = [{**REFUSED, "failedElementNumber": number}]
    jira = a_jira(says(201, {"issues": [a_created(7)], "errors": errors}))

    told = await create_issues(jira.session, TWO)

    refusal = told[number]
    assert isinstance(refusal, RejectedError)
    assert (refusal.field_errors, refusal.general) == ({"priority": "Unknown."}, ("No.",))
    assert told[1 - number] == CreatedIssue(NumericId("7"), "A-7")


async def test_where_all_are_refused_each_is_told_why() -> None:
    errors = [{**REFUSED, "failedElementNumber": number} for number in (1, 0)]
    jira = a_jira(says(400, {"issues": [], "errors": errors}))

    told = await create_issues(jira.session, TWO)

    assert [isinstance(each, RejectedError) for each in told] == [True, True]


async def test_a_refusal_of_the_call_as_a_whole_is_one_error() -> None:
    jira = a_jira(says(400, {"errorMessages": ["Too many."], "errors": {}}))

    with pytest.raises(RejectedError, match="Too many"):
        await create_issues(jira.session, TWO)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"issues": [a_created(1)], "errors": []},
        {"issues": [a_created(1), a_created(2), a_created(3)]},
        {"issues": [a_created(1)], "errors": [{**REFUSED, "failedElementNumber": 2}]},
        {"issues": [a_created(1)], "errors": [{**REFUSED, "failedElementNumber": "1"}]},
        {"issues": [{"id": "x", "key": "A-1"}, a_created(2)]},
        [],
        b"<html>",
    ],
    ids=str,
)
async def test_an_answer_that_does_not_tell_of_each_leaves_all_unknown(body: Any) -> None:
    jira = a_jira(says(201, body))

    with pytest.raises(OutcomeUnknownError):
        await create_issues(jira.session, TWO)

    assert len(jira.requests) == 1
