from typing import Any

import pytest

from tests.sandbox.visitors import Guest, a_guest

BOARDS = "/rest/agile/1.0/board"


async def a_guest_with_boards() -> Guest:
    guest = await a_guest()
    site = guest.site
    shop, team = site.add_project("SHOP"), site.add_project("TEAM", is_team_managed=True)
    site.add_board(shop, kind="scrum", name="Zebra")
    site.add_board(shop, kind="kanban", name="Ant")
    site.add_board(team, kind="simple", name="Mole", has_sprints=True)
    site.add_board(team, kind="simple", name="Antelope")
    return guest


def read_names(page: dict[str, Any]) -> list[str]:
    return [board["name"] for board in page["values"]]


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["Zebra", "Ant", "Mole", "Antelope"]),
        ({"type": "simple"}, ["Mole", "Antelope"]),
        ({"type": "scrum,kanban"}, ["Zebra", "Ant"]),
        ({"name": "ANT"}, ["Ant", "Antelope"]),
        ({"projectKeyOrId": "TEAM"}, ["Mole", "Antelope"]),
        ({"projectKeyOrId": "10000"}, ["Zebra", "Ant"]),
        ({"orderBy": "name"}, ["Ant", "Antelope", "Mole", "Zebra"]),
        ({"orderBy": "-name"}, ["Zebra", "Mole", "Antelope", "Ant"]),
    ],
    ids=lambda value: (
        "&".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else ""
    ),
)
async def test_boards_are_filtered_and_ordered_as_asked(
    parameters: dict[str, str], names: list[str]
) -> None:
    guest = await a_guest_with_boards()

    assert read_names(await guest.read(BOARDS, **parameters)) == names


async def test_a_board_reads_alone_as_it_does_in_the_list() -> None:
    guest = await a_guest_with_boards()

    board = await guest.read(f"{BOARDS}/1")

    assert board == (await guest.read(BOARDS))["values"][0]
    assert board["location"]["projectKey"] == "SHOP"
    assert board["location"]["projectId"] == 10000


async def test_a_hundred_and_twenty_boards_come_fifty_a_page() -> None:
    guest = await a_guest()
    guest.site.add_boards(guest.site.add_project("TEST"), 120)

    pages = [await guest.read(BOARDS, startAt=start, maxResults=100) for start in (0, 50, 100)]

    assert [len(page["values"]) for page in pages] == [50, 50, 20]
    assert [page["maxResults"] for page in pages] == [50, 50, 50]
    assert [page["isLast"] for page in pages] == [False, False, True]
    ids = [board["id"] for page in pages for board in page["values"]]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("parameters", [{"orderBy": "mood"}, {"projectKeyOrId": "NONE"}])
async def test_a_board_list_that_makes_no_sense_is_a_400(parameters: dict[str, str]) -> None:
    guest = await a_guest_with_boards()

    assert (await guest.get(BOARDS, **parameters)).status_code == 400


@pytest.mark.parametrize("path", ["board/99", "board/x", "board/99/sprint", "sprint/99"])
async def test_an_unknown_board_or_sprint_is_a_404(path: str) -> None:
    guest = await a_guest_with_boards()

    assert (await guest.get(f"/rest/agile/1.0/{path}")).status_code == 404


@pytest.mark.parametrize("board_id", [2, 4], ids=["kanban", "simple"])
async def test_a_board_without_sprints_refuses_to_list_them(board_id: int) -> None:
    guest = await a_guest_with_boards()

    response = await guest.get(f"{BOARDS}/{board_id}/sprint")

    assert (response.status_code, response.json()["errorMessages"]) == (
        400,
        ["The board does not support sprints"],
    )


@pytest.mark.parametrize(
    ("state", "states"),
    [
        (None, ["closed", "active", "future"]),
        ("active", ["active"]),
        ("future,closed", ["closed", "future"]),
    ],
)
async def test_sprints_are_filtered_by_a_list_of_states(
    state: str | None, states: list[str]
) -> None:
    guest = await a_guest_with_boards()
    board = guest.site.data.boards[3]
    guest.site.add_sprint(board, state="closed", goal="Ship")
    guest.site.add_sprint(board, state="active")
    guest.site.add_sprint(board, state="future")

    page = await guest.read(f"{BOARDS}/3/sprint", **({} if state is None else {"state": state}))

    assert [sprint["state"] for sprint in page["values"]] == states
    assert "total" not in page


async def test_a_sprint_has_the_dates_its_state_calls_for() -> None:
    guest = await a_guest_with_boards()
    board = guest.site.data.boards[1]
    for state in ("closed", "active", "future"):
        guest.site.add_sprint(board, state=state)

    sprints = [await guest.read(f"/rest/agile/1.0/sprint/{number}") for number in (1, 2, 3)]

    dates = {"startDate", "endDate", "completeDate"}
    assert [len(dates & sprint.keys()) for sprint in sprints] == [3, 2, 0]
    assert sprints[0]["startDate"] == "2026-01-19T09:00:00.000Z"
    assert [sprint["originBoardId"] for sprint in sprints] == [1, 1, 1]


async def test_an_unknown_state_is_a_400() -> None:
    guest = await a_guest_with_boards()

    assert (await guest.get(f"{BOARDS}/1/sprint", state="open")).status_code == 400


