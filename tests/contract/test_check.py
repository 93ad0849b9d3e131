import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.application import create_application
from sandbox.exchange_log import ExchangeLog
from tests.contract.check import NO_OPERATION, check_answer, check_request
from tests.contract.documents import Documents
from tests.contract.exceptions import Allowance
from tests.contract.exchanges import Answer, Recorded, Request, collect_exchanges, read_exchanges
from tests.contract.outcome import REFUSED, check_all
from tests.sandbox.visitors import Visitor, a_site

ISSUE = "/rest/api/3/issue/SHOP-1"
SEARCH = "/rest/api/3/search/jql"
COUNT = "/rest/api/3/search/approximate-count"
PERMISSIONS = "/rest/api/3/mypermissions"
BOARD = "/rest/agile/1.0/board"
SPRINT = "/rest/agile/1.0/sprint/5"
SPRINT_ISSUES = "/rest/software/1.0/sprint/5/issue"


def a_request(
    method: str = "GET",
    path: str = ISSUE,
    query: str = "",
    body: Any = None,
    content_type: str = "application/json",
) -> Request:
    return Request(
        method=method,
        path=path,
        query=query,
        content_type=content_type if body is not None else "",
        body="" if body is None else json.dumps(body),
    )


def an_answer(
    body: Any,
    *,
    status: int = 200,
    method: str = "POST",
    path: str = COUNT,
    content_type: str = "application/json;charset=UTF-8",
) -> Answer:
    text = "" if body is None else json.dumps(body)
    return Answer(method=method, path=path, status=status, content_type=content_type, body=text)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(a_request(query="fields=summary,labels"), id="a read with a query"),
        pytest.param(
            a_request(path=SPRINT_ISSUES, query="jql=a%20%3D%201"), id="a sprint's issues"
        ),
        pytest.param(
            a_request(path="/rest/api/3/user/bulk", query="accountId=1&accountId=2"),
            id="a parameter twice",
        ),
        pytest.param(
            a_request("POST", SEARCH, body={"jql": "a = 1", "fields": ["summary"]}), id="a body"
        ),
        pytest.param(
            a_request("POST", "/rest/api/3/issue", body={"fields": {"summary": "A"}}),
            id="a body with members of the site's own",
        ),
        pytest.param(a_request("DELETE", query="deleteSubtasks=true"), id="a deletion"),
    ],
)
def test_a_right_call_is_let_through(documents: Documents, request_: Request) -> None:
    assert check_request(documents, request_) == []


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        pytest.param(
            a_request(query="feilds=summary"),
            "it has no query parameter 'feilds'",
            id="a misspelt parameter",
        ),
        pytest.param(
            a_request(query="Fields=summary"),
            "it has no query parameter 'Fields'",
            id="a parameter in capitals",
        ),
        pytest.param(
            a_request(path="/rest/api/3/myself", query="fields=key"),
            "it has no query parameter 'fields'",
            id="another operation's parameter",
        ),
        pytest.param(
            a_request(path=BOARD, query="maxResults=many"),
            "Query parameter error: maxResults",
            id="a parameter of another type",
        ),
        pytest.param(
            a_request(path=BOARD, query="maxResults="),
            "Query parameter error: maxResults",
            id="an empty parameter",
        ),
        pytest.param(
            a_request(path="/rest/api/3/user/bulk"),
            "Missing required query parameter: accountId",
            id="a missing parameter",
        ),
        pytest.param(
            a_request(path="/rest/agile/1.0/board/first"),
            "Path parameter error: boardId",
            id="a path of another type",
        ),
        pytest.param(
            a_request(path="/rest/api/3/issues/SHOP-1"), NO_OPERATION, id="an unknown path"
        ),
        pytest.param(a_request(path=f"{ISSUE}/"), NO_OPERATION, id="a slash too much"),
        pytest.param(a_request("POST"), NO_OPERATION, id="an unknown method"),
        pytest.param(
            a_request(path="/rest/api/3/priority"),
            "the operation is deprecated",
            id="a deprecated operation",
        ),
        pytest.param(
            a_request("POST", SEARCH, body={"jql": "a = 1", "feilds": ["key"]}),
            "'feilds'",
            id="a misspelt member",
        ),
        pytest.param(
            a_request("POST", SEARCH, body={"jql": 7}), "$.jql", id="a member of another type"
        ),
        pytest.param(
            a_request("POST", "/rest/api/3/issue/bulkfetch", body={"fields": ["key"]}),
            "'issueIdsOrKeys' is a required property",
            id="a missing member",
        ),
        pytest.param(a_request("POST", SEARCH), "Missing required request body", id="no body"),
        pytest.param(a_request(body={"a": 1}), "it takes no body", id="a body too much"),
        pytest.param(
            a_request("POST", SEARCH, body={"jql": "a = 1"}, content_type="text/plain"),
            "text/plain",
            id="another content type",
        ),
    ],
)
def test_a_wrong_call_is_found(documents: Documents, request_: Request, fault: str) -> None:
    found = [violation.what for violation in check_request(documents, request_)]

    assert fault in "\n".join(found)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(an_answer({"count": 7}), id="a right body"),
        pytest.param(
            an_answer([{"id": "1", "news": 1}], method="GET", path="/rest/api/3/priority"),
            id="a member that is new",
        ),
        pytest.param(an_answer(None, status=204, method="DELETE", path=ISSUE), id="no body"),
        pytest.param(an_answer({"anything": 1}, method="GET", path=SPRINT), id="no schema"),
        pytest.param(an_answer({"code": 401}, status=401, path="/rest/x"), id="the edge's refusal"),
        pytest.param(
            an_answer({"code": 401, "message": "no"}, status=401, method="GET", path=PERMISSIONS),
            id="the edge's refusal in the place of Jira's",
        ),
        pytest.param(an_answer({}, status=404, path="/rest/x"), id="a site's 404 to no operation"),
        pytest.param(an_answer("slow down", status=429), id="the edge's limit"),
        pytest.param(an_answer(None, status=503), id="the edge's failure"),
    ],
)
def test_a_right_answer_is_let_through(documents: Documents, answer: Answer) -> None:
    assert check_answer(documents, answer) == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param(
            an_answer({"count": "7"}),
            "$.count: '7' is not of type 'integer'",
            id="a member of another type",
        ),
        pytest.param(
            an_answer({"count": True}),
            "$.count: True is not of type 'integer'",
            id="a truth for a number",
        ),
        pytest.param(an_answer({"count": None}), "$.count: None for not nullable", id="a null"),
        pytest.param(
            an_answer({"count": 7, "total": 7}), "'total' was unexpected", id="a member too much"
        ),
        pytest.param(
            an_answer({"errorMessages": "no"}, status=401, method="GET", path=PERMISSIONS),
            "401: InvalidData: $.errorMessages",
            id="an error of another form",
        ),
        pytest.param(
            an_answer({"message": "no"}, status=404, method="GET", path=SPRINT),
            "404: InvalidData: $: 'errorMessages' is a required property",
            id="an error of another form where the document has none",
        ),
        pytest.param(an_answer([]), "$: [] is not of type 'object'", id="a list for an object"),
        pytest.param(
            an_answer([{}], method="GET", path="/rest/api/3/field", content_type="text/html"),
            "text/html",
            id="another content type",
        ),
        pytest.param(an_answer(None), "Missing response data", id="no body"),
        pytest.param(
            an_answer({"id": "1"}, status=202), "it answers no 202", id="an unknown status"
        ),
        pytest.param(
            an_answer({}, path="/rest/api/3/searches"), NO_OPERATION, id="an unknown path"
        ),
        pytest.param(
            an_answer({}, status=204, method="DELETE", path=ISSUE),
            "204: it has a body",
            id="a body too much",
        ),
        pytest.param(
            an_answer({"serverTime": "yesterday"}, method="GET", path="/rest/api/3/serverInfo"),
            "is not a 'date-time'",
            id="no instant",
        ),
    ],
)
def test_a_wrong_answer_is_found(documents: Documents, answer: Answer, fault: str) -> None:
    found = [violation.what for violation in check_answer(documents, answer)]

    assert fault in "\n".join(found)


