"""How far a sprint has come, counted issue by issue."""

import math
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.catalogue import build_custom_field
from sandbox.world import STORY_POINTS_FIELD, SiteData, Sprint
from tests.support.gateway import Gateway, count_calls

PROGRESS = "progress { toDo inProgress done storyPointsTotal storyPointsDone }"
ESTIMATE = "com.pyxis.greenhopper.jira:jsw-story-points"
STAGES = {"new": "toDo", "undefined": "toDo", "indeterminate": "inProgress", "done": "done"}


def a_sprint(site: SiteBuilder) -> Sprint:
    return site.add_sprint(site.add_board(site.add_project("TEST")), state="active")


def expect(data: SiteData, sprint_id: int) -> dict[str, Any]:
    """What a sprint's progress must be, read off the site's own records."""
    fields = [
        issue.fields
        for issue in data.issues.values()
        if sprint_id in issue.sprint_ids and not issue.fields["issuetype"]["subtask"]
    ]
    counted = Counter(STAGES[each["status"]["statusCategory"]["key"]] for each in fields)
    points = [
        (STAGES[each["status"]["statusCategory"]["key"]], each.get(STORY_POINTS_FIELD) or 0)
        for each in fields
    ]
    return {
        **{stage: counted[stage] for stage in ("toDo", "inProgress", "done")},
        "storyPointsTotal": math.fsum(each for _, each in points),
        "storyPointsDone": math.fsum(each for stage, each in points if stage == "done"),
    }


async def test_every_sprint_of_the_made_up_world_is_counted_right(gateway_once: Gateway) -> None:
    data = gateway_once.sandbox.world.data[gateway_once.sandbox_cloud_id]

    answer = await gateway_once.ask_connection(
        f"projects {{ nodes {{ sprints(first: 100) {{ nodes {{ sprintId {PROGRESS} }} }} }} }}"
    )

    found = {
        node["sprintId"]: node["progress"]
        for project in answer["projects"]["nodes"]
        for node in project["sprints"]["nodes"]
    }
    assert found == {str(sprint_id): expect(data, sprint_id) for sprint_id in data.sprints}
    assert sum(each["done"] for each in found.values()) > 100
    counted = count_calls(gateway_once)
    assert counted["GET /rest/api/3/field"] == 1
    assert {counted[f"GET /rest/software/1.0/sprint/{n}/issue"] for n in data.sprints} == {1}


async def test_real_sprints_are_counted_right(real_once: Gateway) -> None:
    data = real_once.sandbox.world.data[real_once.sandbox_cloud_id]
    some = sorted(data.sprints)[::20]
    asked = " ".join(
        f's{number}: sprint(sprintId: "{number}") {{ progress {{ toDo inProgress done }} }}'
        for number in some
    )

    answer = await real_once.ask_connection(asked)

    stages = ("toDo", "inProgress", "done")
    assert {number: answer[f"s{number}"]["progress"] for number in some} == {
        number: {stage: expect(data, number)[stage] for stage in stages} for number in some
    }
    assert sum(each["progress"]["done"] for each in answer.values()) > 20


async def test_sub_tasks_count_with_what_they_stand_below(
    built_once: Gateway, site: SiteBuilder
) -> None:
    sprint = a_sprint(site)
    (project,) = site.data.projects.values()
    story = site.add_issue(project, status="Done", sprints=[sprint], custom=points(5))
    site.add_issue(
        project, issue_type="Sub-task", parent=story, sprints=[sprint], custom=points(100)
    )

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"] == {
        "toDo": 0,
        "inProgress": 0,
        "done": 1,
        "storyPointsTotal": 5.0,
        "storyPointsDone": 5.0,
    }


def points(value: Any) -> dict[str, Any]:
    return {STORY_POINTS_FIELD: value}


async def test_an_empty_sprint_has_come_nowhere(built_once: Gateway, site: SiteBuilder) -> None:
    sprint = a_sprint(site)

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"] == {
        "toDo": 0,
        "inProgress": 0,
        "done": 0,
        "storyPointsTotal": 0.0,
        "storyPointsDone": 0.0,
    }


async def test_points_are_null_where_the_site_has_no_field_for_them(
    built_once: Gateway, site: SiteBuilder
) -> None:
    sprint = a_sprint(site)
    (project,) = site.data.projects.values()
    site.add_issue(project, sprints=[sprint], custom=points(5))
    del site.data.field_catalogue[STORY_POINTS_FIELD]

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"]["toDo"] == 1
    assert answer["sprint"]["progress"]["storyPointsTotal"] is None
    assert answer["sprint"]["progress"]["storyPointsDone"] is None


