"""Worklogs are all there, and logged, changed and taken away as the person asks."""

from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.worklog_records import list_worklogs
from sandbox.world import PERSON_ACCOUNT_ID, Issue
from tests.end_to_end.part_writing import ERRORS, change, told
from tests.support.gateway import Gateway, count_calls

WORKLOG = """
  worklog { id worklogId author { accountId } started timeSpent timeSpentSeconds comment { text } }
"""
ADD = f"mutation($input: AddWorklogInput!) {{ addWorklog(input: $input) {{ {WORKLOG} {ERRORS} }} }}"
UPDATE = f"""
mutation($input: UpdateWorklogInput!) {{ updateWorklog(input: $input) {{ {WORKLOG} {ERRORS} }} }}
"""
DELETE = f"""
mutation($input: DeleteWorklogInput!) {{
  deleteWorklog(input: $input) {{ deletedId {ERRORS} }}
}}
"""
PAGE = """
query($key: ID!, $first: Int, $after: String) {
  connection(externalId: "acme") { issue(idOrKey: $key) {
    worklogs(first: $first, after: $after) {
      totalCount nodes { id worklogId timeSpentSeconds } pageInfo { hasNextPage endCursor }
    }
  } }
}
"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Worklog { timeSpentSeconds } } }"
HOUR = 3_600


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue without worklogs."""
    return site.add_issue(site.add_project("TEST"))


def work(site: SiteBuilder, issue: Issue, count: int) -> list[int]:
    """The seconds of new worklogs, the oldest first."""
    times = [60 * (number + 1) for number in range(count)]
    for seconds in times:
        site.add_worklog(issue, seconds)
    return times


async def read_page(gateway: Gateway, issue: Issue, **variables: Any) -> Any:
    answer = await gateway.ask(PAGE, {"key": issue.key, **variables})
    return answer.data["connection"]["issue"]["worklogs"]


