"""Many permissions in one call, and what a test takes away from the person."""

from typing import Any

import pytest

from tests.sandbox.visitors import Guest, a_guest

CHECK = "/rest/api/3/permissions/check"


async def a_guest_with_limits() -> Guest:
    """Two projects: one of the first's two issues must not be edited, nor any of the second's."""
    guest = await a_guest()
    site = guest.site
    first, second = site.add_project("ONE"), site.add_project("TWO")
    issues = [*site.add_issues(first, 2), site.add_issue(second)]
    site.withhold(issues[1], "EDIT_ISSUES")
    site.withhold(second, "EDIT_ISSUES", "CREATE_ISSUES")
    return guest


def ask(*permissions: str, **places: list[Any]) -> dict[str, Any]:
    return {"projectPermissions": [{"permissions": list(permissions), **places}]}


async def test_each_permission_is_told_with_the_issues_and_projects_that_it_holds_for() -> None:
    guest = await a_guest_with_limits()

    answer = await guest.send(
        CHECK,
        {
            "globalPermissions": ["BULK_CHANGE", "ADMINISTER"],
            **ask(
                "EDIT_ISSUES", "ADD_COMMENTS", issues=[10000, 10001, 10002, 99], projects=[10000]
            ),
        },
    )

    assert answer == {
        "globalPermissions": ["BULK_CHANGE"],
        "projectPermissions": [
            {"permission": "EDIT_ISSUES", "issues": [10000], "projects": [10000]},
            {"permission": "ADD_COMMENTS", "issues": [10000, 10001, 10002], "projects": [10000]},
        ],
    }


async def test_several_questions_are_answered_one_after_another() -> None:
    guest = await a_guest_with_limits()
    question = ask("EDIT_ISSUES", issues=[10000])["projectPermissions"]
    question += ask("CREATE_ISSUES", projects=[10000, 10001])["projectPermissions"]

    answer = await guest.send(CHECK, {"projectPermissions": question})

    assert answer["projectPermissions"] == [
        {"permission": "EDIT_ISSUES", "issues": [10000], "projects": []},
        {"permission": "CREATE_ISSUES", "issues": [], "projects": [10000]},
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ask(), 400),
        (ask("FLY", issues=[10000]), 400),
        ({"globalPermissions": ["EDIT_ISSUES"]}, 400),
        ({"permissions": ["EDIT_ISSUES"]}, 400),
        (ask("EDIT_ISSUES", issues=["10000"]), 400),
        ({"projectPermissions": "EDIT_ISSUES"}, 400),
        (ask("EDIT_ISSUES", issues=[10000] * 1_001), 400),
        ({"accountId": "somebody-else", **ask("EDIT_ISSUES", issues=[10000])}, 403),
    ],
    ids=range(8),
)
async def test_a_question_without_sense_is_refused(body: Any, status: int) -> None:
    guest = await a_guest_with_limits()

    assert (await guest.post(CHECK, body)).status_code == status


async def test_an_unknown_permission_is_refused_by_its_name() -> None:
    guest = await a_guest()

    answer = await guest.post(CHECK, ask("FLY", projects=[1]))

    assert answer.json() == {"errorMessages": [], "errors": {"FLY": "Unrecognized permission"}}


@pytest.mark.parametrize(
    ("context", "granted"),
    [
        ({"projectKey": "ONE"}, ["EDIT_ISSUES"]),
        ({"projectKey": "TWO"}, []),
        ({"issueKey": "ONE-1"}, ["EDIT_ISSUES"]),
        ({"issueKey": "ONE-2"}, []),
        ({"issueId": "10002"}, []),
        ({}, ["EDIT_ISSUES"]),
    ],
    ids=str,
)
async def test_what_is_withheld_shows_among_the_persons_own_permissions(
    context: dict[str, str], granted: list[str]
) -> None:
    guest = await a_guest_with_limits()

    answer = await guest.read("/rest/api/3/mypermissions", permissions="EDIT_ISSUES", **context)

    told = answer["permissions"].items()
    assert [key for key, each in told if each["havePermission"]] == granted
