"""Linking with tokens and passwords: proven first, kept encrypted, sent to their site alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from storage.audit import list_events
from storage.tables import METADATA
from tests.end_to_end.site_tokens import (
    DATA_CENTER,
    EMAIL,
    KINDS,
    ON_CLOUD,
    ON_DATA_CENTER,
    Kind,
    connect,
    every_cloud_kind,
    every_kind,
    grants,
    open_allowing,
    paths,
)
from tests.support.gateway import SANDBOX, Backend, Gateway


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A world to change, with nothing linked."""
    async with open_allowing(backend) as gateway:
        yield gateway


@every_kind
async def test_a_site_is_linked_once_jira_has_named_the_person(
    gateway: Gateway, kind: Kind
) -> None:
    payload = await connect(gateway, kind)

    connection = payload["connection"]
    is_cloud = kind in ON_CLOUD
    assert payload["errors"] == []
    assert {name: connection[name] for name in ("externalId", "authorizationKind", "status")} == {
        "externalId": "acme",
        "authorizationKind": kind.name,
        "status": "ACTIVE",
    }
    assert connection["needsReauthorization"] is False
    assert (connection["scopes"], connection["expiresAt"]) == ([], None)
    assert connection["site"] == {
        "cloudId": gateway.sandbox_cloud_id if is_cloud else None,
        "name": "127.0.0.1" if is_cloud else "Sandbox Data Center",
        "url": kind.site,
    }
    assert (connection["accessToken"], connection["credentials"]) == (None, None)
    assert tuple(paths(gateway)) == kind.proof


@every_kind
async def test_neither_token_nor_login_lies_in_the_database_in_clear(
    gateway: Gateway, kind: Kind, dialect: str, database_url: str
) -> None:
    await connect(gateway, kind)

    database = gateway.services.database
    kept = ""
    for table in METADATA.sorted_tables:
        rows = await database.fetch_all(f"SELECT * FROM {table.name}")
        kept += str([dict(row) for row in rows])
    if dialect == "sqlite":
        file = Path(database_url.removeprefix("sqlite:///"))
        kept += "".join(
            each.read_bytes().decode("latin-1") for each in file.parent.glob(f"{file.name}*")
        )
    assert kind.name in kept
    assert [secret for secret in kind.secrets if secret in kept] == []


@every_cloud_kind
async def test_queries_and_changes_work_with_it(gateway: Gateway, kind: Kind) -> None:
    await connect(gateway, kind)
    gateway.forget_calls()

    found = await gateway.ask_connection(
        'myself { emailAddress } project(idOrKey: "SHOP") { key } issue(idOrKey: "SHOP-5") { key }'
    )
    made = await gateway.ask(
        'mutation { createIssue(input: { connection: { externalId: "acme" } issue: { '
        'project: { key: "SHOP" } issueType: { name: "Task" } summary: "By token" } }) '
        "{ issue { summary } errors { message } } }"
    )

    assert found == {
        "myself": {"emailAddress": EMAIL},
        "project": {"key": "SHOP"},
        "issue": {"key": "SHOP-5"},
    }
    assert made.data["createIssue"] == {"issue": {"summary": "By token"}, "errors": []}
    assert grants(gateway) == {kind.grant}


@pytest.mark.parametrize("kind", ON_DATA_CENTER, ids=[k.name for k in ON_DATA_CENTER])
async def test_of_a_data_center_the_person_answers_and_all_else_is_told_without_a_call(
    gateway: Gateway, kind: Kind
) -> None:
    await connect(gateway, kind)
    gateway.forget_calls()

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { status site { url } myself { accountId displayName } '
        'projects { totalCount } issue(idOrKey: "SHOP-1") { key } boards { nodes { name } } } }'
    )

    connection = answer.body["data"]["connection"]
    assert connection["status"] == "ACTIVE"
    assert connection["site"] == {"url": DATA_CENTER}
    assert connection["myself"] == {
        "accountId": "JIRAUSER10100",
        "displayName": "Sandbox Person",
    }
    assert [connection[name] for name in ("projects", "issue", "boards")] == [None] * 3
    assert answer.codes == ["BAD_USER_INPUT"] * 3
    assert {error["message"] for error in answer.body["errors"]} == {
        "The site is a Jira Data Center or Server: its dialect is not served yet."
    }
    assert paths(gateway) == ["/jira/rest/api/2/myself"]


@every_kind
async def test_a_token_that_jira_takes_no_longer_is_told_and_nothing_is_refreshed(
    gateway: Gateway, kind: Kind
) -> None:
    await connect(gateway, kind)
    gateway.sandbox.settings = replace(
        gateway.sandbox.settings,
        api_token="new",
        scoped_api_token="newer",
        personal_access_token="newest",
        password="changed",
    )
    gateway.forget_calls()

    answer = await gateway.ask('{ connection(externalId: "acme") { myself { displayName } } }')

    assert answer.codes == ["NEEDS_REAUTHORIZATION"]
    assert "`connectWithToken`" in answer.body["errors"][0]["message"]
    assert len(paths(gateway)) == 1
    last_error = await gateway.ask_connection("lastError { code }")
    assert last_error == {"lastError": {"code": "NEEDS_REAUTHORIZATION"}}