async def read_time(gateway: Gateway, issue: Issue) -> Any:
    answer = await gateway.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ timeTracking {{ timeSpentSeconds '
        "remainingEstimateSeconds timeSpent } }"
    )
    return answer["issue"]["timeTracking"]


async def test_250_worklogs_are_250_in_order(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    times = work(site, issue, 250)
    found: list[int] = []
    after, has_next = None, True

    while has_next:
        page = await read_page(built_once, issue, first=100, after=after)
        found += [node["timeSpentSeconds"] for node in page["nodes"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == times
    assert page["totalCount"] == 250
    assert count_calls(built_once)[f"GET /rest/api/3/issue/{issue.id}/worklog"] == 3


async def test_worklogs_and_comments_of_many_issues_are_one_call_however_long_the_lists(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issues = site.add_issues(site.add_project("TEST"), 30)
    times = {issue.key: work(site, issue, number % 3) for number, issue in enumerate(issues)}
    times[issues[0].key] = work(site, issues[0], 21)
    site.add_comment(issues[4], "Hello")

    answer = await built_once.ask_connection(
        "issues(first: 50) { nodes { key worklogs(first: 2) { totalCount "
        "nodes { timeSpentSeconds } } comments { totalCount } } }"
    )

    for node in answer["issues"]["nodes"]:
        expected = times[node["key"]]
        assert [w["timeSpentSeconds"] for w in node["worklogs"]["nodes"]] == expected[:2]
        assert node["worklogs"]["totalCount"] == len(expected)
        assert node["comments"]["totalCount"] == (node["key"] == issues[4].key)
    assert count_calls(built_once) == {
        "POST /rest/api/3/search/jql": 1,
        "POST /rest/api/3/issue/bulkfetch": 1,
    }


async def test_worklogs_are_found_again_by_their_ids_in_one_call(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    times = work(site, issue, 5)
    page = await read_page(built_once, issue)
    ids = [node["id"] for node in page["nodes"]]
    await change(built_once, DELETE, issue=issue.key, worklogId=ids[4])
    built_once.forget_calls()

    several = await built_once.ask(NODES, {"ids": ids[::-1]})
    one = await built_once.ask(NODES, {"ids": ids[:1]})

    assert several.data["nodes"][0] is None
    assert [node["timeSpentSeconds"] for node in several.data["nodes"][1:]] == times[3::-1]
    assert one.data["nodes"][0]["id"] == ids[0]
    assert count_calls(built_once) == {
        "POST /rest/api/3/worklog/list": 1,
        f"GET /rest/api/3/issue/{issue.id}/worklog/10000": 1,
    }


async def test_a_worklog_without_words_or_with_unreadable_ones_leaves_its_page_well(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    work(site, issue, 3)
    first, second, _ = list_worklogs(site.data.issues[issue.id])
    first["comment"] = "no document"
    for part in ("author", "timeSpent", "created"):
        del second[part]

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ issue(idOrKey: "{issue.key}") {{ worklogs {{ nodes '
        "{ timeSpent author { accountId } comment { text } } } } } }"
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    one, two, three = answer.body["data"]["connection"]["issue"]["worklogs"]["nodes"]
    assert one == three | {"timeSpent": "1m"}
    assert two == {"timeSpent": "2m", "author": None, "comment": None}


async def test_work_is_logged_in_one_call_and_counts_at_once(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    payload = await change(
        built_once,
        ADD,
        issue=issue.key,
        timeSpentSeconds=5 * HOUR,
        started="2026-05-31T09:30:00.123+02:00",
        comment={"markdown": "Did *it*"},
    )

    assert payload["errors"] == []
    worklog = payload["worklog"]
    assert worklog == {
        "id": worklog["id"],
        "worklogId": "10000",
        "author": {"accountId": PERSON_ACCOUNT_ID},
        "started": "2026-05-31T07:30:00.123000Z",
        "timeSpent": "5h",
        "timeSpentSeconds": 5 * HOUR,
        "comment": {"text": "Did it"},
    }
    assert built_once.calls() == [f"POST /rest/api/3/issue/{issue.key}/worklog"]
    assert await read_time(built_once, issue) == {
        "timeSpentSeconds": 5 * HOUR,
        "remainingEstimateSeconds": 0,
        "timeSpent": "5h",
    }


async def test_work_begins_now_unless_told(built_once: Gateway, issue: Issue) -> None:
    payload = await change(built_once, ADD, issue=issue.key, timeSpentSeconds=60)

    assert payload["worklog"]["started"] == "2026-06-01T12:00:00Z"
    assert payload["worklog"]["comment"] is None


async def test_a_field_left_out_stays_and_the_issues_time_moves_along(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    made = await change(
        built_once,
        ADD,
        issue=issue.key,
        timeSpentSeconds=HOUR,
        comment={"text": "Did it"},
        started="2026-05-31T09:30:00Z",
    )
    named = {"issue": issue.key, "worklogId": made["worklog"]["worklogId"]}

    longer = await change(built_once, UPDATE, **named, timeSpentSeconds=3 * HOUR)
    moved = await change(built_once, UPDATE, **named, started="2026-05-01T00:00:00Z")
    emptied = await change(built_once, UPDATE, **named, comment=None)
    built_once.forget_calls()
    same = await change(built_once, UPDATE, **named)

    expected = {**made["worklog"], "timeSpent": "3h", "timeSpentSeconds": 3 * HOUR}
    assert longer["worklog"] == expected
    assert moved["worklog"] == {**expected, "started": "2026-05-01T00:00:00Z"}
    assert emptied["worklog"] == {**moved["worklog"], "comment": {"text": ""}}
    assert same["worklog"] == emptied["worklog"]
    assert built_once.calls() == [f"GET /rest/api/3/issue/{issue.key}/worklog/10000"]
    assert (await read_time(built_once, issue))["timeSpentSeconds"] == 3 * HOUR


async def test_a_worklog_is_taken_away_with_its_time(
    built_once: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    work(site, issue, 2)
    one, two = (await read_page(built_once, issue))["nodes"]

    gone = await change(built_once, DELETE, issue=issue.key, worklogId=one["worklogId"])
    carried = await built_once.ask(
        DELETE, {"input": {"issue": str(issue.id), "worklogId": two["id"]}}
    )

    assert gone == {"deletedId": one["id"], "errors": []}
    assert carried.data["deleteWorklog"] == {"deletedId": two["id"], "errors": []}
    assert (await read_page(built_once, issue))["totalCount"] == 0
    assert (await read_time(built_once, issue))["timeSpentSeconds"] == 0


@pytest.mark.parametrize("seconds", [1, 59])
async def test_jiras_words_stand_by_the_fields_name(
    built_once: Gateway, issue: Issue, seconds: int
) -> None:
    payload = await change(built_once, ADD, issue=issue.key, timeSpentSeconds=seconds)

    assert payload == {
        "worklog": None,
        "errors": [
            {
                "__typename": "FieldError",
                "code": "JIRA_VALIDATION",
                "message": "Invalid time duration entered.",
                "path": ["input", "timeSpentSeconds"],
                "fieldId": "timespent",
                "fieldName": "Time Spent",
            }
        ],
    }


@pytest.mark.parametrize(
    ("mutation", "given", "path"),
    [
        (ADD, {"issue": "TEST-99"}, ["input", "issue"]),
        (UPDATE, {"issue": "TEST-99", "worklogId": "10000"}, ["input", "worklogId"]),
        (UPDATE, {"issue": "TEST-1", "worklogId": "77"}, ["input", "worklogId"]),
        (DELETE, {"issue": "TEST-99", "worklogId": "10000"}, ["input", "issue"]),
        (DELETE, {"issue": "TEST-1", "worklogId": "77"}, ["input", "worklogId"]),
    ],
)
async def test_what_is_not_there_is_told(
    built_once: Gateway,
    site: SiteBuilder,
    issue: Issue,
    mutation: str,
    given: dict[str, Any],
    path: list[str],
) -> None:
    work(site, issue, 1)
    time = {} if mutation == DELETE else {"timeSpentSeconds": HOUR}

    assert told(await change(built_once, mutation, **given, **time)) == [("NOT_FOUND", path)]


@pytest.mark.parametrize(
    ("mutation", "given", "path"),
    [
        (ADD, {"issue": "../myself"}, "issue"),
        (ADD, {"timeSpentSeconds": 0}, "timeSpentSeconds"),
        (ADD, {"timeSpentSeconds": -60}, "timeSpentSeconds"),
        (ADD, {"started": "0001-01-01T00:00:00+14:00"}, "started"),
        (ADD, {"comment": {"text": "\x00"}}, "comment"),
        (UPDATE, {"worklogId": "10000", "timeSpentSeconds": None}, "timeSpentSeconds"),
        (UPDATE, {"worklogId": "10000", "started": None}, "started"),
        (UPDATE, {"worklogId": "../1"}, "worklogId"),
    ],
    ids=str,
)
async def test_the_malformed_never_reaches_jira(
    built_once: Gateway, issue: Issue, mutation: str, given: dict[str, Any], path: str
) -> None:
    usual = {"issue": issue.key, "timeSpentSeconds": HOUR}

    payload = await change(built_once, mutation, **{**usual, **given})

    assert told(payload) == [("BAD_USER_INPUT", ["input", path])]
    assert built_once.calls() == []


async def test_work_whose_answer_is_lost_is_not_sent_again(
    built_once: Gateway, issue: Issue
) -> None:
    sent = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or not request.url.path.endswith("/worklog"):
            return None
        sent.append(request)
        return httpx.Response(201, text="no JSON")

    built_once.transport.faults.append(fault)

    payload = await change(built_once, ADD, issue=issue.key, timeSpentSeconds=HOUR)

    assert told(payload) == [("OUTCOME_UNKNOWN", None)]
    assert len(sent) == 1


async def test_the_work_logged_on_real_issues_is_read(real_once: Gateway) -> None:
    data = next(iter(real_once.sandbox.world.data.values()))
    worked_on = {issue.key: list_worklogs(issue) for issue in data.list_issues()}
    expected = {key: len(worklogs) for key, worklogs in worked_on.items() if worklogs}

    answer = await real_once.ask(
        """
        query($keys: [ID!]) { connection(externalId: "acme") {
          issues(filter: { idsOrKeys: $keys }) {
            nodes { key worklogs(first: 100) { nodes { comment { text } timeSpentSeconds } } }
          }
        } }
        """,
        {"keys": list(expected)},
    )

    found = {n["key"]: n["worklogs"]["nodes"] for n in answer.data["connection"]["issues"]["nodes"]}
    assert {key: len(nodes) for key, nodes in found.items()} == expected
    assert sum(len(nodes) for nodes in found.values()) > 20
    assert all(node["comment"]["text"] for nodes in found.values() for node in nodes)
