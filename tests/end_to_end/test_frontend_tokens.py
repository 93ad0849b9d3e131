"""Tokens for browsers: made by a backend, good for one external id, dead with its connection."""

import json
from collections.abc import Sequence

import pytest

from storage.database import Row
from storage.disconnections import find_disconnection, note_disconnection
from tests.end_to_end.frontend import DISCONNECT, EVERY_SCOPE, MINT, disconnect, mint
from tests.end_to_end.keys import make_key
from tests.support.gateway import BEGIN, Gateway

VIEWER = """{
  viewer { kind keyId scopes frontendScopes expiresAt connection { externalId site { name } } }
}"""
OWN = '{ connection(externalId: "acme") { externalId } }'
SELECT = """
mutation($connection: ConnectionRef) {
  selectProject(input: { connection: $connection, project: { id: "10000" } }) {
    connection { externalId selectedProjectId } errors { code message path }
  }
}
"""


async def find_minting(gateway: Gateway) -> Row | None:
    """The event of a token that was made."""
    return await gateway.services.database.fetch_one(
        "SELECT * FROM audit_event WHERE kind = :kind", {"kind": "FRONTEND_TOKEN_MINTED"}
    )


async def test_a_browser_sees_who_it_is_and_its_own_connection(gateway: Gateway) -> None:
    token = await mint(gateway, scopes=["WRITE"])

    viewer = (await gateway.ask(VIEWER, key=token)).data["viewer"]

    assert viewer["kind"] == "FRONTEND_TOKEN"
    assert viewer["scopes"] == []
    assert viewer["frontendScopes"] == ["READ", "WRITE"]
    assert viewer["expiresAt"] == "2026-06-01T12:10:00Z"
    assert viewer["connection"]["externalId"] == "acme"
    assert len(viewer["keyId"]) == 32


async def test_a_key_has_no_connection_of_its_own(gateway: Gateway) -> None:
    viewer = (await gateway.ask(VIEWER)).data["viewer"]

    assert viewer["kind"] == "SECRET_KEY"
    assert viewer["frontendScopes"] == []
    assert viewer["connection"] is None


async def test_making_a_token_is_an_event_without_the_token(gateway: Gateway) -> None:
    token = await mint(gateway, "user-1", ["CONNECT", "READ"], expiresInSeconds=60)

    row = await find_minting(gateway)

    assert row is not None
    viewer = (await gateway.ask(VIEWER, key=token)).data["viewer"]
    assert json.loads(row["details"]) == {
        "tokenId": viewer["keyId"],
        "scopes": ["READ", "CONNECT"],
        "expiresAt": "2026-06-01T12:01:00+00:00",
    }
    assert (row["external_id"], row["actor"]) == ("user-1", "secret_key")
    assert token.rpartition(".")[2] not in str(dict(row))


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"scopes": []}, "scopes"),
        ({"expiresInSeconds": 59}, "expiresInSeconds"),
        ({"expiresInSeconds": 901}, "expiresInSeconds"),
        ({"expiresInSeconds": -(2**31)}, "expiresInSeconds"),
        ({"externalId": " "}, "externalId"),
        ({"externalId": "x" * 256}, "externalId"),
    ],
    ids=["no scope", "too short", "too long", "negative", "blank id", "long id"],
)
async def test_a_request_for_another_kind_of_token_is_refused_by_the_input(
    gateway: Gateway, changes: dict[str, object], argument: str
) -> None:
    given = {"externalId": "acme", "scopes": ["READ"], **changes}

    payload = (await gateway.ask(MINT, {"input": given})).data["createFrontendToken"]

    assert payload["token"] is None
    errors = [(error["code"], error["path"]) for error in payload["errors"]]
    assert errors == [("BAD_USER_INPUT", ["input", argument])]
    assert await find_minting(gateway) is None


@pytest.mark.parametrize(
    ("scope", "has", "lacking"),
    [
        ("READ", [], "GRAPH_READ"),
        ("WRITE", ["GRAPH_WRITE"], "GRAPH_READ"),
        ("WRITE", ["GRAPH_READ"], "GRAPH_WRITE"),
        ("CONNECT", ["GRAPH_READ", "GRAPH_WRITE", "CONNECTIONS_READ"], "CONNECTIONS_WRITE"),
    ],
)
async def test_a_key_makes_no_token_that_may_do_what_it_may_not(
    gateway: Gateway, scope: str, has: Sequence[str], lacking: str
) -> None:
    narrow = await make_key(gateway, "TOKENS_MINT", *has)
    enough = await make_key(gateway, "TOKENS_MINT", *has, lacking)
    given = {"input": {"externalId": "acme", "scopes": [scope]}}

    refused = (await gateway.ask(MINT, given, key=narrow)).data["createFrontendToken"]
    is_kept = await find_minting(gateway) is not None
    made = (await gateway.ask(MINT, given, key=enough)).data["createFrontendToken"]

    assert refused["token"] is None
    assert [(error["code"], error["message"]) for error in refused["errors"]] == [
        ("FORBIDDEN", f"This needs the scope {lacking}.")
    ]
    assert not is_kept
    assert made["errors"] == []


