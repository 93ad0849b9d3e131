"""The record of events over GraphQL, and that each thing that happens is one event of it."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from resolvers.access.viewer import Scope
from storage.audit import ChainCheck, check_chain
from storage.errors import StorageUnavailableError
from tests.end_to_end.frontend import disconnect, mint
from tests.end_to_end.keys import make_key
from tests.support.gateway import PRODUCT, Gateway, open_neighbour

EVENTS = """
query($id: ID, $first: Int, $after: String) {
  auditEvents(externalId: $id, first: $first, after: $after) {
    nodes { eventId kind actor at externalId requestId details }
    edges { cursor node { eventId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
EVERY_SCOPE = frozenset(Scope.__members__)
READ_TOKEN = '{ connection(externalId: "acme") { accessToken { token } } }'


async def page(gateway: Gateway, **variables: Any) -> Any:
    return (await gateway.ask(EVENTS, {"first": 50, **variables})).data["auditEvents"]


async def kinds(gateway: Gateway) -> Counter[str]:
    return Counter(event["kind"] for event in (await page(gateway))["nodes"])


async def newest(gateway: Gateway) -> Any:
    return (await page(gateway, first=1))["nodes"][0]


async def test_linking_a_site_is_two_events_one_of_a_key_and_one_of_a_person(
    gateway: Gateway,
) -> None:
    connected, begun = (await page(gateway))["nodes"]

    assert (begun["kind"], begun["actor"]) == ("AUTHORIZATION_BEGUN", "secret_key")
    assert begun["details"] == {"returnTo": None}
    assert (connected["kind"], connected["actor"]) == ("CONNECTED", "person")
    assert connected["details"] == {
        "site": gateway.sandbox.world.sites[gateway.sandbox_cloud_id].url
    }
    for event in (begun, connected):
        assert event["externalId"] == "acme"
        assert event["at"] == "2026-06-01T12:00:00Z"
        assert event["requestId"]
    assert begun["requestId"] != connected["requestId"]


async def test_beginning_keeps_the_host_that_the_person_goes_back_to(gateway: Gateway) -> None:
    await gateway.begin("new", PRODUCT)

    assert (await newest(gateway))["details"] == {"returnTo": "product.test"}


async def test_authorising_again_is_told_from_linking_anew(gateway: Gateway) -> None:
    before = await kinds(gateway)
    await gateway.connect()
    again = await kinds(gateway) - before
    await disconnect(gateway)
    await gateway.connect()
    anew = await kinds(gateway) - before - again

    assert again == {"AUTHORIZATION_BEGUN": 1, "REAUTHORIZED": 1}
    assert anew == {"DISCONNECTED": 1, "AUTHORIZATION_BEGUN": 1, "CONNECTED": 1}


@pytest.mark.parametrize(
    ("field", "selection"),
    [("accessToken", "token"), ("credentials", "refreshToken")],
)
async def test_a_credential_that_is_read_is_one_event_an_operation(
    gateway: Gateway, field: str, selection: str
) -> None:
    shown = f"{field} {{ {selection} }}"
    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ {shown} again: {shown} }} '
        f'same: connection(externalId: "acme") {{ {shown} }} }}'
    )

    event = await newest(gateway)
    assert (await kinds(gateway))["CREDENTIALS_READ"] == 1
    assert (event["actor"], event["externalId"]) == ("secret_key", "acme")
    assert event["details"] == {"field": field}
    assert event["requestId"] == answer.headers["x-request-id"]
    await gateway.ask(f'{{ connection(externalId: "acme") {{ {shown} }} }}')
    assert (await kinds(gateway))["CREDENTIALS_READ"] == 2


async def test_both_credentials_are_two_events(gateway: Gateway) -> None:
    await gateway.ask_connection("accessToken { token } credentials { refreshToken }")

    assert (await kinds(gateway))["CREDENTIALS_READ"] == 2


async def test_a_credential_whose_reading_cannot_be_kept_is_not_shown(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_positional: object, **_named: object) -> None:
        raise StorageUnavailableError("it takes no writes")

    monkeypatch.setattr("storage.event_recorder.append_events", fail)
    answer = await gateway.ask(
        '{ connection(externalId: "acme") { status accessToken { token } '
        "credentials { refreshToken } } }"
    )

    assert answer.body["data"]["connection"] == {
        "status": "ACTIVE",
        "accessToken": None,
        "credentials": None,
    }
    assert answer.codes == ["STORAGE_UNAVAILABLE"] * 2


async def test_a_refused_reader_leaves_no_event_and_gets_no_credential(gateway: Gateway) -> None:
    key = await make_key(gateway, *EVERY_SCOPE - {"CREDENTIALS_READ"})

    answer = await gateway.ask(READ_TOKEN, key=key)

    assert answer.codes == ["FORBIDDEN"]
    assert (await kinds(gateway))["CREDENTIALS_READ"] == 0


async def test_a_refresh_is_one_event_on_behalf_of_who_asked(gateway: Gateway) -> None:
    gateway.clock.advance(hours=2)

    await gateway.ask_connection("a: myself { accountId } b: projects { totalCount }")

    event = await newest(gateway)
    assert (await kinds(gateway))["TOKENS_REFRESHED"] == 1
    assert (event["kind"], event["actor"]) == ("TOKENS_REFRESHED", "secret_key")


async def test_a_grant_that_dies_is_one_event_however_many_ask_after(gateway: Gateway) -> None:
    gateway.sandbox.tokens.revoke(None)
    gateway.clock.advance(hours=2)

    for _ in range(3):
        await gateway.ask('{ connection(externalId: "acme") { myself { accountId } } }')

    assert (await kinds(gateway))["GRANT_DIED"] == 1


async def test_a_refresh_that_fails_is_one_event(gateway: Gateway) -> None:
    gateway.answer_instead("/oauth/token", 500)
    gateway.clock.advance(hours=2)

    await gateway.ask('{ connection(externalId: "acme") { myself { accountId } } }')

    counted = await kinds(gateway)
    assert (counted["REFRESH_FAILED"], counted["GRANT_DIED"]) == (1, 0)


async def test_a_frontend_token_is_one_event_that_does_not_tell_it(gateway: Gateway) -> None:
    token = await mint(gateway)

    event = await newest(gateway)
    assert event["kind"] == "FRONTEND_TOKEN_MINTED"
    assert (await kinds(gateway))["FRONTEND_TOKEN_MINTED"] == 1
    assert token not in str(event)


async def test_what_an_api_key_and_a_token_did_bears_their_ids(gateway: Gateway) -> None:
    key = await make_key(gateway, *EVERY_SCOPE)
    await gateway.ask(READ_TOKEN, key=key)
    by_key = await newest(gateway)
    gateway.clock.advance(minutes=59, seconds=30)
    token = await mint(gateway, scopes=("READ",))
    minted = await newest(gateway)

    query = '{ connection(externalId: "acme") { myself { accountId } } }'
    assert "errors" not in (await gateway.ask(query, key=token)).body
    by_token = await newest(gateway)

    assert by_key["actor"] == f"api_key:{key.split('_')[1]}"
    assert by_token["kind"] == "TOKENS_REFRESHED"
    assert by_token["actor"] == f"frontend_token:{minted['details']['tokenId']}"


async def test_events_are_walked_page_by_page_while_others_are_added(gateway: Gateway) -> None:
    for number in range(5):
        await gateway.begin(f"new-{number}")

    walked, after = [], None
    while True:
        found = await page(gateway, first=3, after=after)
        walked += [event["eventId"] for event in found["nodes"]]
        assert [edge["node"]["eventId"] for edge in found["edges"]] == walked[
            -len(found["nodes"]) :
        ]
        assert found["edges"][-1]["cursor"] == found["pageInfo"]["endCursor"]
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        await gateway.begin("meanwhile")
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]

    everything = (await page(gateway))["nodes"]
    old = [event["eventId"] for event in everything if event["externalId"] != "meanwhile"]
    assert walked == old
    assert len(walked) == 7


