"""Links by their ids, and the kinds of links."""

from dataclasses import replace
from typing import Any

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.support.gateway import Gateway, count_calls


async def read_links(gateway: Gateway, issue: Issue, selection: str) -> list[dict[str, Any]]:
    found = await gateway.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ links {{ {selection} }} }}'
    )
    links: list[dict[str, Any]] = found["issue"]["links"]
    return links


async def test_links_and_their_kinds_are_found_again(built: Gateway, site: SiteBuilder) -> None:
    first, second = site.add_issues(site.add_project("TEST"), 2)
    site.add_link(first, second)
    ids = [(await read_links(built, each, "id type { id }"))[0] for each in (first, second)]
    built.forget_calls()

    answer = await built.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on IssueLink { relation issue "
        "{ key } } ... on IssueLinkType { outward } } }",
        {"ids": [ids[0]["id"], ids[1]["id"], ids[0]["type"]["id"]]},
    )

    assert ids[0]["id"] != ids[1]["id"]
    assert answer.data["nodes"] == [
        {
            "id": ids[0]["id"],
            "__typename": "IssueLink",
            "relation": "blocks",
            "issue": {"key": second.key},
        },
        {
            "id": ids[1]["id"],
            "__typename": "IssueLink",
            "relation": "is blocked by",
            "issue": {"key": first.key},
        },
        {"id": ids[0]["type"]["id"], "__typename": "IssueLinkType", "outward": "blocks"},
    ]
    assert count_calls(built) == {
        "POST /rest/api/3/issue/bulkfetch": 1,
        "GET /rest/api/3/issueLinkType": 1,
    }


async def test_a_link_that_is_gone_is_null(built_once: Gateway, site: SiteBuilder) -> None:
    first, second = site.add_issues(site.add_project("TEST"), 2)
    site.add_link(first, second)
    (link,) = await read_links(built_once, first, "id")
    current = site.data.issues[first.id]
    site.data.put_issue(replace(current, fields={**current.fields, "issuelinks": []}))

    answer = await built_once.ask(f'{{ node(id: "{link["id"]}") {{ id }} }}')

    assert answer.data == {"node": None}


async def test_the_kinds_of_links_are_those_of_the_site(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.find_or_add_link_type("Causes", inward="is caused by", outward="causes")

    found = await built_once.ask_connection(
        "issueLinkTypes { linkTypeId name inward outward } again: issueLinkTypes { name }"
    )

    assert [each["name"] for each in found["issueLinkTypes"]] == [
        "Blocks",
        "Cloners",
        "Duplicate",
        "Relates",
        "Causes",
    ]
    assert found["issueLinkTypes"][0] == {
        "linkTypeId": "10000",
        "name": "Blocks",
        "inward": "is blocked by",
        "outward": "blocks",
    }
    assert built_once.calls() == ["GET /rest/api/3/issueLinkType"]
