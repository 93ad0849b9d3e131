"""What one call fails at is null with one error; its siblings answer."""

from itertools import cycle, product

import httpx
import pytest

from tests.support.gateway import Answer, Backend, Gateway, open_gateway

FIVE = {
    "myself": ("myself { displayName }", "/rest/api/3/myself"),
    "projects": ("projects { totalCount }", "/rest/api/3/project/search"),
    "boards": ("boards(first: 1) { nodes { name } }", "/rest/agile/1.0/board"),
    "fields": ("fields { fieldId }", "/rest/api/3/field"),
    "issues": ("issues(first: 1) { nodes { key } }", "/rest/api/3/search/jql"),
}
ALL_FIVE = (
    '{ connection(externalId: "acme") { status '
    + " ".join(selection for selection, _ in FIVE.values())
    + " } }"
)


@pytest.mark.untraced
async def test_every_combination_of_failures_leaves_the_siblings_well(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        for number, failing in enumerate(product([False, True], repeat=len(FIVE))):
            names = [name for name, fails in zip(FIVE, failing, strict=True) if fails]
            gateway.transport.faults.clear()
            await gateway.connect(f"acme-{number}")
            for name in names:
                gateway.answer_instead(FIVE[name][1], 503)

            answer = await gateway.ask(ALL_FIVE.replace("acme", f"acme-{number}"))

            _check_five(answer, names)


def _check_five(answer: Answer, names: list[str]) -> None:
    connection = answer.body["data"]["connection"]
    assert connection["status"] == "ACTIVE"
    assert [name for name in FIVE if connection[name] is None] == names
    assert answer.codes == ["JIRA_UNAVAILABLE"] * len(names)
    paths = {error["path"][1] for error in answer.body.get("errors", [])}
    assert paths == set(names)


@pytest.mark.parametrize(
    ("status", "response", "code"),
    [
        (503, {"text": "<html>down</html>"}, "JIRA_UNAVAILABLE"),
        (429, {"headers": {"Retry-After": "1000"}}, "RATE_LIMITED"),
        (403, {"json": {"errorMessages": ["Not yours."], "errors": {}}}, "FORBIDDEN"),
        (404, {"json": {"errorMessages": ["Gone."], "errors": {}}}, "NOT_FOUND"),
        (400, {"json": {"errorMessages": ["No JQL."], "errors": {}}}, "JIRA_VALIDATION"),
        (409, {"json": {"errorMessages": ["Busy."], "errors": {}}}, "CONFLICT"),
        (410, {"json": {"errorMessages": ["Removed."], "errors": {}}}, "JIRA_VALIDATION"),
        (200, {"text": "<html>hello</html>"}, "JIRA_INVALID_RESPONSE"),
        (200, {"content": b""}, "JIRA_INVALID_RESPONSE"),
        (200, {"json": []}, "JIRA_INVALID_RESPONSE"),
        (200, {"json": {"issues": [{"id": "1"}], "isLast": True}}, "JIRA_INVALID_RESPONSE"),
        (200, {"json": {"isLast": True}}, "JIRA_INVALID_RESPONSE"),
        (200, {"content": b'{"issues": ['}, "JIRA_INVALID_RESPONSE"),
        (302, {"headers": {"Location": "https://elsewhere.test"}}, "JIRA_INVALID_RESPONSE"),
        (
            401,
            {"json": {"code": 401, "message": "Unauthorized; scope does not match"}},
            "MISSING_SCOPE",
        ),
        (401, {"json": {"code": 401, "message": "Unauthorized"}}, "NEEDS_REAUTHORIZATION"),
    ],
)
async def test_each_kind_of_answer_has_its_code(
    gateway: Gateway, status: int, response: dict[str, object], code: str
) -> None:
    gateway.answer_instead("/search/jql", status, **response)

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { issues { nodes { summary } } '
        "projects { totalCount } } }"
    )

    connection = answer.body["data"]["connection"]
    extensions = answer.body["errors"][0]["extensions"]
    assert answer.codes == [code]
    assert connection["issues"] is None
    assert connection["projects"]["totalCount"] > 0
    assert extensions["requestId"] == answer.headers["X-Request-Id"]
    if code == "RATE_LIMITED":
        assert extensions["retryAfterSeconds"] >= 1000
        assert extensions["jiraStatus"] == 429


async def test_jiras_own_words_reach_the_caller(gateway: Gateway) -> None:
    answer = await gateway.ask(
        '{ connection(externalId: "acme") { issues(filter: { projectKeys: ["NOWHERE"] }) '
        "{ nodes { key } } } }"
    )

    assert answer.codes == ["JIRA_VALIDATION"]
    assert "NOWHERE" in answer.body["errors"][0]["message"]


async def test_a_field_that_jira_leaves_out_is_jiras_error(gateway: Gateway) -> None:
    issue = {"id": "1", "key": "TEST-1", "fields": {}}
    gateway.answer_instead("/search/jql", 200, json={"issues": [issue], "isLast": True})

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { issues { nodes { summary } } } }'
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["data"]["connection"] == {"issues": None}


