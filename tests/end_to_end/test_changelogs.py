"""What became of issues: in order, whole, and asked together."""

import json
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway, count_calls

SEARCH = "POST /rest/api/3/search/jql"
BULK = "POST /rest/api/3/changelog/bulkfetch"
PAGE = "pageInfo { hasNextPage hasPreviousPage endCursor }"
CHANGE = "created author { displayName } items { field from fromText to toText }"


def add_histories(site: SiteBuilder, *counts: int) -> list[str]:
    """Issues with so many histories each, the oldest saying `1`; their keys."""
    project = site.add_project("TEST")
    keys = []
    for count in counts:
        issue = site.add_issue(project)
        keys.append(issue.key)
        for number in range(count):
            site.add_history(issue, ("summary", str(number), str(number + 1)))
    return keys


async def read_all(gateway: Gateway, selection: str) -> list[dict[str, Any]]:
    page = await gateway.ask_connection(
        f"issues(orderBy: [{{ field: KEY }}]) {{ nodes {{ key changelog {selection} }} }}"
    )
    nodes: list[dict[str, Any]] = page["issues"]["nodes"]
    return nodes


def texts(changelog: dict[str, Any]) -> list[str]:
    return [change["items"][0]["toText"] for change in changelog["nodes"]]


async def test_a_write_is_told_with_who_what_and_when(built: Gateway, site: SiteBuilder) -> None:
    issue = site.add_issue(site.add_project("TEST"), summary="Before")
    await built.ask(
        'mutation { updateIssue(input: { connection: { externalId: "acme" }, '
        f'issue: "{issue.key}", summary: "After", '
        f'assigneeAccountId: "{site.person.account_id}" }}) {{ errors {{ message }} }} }}'
    )

    found = await built.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ changelog {{ totalCount nodes {{ {CHANGE} }} }} }}'
    )

    assert found["issue"]["changelog"]["totalCount"] == 1
    (change,) = found["issue"]["changelog"]["nodes"]
    assert change["author"] == {"displayName": "Sandbox Person"}
    assert change["created"] == "2026-06-01T12:00:00Z"
    assert change["items"] == [
        {
            "field": "assignee",
            "from": None,
            "fromText": None,
            "to": site.person.account_id,
            "toText": "Sandbox Person",
        },
        {"field": "summary", "from": None, "fromText": "Before", "to": None, "toText": "After"},
    ]


async def test_two_hundred_and_fifty_are_two_hundred_and_fifty_in_order(
    built_once: Gateway, site: SiteBuilder
) -> None:
    (key,) = add_histories(site, 250)
    found: list[str] = []
    after = "null"

    while after:
        answer = await built_once.ask_connection(
            f'issue(idOrKey: "{key}") {{ changelog(first: 100, after: {after}) '
            f"{{ totalCount nodes {{ items {{ toText }} }} {PAGE} }} }}"
        )
        page = answer["issue"]["changelog"]
        assert page["totalCount"] == 250
        assert page["pageInfo"]["hasPreviousPage"] == bool(found)
        found += texts(page)
        after = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""

    assert found == [str(number) for number in range(1, 251)]
    assert count_calls(built_once)[f"GET /rest/api/3/issue/{10000}/changelog"] == 3


async def test_the_first_pages_of_many_issues_are_one_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    counts = [3] * 48 + [0, 60]
    keys = add_histories(site, *counts)

    nodes = await read_all(built_once, f"{{ totalCount nodes {{ items {{ toText }} }} {PAGE} }}")

    assert [node["key"] for node in nodes] == keys
    for node, count in zip(nodes, counts, strict=True):
        changelog = node["changelog"]
        assert changelog["totalCount"] == count
        assert texts(changelog) == [str(number) for number in range(1, min(count, 50) + 1)]
        assert changelog["pageInfo"]["hasNextPage"] == (count > 50)
    assert count_calls(built_once) == {SEARCH: 1, BULK: 1}


async def test_a_page_behind_one_that_was_asked_together_goes_on_there(
    built_once: Gateway, site: SiteBuilder
) -> None:
    keys = add_histories(site, 7, 1)
    (node, _) = await read_all(
        built_once, f"(first: 5) {{ nodes {{ items {{ toText }} }} {PAGE} }}"
    )
    cursor = node["changelog"]["pageInfo"]["endCursor"]

    rest = await built_once.ask_connection(
        f'issue(idOrKey: "{keys[0]}") {{ changelog(first: 5, after: "{cursor}") '
        f"{{ nodes {{ items {{ toText }} }} {PAGE} }} }}"
    )

    assert texts(rest["issue"]["changelog"]) == ["6", "7"]
    assert not rest["issue"]["changelog"]["pageInfo"]["hasNextPage"]


async def test_a_list_of_several_pages_is_read_to_its_end(
    built_once: Gateway, site: SiteBuilder
) -> None:
    add_histories(site, 900, 900)

    nodes = await read_all(built_once, "{ totalCount nodes { items { toText } } }")

    assert [node["changelog"]["totalCount"] for node in nodes] == [900, 900]
    assert [texts(node["changelog"])[-1] for node in nodes] == ["50", "50"]
    assert count_calls(built_once) == {SEARCH: 1, BULK: 2}


