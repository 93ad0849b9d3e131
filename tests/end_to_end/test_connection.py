"""Lines 1 to 7 and 10: from a start link to a connection, its validity and its tokens."""

import pytest

from storage.connections import load_connections_by_external_id
from tests.support.gateway import BEGIN, JUNCTURE, PRODUCT, Backend, Gateway, open_gateway

TOKEN = "accessToken { token expiresAt }"
CREDENTIALS = "credentials { refreshToken expiresAt isInvalid }"


async def test_a_start_link_is_given_for_the_key_alone(gateway: Gateway) -> None:
    refused = await gateway.ask(BEGIN, {"externalId": "new"}, key="wrong")
    answer = await gateway.ask(BEGIN, {"externalId": "new", "returnTo": PRODUCT})

    assert (refused.status, refused.codes) == (401, ["UNAUTHENTICATED"])
    begun = answer.data["beginAuthorization"]
    assert begun["authorizationUri"].startswith(f"{JUNCTURE}/oauth/jira/start?link=")
    assert begun["expiresAt"] == "2026-06-01T12:10:00Z"
    assert begun["errors"] == []


async def test_a_person_chooses_among_the_jira_sites_of_the_consent(gateway: Gateway) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin("new")))

    shown = (await gateway.http.get(page)).text

    sites = gateway.sandbox.world.sites.values()
    jira = [site.cloud_id for site in sites if site.has_jira]
    offered = [cloud_id for cloud_id in gateway.sandbox.world.sites if cloud_id in shown]
    assert set(offered) <= set(jira)
    assert gateway.sandbox_cloud_id in offered


async def test_the_chosen_site_becomes_the_connections(gateway: Gateway) -> None:
    connection = await gateway.ask_connection(
        "externalId provider authorizationKind scopes site { cloudId name url }"
    )

    site = gateway.sandbox.world.sites[gateway.sandbox_cloud_id]
    assert connection["externalId"] == "acme"
    assert connection["provider"] == "JIRA"
    assert connection["authorizationKind"] == "OAUTH2"
    assert set(connection["scopes"]) == set(gateway.settings.jira_scopes)
    assert connection["site"] == {"cloudId": site.cloud_id, "name": site.name, "url": site.url}


async def test_an_external_id_that_is_not_linked_has_no_connection(gateway: Gateway) -> None:
    assert await gateway.ask_connection("status", external_id="nobody") is None
    assert gateway.calls() == []


async def test_validity_needs_no_call_to_jira(gateway: Gateway) -> None:
    fields = "status needsReauthorization expiresAt"

    fresh = await gateway.ask_connection(fields)
    gateway.clock.advance(days=91)
    idle = await gateway.ask_connection(fields)

    assert fresh["status"] == "ACTIVE"
    assert fresh["expiresAt"] == "2026-08-30T12:00:00Z"
    assert idle["status"] == "EXPIRED"
    assert idle["needsReauthorization"] is False
    assert gateway.calls() == []


async def test_a_dead_grant_answers_at_once_and_keeps_what_is_stored(gateway: Gateway) -> None:
    gateway.sandbox.tokens.revoke(None)
    gateway.clock.advance(hours=2)
    query = (
        '{ connection(externalId: "acme") { status selectedProjectId projects { totalCount } } }'
    )

    first = await gateway.ask(query)
    gateway.forget_calls()
    second = await gateway.ask(query)

    assert first.codes == ["NEEDS_REAUTHORIZATION"]
    assert second.codes == ["NEEDS_REAUTHORIZATION"]
    assert second.body["data"]["connection"]["status"] == "INVALID"
    assert second.body["errors"][0]["path"] == ["connection", "projects"]
    assert gateway.calls() == []
    assert gateway.calls(to_jira=False) == []


async def test_authorising_again_revives_a_dead_connection_under_the_same_id(
    gateway: Gateway,
) -> None:
    before = await gateway.ask_connection("id")
    gateway.sandbox.tokens.revoke(None)
    gateway.clock.advance(hours=2)
    await gateway.ask('{ connection(externalId: "acme") { projects { totalCount } } }')

    await gateway.connect()

    after = await gateway.ask_connection("id status projects { totalCount }")
    assert after["id"] == before["id"]
    assert after["status"] == "ACTIVE"
    assert after["projects"]["totalCount"] > 0


