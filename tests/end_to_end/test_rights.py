"""Every row of docs/rights.md holds: what it names opens the field, and all else does not."""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from resolvers.access.viewer import FrontendScope, Scope
from resolvers.global_ids import GlobalId
from storage.connections import select_project
from storage.records import ConnectionId, LinkedId
from tests.end_to_end.keys import make_key
from tests.end_to_end.worlds import a_site
from tests.support.gateway import JUNCTURE, Backend, Gateway, open_gateway
from tests.support.rights import RightsRow, read_rights
from tests.support.servers import REPOSITORY

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = [pytest.mark.parametrize("dialect", ["sqlite"]), pytest.mark.untraced]
SCHEMA = build_schema((REPOSITORY / "schema.graphql").read_text(encoding="utf-8"))
ROWS = read_rights()
ROUTES = {
    "GET /metrics": "/metrics",
    "GET /connections/…/attachments": "/connections/acme/issues/TEST-1/attachments",
    "POST /connections/…/attachments": "/connections/acme/issues/TEST-1/attachments",
}
"""The rows that are no fields, with their paths."""
REF = 'connection: { externalId: "acme" }'
ERRORS = "errors { code }"
OPERATIONS = {
    "Query.viewer": "{ viewer { kind } }",
    "Query.connection": '{ connection(externalId: "acme") { status } }',
    "Query.connections": "{ connections { nodes { status } } }",
    "Query.node of a connection": '{ node(id: "%(connection)s") { id } }',
    "Query.node of anything of Jira": '{ node(id: "%(project)s") { id } }',
    "Query.nodes of a connection": '{ nodes(ids: ["%(connection)s"]) { id } }',
    "Query.nodes of anything of Jira": '{ nodes(ids: ["%(project)s"]) { id } }',
    "Query.auditEvents": "{ auditEvents { nodes { kind } } }",
    "Mutation.beginAuthorization": "mutation { beginAuthorization("
    f'input: {{ externalId: "acme" }}) {{ {ERRORS} }} }}',
    # The address has a form that is refused before anything is asked.
    "Mutation.connectWithToken": "mutation { connectWithToken("
    'input: { externalId: "acme", siteUrl: "none", '
    f'credential: {{ personalAccessToken: "a" }} }}) {{ {ERRORS} }} }}',
    "Mutation.disconnect": f"mutation {{ disconnect(input: {{ {REF} }}) {{ {ERRORS} }} }}",
    "Mutation.setConnectionMetadata": "mutation { setConnectionMetadata("
    f"input: {{ {REF}, metadata: 1 }}) {{ connection {{ status }} {ERRORS} }} }}",
    **{
        f"Mutation.createFrontendToken with {scope.name}": "mutation { createFrontendToken("
        f'input: {{ externalId: "acme", scopes: [{scope.name}] }}) {{ {ERRORS} }} }}'
        for scope in FrontendScope
    },
    "Mutation.selectProject by id, or none": "mutation { selectProject("
    f"input: {{ {REF}, project: null }}) {{ connection {{ status }} {ERRORS} }} }}",
    "Mutation.selectProject by key": "mutation { selectProject("
    f'input: {{ {REF}, project: {{ key: "TEST" }} }}) {{ connection {{ status }} {ERRORS} }} }}',
    "Connection.issues with `jql`": '{ connection(externalId: "acme") '
    '{ issues(jql: "project = TEST") { nodes { key } } } }',
    "Mutation.createIssue": f"mutation {{ createIssue(input: {{ {REF}, issue: {{ "
    'project: { key: "TEST" }, issueType: { name: "Task" }, summary: "s" } }) '
    f"{{ issue {{ key }} {ERRORS} }} }}",
    "Mutation.createIssues": f"mutation {{ createIssues(input: {{ {REF}, issues: [{{ "
    'project: { key: "TEST" }, issueType: { name: "Task" }, summary: "s" }] }) '
    f"{{ results {{ index }} {ERRORS} }} }}",
    "Mutation.updateIssue": f"mutation {{ updateIssue(input: {{ {REF}, "
    f'issue: "TEST-1", summary: "s" }}) {{ issue {{ key }} {ERRORS} }} }}',
    "Mutation.deleteIssue": f"mutation {{ deleteIssue(input: {{ {REF}, "
    f'issue: "TEST-1" }}) {{ {ERRORS} }} }}',
    "Mutation.deleteAttachment": f"mutation {{ deleteAttachment(input: {{ {REF}, "
    f'attachmentId: "10000" }}) {{ {ERRORS} }} }}',
    "Mutation.linkIssues": f"mutation {{ linkIssues(input: {{ {REF}, "
    f'from: "TEST-1", to: "TEST-1", type: {{ id: "10000" }} }}) {{ issue {{ key }} {ERRORS} }} }}',
    "Mutation.unlinkIssues": f"mutation {{ unlinkIssues(input: {{ {REF}, "
    f'linkId: "10000" }}) {{ {ERRORS} }} }}',
    **{
        f"Mutation.{name}": f"mutation {{ {name}(input: {{ {REF}, "
        f'issue: "TEST-1" }}) {{ issue {{ key }} {ERRORS} }} }}'
        for name in ("watchIssue", "unwatchIssue")
    },
    **{
        f"Mutation.{name}": f"mutation {{ {name}(input: {{ {REF}, "
        f'issue: "TEST-1", {given} }}) {{ {ERRORS} }} }}'
        for name, given in {
            "transitionIssue": 'transition: { name: "Done" }',
            "assignIssue": "accountId: null",
            "addComment": 'body: { text: "Hello" }',
            "updateComment": 'commentId: "10000", body: { text: "Hello" }',
            "deleteComment": 'commentId: "10000"',
            "addWorklog": "timeSpentSeconds: 60",
            "updateWorklog": 'worklogId: "10000", timeSpentSeconds: 60',
            "deleteWorklog": 'worklogId: "10000"',
        }.items()
    },
}
ARGUMENTS = {"boardId": '"1"', "sprintId": '"1"', "idOrKey": '"TEST-1"', "idsOrKeys": '["TEST-1"]'}
ARGUMENTS |= {"query": '"a"', "accountId": '"a"'}


