"""Parents, sub-tasks and links: who they are, what they cost, and what is hidden of them."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from tests.end_to_end.worlds import ARCHIVES, read_archive
from tests.support.gateway import Gateway, count_calls

SEARCH = "POST /rest/api/3/search/jql"
BULK = "POST /rest/api/3/issue/bulkfetch"
SHOWN = "id issueId key url summary status { name } priority { name } issueType { name }"
LINKS = "links { linkId type { name inward outward } direction relation issue { key } }"


def a_stub(number: int, key: str) -> dict[str, Any]:
    """An issue that the site does not show, as another one shows it."""
    return {"id": str(number), "key": key, "self": "https://x", "fields": {"summary": "Far"}}


def put(site: SiteBuilder, issue: Issue, **fields: Any) -> None:
    current = site.data.issues[issue.id]
    site.data.put_issue(replace(current, fields={**current.fields, **fields}))


async def read(gateway: Gateway, key: str, selection: str) -> Any:
    return (await gateway.ask_connection(f'issue(idOrKey: "{key}") {{ {selection} }}'))["issue"]


async def test_a_story_has_its_epic_a_task_its_subtasks_and_a_subtask_its_task(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    epic = site.add_issue(project, issue_type="Epic", summary="Above")
    story = site.add_issue(project, parent=epic)
    below = [site.add_issue(project, issue_type="Sub-task", parent=story) for _ in range(3)]

    found = await read(
        built,
        story.key,
        f"parent {{ {SHOWN} parent {{ key }} }} "
        "subtasks { nodes { key parent { key parent { summary } } } "
        "pageInfo { hasNextPage hasPreviousPage } approximateCount }",
    )

    assert found["parent"]["key"] == epic.key
    assert found["parent"]["summary"] == "Above"
    assert found["parent"]["issueType"] == {"name": "Epic"}
    assert found["parent"]["parent"] is None
    assert found["subtasks"]["nodes"] == [
        {"key": each.key, "parent": {"key": story.key, "parent": {"summary": "Above"}}}
        for each in below
    ]
    assert found["subtasks"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False}
    assert found["subtasks"]["approximateCount"] == 3


async def test_what_jira_shows_beside_an_issue_costs_no_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    epic = site.add_issue(project, issue_type="Epic")
    issues = site.add_issues(project, 50, parent=epic)
    for issue in issues:
        site.add_issue(project, issue_type="Sub-task", parent=issue)
        site.add_link(issue, epic)

    page = await built_once.ask_connection(
        f"issues(first: 100) {{ nodes {{ parent {{ {SHOWN} }} "
        f"subtasks {{ nodes {{ {SHOWN} }} }} links {{ issue {{ {SHOWN} }} }} }} }}"
    )

    shown = [node["parent"]["key"] for node in page["issues"]["nodes"] if node["parent"]]
    assert len(shown) == 100
    assert count_calls(built_once) == {SEARCH: 1}


async def test_everything_else_of_all_siblings_is_one_bulkfetch_a_hundred(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    others = site.add_issues(project, 50, labels=["other"])
    for other in others:
        child = site.add_issue(project, parent=other, labels=["child"])
        site.add_link(child, others[0])

    page = await built_once.ask_connection(
        'issues(filter: { labels: ["child"] }, first: 50) { nodes { parent { key labels } '
        "links { issue { key labels project { key } } } } }"
    )

    nodes = page["issues"]["nodes"]
    assert sorted(node["parent"]["key"] for node in nodes) == sorted(each.key for each in others)
    assert {label for node in nodes for label in node["parent"]["labels"]} == {"other"}
    assert {node["links"][0]["issue"]["key"] for node in nodes} == {others[0].key}
    assert count_calls(built_once) == {SEARCH: 1, BULK: 1}


async def test_subtasks_come_in_pages(built_once: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("TEST")
    parent = site.add_issue(project)
    keys = [site.add_issue(project, issue_type="Sub-task", parent=parent).key for _ in range(120)]
    built_once.forget_calls()

    found: list[str] = []
    after = "null"
    while after:
        issue = await read(
            built_once,
            parent.key,
            f"subtasks(first: 50, after: {after}) {{ edges {{ cursor node {{ key labels }} }} "
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }",
        )
        page = issue["subtasks"]
        assert page["pageInfo"]["hasPreviousPage"] == bool(found)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        found += [edge["node"]["key"] for edge in page["edges"]]
        after = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""

    assert found == keys
    assert count_calls(built_once) == {f"GET /rest/api/3/issue/{parent.key}": 3, BULK: 3}


async def test_a_cursor_of_one_issues_subtasks_is_none_of_another(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    first, second = site.add_issues(project, 2)
    for parent in (first, first, second):
        site.add_issue(project, issue_type="Sub-task", parent=parent)
    page = await read(built_once, first.key, "subtasks(first: 1) { pageInfo { endCursor } }")
    cursor = page["subtasks"]["pageInfo"]["endCursor"]

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ issue(idOrKey: "{second.key}") '
        f'{{ key subtasks(after: "{cursor}") {{ nodes {{ key }} }} }} }} }}'
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"]["connection"]["issue"] == {"key": second.key, "subtasks": None}


async def test_a_link_reads_from_both_ends_as_people_read_it(
    built: Gateway, site: SiteBuilder
) -> None:
    first, second = site.add_issues(site.add_project("TEST"), 2)
    site.add_link(first, second, type_name="Blocks")

    from_first = (await read(built, first.key, LINKS))["links"]
    from_second = (await read(built, second.key, LINKS))["links"]

    kind = {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    link_id = from_first[0]["linkId"]
    assert from_first == [
        {
            "linkId": link_id,
            "type": kind,
            "direction": "OUTWARD",
            "relation": "blocks",
            "issue": {"key": second.key},
        }
    ]
    assert from_second == [
        {
            "linkId": link_id,
            "type": kind,
            "direction": "INWARD",
            "relation": "is blocked by",
            "issue": {"key": first.key},
        }
    ]


async def test_what_is_hidden_is_null_without_an_error(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    issue, other = site.add_issues(project, 2)
    site.add_link(issue, other)
    (entry,) = site.data.issues[issue.id].fields["issuelinks"]
    far = {**entry, "id": "77", "outwardIssue": a_stub(99, "FAR-1")}
    nowhere = {"id": "78", "type": entry["type"]}
    put(
        site,
        issue,
        parent=a_stub(98, "FAR-2"),
        subtasks=[a_stub(97, "FAR-3")],
        issuelinks=[entry, far, nowhere],
    )
    site.add_issue(project, issue_type="Sub-task", parent=issue)

    found = await read(
        built_once,
        issue.key,
        "parent { labels } links { linkId issue { key labels } } "
        "subtasks { nodes { key labels } pageInfo { hasNextPage } }",
    )

    assert found["parent"] is None
    assert found["links"] == [
        {"linkId": entry["id"], "issue": {"key": other.key, "labels": []}},
        {"linkId": "77", "issue": None},
    ]
    assert found["subtasks"] == {
        "nodes": [{"key": "TEST-3", "labels": []}],
        "pageInfo": {"hasNextPage": False},
    }


async def test_an_issue_without_any_of_it_has_none(built_once: Gateway, site: SiteBuilder) -> None:
    issue = site.add_issue(site.add_project("TEST"))
    selection = (
        "parent { labels } links { relation issue { labels } } subtasks { nodes { labels } } "
        "changelog { nodes { changeId } totalCount }"
    )
    nothing: dict[str, Any] = {
        "parent": None,
        "links": [],
        "subtasks": {"nodes": []},
        "changelog": {"nodes": [], "totalCount": 0},
    }

    assert await read(built_once, issue.key, selection) == nothing
    bare = {"id": str(issue.id), "key": issue.key, "fields": {}}
    built_once.answer_instead(f"/rest/api/3/issue/{issue.key}", 200, json=bare)
    assert await read(built_once, issue.key, selection) == nothing


async def test_circles_and_links_to_itself_end(built_once: Gateway, site: SiteBuilder) -> None:
    first, second = site.add_issues(site.add_project("TEST"), 2)
    site.add_link(first, second)
    site.add_link(second, first)
    site.add_link(first, first)
    # A parent of itself, as no Jira should have it.
    put(site, second, parent={**a_stub(second.id, second.key), "fields": {}})

    found = await read(
        built_once,
        first.key,
        "links { relation issue { key links { relation issue { key "
        "parent { key parent { key parent { labels } } } } } } }",
    )

    ends = [link["issue"]["key"] for link in found["links"]]
    assert ends == [second.key, second.key, first.key, first.key]
    assert [link["relation"] for link in found["links"][2:]] == ["blocks", "is blocked by"]
    inner = found["links"][2]["issue"]["links"][0]["issue"]
    assert inner["parent"]["parent"]["parent"] == {"labels": []}


async def test_an_odd_stub_costs_nothing_beside_it(built_once: Gateway, site: SiteBuilder) -> None:
    issue, other = site.add_issues(site.add_project("TEST"), 2)
    built_once.answer_instead(
        f"/rest/api/3/issue/{issue.key}",
        200,
        json={
            "id": str(issue.id),
            "key": issue.key,
            "fields": {
                "summary": "Here",
                "parent": {"id": "../myself", "key": "X-1"},
                "subtasks": [5, {"key": "X-2"}, {"id": str(other.id), "key": other.key}],
                "issuelinks": [{"id": "1", "outwardIssue": {"id": "2", "key": "X-3"}}],
            },
        },
    )

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ issue(idOrKey: "{issue.key}") {{ summary '
        "parent { key } subtasks { nodes { key } } links { linkId } } } }"
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["data"]["connection"]["issue"] == {
        "summary": "Here",
        "parent": None,
        "subtasks": {"nodes": [{"key": other.key}]},
        "links": None,
    }


async def test_a_call_that_fails_leaves_the_issues_well(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    for _ in range(2):
        site.add_issue(project, parent=site.add_issue(project, issue_type="Epic"))
    built_once.answer_instead("/issue/bulkfetch", 403, json={"errorMessages": ["No."]})

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues(filter: { issueTypeNames: ["Task"] }) '
        "{ nodes { summary parent { labels } } } } }"
    )

    assert answer.codes == ["FORBIDDEN", "FORBIDDEN"]
    nodes = answer.body["data"]["connection"]["issues"]["nodes"]
    assert nodes == [
        {"summary": "Issue TEST-4", "parent": None},
        {"summary": "Issue TEST-2", "parent": None},
    ]


@pytest.mark.parametrize("first", [0, 101])
async def test_a_page_of_subtasks_or_changes_has_its_bounds(
    gateway_once: Gateway, first: int
) -> None:
    for field in ("subtasks", "changelog"):
        answer = await gateway_once.ask(
            f'{{ connection(externalId: "acme") {{ issue(idOrKey: "SHOP-1") '
            f"{{ {field}(first: {first}) {{ nodes {{ __typename }} }} }} }} }}"
        )

        assert answer.codes == ["BAD_USER_INPUT"]
        assert gateway_once.calls() == []


def list_ends(raw: dict[str, Any]) -> list[str]:
    """The keys that a raw issue's links lead to."""
    links = raw["fields"].get("issuelinks") or []
    return [(each.get("inwardIssue") or each["outwardIssue"])["key"] for each in links]


async def test_of_real_issues_the_ends_that_nobody_may_see_are_null(real_once: Gateway) -> None:
    raw_issues = {each["key"]: each for name in ARCHIVES for each in read_archive(name)}
    linked = [key for key, raw in raw_issues.items() if list_ends(raw)][::40]

    found = await real_once.ask(
        'query($keys: [ID!]!) { connection(externalId: "acme") { issuesByIdOrKey('
        "idsOrKeys: $keys) { key links { issue { key labels } } parent { key labels } } } }",
        {"keys": linked},
    )

    shown = found.data["connection"]["issuesByIdOrKey"]
    assert [each["key"] for each in shown] == linked
    for each in shown:
        assert [link["issue"] for link in each["links"]] == [
            {"key": key, "labels": raw_issues[key]["fields"]["labels"]}
            if key in raw_issues
            else None
            for key in list_ends(raw_issues[each["key"]])
        ]
    ends = [link["issue"] for each in shown for link in each["links"]]
    assert None in ends
    assert len(ends) > 50
    assert set(count_calls(real_once)) == {BULK}
