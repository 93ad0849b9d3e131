"""Comments are all there, in order, and each takes no other away."""

import logging
from typing import Any

import pytest

from resolvers.global_ids import GlobalId
from sandbox.builders import SiteBuilder
from sandbox.comment_records import list_comments, with_comments
from sandbox.world import Issue
from tests.end_to_end.part_writing import say
from tests.support.gateway import Gateway, count_calls

PAGE = """
query($key: ID!, $newest: Boolean, $first: Int, $after: String) {
  connection(externalId: "acme") { issue(idOrKey: $key) {
    comments(newestFirst: $newest, first: $first, after: $after) {
      totalCount nodes { commentId body { text } } edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }
}
"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Comment { body { text } } } }"


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue without comments."""
    return site.add_issue(site.add_project("TEST"))


async def read_page(gateway: Gateway, issue: Issue, **variables: Any) -> Any:
    answer = await gateway.ask(PAGE, {"key": issue.key, **variables})
    return answer.data["connection"]["issue"]["comments"]


async def read_all(gateway: Gateway, issue: Issue, **variables: Any) -> list[str]:
    found: list[str] = []
    after, has_next = None, True
    while has_next:
        page = await read_page(gateway, issue, after=after, **variables)
        found += [node["body"]["text"] for node in page["nodes"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


@pytest.mark.parametrize(("first", "calls"), [(100, 3), (33, 8)])
@pytest.mark.parametrize("newest", [False, True], ids=["oldest first", "newest first"])
async def test_250_comments_are_250_in_order(
    built_once: Gateway, site: SiteBuilder, issue: Issue, first: int, calls: int, *, newest: bool
) -> None:
    texts = say(site, issue, 250)

    found = await read_all(built_once, issue, newest=newest, first=first)

    assert found == (texts[::-1] if newest else texts)
    assert count_calls(built_once)[f"GET /rest/api/3/issue/{issue.id}/comment"] == calls


async def test_a_page_tells_where_it_lies_and_how_many_there_are(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    say(site, issue, 5)

    page = await read_page(built_once, issue, first=2)
    cursors = [edge["cursor"] for edge in page["edges"]]
    rest = await read_page(built_once, issue, first=3, after=cursors[1])

    assert page["totalCount"] == rest["totalCount"] == 5
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    assert [node["body"]["text"] for node in rest["nodes"]] == ["Number 2", "Number 3", "Number 4"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize("newest", [False, True], ids=["oldest first", "newest first"])
async def test_comments_that_come_between_two_pages_move_nothing(
    built_once: Gateway, site: SiteBuilder, issue: Issue, *, newest: bool
) -> None:
    texts = say(site, issue, 30)
    page = await read_page(built_once, issue, newest=newest, first=10)
    site.add_comment(issue, "Late")
    site.add_comment(issue, "Later")

    rest = await read_page(
        built_once, issue, newest=newest, first=20, after=page["pageInfo"]["endCursor"]
    )

    found = [node["body"]["text"] for node in page["nodes"] + rest["nodes"]]
    assert found == (texts[::-1] if newest else texts)


async def test_an_issue_without_comments_has_an_empty_page(
    built_once: Gateway, issue: Issue
) -> None:
    page = await read_page(built_once, issue)

    assert (page["nodes"], page["totalCount"], page["pageInfo"]["hasNextPage"]) == ([], 0, False)


async def test_a_comment_is_public_unless_it_is_kept_from_customers_or_for_some_alone(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    say(site, issue, 4)
    current = site.data.issues[issue.id]
    one, two, three, four = list_comments(current)
    del one["jsdPublic"], one["author"], one["updated"]
    two["jsdPublic"] = False
    three["visibility"] = {"type": "role", "value": "Administrators"}
    four["author"] = {"displayName": "A former customer"}
    site.data.put_issue(with_comments(current, [one, two, three, four]))

    answer = await built_once.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ comments {{ nodes {{ isPublic author {{ accountId }} '
        "created updated } } }"
    )

    nodes = answer["issue"]["comments"]["nodes"]
    assert [node["isPublic"] for node in nodes] == [True, False, False, True]
    assert [node["author"] is None for node in nodes] == [True, False, False, True]
    assert nodes[0]["updated"] == nodes[0]["created"]


@pytest.mark.parametrize(
    ("body", "text"),
    [("As it was written", "As it was written"), (None, ""), (42, ""), (["x"], ""), ("\x00", "")],
    ids=str,
)
async def test_a_body_that_is_no_document_takes_no_other_comment_away(
    built_once: Gateway,
    site: SiteBuilder,
    issue: Issue,
    caplog: pytest.LogCaptureFixture,
    body: Any,
    text: str,
) -> None:
    say(site, issue, 3)
    list_comments(site.data.issues[issue.id])[1]["body"] = body

    with caplog.at_level(logging.WARNING):
        found = await read_all(built_once, issue)

    assert found == ["Number 0", text, "Number 2"]
    assert ("'body'" in caplog.text) == (body is not None)


async def test_comments_of_many_issues_are_one_call_and_one_more_for_each_page_beyond_it(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 50)
    texts = {issue.key: say(site, issue, number % 4) for number, issue in enumerate(issues)}
    texts[issues[0].key] = say(site, issues[0], 21)
    texts[issues[9].key] += say(site, issues[9], 30)

    answer = await built_once.ask_connection(
        "issues(first: 50) { nodes { key comments(first: 3) { totalCount "
        "nodes { body { text } issue { key } } pageInfo { hasNextPage } } "
        "all: comments(first: 30) { nodes { body { text } } } } }"
    )

    nodes = answer["issues"]["nodes"]
    for node in nodes:
        page, expected = node["comments"], texts[node["key"]]
        assert [each["body"]["text"] for each in page["nodes"]] == expected[:3]
        assert {each["issue"]["key"] for each in page["nodes"]} <= {node["key"]}
        assert page["totalCount"] == len(expected)
        assert page["pageInfo"]["hasNextPage"] == (len(expected) > 3)
        assert [each["body"]["text"] for each in node["all"]["nodes"]] == expected[:30]
    assert len(nodes) == 50
    assert count_calls(built_once) == {
        "POST /rest/api/3/search/jql": 1,
        "POST /rest/api/3/issue/bulkfetch": 1,
        f"GET /rest/api/3/issue/{issues[0].id}/comment": 1,
        f"GET /rest/api/3/issue/{issues[9].id}/comment": 1,
    }


async def test_newest_first_holds_for_many_issues_too(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 3)
    for issue in issues:
        say(site, issue, 4)

    answer = await built_once.ask_connection(
        "issues { nodes { comments(newestFirst: true, first: 2) { nodes { body { text } } "
        "pageInfo { endCursor } } } }"
    )

    pages = [node["comments"] for node in answer["issues"]["nodes"]]
    assert [[c["body"]["text"] for c in page["nodes"]] for page in pages] == [
        ["Number 3", "Number 2"]
    ] * 3
    # Which page is whose does not matter: all three issues have the same texts.
    after = pages[0]["pageInfo"]["endCursor"]
    rest = await read_page(built_once, issues[2], newest=True, after=after)
    assert [c["body"]["text"] for c in rest["nodes"]] == ["Number 1", "Number 0"]


async def test_where_the_batch_is_refused_each_issue_is_asked_for_its_comments(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 3)
    for issue in issues:
        say(site, issue, 1)
    built_once.answer_instead("/issue/bulkfetch", 403, json={"errorMessages": ["No."]})

    answer = await built_once.ask_connection(
        "issues { nodes { comments { nodes { body { text } } } } }"
    )

    assert [n["comments"]["nodes"] for n in answer["issues"]["nodes"]] == [
        [{"body": {"text": "Number 0"}}]
    ] * 3


async def test_where_the_batch_fails_no_issue_is_asked_by_itself(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("TEST"), 3)
    built_once.answer_instead("/issue/bulkfetch", 500)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues { nodes { key comments { totalCount } } } } }'
    )

    assert answer.codes == ["JIRA_UNAVAILABLE"] * 3
    assert built_once.calls() == ["POST /rest/api/3/search/jql"]


async def test_a_comment_whose_issue_is_hidden_says_so(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    say(site, issue, 1)
    page = await built_once.ask_connection("issues { nodes { comments { nodes { id } } } }")
    comment_id = page["issues"]["nodes"][0]["comments"]["nodes"][0]["id"]
    built_once.answer_instead(f"/issue/{issue.id}", 404)

    answer = await built_once.ask(
        "query($id: ID!) { node(id: $id) { ... on Comment { issue { summary } } } }",
        {"id": comment_id},
    )

    assert answer.codes == ["NOT_FOUND"]
    assert answer.body["data"] == {"node": None}


async def test_one_issues_failing_comments_leave_the_others_well(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 3)
    for issue in issues:
        say(site, issue, 25)
    built_once.answer_instead(f"/issue/{issues[1].id}/comment", 500)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues { nodes { key comments { totalCount } } } } }'
    )

    assert answer.codes == ["JIRA_UNAVAILABLE"]
    found = {n["key"]: n["comments"] for n in answer.body["data"]["connection"]["issues"]["nodes"]}
    assert found[issues[1].key] is None
    assert found[issues[0].key] == found[issues[2].key] == {"totalCount": 25}


async def test_comments_are_found_again_by_their_ids_in_one_call(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    texts = say(site, issue, 12)
    answer = await built_once.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ comments {{ nodes {{ id }} }} }}'
    )
    ids = [node["id"] for node in answer["issue"]["comments"]["nodes"]]
    built_once.forget_calls()

    several = await built_once.ask(NODES, {"ids": ids[::-1]})
    one = await built_once.ask(
        "query($id: ID!) { node(id: $id) { ... on Comment { issue { key summary } } } }",
        {"id": ids[3]},
    )

    found = several.data["nodes"]
    assert [node["body"]["text"] for node in found] == texts[::-1]
    assert [node["id"] for node in found] == ids[::-1]
    assert one.data["node"]["issue"] == {"key": issue.key, "summary": f"Issue {issue.key}"}
    assert count_calls(built_once) == {
        "POST /rest/api/3/comment/list": 1,
        f"GET /rest/api/3/issue/{issue.id}/comment/10003": 1,
        f"GET /rest/api/3/issue/{issue.id}": 1,
    }


async def test_a_comment_that_is_gone_or_of_another_issue_is_null(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    other = site.add_issue(site.data.projects[issue.project_id])
    site.add_comment(other, "Elsewhere")
    label = await built_once.services.database.fetch_val("SELECT id FROM connection")
    parts = [f"{issue.id}.10000", f"{issue.id}.99999", f"{other.id}.10000"]
    ids = [str(GlobalId("Comment", label, part)) for part in parts]

    together = await built_once.ask(NODES, {"ids": ids})
    alone = await built_once.ask(NODES, {"ids": ids[:1]})
    odd = await built_once.ask(NODES, {"ids": [str(GlobalId("Comment", label, "1./myself"))]})

    assert [node and node["body"]["text"] for node in together.data["nodes"]] == [
        None,
        None,
        "Elsewhere",
    ]
    assert alone.data["nodes"] == [None]
    assert odd.codes == ["BAD_USER_INPUT"]


async def test_every_comment_of_a_sample_of_real_issues_is_read(real_once: Gateway) -> None:
    data = next(iter(real_once.sandbox.world.data.values()))
    talked = [issue for issue in data.list_issues() if len(list_comments(issue)) > 8][::40]

    for issue in talked:
        found = await real_once.ask_connection(
            f'issue(idOrKey: "{issue.key}") {{ comments(first: 100) {{ totalCount '
            "nodes { commentId created author { displayName } body { text } } } }"
        )
        page, raw = found["issue"]["comments"], list_comments(issue)
        assert page["totalCount"] == len(raw)
        assert [n["commentId"] for n in page["nodes"]] == [c["id"] for c in raw][:100]
        assert [n["author"]["displayName"] for n in page["nodes"]] == [
            c["author"]["displayName"] for c in raw
        ][:100]
    assert len(talked) > 5
