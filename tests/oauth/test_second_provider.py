"""A second provider is a module and a line of configuration: the routes and rows are the same."""

from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from storage.connections import get_tokens, load_connections_by_external_id
from storage.records import Connection
from tests.oauth.notes import WORKSPACE, NotesProvider
from tests.support.gateway import JUNCTURE, PRODUCT, Backend, Gateway, MovingClock, open_gateway


async def link_notes(gateway: Gateway) -> Connection:
    """Go from a link to a connection through the real routes."""
    begun = await gateway.services.flows.begin(
        external_id="acme", provider="notes", return_to=PRODUCT
    )
    started = await gateway.http.get(f"{JUNCTURE}/oauth/notes/start?link={begun.link.text}")
    consent = urlsplit(started.headers["location"])
    state = parse_qs(consent.query)["state"][0]
    address = f"{JUNCTURE}/oauth/notes/callback"
    called_back = await gateway.http.get(address, params={"state": state, "code": "note-code"})
    page = JUNCTURE + called_back.headers["location"]
    shown = await gateway.http.get(page)
    finished = await gateway.http.post(page, data={"site": WORKSPACE.cloud_id})

    assert consent.netloc == "notes.test"
    assert "Choose a Notes site" in shown.text
    assert urlsplit(page).path.startswith("/oauth/notes/finalize/")
    assert WORKSPACE.name in shown.text
    assert finished.headers["location"] == f"{PRODUCT}?juncture=connected"
    found = await load_connections_by_external_id(
        gateway.services.database, provider="notes", external_ids=["acme"]
    )
    return found["acme"]


async def test_a_second_provider_links_through_the_same_routes(backend: Backend) -> None:
    notes = NotesProvider(MovingClock().now)
    async with open_gateway(parts={"providers": [notes]}, **backend) as gateway:
        connection = await link_notes(gateway)

        stored = await get_tokens(
            gateway.services.database, gateway.services.ring, connection.connection_id
        )
        assert connection.provider == "notes"
        assert connection.site == WORKSPACE
        assert stored.tokens.access_token == SecretStr("notes access 1")
        assert notes.codes == ["note-code"]


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_a_second_provider_refreshes_its_own_tokens(backend: Backend) -> None:
    notes = NotesProvider(MovingClock().now)
    async with open_gateway(parts={"providers": [notes]}, **backend) as gateway:
        connection = await link_notes(gateway)
        gateway.clock.advance(hours=1)

        tokens = await gateway.services.tokens.get(connection)

        assert tokens.access_token == SecretStr("notes access 2")
        assert tokens.refresh_token == SecretStr("notes refresh 1")
        assert gateway.calls(to_jira=False) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_one_external_id_is_linked_to_both_providers_apart(backend: Backend) -> None:
    notes = NotesProvider(MovingClock().now)
    async with open_gateway(parts={"providers": [notes]}, **backend) as gateway:
        await gateway.connect("acme")
        before = await gateway.ask_connection("id provider site { cloudId }")

        linked = await link_notes(gateway)

        assert await gateway.ask_connection("id provider site { cloudId }") == before
        assert linked.connection_id != before["id"]
        assert before["site"]["cloudId"] == gateway.sandbox_cloud_id


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_a_state_of_jira_is_refused_at_the_callback_of_notes(backend: Backend) -> None:
    notes = NotesProvider(MovingClock().now)
    async with open_gateway(parts={"providers": [notes]}, **backend) as gateway:
        callback = await gateway.consent(await gateway.begin())
        gateway.forget_calls()

        answer = await gateway.http.get(callback.replace("/oauth/jira/", "/oauth/notes/"))

        assert answer.status_code == 400
        assert "OAUTH_STATE_INVALID" in answer.text
        assert notes.codes == []
        assert gateway.calls(to_jira=False) == []
