import pytest

from tests.sandbox.visitors import a_guest

PATH = "/rest/api/3/mypermissions"


async def test_only_the_permissions_asked_for_are_told() -> None:
    guest = await a_guest()

    answer = await guest.read(PATH, permissions="EDIT_ISSUES,BULK_CHANGE,ADMINISTER")

    told = {
        key: (entry["key"], entry["type"], entry["havePermission"])
        for key, entry in answer["permissions"].items()
    }
    assert told == {
        "EDIT_ISSUES": ("EDIT_ISSUES", "PROJECT", True),
        "BULK_CHANGE": ("BULK_CHANGE", "GLOBAL", True),
        "ADMINISTER": ("ADMINISTER", "GLOBAL", False),
    }


@pytest.mark.parametrize(
    "context",
    [{"projectKey": "TEST"}, {"projectId": "10000"}, {"issueKey": "TEST-1"}, {"issueId": "10000"}],
    ids=lambda context: next(iter(context)),
)
async def test_a_project_or_issue_that_is_there_may_be_named(context: dict[str, str]) -> None:
    guest = await a_guest()
    guest.site.add_issue(guest.site.add_project("TEST"))

    answer = await guest.get(PATH, permissions="EDIT_ISSUES", **context)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({}, 400, "The 'permissions' query parameter is required."),
        ({"permissions": ","}, 400, "The 'permissions' query parameter is required."),
        ({"permissions": "EDIT_ISSUES,FLY"}, 400, "Unrecognized permission: FLY"),
        (
            {"permissions": "EDIT_ISSUES", "projectKey": "NONE"},
            404,
            "No project could be found with key 'NONE'.",
        ),
        (
            {"permissions": "EDIT_ISSUES", "issueKey": "NONE-1"},
            404,
            "Issue does not exist or you do not have permission to see it.",
        ),
    ],
    ids=["nothing asked", "only a comma", "unknown", "no such project", "no such issue"],
)
async def test_what_cannot_be_told_is_refused(
    query: dict[str, str], status: int, message: str
) -> None:
    guest = await a_guest()

    answer = await guest.get(PATH, **query)

    assert (answer.status_code, answer.json()["errorMessages"]) == (status, [message])