@every_kind
async def test_a_site_that_refused_is_asked_once_a_minute(gateway: Gateway, kind: Kind) -> None:
    await connect(gateway, kind)
    known = gateway.sandbox.settings
    gateway.sandbox.settings = replace(
        known, api_token="new", scoped_api_token="newer", personal_access_token="n", password="c"
    )
    gateway.forget_calls()
    question = '{ connection(externalId: "acme") { myself { displayName } } }'

    codes = [(await gateway.ask(question)).codes for _ in range(5)]
    calls_within = len(paths(gateway))
    gateway.sandbox.settings = known
    gateway.clock.advance(minutes=1)
    after = await gateway.ask(question)

    assert codes == [["NEEDS_REAUTHORIZATION"]] * 5
    assert calls_within == 1
    assert after.data["connection"]["myself"] is not None


async def test_the_same_site_keeps_its_id_and_project_over_every_way_of_linking(
    gateway: Gateway,
) -> None:
    await gateway.connect()
    await gateway.ask(
        'mutation { selectProject(input: { connection: { externalId: "acme" } '
        'project: { key: "SHOP" } }) { errors { message } } }'
    )
    first = await gateway.ask_connection("id selectedProjectId")
    by_token = [(await connect(gateway, kind))["connection"] for kind in ON_CLOUD]
    await gateway.connect()
    last = await gateway.ask_connection(
        "id selectedProjectId authorizationKind projects { totalCount }"
    )

    seen = [(each["id"], each["selectedProjectId"]) for each in (*by_token, last)]
    assert seen == [(first["id"], first["selectedProjectId"])] * 3
    assert first["selectedProjectId"] is not None
    assert last["authorizationKind"] == "OAUTH2"
    assert last["projects"]["totalCount"] > 0


async def test_another_site_takes_the_selected_project_away(gateway: Gateway) -> None:
    kind = KINDS["API_TOKEN"]
    chosen = await connect(gateway, kind, selectedProject={"id": "10000"})
    elsewhere = await connect(gateway, kind, siteUrl=f"{SANDBOX}/sites/globex")

    assert chosen["connection"]["selectedProjectId"] == "10000"
    assert elsewhere["connection"]["selectedProjectId"] is None


async def test_linking_is_told_in_the_audit_with_kind_and_host_and_no_secret(
    gateway: Gateway,
) -> None:
    for kind in KINDS.values():
        await connect(gateway, kind)

    events = await list_events(gateway.services.database, external_id="acme", amount=10)
    told = [(event.kind, event.details, event.actor) for event in reversed(events)]
    assert told == [
        (
            "CONNECTED" if kind.name == "API_TOKEN" else "REAUTHORIZED",
            {"kind": kind.name, "site": "127.0.0.1"},
            "secret_key",
        )
        for kind in KINDS.values()
    ]


@every_kind
async def test_a_project_is_selected_by_id_without_a_call(gateway: Gateway, kind: Kind) -> None:
    payload = await connect(gateway, kind, selectedProject={"id": "10001"})

    assert payload["connection"]["selectedProjectId"] == "10001"
    assert tuple(paths(gateway)) == kind.proof


@every_cloud_kind
async def test_a_project_is_looked_up_by_its_key(gateway: Gateway, kind: Kind) -> None:
    payload = await connect(gateway, kind, selectedProject={"key": "SHOP"})

    assert payload["connection"]["selectedProjectId"] is not None
    assert tuple(paths(gateway)) == (*kind.proof, "/rest/api/3/project/SHOP")


async def test_a_scoped_token_is_shown_to_the_gateway_alone(gateway: Gateway) -> None:
    shown: list[tuple[str, str | None]] = []

    def note(request: httpx.Request) -> None:
        shown.append((request.url.path, request.headers.get("Authorization")))

    gateway.transport.faults.append(note)
    await connect(gateway, KINDS["SCOPED_API_TOKEN"])

    assert [path for path, header in shown if header] == [
        f"/ex/jira/{gateway.sandbox_cloud_id}/rest/api/3/myself"
    ]


async def test_a_server_whose_description_cannot_be_had_is_called_by_its_host(
    gateway: Gateway,
) -> None:
    gateway.answer_instead("/serverInfo", 403)

    payload = await connect(gateway, KINDS["BASIC"])

    assert payload["connection"]["site"]["name"] == "127.0.0.1"


async def test_fields_beside_it_see_the_connection_as_it_is_now(gateway: Gateway) -> None:
    await gateway.connect()
    gateway.forget_calls()
    kind = KINDS["API_TOKEN"]
    given = {"externalId": "acme", "siteUrl": kind.site, "credential": kind.credential}
    answer = await gateway.ask(
        "mutation($input: ConnectWithTokenInput!) {"
        '  before: selectProject(input: { connection: { externalId: "acme" } '
        '    project: { key: "SHOP" } }) { connection { authorizationKind } }'
        "  connectWithToken(input: $input) { connection { authorizationKind "
        "    projects { totalCount } } }"
        "}",
        {"input": given},
    )

    assert answer.data["before"]["connection"]["authorizationKind"] == "OAUTH2"
    connection = answer.data["connectWithToken"]["connection"]
    assert connection["authorizationKind"] == "API_TOKEN"
    assert connection["projects"]["totalCount"] > 0
    assert [call.grant for call in gateway.sandbox.calls.calls][-1] == "api-token"
