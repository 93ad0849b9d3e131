from typing import Any

import pytest

from jira_api.boards import find_board_sprints, get_board, get_sprint, list_boards
from jira_api.errors import ForbiddenError, InvalidResponseError, NotFoundError, RejectedError
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from jira_api.records import BoardType, Sprint, SprintState
from tests.jira_api.builders import (
    Answer,
    ScriptedJira,
    a_board_payload,
    a_jira,
    a_sprint_payload,
    enter_new_site,
    says,
)

BOARD = NumericId("4")


async def test_boards_are_asked_for_by_what_is_known_of_them() -> None:
    jira = a_jira(says(200, {"values": [a_board_payload()], "isLast": True}))

    page = await list_boards(
        jira.session,
        project_id=NumericId("10000"),
        board_type=BoardType.SCRUM,
        name="Shop",
        start=3,
        size=10,
    )

    assert [board.name for board in page.items] == ["Shop"]
    assert jira.paths == ["/rest/agile/1.0/board"]
    assert jira.questions == [
        {
            "projectKeyOrId": "10000",
            "type": "scrum",
            "name": "Shop",
            "startAt": "3",
            "maxResults": "10",
        }
    ]


async def test_without_conditions_the_boards_of_the_whole_site_are_asked_for() -> None:
    jira = a_jira(says(200, {"values": [], "isLast": True}))

    await list_boards(jira.session, project_id=None, board_type=None, name=None, start=0, size=50)

    assert jira.questions == [{"startAt": "0", "maxResults": "50"}]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), {}),
        ((SprintState.CLOSED,), {"state": "closed"}),
        ((SprintState.CLOSED, SprintState.FUTURE), {"state": "future,closed"}),
    ],
)
async def test_sprints_are_asked_for_by_state(
    states: tuple[SprintState, ...], expected: dict[str, str]
) -> None:
    jira = a_jira(says(200, {"values": [a_sprint_payload()], "isLast": True}))

    page = await find_board_sprints(
        jira.session, BOARD, board_type=BoardType.SCRUM, states=states, start=0, size=5
    )

    assert page is not None
    assert [sprint.sprint_id for sprint in page.items] == ["37"]
    assert jira.paths == ["/rest/agile/1.0/board/4/sprint"]
    assert jira.questions == [{**expected, "startAt": "0", "maxResults": "5"}]


async def find(
    jira: ScriptedJira, board_type: BoardType, *, start: int = 0
) -> OffsetPage[Sprint] | None:
    return await find_board_sprints(
        jira.session, BOARD, board_type=board_type, states=(), start=start, size=5
    )


def refuses() -> Answer:
    return says(400, {"errorMessages": ["The board does not support sprints"]})


MAY_LACK_SPRINTS = [BoardType.SIMPLE, BoardType.KANBAN, BoardType.UNKNOWN]


@pytest.mark.parametrize("board_type", MAY_LACK_SPRINTS)
async def test_a_board_that_has_no_sprints_at_all_has_none_to_find(board_type: BoardType) -> None:
    assert await find(a_jira(refuses()), board_type) is None


async def test_a_refusal_does_not_make_a_scrum_board_one_without_sprints() -> None:
    with pytest.raises(RejectedError, match="does not support"):
        await find(a_jira(refuses()), BoardType.SCRUM)


@pytest.mark.parametrize("board_type", [BoardType.SCRUM, *MAY_LACK_SPRINTS])
async def test_a_refusal_after_the_first_sprints_is_an_error(board_type: BoardType) -> None:
    begun = says(200, {"values": [a_sprint_payload()], "isLast": False})

    with pytest.raises(RejectedError):
        await find(a_jira(begun, refuses()), board_type)
    with pytest.raises(RejectedError):
        await find(a_jira(refuses()), board_type, start=5)


@pytest.mark.parametrize("board_type", [BoardType.SCRUM, BoardType.SIMPLE])
@pytest.mark.parametrize(
    ("status", "kind"), [(403, ForbiddenError), (404, NotFoundError), (422, RejectedError)]
)
async def test_another_refusal_is_not_taken_for_a_board_without_sprints(
    status: int, kind: type[Exception], board_type: BoardType
) -> None:
    with pytest.raises(kind):
        await find(a_jira(says(status)), board_type)


@pytest.mark.parametrize("read", [get_board, get_sprint])
async def test_an_answer_of_another_shape_is_an_invalid_response(read: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await read(a_jira(says(200, [])).session, BOARD)


async def test_the_boards_of_the_sandbox_are_read_over_its_pages_of_fifty() -> None:
    session, site = await enter_new_site()
    site.add_boards(site.add_project("TEST"), 120)
    asked: dict[str, Any] = {"project_id": None, "board_type": None, "name": None}

    page = await list_boards(session, **asked, start=0, size=100)
    rest = await list_boards(session, **asked, start=100, size=100)

    assert (len(page.items), page.is_last) == (100, False)
    assert (len(rest.items), rest.is_last) == (20, True)
    assert len({board.board_id for board in (*page.items, *rest.items)}) == 120


async def test_a_board_and_its_sprints_are_read_from_the_sandbox() -> None:
    session, site = await enter_new_site()
    scrum = site.add_board(site.add_project("TEST"), kind="scrum", name="Scrum")
    kanban = site.add_board(site.add_project("FLOW"), kind="kanban", name="Flow")
    sprint = site.add_sprint(scrum, state="active", name="Now", goal="Ship")
    site.add_sprint(scrum, state="future")
    scrum_id, kanban_id = NumericId(str(scrum.id)), NumericId(str(kanban.id))

    board = await get_board(session, scrum_id)
    active = await find_board_sprints(
        session,
        scrum_id,
        board_type=board.type,
        states=[SprintState.ACTIVE],
        start=0,
        size=5,
    )
    none = await find_board_sprints(
        session, kanban_id, board_type=BoardType.KANBAN, states=(), start=0, size=5
    )
    read = await get_sprint(session, NumericId(str(sprint.id)))

    assert (board.name, board.type) == ("Scrum", BoardType.SCRUM)
    assert board.project is not None
    assert board.project.key == "TEST"
    assert active is not None
    assert list(active.items) == [read]
    assert (read.name, read.state, read.goal) == ("Now", SprintState.ACTIVE, "Ship")
    assert read.start_at == sprint.start_at
    assert none is None
    with pytest.raises(NotFoundError):
        await get_sprint(session, NumericId("999"))
