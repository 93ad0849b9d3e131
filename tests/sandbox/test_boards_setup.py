"""How a board is set up: limits of columns, and boards without a backlog."""

import pytest

from tests.sandbox.visitors import a_guest

SOFTWARE = "/rest/software/1.0/board"


async def test_the_limits_of_a_column_stand_in_its_configuration() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    guest.site.add_board(project, kind="kanban", limits={"In Progress": (1, 5), "To Do": (None, 9)})

    configured = await guest.read("/rest/agile/1.0/board/1/configuration")

    columns = configured["columnConfig"]["columns"]
    assert configured["columnConfig"]["constraintType"] == "issueCount"
    assert [(each.get("min"), each.get("max")) for each in columns] == [
        (None, 9),
        (1, 5),
        (None, None),
    ]


async def test_a_board_without_a_backlog_refuses_to_list_it() -> None:
    guest = await a_guest()
    guest.site.add_board(guest.site.add_project("TEST"), kind="kanban", has_backlog=False)

    assert (await guest.get(f"{SOFTWARE}/1/issue")).status_code == 200
    for path in ("backlog", "backlog/approximate-count"):
        answer = await guest.get(f"{SOFTWARE}/1/{path}")
        assert answer.status_code == 400
        assert answer.json()["errorMessages"] == ["The board does not support a backlog."]


@pytest.mark.parametrize(
    ("path", "parameters", "count"),
    [
        ("issue", {}, 3),
        ("backlog", {}, 2),
        ("issue", {"jql": 'summary ~ "two"'}, 1),
        ("backlog", {"jql": 'summary ~ "two"'}, 0),
    ],
)
async def test_the_issues_of_a_board_and_of_its_backlog_are_counted(
    path: str, parameters: dict[str, str], count: int
) -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    sprint = guest.site.add_sprint(guest.site.add_board(project), state="active")
    guest.site.add_issue(project, summary="one")
    guest.site.add_issue(project, summary="two", sprints=[sprint])
    guest.site.add_issue(project, summary="three")

    answer = await guest.read(f"{SOFTWARE}/1/{path}/approximate-count", **parameters)

    assert answer == {"count": count}
