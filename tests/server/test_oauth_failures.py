"""How a flow that cannot go on is told, to people and to programs."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from oauth.flow import AuthorizationFlows
from sandbox.builders import WorldBuilder
from storage.errors import CredentialUnreadableError, StorageError, StorageUnavailableError
from tests.server.flows import consent_to
from tests.support.gateway import (
    JUNCTURE,
    PRODUCT,
    Backend,
    Gateway,
    a_world,
    open_gateway,
)

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(**backend) as gateway:
        yield gateway


@on_sqlite
@pytest.mark.parametrize("return_to", [None, PRODUCT], ids=["page", "redirect"])
@pytest.mark.parametrize(
    "answer", ["code=unknown", "error=server_error", "error=%3Cscript%3Ealert(1)%3C/script%3E"]
)
async def test_a_consent_without_a_grant_is_a_failure_that_changes_nothing(
    gateway: Gateway, return_to: str | None, answer: str
) -> None:
    callback = await gateway.consent(await gateway.begin("acme", return_to))
    state = parse_qs(urlsplit(callback).query)["state"][0]

    failed = await gateway.http.get(f"{JUNCTURE}/oauth/jira/callback?state={state}&{answer}")

    if return_to:
        assert failed.headers["location"] == f"{PRODUCT}?juncture=failed"
    else:
        assert failed.status_code == 502
        assert "JIRA_UNAVAILABLE" in failed.text
        assert "alert(1)" not in failed.text
    assert await gateway.ask_connection("id") is None


@on_sqlite
async def test_a_consent_that_opens_no_jira_site_is_told_as_such(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = gateway.services.flows.providers["jira"]

    async def no_sites(*_: object) -> list[object]:
        return []

    monkeypatch.setattr(type(provider), "list_sites", no_sites)
    callback = await gateway.consent(await gateway.begin())

    told = await gateway.http.get(callback)

    assert told.status_code == 403
    assert "no site of Jira" in told.text


@on_sqlite
async def test_programs_get_the_code_and_the_request_id_as_json(gateway: Gateway) -> None:
    told = await gateway.http.get(
        f"{JUNCTURE}/oauth/jira/callback?state=x.y&code=z", headers={"Accept": "application/json"}
    )

    (error,) = told.json()["errors"]
    assert told.status_code == 400
    assert error["extensions"] == {
        "code": "OAUTH_STATE_INVALID",
        "requestId": told.headers["X-Request-Id"],
    }


@on_sqlite
@pytest.mark.parametrize("step", ["start?link=x.y", "callback?state=x.y&code=z"])
async def test_a_provider_that_is_not_set_up_is_not_found(gateway: Gateway, step: str) -> None:
    gateway.http.cookies.set("juncture-x", "secret")

    told = await gateway.http.get(f"{JUNCTURE}/oauth/nothing/{step}")

    assert told.status_code == 404
    assert "NOT_FOUND" in told.text


@on_sqlite
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageUnavailableError("canary"), 503, "STORAGE_UNAVAILABLE"),
        (CredentialUnreadableError("canary", "access_token"), 500, "CREDENTIAL_UNREADABLE"),
    ],
    ids=["gone", "unreadable"],
)
async def test_what_storage_fails_at_is_told_by_its_kind_without_details(
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    error: StorageError,
    status: int,
    code: str,
) -> None:
    link = await gateway.begin()

    async def fail(*_args: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(AuthorizationFlows, "open", fail)
    told = await gateway.http.get(link)

    assert told.status_code == status
    assert code in told.text
    assert "canary" not in told.text


@on_sqlite
async def test_a_consent_under_a_lost_key_does_not_ask_to_try_the_same_page_again(
    gateway: Gateway,
) -> None:
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))
    await gateway.services.database.execute("UPDATE pending_grant SET access_token = 'v1.lost.AA'")

    shown = await gateway.http.get(page)
    chosen = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})

    for told in (shown, chosen):
        assert told.status_code == 500
        assert "CREDENTIAL_UNREADABLE" in told.text
        assert "Try again in a moment" not in told.text


@on_sqlite
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("start?link=x.y", "GET"),
        ("callback?state=x.y&code=z", "GET"),
        ("finalize/x.y", "GET, POST"),
    ],
)
async def test_a_head_is_told_the_methods_of_its_route(
    gateway: Gateway, path: str, allowed: str
) -> None:
    told = await gateway.http.head(f"{JUNCTURE}/oauth/jira/{path}")

    assert told.status_code == 405
    assert told.headers["Allow"] == allowed


async def test_a_flow_finished_in_one_browser_is_over_in_the_other(gateway: Gateway) -> None:
    link = await gateway.begin()
    async with gateway.browser() as other:
        called_back = await other.get(await gateway.consent(link, browser=other))
        waiting = JUNCTURE + called_back.headers["location"]
        finished = await gateway.http.post(
            await gateway.call_back(await gateway.consent(link)),
            data={"site": gateway.sandbox_cloud_id},
        )

        late = await other.post(waiting, data={"site": gateway.sandbox_cloud_id})

    generations = await gateway.services.database.fetch_all("SELECT generation FROM connection")
    assert finished.status_code == 200
    assert late.status_code == 400
    assert "OAUTH_STATE_INVALID" in late.text
    assert [row["generation"] for row in generations] == [1]


@on_sqlite
@pytest.mark.parametrize("path", ["/oauth/token", "/accessible-resources"])
@pytest.mark.parametrize("status", [401, 404])
async def test_a_foreign_answer_during_the_flow_is_a_failed_flow(
    gateway: Gateway, path: str, status: int
) -> None:
    callback = await gateway.consent(await gateway.begin("acme", PRODUCT))
    gateway.answer_instead(path, status, text="<html>")

    failed = await gateway.http.get(callback)

    assert failed.headers["location"] == f"{PRODUCT}?juncture=failed"


@on_sqlite
async def test_a_hostile_site_name_is_text_on_every_page(backend: Backend) -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'
    world, _ = a_world()
    hostile = WorldBuilder(world.world).add_site(name, url="https://acme.test/'\"><script>")
    cloud_id = hostile.data.site.cloud_id
    async with open_gateway(world.world, **backend) as gateway:
        page = await consent_to(gateway, cloud_id)
        shown = await gateway.http.get(page)
        finished = await gateway.http.post(page, data={"site": cloud_id})

        for response in (shown, finished):
            assert response.status_code == 200
            assert "<script" not in response.text
            assert "<img src=x" not in response.text
            assert "&lt;script&gt;alert(2)&lt;/script&gt;{{7*7}}" in response.text


@on_sqlite
async def test_a_hostile_external_id_is_text_on_the_page(gateway: Gateway) -> None:
    external_id = "<script>alert(1)</script>"

    page = await gateway.call_back(await gateway.consent(await gateway.begin(external_id)))
    shown = await gateway.http.get(page)

    assert "<script" not in shown.text
    assert "&lt;script&gt;" in shown.text