@pytest.mark.parametrize("seconds", [60, 900, None])
async def test_a_token_lives_one_to_fifteen_minutes(gateway: Gateway, seconds: int | None) -> None:
    token = await mint(gateway, expiresInSeconds=seconds)

    gateway.clock.advance(seconds=(seconds or 600) - 1)
    before = await gateway.ask(OWN, key=token)
    gateway.clock.advance(seconds=1)
    after = await gateway.ask(OWN, key=token)

    assert before.data == {"connection": {"externalId": "acme"}}
    assert (after.status, after.codes) == (401, ["UNAUTHENTICATED"])


async def test_reading_is_no_right_to_write_and_connecting_is_neither(gateway: Gateway) -> None:
    reader, linker = await mint(gateway), await mint(gateway, scopes=["CONNECT"])

    select = (await gateway.ask(SELECT, key=reader)).data["selectProject"]
    begin = (await gateway.ask(BEGIN, {"externalId": "acme"}, key=reader)).data
    read = await gateway.ask(OWN, key=linker)

    assert [error["code"] for error in select["errors"]] == ["FORBIDDEN"]
    assert [error["code"] for error in begin["beginAuthorization"]["errors"]] == ["FORBIDDEN"]
    assert (read.codes, read.body["data"]) == (["FORBIDDEN"], {"connection": None})
    assert (await gateway.ask(VIEWER, key=linker)).data["viewer"]["connection"] is None


async def test_a_writer_may_leave_its_connection_out_and_a_key_may_not(gateway: Gateway) -> None:
    writer = await mint(gateway, scopes=["WRITE"])

    own = (await gateway.ask(SELECT, key=writer)).data["selectProject"]
    named = (await gateway.ask(SELECT, {"connection": {"externalId": "acme"}}, key=writer)).data
    by_key = (await gateway.ask(SELECT)).data["selectProject"]

    assert own == {
        "connection": {"externalId": "acme", "selectedProjectId": "10000"},
        "errors": [],
    }
    assert named["selectProject"] == own
    assert by_key["errors"][0]["code"] == "BAD_USER_INPUT"
    assert by_key["errors"][0]["path"] == ["input", "connection"]
    assert "has to be named" in by_key["errors"][0]["message"]


async def test_a_writer_whose_id_is_not_linked_is_told_so(gateway: Gateway) -> None:
    writer = await mint(gateway, "nobody", ["WRITE"])

    payload = (await gateway.ask(SELECT, key=writer)).data["selectProject"]

    assert [error["code"] for error in payload["errors"]] == ["CONNECTION_NOT_FOUND"]


async def test_a_browser_links_its_own_id_and_then_reads_it(gateway: Gateway) -> None:
    token = await mint(gateway, "new", ["CONNECT", "READ"])
    before = (await gateway.ask(VIEWER, key=token)).data["viewer"]["connection"]

    begun = (await gateway.ask(BEGIN, {"externalId": "new"}, key=token)).data["beginAuthorization"]
    page = await gateway.call_back(await gateway.consent(begun["authorizationUri"]))
    await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})

    after = (await gateway.ask(VIEWER, key=token)).data["viewer"]["connection"]
    assert before is None
    assert after["externalId"] == "new"


@pytest.mark.parametrize("other", ["acme", "nobody", "NEW", "new ", ""])
async def test_a_browser_links_no_other_id(gateway: Gateway, other: str) -> None:
    token = await mint(gateway, "new", ["CONNECT"])

    payload = (await gateway.ask(BEGIN, {"externalId": other}, key=token)).data

    begun = payload["beginAuthorization"]
    assert begun["authorizationUri"] is None
    assert [error["code"] for error in begun["errors"]] == ["FORBIDDEN"]
    assert (
        await gateway.services.database.fetch_all(
            "SELECT id FROM authorization_flow WHERE external_id = :id", {"id": other}
        )
        == []
    )


@pytest.mark.parametrize(
    "field", ["accessToken { token }", "credentials { refreshToken expiresAt }"]
)
async def test_no_token_shows_credentials(gateway: Gateway, field: str) -> None:
    token = await mint(gateway, scopes=EVERY_SCOPE)

    answer = await gateway.ask(f"{{ viewer {{ connection {{ id {field} }} }} }}", key=token)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"]["viewer"]["connection"][field.split(maxsplit=1)[0]] is None