async def test_credentials_are_as_stored(gateway: Gateway) -> None:
    credentials = (await gateway.ask_connection(CREDENTIALS))["credentials"]

    assert len(credentials["refreshToken"]) > 20
    assert credentials["expiresAt"] == "2026-08-30T12:00:00Z"
    assert credentials["isInvalid"] is False
    assert gateway.calls(to_jira=False) == []


async def test_an_access_token_is_kept_until_it_is_due_and_then_refreshed(
    gateway: Gateway,
) -> None:
    first = (await gateway.ask_connection(TOKEN))["accessToken"]
    gateway.clock.advance(minutes=58)
    kept = (await gateway.ask_connection(TOKEN))["accessToken"]
    calls_while_kept = gateway.calls(to_jira=False)
    gateway.clock.advance(minutes=2)
    renewed = (await gateway.ask_connection(TOKEN))["accessToken"]

    assert kept == first
    assert calls_while_kept == []
    assert renewed["token"] != first["token"]
    assert renewed["expiresAt"] == "2026-06-01T14:00:00Z"
    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]


async def test_many_fields_of_one_operation_refresh_once(gateway: Gateway) -> None:
    gateway.clock.advance(hours=2)
    fields = "".join(f"p{n}: projects(first: {n}) {{ totalCount }} " for n in range(1, 9))

    await gateway.ask_connection(fields)

    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert len(gateway.calls()) == 8


async def test_a_token_that_jira_refuses_is_renewed_once(gateway: Gateway) -> None:
    await gateway.ask_connection("projects { totalCount }")
    gateway.sandbox.clock.advance(gateway.clock.now - gateway.clock.now.replace(hour=0))
    gateway.forget_calls()

    connection = await gateway.ask_connection("projects { totalCount }")

    assert connection["projects"]["totalCount"] > 0
    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert gateway.calls() == ["GET /rest/api/3/project/search"] * 2


async def test_the_last_use_is_noted_once_a_minute(gateway: Gateway) -> None:
    async def use_and_read() -> object:
        await gateway.ask_connection("projects(first: 1) { totalCount }")
        return (await gateway.ask_connection("lastUsedAt"))["lastUsedAt"]

    unused = (await gateway.ask_connection("lastUsedAt status"))["lastUsedAt"]
    first = await use_and_read()
    gateway.clock.advance(seconds=59)
    soon = await use_and_read()
    gateway.clock.advance(seconds=1)
    later = await use_and_read()

    assert unused is None
    assert first == soon == "2026-06-01T12:00:00Z"
    assert later == "2026-06-01T12:01:00Z"


async def test_the_rows_hold_no_token_in_clear(gateway: Gateway) -> None:
    shown = await gateway.ask_connection(f"{TOKEN} {CREDENTIALS}")

    row = await gateway.services.database.fetch_one("SELECT * FROM connection")
    found = await load_connections_by_external_id(
        gateway.services.database, provider="jira", external_ids=["acme"]
    )

    assert row is not None
    assert shown["accessToken"]["token"] not in str(dict(row))
    assert shown["credentials"]["refreshToken"] not in str(dict(row))
    assert shown["accessToken"]["token"] not in repr(found)


@pytest.mark.parametrize("field", [TOKEN, CREDENTIALS])
async def test_one_unreadable_row_is_an_error_of_its_own(gateway: Gateway, field: str) -> None:
    await gateway.connect("other")
    await gateway.services.database.execute(
        "UPDATE connection SET access_token = refresh_token, refresh_token = access_token "
        "WHERE id = (SELECT connection_id FROM connection_external_map "
        "WHERE external_id = :external_id)",
        {"external_id": "other"},
    )

    broken = await gateway.ask(
        f'{{ connection(externalId: "other") {{ site {{ name }} {field} }} }}'
    )

    assert broken.codes == ["CREDENTIAL_UNREADABLE"]
    assert broken.body["data"]["connection"]["site"]["name"]
    assert await gateway.ask_connection(field)


async def test_a_database_that_is_gone_is_said_so(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        await gateway.services.database.disconnect()

        answer = await gateway.ask('{ connection(externalId: "acme") { status } }')

        assert answer.codes == ["STORAGE_UNAVAILABLE"]
        await gateway.services.database.connect()