async def test_a_shared_sprint_shows_on_both_boards_and_pages_at_fifty() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    first, second = guest.site.add_boards(project, 2)
    for _ in range(60):
        guest.site.add_sprint(first, shared_with=[second])

    pages = [
        await guest.read(f"{BOARDS}/2/sprint", startAt=start, maxResults=99) for start in (0, 50)
    ]

    assert [len(page["values"]) for page in pages] == [50, 10]
    assert pages[0]["values"][0]["originBoardId"] == 1


async def test_a_configuration_puts_every_status_in_a_column() -> None:
    guest = await a_guest_with_boards()

    scrum = await guest.read(f"{BOARDS}/1/configuration")
    kanban = await guest.read(f"{BOARDS}/2/configuration")

    columns = scrum["columnConfig"]["columns"]
    assert [(column["name"], len(column["statuses"])) for column in columns] == [
        ("To Do", 1),
        ("In Progress", 2),
        ("Done", 1),
    ]
    assert scrum["estimation"]["field"]["fieldId"] == "customfield_10016"
    assert scrum["ranking"] == {"rankCustomFieldId": 10019}
    assert "estimation" not in kanban
    assert "subQuery" in kanban


async def test_the_admin_scope_guards_the_configuration() -> None:
    scopes = "read:board-scope:jira-software read:project:jira read:issue-details:jira"
    guest = await a_guest(scopes=scopes)
    guest.site.add_board(guest.site.add_project("TEST"))

    assert (await guest.get(f"{BOARDS}/1")).status_code == 200
    assert (await guest.get(f"{BOARDS}/1/configuration")).status_code == 401


async def a_guest_with_work() -> Guest:
    guest = await a_guest()
    site = guest.site
    project = site.add_project("TEST")
    board = site.add_board(project)
    site.add_board(project, kind="kanban")
    past, active, future = (
        site.add_sprint(board, state="closed"),
        site.add_sprint(board, state="active"),
        site.add_sprint(board, state="future"),
    )
    epic = site.add_issue(project, issue_type="Epic", rank=9)
    site.add_issue(project, sprints=[past, active], rank=5, parent=epic, is_flagged=True)
    site.add_issue(project, sprints=[past], rank=4)
    site.add_issue(project, sprints=[past], status="Done", rank=3)
    site.add_issue(project, sprints=[future], rank=2)
    site.add_issue(project, status="In Progress", rank=1)
    return guest


def read_keys(page: dict[str, Any]) -> list[str]:
    return [issue["key"] for issue in page["issues"]]


@pytest.mark.parametrize("api", ["agile", "software"])
@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("board/1/issue", ["TEST-6", "TEST-5", "TEST-4", "TEST-3", "TEST-2", "TEST-1"]),
        ("board/1/backlog", ["TEST-6", "TEST-3", "TEST-1"]),
        ("board/2/backlog", ["TEST-5", "TEST-3", "TEST-2", "TEST-1"]),
        ("sprint/1/issue", ["TEST-4", "TEST-3", "TEST-2"]),
        ("sprint/2/issue", ["TEST-2"]),
    ],
)
async def test_boards_backlogs_and_sprints_hold_their_issues_by_rank(
    api: str, path: str, keys: list[str]
) -> None:
    guest = await a_guest_with_work()

    assert read_keys(await guest.read(f"/rest/{api}/1.0/{path}")) == keys


@pytest.mark.parametrize("api", ["agile", "software"])
async def test_jql_narrows_and_orders_the_issues(api: str) -> None:
    guest = await a_guest_with_work()
    path = f"/rest/{api}/1.0/board/1/issue"

    narrowed = await guest.read(path, jql="sprint = 1")
    ordered = await guest.read(path, jql="sprint = 1 order by key")

    assert read_keys(narrowed) == ["TEST-4", "TEST-3", "TEST-2"]
    assert read_keys(ordered) == ["TEST-2", "TEST-3", "TEST-4"]


@pytest.mark.parametrize("api", ["agile", "software"])
async def test_issues_of_a_board_carry_sprint_epic_and_flag(api: str) -> None:
    guest = await a_guest_with_work()

    page = await guest.read(
        f"/rest/{api}/1.0/board/1/issue", fields="sprint,closedSprints,epic,flagged,summary"
    )

    fields = {issue["key"]: issue["fields"] for issue in page["issues"]}
    assert (fields["TEST-2"]["sprint"]["id"], fields["TEST-2"]["flagged"]) == (2, True)
    assert [sprint["id"] for sprint in fields["TEST-2"]["closedSprints"]] == [1]
    assert fields["TEST-2"]["epic"]["key"] == "TEST-1"
    assert (fields["TEST-3"]["sprint"], fields["TEST-3"]["epic"]) == (None, None)
    assert "closedSprints" not in fields["TEST-6"]


async def test_agile_issues_page_by_offset_with_a_total() -> None:
    guest = await a_guest_with_work()

    page = await guest.read(f"{BOARDS}/1/issue", startAt=4, maxResults=1)

    assert (page["startAt"], page["maxResults"], page["total"]) == (4, 1, 6)
    assert read_keys(page) == ["TEST-2"]


async def test_software_issues_page_by_token_fifty_at_a_time() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    guest.site.add_board(project)
    guest.site.add_issues(project, 60)
    path = "/rest/software/1.0/board/1/issue"

    first = await guest.read(path)
    last = await guest.read(path, nextPageToken=first["nextPageToken"])
    whole = await guest.read(path, maxResults=6000)

    assert (len(first["issues"]), first["isLast"]) == (50, False)
    assert (len(last["issues"]), last["isLast"], "nextPageToken" in last) == (10, True, False)
    assert len(whole["issues"]) == 60