def fields_of(type_name: str) -> dict[str, GraphQLField]:
    described = SCHEMA.type_map[type_name]
    assert isinstance(described, GraphQLObjectType)
    fields: dict[str, GraphQLField] = described.fields
    return fields


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A small world of its own, for some of the fields change it, linked as `acme`."""
    world, site = a_site()
    project = site.add_project("TEST")
    site.add_issue(project)
    async with open_gateway(world, **backend) as gateway:
        await gateway.connect()
        database = gateway.services.database
        connection_id = ConnectionId(await database.fetch_val("SELECT id FROM connection"))
        await select_project(database, connection_id, str(project.id), now=gateway.clock.now)
        gateway.forget_calls()
        yield gateway


async def key_with(gateway: Gateway, scopes: Collection[Scope]) -> str:
    return await make_key(gateway, *(scope.name for scope in scopes))


def token_with(gateway: Gateway, scopes: Collection[FrontendScope]) -> str:
    tokens = gateway.services.frontend_tokens
    linked_id = LinkedId("acme", "jira")
    return tokens.mint(linked_id, scopes, timedelta(minutes=5), maker=None).token


async def operation_of(gateway: Gateway, row: RightsRow) -> str:
    if row.type_name == "Connection" and row.kind is None:
        return f'{{ connection(externalId: "acme") {{ {select(row.field_name)} }} }}'
    connection_id = await gateway.services.database.fetch_val("SELECT id FROM connection")
    ids = {
        "connection": GlobalId("Connection", connection_id, connection_id),
        "project": GlobalId("Project", connection_id, "10000"),
    }
    return OPERATIONS[row.name] % ids


def select(name: str) -> str:
    """A field of a connection, with the arguments it has to have and something below it."""
    field: GraphQLField = fields_of("Connection")[name]
    given = [
        f"{argument}: {ARGUMENTS[argument]}"
        for argument, described in field.args.items()
        if is_required_argument(described)
    ]
    arguments = f"({', '.join(given)})" if given else ""
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{name}{arguments}{below}"


async def is_refused(gateway: Gateway, row: RightsRow, shown: str) -> bool:
    """Whether the caller is told that a right is lacking; any other outcome is none of this."""
    if row.field in ROUTES:
        return await is_route_refused(gateway, row.field, shown)
    answer = await gateway.ask(await operation_of(gateway, row), key=shown)
    assert answer.status == 200, answer.body
    return "FORBIDDEN" in [*answer.codes, *codes_in_payloads(answer.body.get("data"))]


async def is_route_refused(gateway: Gateway, route: str, shown: str) -> bool:
    method, headers = route.partition(" ")[0], {"Authorization": f"Bearer {shown}"}
    response: httpx.Response = await gateway.http.request(
        method,
        JUNCTURE + ROUTES[route],
        headers=headers,
        files=[("file", ("a.txt", b"a", "text/plain"))] if method == "POST" else None,
    )
    assert response.status_code in {200, 201, 403}
    return response.status_code == 403


def codes_in_payloads(data: dict[str, Any] | None) -> list[str]:
    payloads = [each for each in (data or {}).values() if isinstance(each, dict)]
    return [error["code"] for payload in payloads for error in payload.get("errors", [])]


def around(row: RightsRow) -> frozenset[Scope]:
    """What the fields around it need, where a row says what is needed on top."""
    return frozenset({Scope.GRAPH_READ}) if row.type_name == "Connection" else frozenset()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_key_with_everything_but_what_is_named_is_refused_without_a_call(
    gateway: Gateway, row: RightsRow
) -> None:
    for group in row.rights:
        lacking = frozenset(Scope) - {right.scope for right in group}

        assert await is_refused(gateway, row, await key_with(gateway, lacking)), group

    assert gateway.calls() + gateway.calls(to_jira=False) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_key_with_what_is_named_and_nothing_else_is_not_refused(
    gateway: Gateway, row: RightsRow
) -> None:
    key = await key_with(gateway, row.needed_scopes | around(row))

    assert not await is_refused(gateway, row, key)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if any(len(group) > 1 for group in row.rights)],
    ids=lambda row: row.name,
)  # fmt: skip
async def test_each_right_that_will_do_will_do_alone(gateway: Gateway, row: RightsRow) -> None:
    (group,) = row.rights

    for right in group:
        assert not await is_refused(gateway, row, await key_with(gateway, [right.scope])), right


@pytest.mark.parametrize("row", [row for row in ROWS if row.rights], ids=lambda row: row.name)
async def test_a_token_that_lacks_what_is_named_is_refused_without_a_call(
    gateway: Gateway, row: RightsRow
) -> None:
    needed = row.needed_frontend_scopes if row.is_for_tokens else frozenset()
    # Writing includes reading, so that whoever lacks reading lacks writing.
    lacking = [
        frozenset(FrontendScope) - {scope} - ({FrontendScope.WRITE} if scope is READ else set())
        for scope in needed
    ] or [frozenset(FrontendScope)]

    for scopes in lacking:
        assert await is_refused(gateway, row, token_with(gateway, scopes)), scopes

    assert gateway.calls() + gateway.calls(to_jira=False) == []


READ = FrontendScope.READ


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.is_for_tokens], ids=lambda row: row.name
)  # fmt: skip
async def test_a_token_with_what_is_named_is_not_refused(gateway: Gateway, row: RightsRow) -> None:
    scopes = row.needed_frontend_scopes or {READ}

    assert not await is_refused(gateway, row, token_with(gateway, scopes))


@pytest.mark.parametrize("query", [
    '{ connection(externalId: "acme") { id } }',
    '{ node(id: "%(connection)s") { id } }',
])  # fmt: skip
async def test_who_lacks_all_rights_that_would_do_is_told_of_each(
    gateway: Gateway, query: str
) -> None:
    connection_id = await gateway.services.database.fetch_val("SELECT id FROM connection")
    query %= {"connection": GlobalId("Connection", connection_id, connection_id)}

    by_key = await gateway.ask(query, key=await key_with(gateway, [Scope.ADMIN]))
    by_token = await gateway.ask(query, key=token_with(gateway, [FrontendScope.CONNECT]))

    told = [answer.body["errors"][0]["message"] for answer in (by_key, by_token)]
    assert told == [
        "This needs the scope GRAPH_READ or CONNECTIONS_READ.",
        "This needs the scope READ of the token.",
    ]


async def test_exactly_the_named_fields_of_a_connection_ask_for_more_than_it_does(
    gateway: Gateway,
) -> None:
    key = await key_with(gateway, [Scope.CONNECTIONS_READ])
    fields = fields_of("Connection")
    refused = set()

    for name in fields:
        answer = await gateway.ask(
            f'{{ connection(externalId: "acme") {{ {select(name)} }} }}', key=key
        )
        if "FORBIDDEN" in answer.codes:
            refused.add(f"Connection.{name}")

    assert refused == {row.field for row in ROWS if row.type_name == "Connection"}
    assert len(fields) > len(refused)
    assert gateway.calls() == []
