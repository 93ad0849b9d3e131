"""The caller's next search sees what was just written, although Jira's search lags behind."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from storage.recent_writes import KEPT_FOR, MOST_KEPT, note_writes
from tests.support.gateway import Gateway, open_neighbour

REF = 'connection: { externalId: "acme" }'
NEW = 'issueType: { name: "Task" }, project: { key: "TEST" }'
RED = 'issues(filter: { labels: ["red"] }) { nodes { key summary } }'
LAG = timedelta(minutes=5)


async def mutate(gateway: Gateway, fields: str) -> Any:
    answer = await gateway.ask(f"mutation {{ {fields} }}")
    payloads = answer.data.values()
    assert [payload["errors"] for payload in payloads] == [[] for _ in payloads]
    return answer.data


async def list_red(gateway: Gateway, field: str = RED) -> list[str]:
    answer = await gateway.ask_connection(field)
    while "nodes" not in answer:
        answer = next(iter(answer.values()))
    return sorted(node["key"] for node in answer["nodes"])


def reconciled(gateway: Gateway) -> list[list[int]]:
    """What each search since the last count named as just written."""
    found = []
    for call in gateway.sandbox.calls.calls:
        if isinstance(call.body, dict) and "jql" in call.body:
            found.append(call.body.get("reconcileIssues", []))
        elif "/rest/software/" in call.path:
            found.append([int(each) for each in call.query.get("reconcileIssues", [])])
    return found


async def test_what_was_made_changed_and_deleted_is_seen_by_the_next_search(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    parent = site.add_issue(project, labels=["red"])
    site.add_issue(project, labels=["red"], issue_type="Sub-task", parent=parent)
    old = site.add_issue(project, labels=["blue"])
    built.sandbox.search_lag = LAG

    await mutate(
        built,
        f'createIssue(input: {{ {REF}, issue: {{ {NEW}, summary: "s", labels: ["red"] }} }}) '
        "{ errors { code } }",
    )
    after_creating = await list_red(built)
    await mutate(
        built,
        f'updateIssue(input: {{ {REF}, issue: "{old.key}", labels: ["red"] }}) '
        "{ errors { code } }",
    )
    after_editing = await list_red(built)
    await mutate(
        built,
        f'deleteIssue(input: {{ {REF}, issue: "{parent.key}", deleteSubtasks: true }}) '
        "{ errors { code } }",
    )
    after_deleting = await list_red(built)

    assert after_creating == ["TEST-1", "TEST-2", "TEST-4"]
    assert after_editing == ["TEST-1", "TEST-2", "TEST-3", "TEST-4"]
    assert after_deleting == ["TEST-3", "TEST-4"]


async def test_the_lag_would_hide_it(built_once: Gateway, site: SiteBuilder) -> None:
    """What the tests around this one would see if nothing was kept."""
    old = site.add_issue(site.add_project("TEST"), labels=["blue"])
    built_once.sandbox.search_lag = LAG
    await mutate(
        built_once,
        f'updateIssue(input: {{ {REF}, issue: "{old.key}", labels: ["red"] }}) '
        "{ errors { code } }",
    )

    await built_once.services.database.execute("DELETE FROM recent_write")

    assert await list_red(built_once) == []


async def test_another_process_sees_it_too_and_another_connection_is_told_nothing(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_project("TEST")
    await built.connect("other")
    built.sandbox.search_lag = LAG

    async with open_neighbour(built) as neighbour:
        await mutate(
            built,
            f'createIssue(input: {{ {REF}, issue: {{ {NEW}, summary: "s", labels: ["red"] }} }}) '
            "{ errors { code } }",
        )
        assert await list_red(neighbour) == ["TEST-1"]
        built.forget_calls()
        await built.ask_connection(RED, "other")

    assert reconciled(built) == [[]]


async def test_boards_sprints_and_projects_see_it(built_once: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("TEST")
    board = site.add_board(project)
    sprint = site.add_sprint(board, state="active")
    planned = site.add_issue(project, sprints=[sprint])
    waiting = site.add_issue(project)
    built_once.sandbox.search_lag = LAG
    for issue in (planned, waiting):
        await mutate(
            built_once,
            f'updateIssue(input: {{ {REF}, issue: "{issue.id}", labels: ["red"] }}) '
            "{ errors { code } }",
        )
    red = 'filter: { labels: ["red"] }'

    assert await list_red(built_once, f'project(idOrKey: "TEST") {{ {RED} }}') == [
        "TEST-1",
        "TEST-2",
    ]
    assert await list_red(built_once, f'sprint(sprintId: "1") {{ {RED} }}') == ["TEST-1"]
    assert await list_red(built_once, f'board(boardId: "1") {{ {RED} }}') == ["TEST-1", "TEST-2"]
    backlog = f'board(boardId: "1") {{ backlog({red}) {{ nodes {{ key }} }} }}'
    assert await list_red(built_once, backlog) == ["TEST-2"]


async def test_a_later_field_of_the_same_operation_sees_it(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"), labels=["red"])
    built_once.sandbox.search_lag = LAG
    select = "{ issue { project { issues(first: 5) { nodes { key labels } } } } errors { code } }"

    data = await mutate(
        built_once,
        f'a: updateIssue(input: {{ {REF}, issue: "TEST-1", labels: ["blue"] }}) {select} '
        f'b: updateIssue(input: {{ {REF}, issue: "TEST-1", labels: ["green"] }}) {select}',
    )

    seen = [data[name]["issue"]["project"]["issues"]["nodes"][0]["labels"] for name in ("a", "b")]
    assert seen == [["blue"], ["green"]]


async def test_an_issue_written_by_its_key_costs_its_first_search_one_call_at_most(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 2)
    select = {issues[0].key: "issue { summary }", issues[1].key: ""}
    for key, selected in select.items():
        await mutate(
            built_once,
            f'updateIssue(input: {{ {REF}, issue: "{key}", labels: ["red"] }}) '
            f"{{ {selected} errors {{ code }} }}",
        )
    built_once.forget_calls()

    await list_red(built_once)
    first = built_once.calls()
    await list_red(built_once)

    # The first one was read back with its id; of the other one the key alone was known.
    search = "POST /rest/api/3/search/jql"
    assert first == [f"GET /rest/api/3/issue/{issues[1].key}", search]
    assert built_once.calls() == [*first, search]
    assert [sorted(ids) for ids in reconciled(built_once)] == [[issues[0].id, issues[1].id]] * 2


async def test_every_page_names_what_the_first_one_named(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 250)
    info = "pageInfo { endCursor hasPreviousPage }"
    page = f"issues(first: %d, after: %s) {{ nodes {{ key summary }} {info} }}"
    change = 'updateIssue(input: { %s, issue: "%s", labels: ["a"] }) { errors { code } }'
    await mutate(built_once, change % (REF, issues[3].id))
    built_once.forget_calls()

    first = (await built_once.ask_connection(page % (120, "null")))["issues"]
    await mutate(built_once, change % (REF, issues[4].id))
    cursor = f'"{first["pageInfo"]["endCursor"]}"'
    second = (await built_once.ask_connection(page % (120, cursor)))["issues"]

    assert reconciled(built_once) == [[issues[3].id]] * 4
    assert first["pageInfo"]["hasPreviousPage"] is False
    assert second["pageInfo"]["hasPreviousPage"] is True
    keys = {node["key"] for node in first["nodes"] + second["nodes"]}
    assert len(keys) == 240


async def test_a_write_whose_answer_was_lost_counts_and_a_refused_one_does_not(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 2)
    built_once.sandbox.search_lag = LAG
    edit = 'mutation { updateIssue(input: { %s, issue: "%s", %s }) { errors { code } } }'
    built_once.answer_instead(f"/issue/{issues[0].id}", 500, json={})

    lost = await built_once.ask(edit % (REF, issues[0].id, 'summary: "x"'))
    refused = await built_once.ask(edit % (REF, issues[1].id, 'priority: { name: "None" }'))
    built_once.transport.faults.clear()
    built_once.forget_calls()
    await list_red(built_once)

    assert lost.data["updateIssue"]["errors"] != []
    assert refused.data["updateIssue"]["errors"] != []
    assert reconciled(built_once) == [[issues[0].id]]


async def test_a_row_that_cannot_be_written_or_read_fails_nothing(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))
    await built_once.services.database.execute("DROP TABLE recent_write")

    await mutate(
        built_once,
        f'updateIssue(input: {{ {REF}, issue: "{issue.key}", labels: ["red"] }}) '
        "{ issue { key } errors { code } }",
    )
    built_once.clock.advance(seconds=5)

    assert await list_red(built_once) == ["TEST-1"]


@pytest.mark.parametrize("age", [timedelta(0), KEPT_FOR])
async def test_what_was_written_long_ago_is_named_no_more_and_swept(
    built_once: Gateway, site: SiteBuilder, age: timedelta
) -> None:
    issue = site.add_issue(site.add_project("TEST"))
    await mutate(
        built_once,
        f'updateIssue(input: {{ {REF}, issue: "{issue.id}", labels: ["red"] }}) '
        "{ errors { code } }",
    )
    built_once.clock.advance(seconds=age.total_seconds())
    built_once.forget_calls()

    await built_once.chores.do("recent writes")
    await list_red(built_once)

    assert reconciled(built_once) == [[issue.id] if age < KEPT_FOR else []]


async def test_of_more_writes_than_jira_takes_those_asked_for_are_named(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), MOST_KEPT + 5)
    change = 'updateIssue(input: { %s, issue: "%s", labels: ["a"] }) { errors { code } }'
    await mutate(built_once, change % (REF, issues[0].id))
    database, now = built_once.services.database, built_once.services.clock()
    (row,) = await database.fetch_all("SELECT connection_id FROM recent_write", {})
    for number, issue in enumerate(issues[1:], start=1):
        at = now + timedelta(seconds=number)
        await note_writes(database, row["connection_id"], [str(issue.id)], now=at)
    first, second = issues[0], issues[1]
    asked = f'issues(filter: {{ idsOrKeys: ["{first.key}", "{second.id}"] }}) {{ nodes {{ key }} }}'

    built_once.forget_calls()
    await list_red(built_once)
    await list_red(built_once, asked)

    plain, named = reconciled(built_once)
    assert len(plain) == len(named) == MOST_KEPT
    assert {first.id, second.id}.isdisjoint(plain)
    assert set(named[:2]) == {first.id, second.id}
    assert named[2:] == plain[:-2]
