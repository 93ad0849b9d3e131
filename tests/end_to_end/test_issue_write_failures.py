"""What goes wrong with a change is told where it can be acted on, and takes nothing else away."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.world import STORY_POINTS_FIELD, Issue
from tests.end_to_end.test_issue_creations import CREATE, a_new_issue
from tests.end_to_end.test_issue_edits import ACME, UPDATE
from tests.support.gateway import SANDBOX, Gateway

DELETE = "mutation($i: DeleteIssueInput!) { deleteIssue(input: $i) { deletedId errors { code } } }"
PAGES = {
    "html": httpx.Response(200, html="<html>Site under maintenance</html>"),
    "nothing": httpx.Response(200),
    "an object": httpx.Response(200, json={}),
    "201": httpx.Response(201, json={"id": "1"}),
}


@pytest.fixture
def issue(site: SiteBuilder) -> Issue:
    """An issue to change."""
    return site.add_issue(site.add_project("TEST"), summary="Before", custom={})


def answer_changes(gateway: Gateway, method: str, answer: httpx.Response) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method != method or "/issue" not in request.url.path:
            return None
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    gateway.transport.faults.append(fault)


async def order(gateway: Gateway, **fault: Any) -> None:
    ordered = await gateway.http.post(f"{SANDBOX}/__sandbox__/faults", json=fault)
    assert ordered.status_code == 201, ordered.text


async def update(gateway: Gateway, issue: Issue, **changes: Any) -> Any:
    given = {"connection": ACME, "issue": issue.key, **changes}
    return (await gateway.ask(UPDATE, {"input": given})).data["updateIssue"]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_what_is_not_jiras_word_for_done_is_not_taken_for_done(
    built: Gateway, issue: Issue, method: str, page: httpx.Response
) -> None:
    answer_changes(built, method, page)

    if method == "PUT":
        payload = await update(built, issue, summary="After")
    else:
        given = {"connection": ACME, "issue": issue.key}
        payload = (await built.ask(DELETE, {"i": given})).data["deleteIssue"]

    assert payload.get("deletedId") is None
    assert payload.get("issue") is None
    assert [e["code"] for e in payload["errors"]] == ["JIRA_INVALID_RESPONSE"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_whose_answers_are_all_lost_is_told_as_unknown(
    built: Gateway, site: SiteBuilder, issue: Issue, method: str
) -> None:
    await order(built, method=method, path="/rest/api/3/issue/{id}", cutAfterCommit=True)

    if method == "PUT":
        payload = await update(built, issue, summary="After")
        assert site.data.issues[issue.id].fields["summary"] == "After"
    else:
        # The issue is gone after the first call; what the next ones say of it is lost as well.
        given = {"connection": ACME, "issue": issue.key}
        payload = (await built.ask(DELETE, {"i": given})).data["deleteIssue"]
        assert site.data.issues == {}

    assert [e["code"] for e in payload["errors"]] == ["OUTCOME_UNKNOWN"]


async def test_jiras_own_outage_is_told_as_one(built: Gateway, issue: Issue) -> None:
    answer_changes(built, "PUT", httpx.Response(503))

    payload = await update(built, issue, summary="After")

    assert [e["code"] for e in payload["errors"]] == ["JIRA_UNAVAILABLE"]
    assert "making it again does no harm" in payload["errors"][0]["message"]


async def test_what_was_changed_before_stays_told_when_the_time_is_over(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    services = replace(built.services, operation_deadline=timedelta(seconds=1.5))
    built.app.state.services = services
    await order(built, method="POST", path="/rest/api/3/issue", skip=1, delayMilliseconds=60_000)
    query = """
    mutation($new: CreateIssueInput!) {
      a: createIssue(input: $new) { issue { key } errors { code } }
      b: createIssue(input: $new) { issue { key } errors { code } }
      c: createIssue(input: $new) { issue { key } errors { code } }
    }
    """

    answer = await built.ask(query, {"new": a_new_issue()})

    assert answer.data == {
        "a": {"issue": {"key": "TEST-2"}, "errors": []},
        "b": {"issue": None, "errors": [{"code": "OUTCOME_UNKNOWN"}]},
        "c": {"issue": None, "errors": [{"code": "DEADLINE_EXCEEDED"}]},
    }


async def test_a_new_issue_that_cannot_be_read_is_named_for_programs(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        is_read = request.method == "GET" and "/issue/" in request.url.path
        return httpx.Response(429, headers={"Retry-After": "3600"}) if is_read else None

    built.transport.faults.append(fault)
    answer = await built.ask(CREATE, {"input": a_new_issue()})
    built.transport.faults.clear()

    told = answer.body["errors"][0]["extensions"]
    assert (told["code"], told["retryAfterSeconds"]) == ("RATE_LIMITED", 3600)
    assert told["createdIssueKey"] == "TEST-2"
    found = await built.ask(
        "query($id: ID!) { node(id: $id) { ... on Issue { key } } }", {"id": told["createdIssueId"]}
    )
    assert found.data["node"] == {"key": "TEST-2"}


async def test_an_edited_issue_that_cannot_be_read_is_not_told_as_created(
    built: Gateway, issue: Issue
) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500) if request.method == "GET" else None

    built.transport.faults.append(fault)

    answer = await built.ask(
        UPDATE, {"input": {"connection": ACME, "issue": issue.key, "summary": "After"}}
    )

    assert answer.codes == ["JIRA_UNAVAILABLE"]
    assert answer.body["errors"][0]["message"].startswith("The issue was changed, but reading it")
    assert "createdIssueKey" not in answer.body["errors"][0]["extensions"]


async def test_nothing_to_change_on_no_issue_is_told(built: Gateway, issue: Issue) -> None:
    answer = await built.ask(UPDATE, {"input": {"connection": ACME, "issue": "TEST-99"}})

    errors = answer.data["updateIssue"]["errors"]
    assert [(e["code"], e["path"]) for e in errors] == [("NOT_FOUND", ["input", "issue"])]


@pytest.mark.parametrize(
    ("variable", "literal"),
    [("", "{ field: $field }"), ("$missing: JSON", "{ field: $field, value: $missing }")],
    ids=["nothing", "a variable that is not given"],
)
async def test_a_custom_fields_value_has_to_be_given(
    built: Gateway, issue: Issue, variable: str, literal: str
) -> None:
    query = f"""
    mutation($issue: ID!, $field: String!, {variable}) {{
      updateIssue(input: {{ connection: {{ externalId: "acme" }}, issue: $issue,
                            customFields: [{literal}] }}) {{ errors {{ code path }} }}
    }}
    """

    answer = await built.ask(query, {"issue": issue.key, "field": STORY_POINTS_FIELD})

    path = ["input", "customFields", "0", "value"]
    assert answer.data["updateIssue"]["errors"] == [{"code": "BAD_USER_INPUT", "path": path}]
    assert built.calls() == []


async def test_a_variable_that_is_not_given_leaves_its_member_out(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    high = site.build_option("1", "High")
    site.add_issue(site.data.projects[issue.project_id], custom={catalogue.RISK_FIELD: high})
    query = """
    mutation($issue: ID!, $missing: String) {
      updateIssue(input: { connection: { externalId: "acme" }, issue: $issue,
        customFields: [{ field: "Risk", value: { value: "High", id: $missing } }] }
      ) { errors { code message } }
    }
    """

    payload = (await built.ask(query, {"issue": issue.key})).data["updateIssue"]

    assert payload["errors"] == []

    assert site.data.issues[issue.id].fields[catalogue.RISK_FIELD]["value"] == "High"


@pytest.mark.parametrize(
    "large", [[0] * 10_000, "x" * 100_000, {"k" * 100_000: 1}], ids=["values", "text", "name"]
)
async def test_a_value_that_repeats_a_large_variable_is_refused_before_it_is_written(
    built: Gateway, issue: Issue, large: Any
) -> None:
    repeated = " ".join(["$large"] * 50)
    query = f"""
    mutation($issue: ID!, $large: JSON) {{
      updateIssue(input: {{ connection: {{ externalId: "acme" }}, issue: $issue,
        customFields: [{{ field: "Team", value: [{repeated}] }}] }}) {{ errors {{ code }} }}
    }}
    """

    answer = await built.ask(query, {"issue": issue.key, "large": large})

    assert answer.data["updateIssue"]["errors"] == [{"code": "BAD_USER_INPUT"}]
    assert built.calls() == []


async def test_a_null_where_none_is_taken_is_the_callers_mistake(
    built: Gateway, issue: Issue
) -> None:
    query = """
    mutation($issue: ID!, $label: String = "a") {
      updateIssue(input: { connection: { externalId: "acme" }, issue: $issue, labels: [$label] }) {
        errors { code }
      }
    }
    """

    answer = await built.ask(query, {"issue": issue.key, "label": None})

    assert answer.codes == ["BAD_USER_INPUT"]
    assert built.calls() == []


@pytest.mark.parametrize(
    ("changes", "field_name", "path"),
    [
        ({"parent": "TEST-1"}, "Parent", ["input", "parent"]),
        (
            {
                "customFields": [
                    {"field": "Risk", "value": "High"},
                    {"field": "Story Points", "value": "x"},
                ]
            },
            "Story Points",
            ["input", "customFields", "1"],
        ),
    ],
    ids=["parent", "custom field"],
)
async def test_a_refusal_points_to_the_input_behind_it(
    built: Gateway, issue: Issue, changes: Any, field_name: str, path: list[str]
) -> None:
    payload = await update(built, issue, **changes)

    told = [(e["fieldName"], e["path"]) for e in payload["errors"] if e["path"] == path]
    assert told == [(field_name, path)]


async def test_reads_between_two_changes_of_one_document_are_made_anew(
    built: Gateway, site: SiteBuilder, issue: Issue
) -> None:
    query = """
    mutation($one: CreateIssueInput!, $two: CreateIssueInput!) {
      one: createIssue(input: $one) { issue { project { issues(first: 5) { approximateCount } } } }
      two: createIssue(input: $two) { issue { project { issues(first: 5) { approximateCount } } } }
    }
    """
    built.sandbox.search_lag = timedelta(0)

    answer = await built.ask(query, {"one": a_new_issue(), "two": a_new_issue()})

    counts = [
        payload["issue"]["project"]["issues"]["approximateCount"]
        for payload in answer.data.values()
    ]
    assert counts == [2, 3]


async def test_jiras_words_are_bounded(built: Gateway, issue: Issue) -> None:
    body = {"errorMessages": ["x" * 300_000], "errors": {f"f{n}": "y" * 3_000 for n in range(500)}}
    answer_changes(built, "PUT", httpx.Response(400, json=body))

    payload = await update(built, issue, summary="After")

    assert len(payload["errors"]) == 101
    assert max(len(e["message"]) for e in payload["errors"]) <= 1_001
