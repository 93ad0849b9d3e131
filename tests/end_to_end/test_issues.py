"""Lines 11, 15 and 16: a project's issues, a sprint's, and one in full."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from tests.end_to_end.worlds import ARCHIVES, read_archive
from tests.support.gateway import Gateway, count_calls

EVERYTHING = """
  issueId key url summary description { text adf } environment { text }
  issueType { name isSubtask hierarchyLevel } status { name category } priority { name }
  resolution { name } project { key name } labels components { name }
  fixVersions { name isReleased releaseDate } affectedVersions { name }
  assignee { accountId displayName isActive } reporter { displayName } creator { displayName }
  created updated resolved dueDate watchCount voteCount
  timeTracking { originalEstimate timeSpent timeSpentSeconds }
"""


async def walk(gateway: Gateway, field: str, selection: str, first: int) -> list[dict[str, Any]]:
    """Every issue of a page field, page after page; `field` ends in an open parenthesis."""
    found: list[dict[str, Any]] = []
    after = "null"
    while True:
        opening, closing = field.split("…")
        answer = await gateway.ask_connection(
            f"{opening}first: {first}, after: {after}) {{ nodes {{ {selection} }} "
            f"pageInfo {{ hasNextPage endCursor }} }} {closing}"
        )
        page = answer
        while "pageInfo" not in page:
            page = next(iter(page.values()))
        found += page["nodes"]
        after = f'"{page["pageInfo"]["endCursor"]}"'
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.parametrize("first", [7, 100, 1_000])
async def test_a_projects_issues_are_all_there_newest_first(
    built: Gateway, site: SiteBuilder, first: int
) -> None:
    project = site.add_project("TEST")
    site.add_issues(project, 250)
    site.add_issues(site.add_project("OTHER"), 5)

    found = await walk(built, 'project(idOrKey: "TEST") { issues(…}', "key created", first)

    keys = [issue["key"] for issue in found]
    assert len(keys) == len(set(keys)) == 250
    assert all(key.startswith("TEST-") for key in keys)
    assert [i["created"] for i in found] == sorted((i["created"] for i in found), reverse=True)


async def test_a_thousand_issues_are_one_page_gathered_from_jiras_hundreds(real: Gateway) -> None:
    answer = await real.ask_connection(
        'project(idOrKey: "TIMOB") { issues(first: 1000) { nodes { summary } } }'
    )

    assert len(answer["project"]["issues"]["nodes"]) == 1_000
    assert count_calls(real)["POST /rest/api/3/search/jql"] == 10


async def test_each_cursor_goes_on_behind_its_own_issue(built: Gateway, site: SiteBuilder) -> None:
    site.add_issues(site.add_project("TEST"), 12)
    whole = await built.ask_connection("issues(first: 12) { edges { cursor node { key } } }")
    edges = whole["issues"]["edges"]

    for index, edge in enumerate(edges):
        rest = await built.ask_connection(
            f'issues(first: 5, after: "{edge["cursor"]}") {{ nodes {{ key }} }}'
        )
        expected = [each["node"] for each in edges[index + 1 : index + 6]]
        assert rest["issues"]["nodes"] == expected


async def test_a_sprints_issues_are_those_of_the_raw_data(real: Gateway) -> None:
    expected = {
        raw["key"]
        for raw in read_archive(ARCHIVES[0])
        if any(sprint["id"] == 494 for sprint in raw["fields"].get("closedSprints") or ())
    }

    found = await walk(real, 'sprint(sprintId: "494") { issues(…}', "key", 20)

    assert {issue["key"] for issue in found} == expected
    assert len(found) == len(expected) == 48


async def test_issues_are_filtered_and_ordered(real: Gateway) -> None:
    answer = await real.ask_connection(
        'project(idOrKey: "TIMOB") { issues(first: 100, '
        "filter: { statusCategories: [IN_PROGRESS], assignee: { isEmpty: false } }, "
        "orderBy: [{ field: PRIORITY, direction: DESC }, { field: KEY }]) "
        "{ approximateCount nodes { key status { category } assignee { displayName } } } }"
    )

    issues = answer["project"]["issues"]
    assert issues["approximateCount"] == len(issues["nodes"]) > 0
    assert {node["status"]["category"] for node in issues["nodes"]} == {"IN_PROGRESS"}
    assert all(node["assignee"] for node in issues["nodes"])


async def test_one_issue_in_full_is_one_call_with_just_its_fields(real: Gateway) -> None:
    answer = await real.ask_connection(f'issue(idOrKey: "TIMOB-17502") {{ {EVERYTHING} }}')

    issue = answer["issue"]
    assert issue["issueId"] == "133990"
    assert issue["url"].endswith("/browse/TIMOB-17502")
    assert issue["issueType"] == {"name": "Bug", "isSubtask": False, "hierarchyLevel": 0}
    assert issue["status"] == {"name": "Closed", "category": "DONE"}
    assert issue["priority"] == {"name": "Medium"}
    assert issue["resolution"] == {"name": "Fixed"}
    assert issue["project"] == {"key": "TIMOB", "name": "Titanium SDK/CLI"}
    assert issue["labels"] == ["TCSupport"]
    assert issue["components"] == [{"name": "iOS"}]
    assert issue["fixVersions"][0]["releaseDate"] == "2015-05-21"
    assert issue["affectedVersions"] == [{"name": "Release 3.3.0"}]
    assert issue["assignee"]["displayName"] == "Chee Kiat Ng"
    assert issue["assignee"]["isActive"] is False
    assert issue["created"] == "2014-07-31T18:57:59Z"
    assert issue["resolved"] == "2015-01-07T16:32:50Z"
    assert issue["description"]["text"].startswith("h4. Problem Description")
    assert issue["description"]["adf"]["type"] == "doc"
    assert real.calls() == ["GET /rest/api/3/issue/TIMOB-17502"]
    asked = real.sandbox.calls.calls[0].query["fields"][0].split(",")
    assert "*all" not in asked
    assert len(asked) == len(set(asked)) == 22


async def test_time_tracking_is_as_jira_has_it(real: Gateway) -> None:
    raw = {
        each["key"]: each["fields"]["timetracking"]
        for each in read_archive(ARCHIVES[1])
        if each["fields"].get("timetracking")
    }
    keys = ", ".join(f'"{key}"' for key in raw)

    answer = await real.ask_connection(
        f"issues(filter: {{ idsOrKeys: [{keys}] }}) {{ nodes {{ key timeTracking {{ "
        "originalEstimate timeSpent timeSpentSeconds remainingEstimateSeconds } } }"
    )

    found = {node["key"]: node["timeTracking"] for node in answer["issues"]["nodes"]}
    names = ("originalEstimate", "timeSpent", "timeSpentSeconds", "remainingEstimateSeconds")
    assert found == {key: {name: given.get(name) for name in names} for key, given in raw.items()}
    assert len(found) == 5


async def test_an_issue_with_nothing_set_is_answered_whole(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST", lead=None)
    issue = site.add_issue(
        project, priority=None, assignee=None, description=None, resolution=None, due_on=None
    )

    answer = await built.ask_connection(f'issue(idOrKey: "{issue.key}") {{ {EVERYTHING} }}')

    found = answer["issue"]
    assert found["priority"] is found["assignee"] is found["description"] is None
    assert found["resolution"] is found["resolved"] is found["dueDate"] is None
    assert found["labels"] == found["components"] == found["fixVersions"] == []


async def test_only_selected_fields_are_asked_for(built: Gateway, site: SiteBuilder) -> None:
    site.add_issues(site.add_project("TEST"), 3)

    await built.ask(
        'query($deep: Boolean!) { connection(externalId: "acme") { issues { nodes { ...Leaf key '
        "status @include(if: $deep) { name } priority @skip(if: true) { name } } } } } "
        "fragment Leaf on Issue { ... on Node { id } ... { summary } }",
        {"deep": False},
    )

    body = built.sandbox.calls.calls[0].body
    assert isinstance(body, dict)
    assert body["fields"] == ["summary"]


async def test_an_issue_is_found_by_key_number_and_global_id_and_after_a_move(
    built: Gateway, site: SiteBuilder
) -> None:
    old, new = site.add_project("OLD"), site.add_project("NEW")
    issue = site.add_issue(old, summary="Wanders")
    global_id = (await built.ask_connection(f'issue(idOrKey: "{issue.key}") {{ id }}'))["issue"][
        "id"
    ]
    moved = site.move_issue(issue, new)

    for reference in (issue.key, moved.key, str(issue.id), global_id):
        answer = await built.ask_connection(f'issue(idOrKey: "{reference}") {{ key summary }}')
        assert answer["issue"] == {"key": moved.key, "summary": "Wanders"}


async def test_several_issues_of_one_operation_are_one_call(
    built: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 3)
    fields = " ".join(
        f'i{n}: issue(idOrKey: "{issue.key}") {{ key }}' for n, issue in enumerate(issues)
    )

    answer = await built.ask_connection(f'{fields} none: issue(idOrKey: "TEST-999") {{ summary }}')

    assert [answer[f"i{n}"]["key"] for n in range(3)] == [issue.key for issue in issues]
    assert answer["none"] is None
    assert built.calls() == ["POST /rest/api/3/issue/bulkfetch"]


@pytest.mark.parametrize("reference", ["TEST-999", "99999"])
async def test_an_unknown_issue_is_one_call_and_null(gateway: Gateway, reference: str) -> None:
    answer = await gateway.ask_connection(f'issue(idOrKey: "{reference}") {{ summary }}')

    assert answer == {"issue": None}
    assert gateway.calls() == [f"GET /rest/api/3/issue/{reference}"]


async def test_what_an_issues_project_embeds_costs_nothing_and_more_is_fetched_once(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("TEST", name="Rocket"), 5)

    await built.ask_connection("issues { nodes { project { key name url } } }")
    cheap = built.calls()
    built.forget_calls()
    answer = await built.ask_connection("issues { nodes { project { lead { displayName } } } }")

    assert cheap == ["POST /rest/api/3/search/jql"]
    assert len(answer["issues"]["nodes"]) == 5
    assert sorted(count_calls(built).values()) == [1, 1]


def an_instant(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=UTC)


async def test_dates_bound_a_search_from_the_first_instant_to_before_the_last(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    for day in range(1, 6):
        site.add_issue(
            project, summary=str(day), created_at=an_instant(day), due_on=date(2026, 4, day)
        )

    by_instant = await built.ask_connection(
        'issues(filter: { createdAfter: "2026-03-02T12:00:00Z", '
        'createdBefore: "2026-03-04T13:00:00+01:00" }) { nodes { summary } }'
    )
    by_day = await built.ask_connection(
        'issues(filter: { dueAfter: "2026-04-02", dueBefore: "2026-04-04" }) { nodes { summary } }'
    )

    assert [node["summary"] for node in by_instant["issues"]["nodes"]] == ["3", "2"]
    assert sorted(node["summary"] for node in by_day["issues"]["nodes"]) == ["2", "3"]


async def test_a_long_filter_of_a_sprints_issues_goes_by_post(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    site.add_issue(project, labels=["red"], sprints=[sprint])
    site.add_issue(project, labels=["red"])
    labels = ", ".join(f'"label-{number}-of-many"' for number in range(200))

    answer = await built.ask_connection(
        f'sprint(sprintId: "{sprint.id}") {{ issues(filter: {{ labels: ["red", {labels}] }}) '
        "{ approximateCount nodes { key } } }"
    )

    assert answer["sprint"]["issues"] == {"approximateCount": 1, "nodes": [{"key": "TEST-1"}]}
    assert "POST /rest/api/3/search/jql" in built.calls()