async def test_a_refused_token_is_renewed_once_and_no_more(gateway: Gateway) -> None:
    gateway.answer_instead("/myself", 401, json={"code": 401, "message": "Unauthorized"})

    await gateway.ask('{ connection(externalId: "acme") { myself { displayName } } }')

    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]


async def test_a_missing_scope_renews_nothing(backend: Backend) -> None:
    scopes = "offline_access,read:me,read:jira-user,read:jira-work"
    async with open_gateway(jira_scopes=scopes, **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()

        answer = await gateway.ask(
            '{ connection(externalId: "acme") { boards { nodes { name } } '
            "projects { totalCount } } }"
        )

        assert answer.codes == ["MISSING_SCOPE"]
        assert answer.body["data"]["connection"]["projects"]["totalCount"] > 0
        assert gateway.calls(to_jira=False) == []


async def test_a_passing_fault_is_retried_for_reads(gateway: Gateway) -> None:
    answers = iter([503, 503])

    def fault(request: httpx.Request) -> httpx.Response | None:
        status = next(answers, None) if request.url.path.endswith("/search/jql") else None
        return httpx.Response(status) if status else None

    gateway.transport.faults.append(fault)

    found = await gateway.ask_connection("issues(first: 1) { nodes { key } }")

    assert len(found["issues"]["nodes"]) == 1
    assert gateway.calls() == ["POST /rest/api/3/search/jql"]


async def test_endless_and_repeated_page_tokens_end(gateway: Gateway) -> None:
    numbers = iter(range(10_000))

    def endless(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/search/jql"):
            return None
        body = {"issues": [], "isLast": False, "nextPageToken": str(next(numbers))}
        return httpx.Response(200, json=body)

    gateway.transport.faults.append(endless)
    answer = await gateway.ask('{ connection(externalId: "acme") { issues { nodes { key } } } }')
    asked = next(numbers)
    gateway.transport.faults.clear()
    issue = {"id": "1", "key": "TEST-1", "fields": {}}
    tokens = cycle(["one", "two"])

    def circling(request: httpx.Request) -> httpx.Response | None:
        body = {"issues": [issue], "isLast": False, "nextPageToken": next(tokens)}
        return httpx.Response(200, json=body) if request.url.path.endswith("/jql") else None

    gateway.transport.faults.append(circling)
    circle = await gateway.ask('{ connection(externalId: "acme") { issues { nodes { key } } } }')

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert asked < 50
    assert circle.codes == ["JIRA_INVALID_RESPONSE"]


async def test_an_unforeseen_error_is_masked_and_logged(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("postgresql://user:hunter2@db/secret")

    monkeypatch.setattr("schema.connection.find_myself", explode)

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { status myself { displayName } } }'
    )

    assert answer.codes == ["INTERNAL"]
    assert "hunter2" not in str(answer.body)
    assert answer.body["data"]["connection"] == {"status": "ACTIVE", "myself": None}
    assert any("failed at" in record.message for record in caplog.records)