@pytest.mark.parametrize("offset", ["+0000", "+00:00", "Z"])
def test_an_instant_is_written_as_jira_or_as_rfc_3339_does(
    documents: Documents, offset: str
) -> None:
    body = {"serverTime": f"2026-06-01T12:00:00.000{offset}"}

    assert (
        check_answer(documents, an_answer(body, method="GET", path="/rest/api/3/serverInfo")) == []
    )


def test_an_answer_before_the_body_was_read_leaves_the_body_unchecked(
    documents: Documents,
) -> None:
    unread = Request(method="POST", path=SEARCH, query="", content_type="", body=None)

    assert check_request(documents, unread) == []


async def test_a_wrong_call_is_found_from_the_wire_to_the_report(
    documents: Documents, tmp_path: Path
) -> None:
    world, site = a_site()
    log = ExchangeLog(tmp_path / "sandbox-main.jsonl")
    visitor = Visitor(create_application(world.world, exchanges=log))
    await visitor.enter(site.data.site.cloud_id)

    await visitor.http.get(
        f"/ex/jira/{site.data.site.cloud_id}/rest/api/3/myself",
        params={"expnad": "groups"},
        headers={**visitor.headers, "User-Agent": "juncture"},
    )
    outcome = check_all(documents, read_exchanges(tmp_path), [])

    name = "GET /rest/api/3/myself"
    (violation,) = outcome.violations
    assert (violation.operation, violation.what) == (name, "it has no query parameter 'expnad'")
    assert (outcome.requests, outcome.answers) == ({name: 1}, {name: 1})