async def test_issues_whose_histories_were_cut_are_asked_by_themselves(
    built_once: Gateway, site: SiteBuilder
) -> None:
    add_histories(site, 3, 4)
    pages = 0

    def endless(request: httpx.Request) -> httpx.Response | None:
        nonlocal pages
        if not request.url.path.endswith("/changelog/bulkfetch"):
            return None
        pages += 1
        logs = [{"issueId": "10000", "changeHistories": []}]
        return httpx.Response(200, json={"issueChangeLogs": logs, "nextPageToken": f"p{pages}"})

    built_once.transport.faults.append(endless)

    nodes = await read_all(built_once, "{ totalCount nodes { items { toText } } }")

    assert [texts(node["changelog"]) for node in nodes] == [["1", "2", "3"], ["1", "2", "3", "4"]]
    assert [node["changelog"]["totalCount"] for node in nodes] == [3, 4]
    assert pages == 5
    assert count_calls(built_once) == {
        SEARCH: 1,
        "GET /rest/api/3/issue/10000/changelog": 1,
        "GET /rest/api/3/issue/10001/changelog": 1,
    }


async def test_histories_of_a_bulk_in_any_order_are_told_oldest_first(
    built_once: Gateway, site: SiteBuilder
) -> None:
    add_histories(site, 0, 0)

    def backwards(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/changelog/bulkfetch"):
            return None
        assert json.loads(request.content)["issueIdsOrKeys"] == ["10000", "10001"]
        histories = [
            {"id": "9", "created": 1_700_000_002_000, "items": [{"fieldId": "b", "toString": "2"}]},
            {"id": "10", "created": 1_700_000_002, "items": [{"field": "c", "toString": "3"}]},
            {"id": "11", "created": "2023-11-14T22:13:21.000+0000", "items": [], "author": 5},
        ]
        logs = [
            {"issueId": "10000", "changeHistories": histories},
            {"issueId": "10001", "changeHistories": [{"id": "1", "items": "none"}]},
        ]
        return httpx.Response(200, json={"issueChangeLogs": logs})

    built_once.transport.faults.append(backwards)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues(orderBy: [{ field: KEY }]) { nodes { key '
        "changelog { nodes { changeId created author { accountId } items { field } } } } } } }"
    )

    first, second = answer.body["data"]["connection"]["issues"]["nodes"]
    assert [
        (each["changeId"], each["created"], each["author"], each["items"])
        for each in first["changelog"]["nodes"]
    ] == [
        ("11", "2023-11-14T22:13:21Z", None, []),
        ("9", "2023-11-14T22:13:22Z", None, [{"field": "b"}]),
        ("10", "2023-11-14T22:13:22Z", None, [{"field": "c"}]),
    ]
    assert second["changelog"] is None
    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["errors"][0]["path"][-2:] == [1, "changelog"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"errorMessages": ["No."]}),
        (403, {"errorMessages": ["No."]}),
        (401, {"code": 401, "message": "Unauthorized; scope does not match"}),
    ],
)
async def test_where_the_bulk_is_refused_each_issue_is_asked_by_itself(
    built_once: Gateway, site: SiteBuilder, status: int, body: dict[str, Any]
) -> None:
    add_histories(site, 1, 2)
    built_once.answer_instead("/changelog/bulkfetch", status, json=body)
    built_once.answer_instead("/10001/changelog", 403, json={"errorMessages": ["Not yours."]})

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues(orderBy: [{ field: KEY }]) { nodes { key '
        "changelog { totalCount } } } } }"
    )

    nodes = answer.body["data"]["connection"]["issues"]["nodes"]
    assert [node["changelog"] for node in nodes] == [{"totalCount": 1}, None]
    assert answer.codes == ["FORBIDDEN"]


async def test_changes_are_found_again_a_call_an_issue(built: Gateway, site: SiteBuilder) -> None:
    add_histories(site, 3, 1)
    nodes = await read_all(built, "{ nodes { id } }")
    ids = [change["id"] for node in nodes for change in node["changelog"]["nodes"]]
    built.forget_calls()

    answer = await built.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Change { items { toText } } } }",
        {"ids": ids[::-1]},
    )

    assert [node["id"] for node in answer.data["nodes"]] == ids[::-1]
    assert [node["items"][0]["toText"] for node in answer.data["nodes"]] == ["1", "3", "2", "1"]
    assert count_calls(built) == {
        "POST /rest/api/3/issue/10000/changelog/list": 1,
        "POST /rest/api/3/issue/10001/changelog/list": 1,
    }


async def test_a_change_that_is_gone_is_null(built_once: Gateway, site: SiteBuilder) -> None:
    add_histories(site, 1)
    ((change,),) = [
        node["changelog"]["nodes"] for node in await read_all(built_once, "{ nodes { id } }")
    ]
    query = f'{{ node(id: "{change["id"]}") {{ id }} }}'
    site.data.histories.clear()

    assert (await built_once.ask(query)).data == {"node": None}
    site.data.drop(10000)
    assert (await built_once.ask(query)).data == {"node": None}
