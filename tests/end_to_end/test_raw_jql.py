"""Issues by a caller's own JQL: the right it needs, its brackets, and what is told of it."""

from datetime import timedelta
from typing import Any

from resolvers.access.viewer import FrontendScope, Scope
from sandbox.builders import SiteBuilder
from storage.records import LinkedId
from tests.end_to_end.keys import make_key
from tests.support.gateway import JUNCTURE, Gateway

RAW = (
    'query($jql: String) { connection(externalId: "acme") { issues(jql: $jql) { nodes { key } } } }'
)
IN_PROJECT = (
    'query($jql: String) { connection(externalId: "acme") { project(idOrKey: "HOME") { name '
    "issues(jql: $jql) { approximateCount nodes { key } } } } }"
)


def sent_jql(gateway: Gateway) -> list[str]:
    bodies = [call.body for call in gateway.sandbox.calls.calls]
    return [body["jql"] for body in bodies if isinstance(body, dict) and "jql" in body]


async def test_raw_jql_needs_a_right_of_its_own_which_no_frontend_token_has(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME"))
    without = await make_key(built_once, *(set(Scope.__members__) - {Scope.GRAPH_JQL.name}))
    alone = await make_key(built_once, "GRAPH_READ", "GRAPH_JQL")
    tokens = built_once.services.frontend_tokens
    token = tokens.mint(LinkedId("acme", "jira"), FrontendScope, timedelta(minutes=5), maker=None)

    for query in (RAW, IN_PROJECT):
        for shown in (without, token.token):
            for jql in ("project = HOME", "", "a) OR (b"):
                answer = await built_once.ask(query, {"jql": jql}, key=shown)
                assert answer.codes == ["FORBIDDEN"]
    assert built_once.calls() == []
    assert (await built_once.ask(RAW, {"jql": None}, key=without)).data
    assert (await built_once.ask(RAW, {"jql": "project = HOME"}, key=alone)).data


async def test_raw_jql_is_put_into_brackets_beside_the_filter(
    built_once: Gateway, site: SiteBuilder
) -> None:
    home, away = site.add_project("HOME"), site.add_project("AWAY")
    site.add_issue(home, labels=["red"])
    site.add_issue(home, labels=["blue"])
    site.add_issue(away, labels=["red"])
    jql = "labels = red OR labels = blue ORDER BY key DESC"

    answer = await built_once.ask_connection(
        f'project(idOrKey: "HOME") {{ issues(jql: "{jql}", filter: {{ labels: ["red"] }}) '
        "{ approximateCount nodes { key } } }"
    )

    assert answer["project"]["issues"] == {"approximateCount": 1, "nodes": [{"key": "HOME-1"}]}
    condition = (
        f'(project IN ({home.id}) AND ((labels IN ("red")))) AND (labels = red OR labels = blue)'
    )
    assert sent_jql(built_once) == [f"{condition} ORDER BY key DESC", condition]


async def test_an_order_alone_is_bounded_and_two_orders_are_refused(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("HOME"), 3)

    answer = await built_once.ask(RAW, {"jql": "order by key"})
    both = await built_once.ask(
        '{ connection(externalId: "acme") { issues(jql: "a = 1 ORDER BY b", '
        "orderBy: [{ field: KEY }]) { nodes { key } } } }"
    )

    nodes = answer.data["connection"]["issues"]["nodes"]
    assert [node["key"] for node in nodes] == ["HOME-1", "HOME-2", "HOME-3"]
    assert sent_jql(built_once) == [
        "(project IS NOT EMPTY) AND (project IS NOT EMPTY) ORDER BY key"
    ]
    assert both.codes == ["BAD_USER_INPUT"]
    assert "leave one of them out" in both.body["errors"][0]["message"]


async def test_what_reaches_out_of_its_brackets_is_refused_before_any_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME"))
    for jql in (
        "a = 1) OR (b = 2",
        'a = "b',
        'a = \'b") OR (c = "d',
        'a = "b\\") OR (c = d',
        "a = 1 ORDER BY b) OR (c = 1",
        "a = \\",
        "a = 1\x00",
        "a" * 10_001,
    ):
        for query in (RAW, IN_PROJECT):
            answer = await built_once.ask(query, {"jql": jql})
            assert answer.codes == ["BAD_USER_INPUT"], jql
            assert "jql" in answer.body["errors"][0]["message"].lower()

    assert built_once.calls() == []


async def test_what_jira_refuses_is_told_in_its_words_and_the_siblings_answer(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME", name="Home"))

    answer = await built_once.ask(IN_PROJECT, {"jql": "mood = good"})

    assert answer.codes == ["JIRA_VALIDATION"]
    assert "Field 'mood' does not exist" in answer.body["errors"][0]["message"]
    assert answer.body["data"]["connection"]["project"] == {"name": "Home", "issues": None}


async def test_a_cursor_of_one_jql_is_none_of_another(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("HOME"), 3)
    query = (
        'query($jql: String, $after: String) { connection(externalId: "acme") { '
        "issues(jql: $jql, first: 2, after: $after) { nodes { key } pageInfo { endCursor } } } }"
    )
    page = await built_once.ask(query, {"jql": "project = HOME"})
    after = page.data["connection"]["issues"]["pageInfo"]["endCursor"]

    same = await built_once.ask(query, {"jql": "project = HOME", "after": after})
    other = await built_once.ask(query, {"jql": "project = HOME OR 1 = 1", "after": after})

    assert len(same.data["connection"]["issues"]["nodes"]) == 1
    assert other.codes == ["BAD_USER_INPUT"]


async def ask_explained(gateway: Gateway, query: str, header: str = "1") -> dict[str, Any]:
    response = await gateway.http.post(
        f"{JUNCTURE}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {gateway.key}", "X-Juncture-Explain": header},
    )
    body: dict[str, Any] = response.json()
    return body


EXPLAINED = """{ connection(externalId: "acme") {
  mine: issues(filter: { labels: ["red"] }) { approximateCount nodes { key } }
  wrong: issues(jql: "mood = good") { nodes { key } }
  project(idOrKey: "HOME") { issues { nodes { key } } }
  sprint(sprintId: "1") { issues(orderBy: [{ field: KEY }]) { nodes { key } } }
  boards { nodes { backlog(filter: { labels: ["red"] }) { nodes { key } } } }
} }"""


async def test_the_jql_that_was_sent_is_told_where_the_header_asks(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("HOME")
    site.add_sprint(site.add_board(project), state="active")
    site.add_issue(project, labels=["red"])

    body = await ask_explained(built_once, EXPLAINED)

    told = {tuple(each["path"]): each["jql"] for each in body["extensions"]["jira"]["jql"]}
    newest = "ORDER BY created DESC, key ASC"
    assert told == {
        ("connection", "mine"): f'labels IN ("red") {newest}',
        ("connection", "mine", "approximateCount"): 'labels IN ("red")',
        ("connection", "wrong"): f"(project IS NOT EMPTY) AND (mood = good) {newest}",
        ("connection", "project", "issues"): f"project IN ({project.id}) {newest}",
        ("connection", "sprint", "issues"): "ORDER BY key ASC",
        ("connection", "boards", "nodes", 0, "backlog"): 'labels IN ("red")',
    }
    assert set(sent_jql(built_once)) < set(told.values())
    assert [error["path"] for error in body["errors"]] == [["connection", "wrong"]]


async def test_nothing_is_told_where_nobody_asks_or_nothing_was_searched(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME"))
    search = '{ connection(externalId: "acme") { issues { nodes { key } } } }'

    plain = await built_once.ask(search)
    other = await ask_explained(built_once, search, header="0")
    unsearched = await ask_explained(built_once, "{ viewer { kind } }")
    invalid = await ask_explained(built_once, "{ nothing }")

    assert "extensions" not in plain.body
    assert "extensions" not in other
    assert unsearched["extensions"] == {"jira": {"jql": []}}
    assert "extensions" not in invalid


async def test_both_queries_are_told_where_jira_refused_the_first(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME"))

    body = await ask_explained(
        built_once,
        '{ connection(externalId: "acme") { issues(filter: { idsOrKeys: ["HOME-1", "HOME-9"] }) '
        "{ nodes { key } } } }",
    )

    assert [each["jql"].partition(" ORDER")[0] for each in body["extensions"]["jira"]["jql"]] == [
        'issuekey IN ("HOME-1", "HOME-9")',
        'issuekey IN ("HOME-1")',
    ]
    assert body["data"]["connection"]["issues"]["nodes"] == [{"key": "HOME-1"}]
