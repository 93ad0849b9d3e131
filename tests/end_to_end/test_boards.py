"""Lines 12 to 14: boards, all sprints, active sprints."""

from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway, count_calls

PROJECT = 'project(idOrKey: "TEST")'


async def test_120_boards_are_120_boards(built: Gateway, site: SiteBuilder) -> None:
    site.add_boards(site.add_project("TEST"), 120)

    first = await built.ask_connection(
        f"{PROJECT} {{ boards(first: 100) {{ nodes {{ boardId }} "
        "pageInfo { hasNextPage hasPreviousPage endCursor } } }"
    )
    page = first["project"]["boards"]
    cursor = page["pageInfo"]["endCursor"]
    second = await built.ask_connection(
        f'{PROJECT} {{ boards(first: 100, after: "{cursor}") {{ nodes {{ boardId }} '
        "pageInfo { hasNextPage hasPreviousPage } } }"
    )

    rest = second["project"]["boards"]
    ids = [node["boardId"] for node in page["nodes"] + rest["nodes"]]
    assert len(ids) == len(set(ids)) == 120
    assert page["pageInfo"]["hasNextPage"] is True
    assert rest["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}
    assert count_calls(built)["GET /rest/agile/1.0/board"] == 3


async def test_every_kind_of_board_answers(built: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("TEST")
    scrum = site.add_board(project, kind="scrum")
    site.add_board(project, kind="kanban")
    site.add_board(project, kind="simple", has_sprints=False)
    team_managed = site.add_board(project, kind="simple", has_sprints=True)
    site.add_sprint(scrum, state="active", name="One")
    site.add_sprint(team_managed, state="future", name="Two")

    answer = await built.ask_connection(
        f"{PROJECT} {{ boards {{ nodes {{ type supportsSprints "
        "sprints { nodes { name state } } activeSprints { name } } } }"
    )

    assert answer["project"]["boards"]["nodes"] == [
        {
            "type": "SCRUM",
            "supportsSprints": True,
            "sprints": {"nodes": [{"name": "One", "state": "ACTIVE"}]},
            "activeSprints": [{"name": "One"}],
        },
        {"type": "KANBAN", "supportsSprints": False, "sprints": None, "activeSprints": None},
        {"type": "SIMPLE", "supportsSprints": False, "sprints": None, "activeSprints": None},
        {
            "type": "SIMPLE",
            "supportsSprints": True,
            "sprints": {"nodes": [{"name": "Two", "state": "FUTURE"}]},
            "activeSprints": [],
        },
    ]


async def test_boards_are_found_by_kind_and_name_on_the_whole_site(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    site.add_board(project, kind="kanban")
    scrum = site.add_board(project, kind="scrum")

    by_kind = await built.ask_connection("boards(type: SCRUM) { nodes { boardId } }")
    by_project = await built.ask_connection(
        'boards(projectIdOrKey: "TEST") { nodes { project { key name url } } }'
    )
    nowhere = await built.ask_connection('boards(projectIdOrKey: "NONE") { nodes { boardId } }')

    assert by_kind["boards"]["nodes"] == [{"boardId": str(scrum.id)}]
    assert len(by_project["boards"]["nodes"]) == 2
    assert by_project["boards"]["nodes"][0]["project"]["key"] == "TEST"
    assert nowhere["boards"] is None


async def test_a_shared_sprint_is_one_sprint_of_the_project(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    boards = site.add_boards(project, 3)
    shared = site.add_sprint(boards[0], state="active", shared_with=[boards[1], boards[2]])
    own = site.add_sprint(boards[1], state="closed")

    answer = await built.ask_connection(
        f"{PROJECT} {{ sprints {{ nodes {{ sprintId }} }} activeSprints {{ sprintId }} }}"
    )

    found = [node["sprintId"] for node in answer["project"]["sprints"]["nodes"]]
    assert found == sorted([str(shared.id), str(own.id)], key=int)
    assert answer["project"]["activeSprints"] == [{"sprintId": str(shared.id)}]


async def test_all_188_sprints_of_a_real_project_are_there(real: Gateway) -> None:
    found: list[str] = []
    after = "null"
    while True:
        answer = await real.ask_connection(
            f'project(idOrKey: "TIMOB") {{ sprints(first: 100, after: {after}) '
            "{ nodes { sprintId } pageInfo { hasNextPage endCursor } } }"
        )
        page = answer["project"]["sprints"]
        found += [node["sprintId"] for node in page["nodes"]]
        after = f'"{page["pageInfo"]["endCursor"]}"'
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(found) == len(set(found)) == 188
    assert found == sorted(found, key=int)


async def test_sprints_are_chosen_by_state(real: Gateway) -> None:
    answer = await real.ask_connection(
        'project(idOrKey: "TIMOB") { activeSprints { name state } '
        "sprints(states: [ACTIVE, FUTURE]) { nodes { state } } }"
    )

    assert answer["project"]["activeSprints"] == [{"name": "2021 Sprint 21", "state": "ACTIVE"}]
    states = [node["state"] for node in answer["project"]["sprints"]["nodes"]]
    assert sorted(states) == ["ACTIVE", "FUTURE"]


async def test_a_sprint_tells_its_dates_and_its_board(built: Gateway, site: SiteBuilder) -> None:
    board = site.add_board(site.add_project("TEST"), kind="scrum")
    sprint = site.add_sprint(board, state="active", goal="Land")

    answer = await built.ask_connection(
        f'sprint(sprintId: "{sprint.id}") {{ name goal state startDate endDate completeDate '
        "board { boardId name } }"
    )

    assert answer["sprint"]["goal"] == "Land"
    assert answer["sprint"]["startDate"].endswith("Z")
    assert answer["sprint"]["completeDate"] is None
    assert answer["sprint"]["board"]["boardId"] == str(board.id)


@pytest.mark.parametrize("board_id", [0, -1, "none", 10**30, {}, None])
async def test_a_sprint_whose_board_is_no_board_has_none(gateway: Gateway, board_id: Any) -> None:
    sprint = {"id": 7, "name": "Stray", "state": "active", "originBoardId": board_id}
    gateway.answer_instead("/sprint/7", 200, json=sprint)

    answer = await gateway.ask_connection('sprint(sprintId: "7") { name board { name } }')

    assert answer["sprint"] == {"name": "Stray", "board": None}
    assert gateway.calls() == []


async def test_unknown_boards_and_sprints_are_one_call_and_null(gateway: Gateway) -> None:
    answer = await gateway.ask_connection(
        'board(boardId: "99999") { name } sprint(sprintId: "99999") { name }'
    )

    assert answer == {"board": None, "sprint": None}
    assert sorted(gateway.calls()) == [
        "GET /rest/agile/1.0/board/99999",
        "GET /rest/agile/1.0/sprint/99999",
    ]
