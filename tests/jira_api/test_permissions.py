from typing import Any

import pytest

from jira_api.errors import InvalidResponseError, RejectedError
from jira_api.paths import NumericId
from jira_api.permissions import ProjectPermission, check_permissions
from tests.jira_api.builders import a_jira, enter_new_site, says

ISSUE, PROJECT = NumericId("10042"), NumericId("10000")


def grants(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"globalPermissions": [], "projectPermissions": list(rows)}


async def test_issues_and_projects_are_asked_about_in_one_call() -> None:
    row = {"permission": "EDIT_ISSUES", "issues": [10042], "projects": []}
    jira = a_jira(says(200, grants(row)))

    held = await check_permissions(jira.session, issues=[ISSUE], projects=[PROJECT])

    assert held.by_issue == {"10042": {"EDIT_ISSUES"}}
    assert held.by_project == {}
    assert jira.paths == ["/rest/api/3/permissions/check"]
    assert jira.bodies == [
        {
            "projectPermissions": [
                {
                    "permissions": [
                        "EDIT_ISSUES",
                        "TRANSITION_ISSUES",
                        "ASSIGN_ISSUES",
                        "ADD_COMMENTS",
                        "DELETE_ISSUES",
                    ],
                    "issues": [10042],
                },
                {
                    "permissions": [
                        "BROWSE_PROJECTS",
                        "CREATE_ISSUES",
                        "ADMINISTER_PROJECTS",
                        "MANAGE_SPRINTS_PERMISSION",
                    ],
                    "projects": [10000],
                },
            ]
        }
    ]


async def test_nothing_is_asked_about_what_there_is_none_of() -> None:
    jira = a_jira(says(200, grants()))

    await check_permissions(
        jira.session,
        issues=[],
        projects=[PROJECT],
        project_permissions=[ProjectPermission.BROWSE],
    )

    asked = jira.bodies[0]["projectPermissions"]
    assert asked == [{"permissions": ["BROWSE_PROJECTS"], "projects": [10000]}]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"projectPermissions": None},
        {"projectPermissions": [1]},
        grants({"issues": [1]}),
        grants({"permission": "EDIT_ISSUES", "issues": ["x"]}),
        grants({"permission": "EDIT_ISSUES", "issues": 5}),
        grants({"permission": "EDIT_ISSUES", "projects": [None]}),
    ],
    ids=range(8),
)
async def test_an_answer_of_another_form_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await check_permissions(jira.session, issues=[ISSUE], projects=[])


async def test_a_permission_that_jira_does_not_know_is_named() -> None:
    refusal = {"errorMessages": [], "errors": {"FLY": "Unrecognized permission"}}
    jira = a_jira(says(400, refusal))

    with pytest.raises(RejectedError) as refused:
        await check_permissions(jira.session, issues=[], projects=[PROJECT])

    assert refused.value.field_errors == {"FLY": "Unrecognized permission"}


async def test_the_sandbox_tells_what_is_withheld() -> None:
    session, site = await enter_new_site()
    project = site.add_project("TEST")
    issue = site.add_issue(project)
    site.withhold(issue, "DELETE_ISSUES")

    held = await check_permissions(
        session, issues=[NumericId(str(issue.id))], projects=[NumericId(str(project.id))]
    )

    assert "DELETE_ISSUES" not in held.by_issue[str(issue.id)]
    assert len(held.by_issue[str(issue.id)]) == len(held.by_project[str(project.id)]) == 4