async def test_events_of_one_external_id_come_alone(gateway: Gateway) -> None:
    await gateway.begin("other")

    of_other = await page(gateway, id="other")
    of_nobody = await page(gateway, id="nobody")

    assert [event["externalId"] for event in of_other["nodes"]] == ["other"]
    assert of_nobody["nodes"] == []
    assert of_nobody["pageInfo"]["hasNextPage"] is False
    assert of_nobody["pageInfo"]["endCursor"] is None


async def test_a_cursor_is_good_for_its_own_external_id_alone(gateway: Gateway) -> None:
    cursor = (await page(gateway, first=1))["pageInfo"]["endCursor"]

    refused = await gateway.ask(EVENTS, {"id": "acme", "first": 1, "after": cursor})

    assert refused.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", [0, 101, None])
async def test_a_page_has_1_to_100_events(gateway: Gateway, first: int | None) -> None:
    assert (await gateway.ask(EVENTS, {"first": first})).codes == ["BAD_USER_INPUT"]


async def test_the_record_is_for_administrators(gateway: Gateway) -> None:
    others = await make_key(gateway, *EVERY_SCOPE - {"ADMIN"})
    admin = await make_key(gateway, "ADMIN")
    token = await mint(gateway, scopes=("READ", "WRITE", "CONNECT"))

    for shown in (others, token):
        refused = await gateway.ask(EVENTS, {"first": 1}, key=shown)
        assert refused.codes == ["FORBIDDEN"]
        assert refused.body["data"] == {"auditEvents": None}
    assert "errors" not in (await gateway.ask(EVENTS, {"first": 1}, key=admin)).body


async def test_what_two_processes_record_is_one_chain(gateway: Gateway) -> None:
    async with open_neighbour(gateway) as beside:
        await asyncio.gather(gateway.ask(READ_TOKEN), beside.ask(READ_TOKEN), beside.begin())

    services = gateway.services
    check = await check_chain(services.database, services.ring)
    assert check == ChainCheck(5, is_whole=True)