@pytest.mark.parametrize(
    "query",
    [
        "{ connections { nodes { id } } }",
        "{ auditEvents { nodes { eventId } } }",
        DISCONNECT,
        MINT,
    ],
    ids=["list", "events", "disconnect", "another token"],
)
async def test_what_is_for_backends_is_forbidden_to_every_token(
    gateway: Gateway, query: str
) -> None:
    token = await mint(gateway, scopes=EVERY_SCOPE)

    given = {"externalId": "acme", "scopes": ["READ"]}

    answer = await gateway.ask(query, {"id": "acme", "input": given}, key=token)

    assert "FORBIDDEN" in str(answer.body)
    assert "eventId" not in str(answer.body["data"])
    assert (await gateway.ask(OWN)).data == {"connection": {"externalId": "acme"}}


async def test_a_token_is_dead_for_ever_once_its_id_is_disconnected(gateway: Gateway) -> None:
    token, other = await mint(gateway), await mint(gateway, "other")
    await disconnect(gateway)

    at_once = await gateway.ask(OWN, key=token)
    gateway.clock.advance(seconds=1)
    await gateway.connect()
    linked_anew = await gateway.ask(OWN, key=token)
    new = await mint(gateway)

    assert (at_once.status, at_once.codes) == (401, ["UNAUTHENTICATED"])
    assert linked_anew.status == 401
    assert (await gateway.ask(OWN, key=new)).data == {"connection": {"externalId": "acme"}}
    assert (await gateway.ask("{ viewer { kind } }", key=other)).status == 200


async def test_tokens_of_an_id_that_was_never_linked_end_by_a_disconnect_that_finds_nothing(
    gateway: Gateway,
) -> None:
    token, other = [await mint(gateway, each, ["CONNECT"]) for each in ("new", "newer")]
    alive = await gateway.ask("{ viewer { kind } }", key=token)

    payload = (await gateway.ask(DISCONNECT, {"id": "new"})).data["disconnect"]

    gateway.clock.advance(seconds=1)
    after = [await gateway.ask("{ viewer { kind } }", key=each) for each in (token, other)]
    anew = await gateway.ask("{ viewer { kind } }", key=await mint(gateway, "new", ["CONNECT"]))
    assert alive.status == 200
    assert payload == {"disconnectedId": None, "errors": [{"code": "CONNECTION_NOT_FOUND"}]}
    assert [each.status for each in after] == [401, 200]
    assert anew.status == 200


async def test_a_caller_who_may_not_disconnect_ends_no_tokens(gateway: Gateway) -> None:
    token = await mint(gateway, "new", EVERY_SCOPE)
    reader = await make_key(gateway, "CONNECTIONS_READ", "TOKENS_MINT")

    for shown in (token, reader):
        await gateway.ask(DISCONNECT, {"id": "new"}, key=shown)

    gateway.clock.advance(seconds=1)
    assert (await gateway.ask("{ viewer { kind } }", key=token)).status == 200


async def test_what_another_process_disconnects_is_dead_within_a_second(gateway: Gateway) -> None:
    token = await mint(gateway)
    alive = await gateway.ask(OWN, key=token)
    async with gateway.services.database.transaction() as queries:
        await note_disconnection(
            queries, external_id="acme", provider="jira", now=gateway.clock.now
        )

    gateway.clock.advance(seconds=gateway.settings.revocation_interval_seconds)

    assert alive.status == 200
    assert (await gateway.ask(OWN, key=token)).status == 401
    assert gateway.settings.revocation_interval_seconds <= 1


async def test_a_disconnection_is_forgotten_when_no_token_is_old_enough_for_it(
    gateway: Gateway,
) -> None:
    await disconnect(gateway)

    async def find() -> object:
        return await find_disconnection(
            gateway.services.database, external_id="acme", provider="jira"
        )

    gateway.clock.advance(minutes=59)
    await mint(gateway)
    kept = await find()
    gateway.clock.advance(minutes=2)
    await mint(gateway)

    assert kept is not None
    assert await find() is None


async def test_a_database_that_is_down_is_no_wrong_token(gateway: Gateway) -> None:
    token = await mint(gateway)
    await gateway.services.database.disconnect()
    try:
        answer = await gateway.ask("{ viewer { kind } }", key=token)
    finally:
        await gateway.services.database.connect()

    assert (answer.status, answer.codes) == (503, ["STORAGE_UNAVAILABLE"])
    assert (await gateway.ask(OWN, key=token)).status == 200


async def test_a_second_disconnection_is_told_to_the_backend_alone(gateway: Gateway) -> None:
    token = await mint(gateway, scopes=EVERY_SCOPE)
    await disconnect(gateway)

    by_key = (await gateway.ask(DISCONNECT, {"id": "acme"})).data["disconnect"]
    by_token = await gateway.ask(DISCONNECT, {"id": "acme"}, key=token)

    assert by_key["errors"] == [{"code": "CONNECTION_NOT_FOUND"}]
    assert by_token.status == 401
