"""What stands on a board: its columns, its issues, and its backlog."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.catalogue import CUSTOMER_FIELD, build_custom_field
from sandbox.world import Board, Project
from server.settings import DEFAULT_SCOPES
from tests.support.gateway import JUNCTURE, Gateway, count_calls, open_gateway

CONFIGURATION = "GET /rest/agile/1.0/board/{}/configuration"
COLUMNS = "columns { name min max statuses { name category } }"
PAGE = "nodes { key } pageInfo { hasNextPage endCursor }"


def a_board(site: SiteBuilder, **options: Any) -> tuple[Project, Board]:
    project = site.add_project("TEST")
    return project, site.add_board(project, **options)


def keys(page: Any) -> list[str]:
    return [node["key"] for node in page["nodes"]]


async def test_columns_hold_their_statuses_and_limits(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site, kind="kanban", limits={"In Progress": (1, 5), "Done": (None, 9)})

    answer = await built_once.ask_connection(f'board(boardId: "1") {{ {COLUMNS} }}')

    assert answer["board"]["columns"] == [
        {
            "name": "To Do",
            "min": None,
            "max": None,
            "statuses": [{"name": "To Do", "category": "TO_DO"}],
        },
        {
            "name": "In Progress",
            "min": 1,
            "max": 5,
            "statuses": [
                {"name": "In Progress", "category": "IN_PROGRESS"},
                {"name": "In Review", "category": "IN_PROGRESS"},
            ],
        },
        {
            "name": "Done",
            "min": None,
            "max": 9,
            "statuses": [{"name": "Done", "category": "DONE"}],
        },
    ]


async def test_the_columns_of_many_boards_share_the_sites_statuses(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEAM", is_team_managed=True)
    for kind in ("scrum", "kanban", "simple"):
        site.add_board(project, kind=kind)

    answer = await built_once.ask_connection(f"boards {{ nodes {{ {COLUMNS} again: {COLUMNS} }} }}")

    for board in answer["boards"]["nodes"]:
        assert [each["statuses"][0]["name"] for each in board["again"]] == [
            "To Do",
            "In Progress",
            "Done",
        ]
    assert count_calls(built_once) == {
        "GET /rest/agile/1.0/board": 1,
        "GET /rest/api/3/status": 1,
        **{CONFIGURATION.format(number): 1 for number in (1, 2, 3)},
    }


async def test_columns_without_their_statuses_are_one_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site)
    built_once.answer_instead("/rest/api/3/status", 503)

    answer = await built_once.ask_connection("boards { nodes { columns { name } } }")

    assert [each["name"] for each in answer["boards"]["nodes"][0]["columns"]] == [
        "To Do",
        "In Progress",
        "Done",
    ]


async def test_a_status_that_the_site_does_not_list_is_left_out(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site)
    column = {"name": "Old", "statuses": [{"id": "999"}, {"id": "3"}]}
    built_once.answer_instead("/configuration", 200, json={"columnConfig": {"columns": [column]}})

    answer = await built_once.ask_connection(f'board(boardId: "1") {{ {COLUMNS} }}')

    (found,) = answer["board"]["columns"]
    assert [status["name"] for status in found["statuses"]] == ["In Progress"]


async def test_a_missing_scope_costs_the_columns_alone(
    sqlite_url: str, site: SiteBuilder, world_and_site: Any
) -> None:
    a_board(site)
    scope = "read:board-scope.admin:jira-software"
    rest = ",".join(each for each in DEFAULT_SCOPES if each != scope)
    async with open_gateway(
        world_and_site[0], database_url=sqlite_url, jira_scopes=rest
    ) as gateway:
        await gateway.connect()

        answer = await gateway.ask(
            '{ connection(externalId: "acme") { board(boardId: 1) { name columns { name } '
            "backlog { nodes { key } } } } }"
        )

    assert answer.codes == ["MISSING_SCOPE"]
    assert scope in answer.body["errors"][0]["message"]
    assert answer.body["data"]["connection"]["board"] == {
        "name": "TEST board 1",
        "columns": None,
        "backlog": {"nodes": []},
    }


async def test_issues_and_backlog_come_by_rank_and_through_a_filter(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project, board = a_board(site)
    sprint = site.add_sprint(board, state="active")
    for rank, status, sprints in (
        (4, "To Do", []),
        (2, "In Progress", []),
        (3, "To Do", [sprint]),
        (1, "Done", []),
    ):
        site.add_issue(project, rank=rank, status=status, sprints=sprints)

    answer = await built_once.ask_connection(
        'board(boardId: "1") { issues { nodes { key } approximateCount } '
        "backlog { nodes { key } approximateCount } "
        "waiting: backlog(filter: { statusCategories: [TO_DO] }) { nodes { key } "
        "approximateCount } "
        'one: issues(filter: { statusNames: ["Done"] }) { nodes { key status { name } } } }'
    )

    board_answer = answer["board"]
    assert keys(board_answer["issues"]) == ["TEST-4", "TEST-2", "TEST-3", "TEST-1"]
    assert keys(board_answer["backlog"]) == ["TEST-2", "TEST-1"]
    assert keys(board_answer["waiting"]) == ["TEST-1"]
    counted = ("issues", "backlog", "waiting")
    assert [board_answer[name]["approximateCount"] for name in counted] == [4, 2, 1]
    assert board_answer["one"]["nodes"] == [{"key": "TEST-4", "status": {"name": "Done"}}]
    path = "GET /rest/software/1.0/board/1"
    assert count_calls(built_once) == {
        "GET /rest/agile/1.0/board/1": 1,
        f"{path}/issue": 2,
        f"{path}/backlog": 2,
        f"{path}/issue/approximate-count": 1,
        f"{path}/backlog/approximate-count": 2,
    }


@pytest.mark.parametrize("part", ["issues", "backlog"])
async def test_pages_of_a_board_lose_and_repeat_nothing(
    built_once: Gateway, site: SiteBuilder, part: str
) -> None:
    project, _ = a_board(site)
    expected = [issue.key for issue in site.add_issues(project, 25)]

    found: list[str] = []
    after, has_next = "null", True
    while has_next:
        answer = await built_once.ask_connection(
            f'board(boardId: "1") {{ {part}(first: 10, after: {after}) {{ {PAGE} }} }}'
        )
        page = answer["board"][part]
        found += keys(page)
        after, has_next = f'"{page["pageInfo"]["endCursor"]}"', page["pageInfo"]["hasNextPage"]

    assert found == expected
    other = "backlog" if part == "issues" else "issues"
    foreign = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ board(boardId: "1") {{ {other}(after: {after}) '
        f"{{ {PAGE} }} }} }} }}"
    )
    assert foreign.codes == ["BAD_USER_INPUT"]


async def test_the_issues_of_many_boards_are_a_call_each(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    site.add_boards(project, 5)
    site.add_issues(project, 3)

    answer = await built_once.ask_connection(
        "boards { nodes { issues { nodes { key summary status { name } } } "
        "again: issues { nodes { key summary status { name } } } } }"
    )

    assert all(len(board["issues"]["nodes"]) == 3 for board in answer["boards"]["nodes"])
    counted = count_calls(built_once)
    assert [counted[f"GET /rest/software/1.0/board/{n}/issue"] for n in range(1, 6)] == [1] * 5


@pytest.mark.parametrize("condition", ["", '(filter: { labels: ["a"] })'])
@pytest.mark.parametrize("kind", ["kanban", "simple"])
async def test_a_board_without_a_backlog_has_none_and_no_error(
    built_once: Gateway, site: SiteBuilder, kind: str, condition: str
) -> None:
    a_board(site, kind=kind, has_backlog=False)

    answer = await built_once.ask_connection(
        f'board(boardId: "1") {{ backlog{condition} {{ nodes {{ key }} }} '
        "issues { nodes { key } } }"
    )

    assert answer["board"] == {"backlog": None, "issues": {"nodes": []}}


@pytest.mark.parametrize(
    ("board", "condition"),
    [
        ({"kind": "scrum", "has_backlog": False}, ""),
        ({"kind": "kanban"}, '(filter: { statusNames: ["Nowhere"] })'),
        ({"kind": "scrum"}, '(filter: { statusNames: ["Nowhere"] })'),
    ],
    ids=["a refused scrum board", "an unknown name on kanban", "an unknown name on scrum"],
)
async def test_any_other_refusal_is_an_error_in_jiras_words(
    built_once: Gateway, site: SiteBuilder, board: dict[str, Any], condition: str
) -> None:
    a_board(site, **board)

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ board(boardId: "1") {{ name '
        f"backlog{condition} {{ nodes {{ key }} }} }} }} }}"
    )

    assert answer.codes == ["JIRA_VALIDATION"]
    assert answer.body["data"]["connection"]["board"] == {"name": "TEST board 1", "backlog": None}


@pytest.mark.parametrize("part", ["issues", "backlog"])
async def test_more_fields_than_an_address_takes_are_fetched_beside_the_list(
    built_once: Gateway, site: SiteBuilder, part: str
) -> None:
    project, _ = a_board(site)
    for number in range(20_000, 20_300):
        field_id = f"customfield_{number}"
        site.data.field_catalogue[field_id] = build_custom_field(
            field_id, f"Field {number}", "string", "any:textfield"
        )
    ranks = [3, 1, 2]
    for rank in ranks:
        site.add_issue(project, rank=rank, custom={"customfield_20007": f"rank {rank}"})

    answer = await built_once.ask_connection(
        f'board(boardId: "1") {{ {part} {{ nodes {{ key summary customFields {{ '
        "... on TextFieldValue { text } } } } }"
    )

    nodes = answer["board"][part]["nodes"]
    assert [node["key"] for node in nodes] == ["TEST-2", "TEST-3", "TEST-1"]
    assert [{"text": f"rank {n}"} in node["customFields"] for n, node in enumerate(nodes, 1)] == [
        True
    ] * 3
    assert count_calls(built_once)["POST /rest/api/3/issue/bulkfetch"] == 1


async def test_a_filter_too_long_for_an_address_is_refused_in_words(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site)
    labels = ", ".join(f'"{"x" * 60}{number}"' for number in range(80))

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { board(boardId: "1") { name '
        f"issues(filter: {{ labels: [{labels}] }}) {{ nodes {{ key }} }} }} }} }}"
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert "too long" in answer.body["errors"][0]["message"]
    assert answer.body["data"]["connection"]["board"]["issues"] is None


@pytest.mark.parametrize("part", ["issues", "backlog"])
@pytest.mark.parametrize(
    "arguments", ["first: 0", "first: 1001", 'after: "zz"', "filter: { labels: [] }"]
)
async def test_a_malformed_question_is_refused_before_the_board_is_read(
    built_once: Gateway, part: str, arguments: str
) -> None:
    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ board(boardId: "1") {{ {part}({arguments}) '
        "{ nodes { key } } } } }"
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert built_once.calls() == []


async def test_an_issue_just_written_stands_on_its_board(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site)
    built_once.sandbox.search_lag = timedelta(minutes=1)
    made = await built_once.ask(
        'mutation { createIssue(input: { connection: { externalId: "acme" } issue: { '
        'project: { key: "TEST" } issueType: { name: "Task" } summary: "New" } }) '
        "{ issue { key } } }"
    )

    answer = await built_once.ask_connection(
        'board(boardId: "1") { issues { nodes { key } } backlog { nodes { key } } }'
    )

    key = made.data["createIssue"]["issue"]["key"]
    assert keys(answer["board"]["issues"]) == keys(answer["board"]["backlog"]) == [key]


async def test_a_list_whose_pages_circle_ends(built_once: Gateway, site: SiteBuilder) -> None:
    a_board(site)
    tokens = iter(["a", "b"] * 50)

    def circle(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/board/1/issue"):
            return None
        issue = {"id": "1", "key": "TEST-1", "fields": {}}
        body = {"issues": [issue], "isLast": False, "nextPageToken": next(tokens)}
        return httpx.Response(200, json=body)

    built_once.transport.faults.append(circle)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { board(boardId: "1") { issues { nodes { key } } } } }'
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]


async def test_the_filter_that_was_sent_is_told_to_who_asks_for_it(
    built_once: Gateway, site: SiteBuilder
) -> None:
    a_board(site)
    query = (
        '{ connection(externalId: "acme") { board(boardId: "1") { backlog { nodes { key } } '
        'issues(filter: { labels: ["a"] }) { nodes { key } } } } }'
    )

    response = await built_once.http.post(
        f"{JUNCTURE}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {built_once.key}", "X-Juncture-Explain": "1"},
    )

    sent = response.json()["extensions"]["jira"]["jql"]
    assert sent == [{"path": ["connection", "board", "issues"], "jql": 'labels IN ("a")'}]


async def test_a_filter_of_a_board_knows_custom_fields_and_global_ids(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project, _ = a_board(site)
    site.add_issue(project, custom={CUSTOMER_FIELD: "Initech"}, status="Done")
    site.add_issue(project, custom={CUSTOMER_FIELD: "Globex"}, status="Done")
    site.add_issue(project, custom={CUSTOMER_FIELD: "Initech"})
    found = await built_once.ask_connection("statuses { id name }")
    done = next(each["id"] for each in found["statuses"] if each["name"] == "Done")

    answer = await built_once.ask_connection(
        f'board(boardId: "1") {{ issues(filter: {{ statusIds: ["{done}"], idsOrKeys: ["TEST-1", '
        '"TEST-9"], customFields: [{ field: "Customer", equals: "Initech" }] }) '
        "{ nodes { key } approximateCount } }"
    )

    assert answer["board"]["issues"] == {"nodes": [{"key": "TEST-1"}], "approximateCount": 1}