async def test_the_estimate_of_team_managed_projects_counts_before_the_classic_field(
    built_once: Gateway, site: SiteBuilder
) -> None:
    estimate = "customfield_10050"
    site.data.field_catalogue[estimate] = build_custom_field(
        estimate, "Story point estimate", "number", ESTIMATE
    )
    sprint = a_sprint(site)
    (project,) = site.data.projects.values()
    for custom in (
        {estimate: 1.5, STORY_POINTS_FIELD: 100.0},
        {estimate: None, STORY_POINTS_FIELD: 2},
        {estimate: 0, STORY_POINTS_FIELD: 50},
        {estimate: "many", STORY_POINTS_FIELD: True},
    ):
        site.add_issue(project, sprints=[sprint], custom=custom)

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"]["toDo"] == 4
    assert answer["sprint"]["progress"]["storyPointsTotal"] == 3.5


async def test_without_points_the_sites_fields_are_not_asked_for(
    built_once: Gateway, site: SiteBuilder
) -> None:
    sprint = a_sprint(site)
    built_once.answer_instead("/rest/api/3/field", 503)

    answer = await built_once.ask_connection(
        f"sprint(sprintId: {sprint.id}) {{ progress {{ done }} again: progress {{ toDo }} }}"
    )

    assert answer["sprint"] == {"progress": {"done": 0}, "again": {"toDo": 0}}
    assert count_calls(built_once) == {
        f"GET /rest/agile/1.0/sprint/{sprint.id}": 1,
        f"GET /rest/software/1.0/sprint/{sprint.id}/issue": 1,
    }


async def test_what_fails_is_null_beside_the_sprint(built_once: Gateway, site: SiteBuilder) -> None:
    sprint = a_sprint(site)
    built_once.answer_instead("/issue", 403, json={"errorMessages": ["No."], "errors": {}})

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ sprint(sprintId: {sprint.id}) '
        f"{{ name {PROGRESS} }} }} }}"
    )

    assert answer.codes == ["FORBIDDEN"]
    found = answer.body["data"]["connection"]["sprint"]
    assert found == {"name": sprint.name, "progress": None}


def a_page(first: int, count: int, **ending: Any) -> dict[str, Any]:
    status = {"id": "3", "name": "Doing", "statusCategory": {"key": "indeterminate"}}
    issues = [
        {"id": str(n), "key": f"TEST-{n}", "fields": {"status": status}}
        for n in range(first, first + count)
    ]
    return {"issues": issues, **ending}


async def test_all_pages_are_counted_and_each_issue_once(
    built_once: Gateway, site: SiteBuilder
) -> None:
    sprint = a_sprint(site)
    pages = {
        None: a_page(1, 1_000, isLast=False, nextPageToken="a"),
        "a": a_page(991, 1_000, isLast=False, nextPageToken="b"),
        "b": a_page(1, 0, isLast=False, nextPageToken="c"),
        "c": a_page(1_991, 10, isLast=True),
    }

    def answer_page(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/issue"):
            return None
        return httpx.Response(200, json=pages[request.url.params.get("nextPageToken")])

    built_once.transport.faults.append(answer_page)

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"]["inProgress"] == 2_000


@pytest.mark.parametrize(
    "page",
    [
        {"issues": [{"id": "1", "key": "TEST-1", "fields": {}}], "isLast": True},
        {"issues": None, "isLast": True},
    ],
    ids=["no status", "no list"],
)
async def test_an_answer_that_cannot_be_counted_is_none(
    built_once: Gateway, site: SiteBuilder, page: Any
) -> None:
    sprint = a_sprint(site)
    built_once.answer_instead("/issue", 200, json=page)

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ sprint(sprintId: {sprint.id}) {{ {PROGRESS} }} }} }}'
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]


async def test_pages_without_end_are_an_error(built_once: Gateway, site: SiteBuilder) -> None:
    sprint = a_sprint(site)
    asked = 0

    def endless(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        if not request.url.path.endswith("/issue"):
            return None
        asked += 1
        return httpx.Response(200, json=a_page(1, 1, isLast=False, nextPageToken=str(asked)))

    built_once.transport.faults.append(endless)

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ sprint(sprintId: {sprint.id}) {{ {PROGRESS} }} }} }}'
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert asked == 100


async def test_a_change_of_a_moment_ago_is_counted(built_once: Gateway, site: SiteBuilder) -> None:
    sprint = a_sprint(site)
    (project,) = site.data.projects.values()
    issue = site.add_issue(project, sprints=[sprint], custom=points(1))
    built_once.sandbox.search_lag = timedelta(minutes=1)
    await built_once.ask(
        'mutation { updateIssue(input: { connection: { externalId: "acme" } '
        f'issue: "{issue.key}" customFields: [{{ field: "{STORY_POINTS_FIELD}" value: 8 }}] }}) '
        "{ errors { message } } }"
    )

    answer = await built_once.ask_connection(f"sprint(sprintId: {sprint.id}) {{ {PROGRESS} }}")

    assert answer["sprint"]["progress"]["storyPointsTotal"] == 8.0