def test_what_is_allowed_is_counted_and_the_rest_is_found(documents: Documents) -> None:
    deprecated, misspelt = a_request(path="/rest/api/3/priority"), a_request(query="feilds=a")
    allowance = Allowance("GET /rest/api/3/priority", "the operation is deprecated", "a test")
    unused = Allowance("GET /rest/api/3/status", "the operation is deprecated", "a test")
    recorded = Recorded(frozenset({deprecated, misspelt}), frozenset())

    outcome = check_all(documents, recorded, [allowance, unused])

    assert outcome.allowed == {allowance: 1}
    assert [violation.operation for violation in outcome.violations] == [
        "GET /rest/api/3/issue/{issueIdOrKey}"
    ]


def test_the_table_counts_by_operation(documents: Documents) -> None:
    answers = {
        an_answer({"count": 7}),
        an_answer({"count": 8}),
        an_answer({"id": 5}, method="GET", path=SPRINT),
        an_answer({"code": 401}, status=401, path="/rest/x"),
    }
    recorded = Recorded(frozenset({a_request(query="fields=key")}), frozenset(answers))

    lines = check_all(documents, recorded, []).report().split("\n")

    assert [line.split(maxsplit=4) for line in lines] == [
        ["requests", "answers", "no", "schema", "allowed  operation"],
        ["-", "1", "1", "-", "GET /rest/agile/1.0/sprint/{sprintId}"],
        ["1", "-", "-", "-", "GET /rest/api/3/issue/{issueIdOrKey}"],
        ["-", "2", "-", "-", "POST /rest/api/3/search/approximate-count"],
        ["-", "1", "-", "-", REFUSED],
        ["1", "4", "1", "0", "3 operations"],
    ]


def test_a_strangers_requests_and_a_faults_answers_are_left_out() -> None:
    common = {
        "method": "GET",
        "path": ISSUE,
        "query": "",
        "requestType": "",
        "requestBody": "",
        "status": 200,
        "answerType": "application/json",
        "answerBody": "{}",
        "isInjected": False,
    }
    own, strange = common | {"userAgent": "juncture"}, common | {"userAgent": "jira.js"}
    injected = own | {"query": "fields=key", "status": 400, "isInjected": True}
    unanswered = {key: own[key] for key in list(common)[:5]} | {"userAgent": "juncture"}

    recorded = collect_exchanges([own, strange, injected, unanswered])

    assert {request.query for request in recorded.requests} == {"", "fields=key"}
    assert {answer.status for answer in recorded.answers} == {200}
