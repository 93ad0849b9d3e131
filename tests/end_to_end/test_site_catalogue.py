"""What a site defines, as lists, and the labels that its issues bear."""

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway, count_calls

LABEL = "GET /rest/api/3/label"


async def test_everything_that_a_site_defines_is_a_call_each(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_project("TEAM", is_team_managed=True)
    selection = (
        "issueTypes { issueTypeId name isSubtask hierarchyLevel } priorities { priorityId name } "
        "statuses { statusId name category } resolutions { resolutionId name }"
    )

    answer = await built_once.ask_connection(f"{selection} again: statuses {{ name }}")

    data = site.data
    assert answer["issueTypes"] == [
        {
            "issueTypeId": each["id"],
            "name": each["name"],
            "isSubtask": each["subtask"],
            "hierarchyLevel": each["hierarchyLevel"],
        }
        for each in data.issue_types.values()
    ]
    assert answer["priorities"] == [
        {"priorityId": each["id"], "name": each["name"]} for each in data.priorities.values()
    ]
    categories = {"new": "TO_DO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
    assert answer["statuses"] == [
        {
            "statusId": each["id"],
            "name": each["name"],
            "category": categories[each["statusCategory"]["key"]],
        }
        for each in data.statuses.values()
    ]
    assert answer["resolutions"] == [
        {"resolutionId": each["id"], "name": each["name"]} for each in data.resolutions.values()
    ]
    assert count_calls(built_once) == {
        f"GET /rest/api/3/{name}": 1 for name in ("issuetype", "priority", "status", "resolution")
    }


async def test_a_list_and_the_things_in_it_share_a_call(built_once: Gateway) -> None:
    found = await built_once.ask_connection("priorities { id name }")
    first = found["priorities"][0]
    built_once.forget_calls()

    answer = await built_once.ask(
        f'{{ node(id: "{first["id"]}") {{ ... on Priority {{ name }} }} '
        'connection(externalId: "acme") { priorities { name } } }'
    )

    assert answer.data["node"] == {"name": first["name"]}
    assert built_once.calls() == ["GET /rest/api/3/priority"]


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ("", ["API", "api", "größe", "web"]),
        ('(query: "AP")', ["API", "api"]),
        ('(query: "GRÖSSE")', ["größe"]),
        ('(query: "e", first: 1)', ["größe"]),
        ("(first: 2)", ["API", "api"]),
        ('(query: "nowhere")', []),
    ],
)
async def test_labels_are_found_by_a_part_in_any_case(
    built_once: Gateway, site: SiteBuilder, arguments: str, labels: list[str]
) -> None:
    project = site.add_project("TEST")
    site.add_issue(project, labels=["web", "api"])
    site.add_issue(project, labels=["größe", "API", "web"])

    answer = await built_once.ask_connection(f"labels{arguments}")

    assert answer["labels"] == labels
    assert built_once.calls() == [LABEL]


async def test_several_questions_share_the_pages_of_labels(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    for start in (0, 700, 1_400):
        site.add_issue(project, labels=[f"l{n:04}" for n in range(start, start + 700)])

    answer = await built_once.ask_connection(
        'late: labels(query: "l20") few: labels(first: 3) all: labels(first: 1000)'
    )

    assert answer["late"] == [f"l{n}" for n in range(2_000, 2_050)]
    assert answer["few"] == ["l0000", "l0001", "l0002"]
    assert len(answer["all"]) == 1_000
    assert count_calls(built_once) == {LABEL: 3}


async def test_labels_without_end_are_searched_no_further_than_twenty_pages(
    built_once: Gateway,
) -> None:
    asked = 0

    def endless(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        if not request.url.path.endswith("/label"):
            return None
        asked += 1
        values = [f"label-{asked}"]
        return httpx.Response(200, json={"values": values, "isLast": False, "total": 10**6})

    built_once.transport.faults.append(endless)

    answer = await built_once.ask_connection("labels")

    assert answer["labels"] == [f"label-{number}" for number in range(1, 21)]


@pytest.mark.parametrize(
    "arguments", ["first: 0", "first: 1001", "first: null", 'query: ""', 'query: "a\\nb"']
)
async def test_malformed_questions_for_labels_are_refused_without_a_call(
    built_once: Gateway, arguments: str
) -> None:
    answer = await built_once.ask(f'{{ connection(externalId: "acme") {{ labels({arguments}) }} }}')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert built_once.calls() == []


async def test_a_list_that_cannot_be_read_is_null_beside_the_others(built_once: Gateway) -> None:
    built_once.answer_instead("/priority", 403, json={"errorMessages": ["No."], "errors": {}})
    built_once.answer_instead("/label", 200, json={"values": [1]})

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { priorities { name } labels resolutions { name } } }'
    )

    assert sorted(answer.codes) == ["FORBIDDEN", "JIRA_INVALID_RESPONSE"]
    connection = answer.body["data"]["connection"]
    assert (connection["priorities"], connection["labels"]) == (None, None)
    assert len(connection["resolutions"]) == 3
