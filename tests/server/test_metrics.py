"""Gauges for Prometheus: what they count, for whom, and how seldom the database is asked."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from storage.errors import StorageUnavailableError
from storage.gauges import Gauges
from tests.end_to_end.frontend import mint, watch_statements
from tests.end_to_end.keys import make_key
from tests.support.gateway import JUNCTURE, Gateway, open_neighbour

URL = f"{JUNCTURE}/metrics"
NOTHING_YET = {
    "juncture_refresh_intents_open": 0,
    'juncture_notices{state="waiting"}': 0,
    'juncture_notices{state="delivered"}': 0,
    'juncture_notices{state="given_up"}': 0,
}


async def scrape(gateway: Gateway, *, key: str | None = None) -> httpx.Response:
    shown = f"Bearer {gateway.key if key is None else key}"
    return await gateway.http.get(URL, headers={"Authorization": shown})


def parse(response: httpx.Response) -> dict[str, float]:
    """The samples, by name and labels."""
    assert response.status_code == 200, response.text
    samples: dict[str, float] = {}
    for family in text_string_to_metric_families(response.text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return samples


async def change(gateway: Gateway, statement: str, values: Mapping[str, Any]) -> None:
    await gateway.services.database.execute(statement, values)


async def test_each_connection_counts_once_by_the_state_of_its_grant(gateway: Gateway) -> None:
    now = gateway.clock.now
    ends = {"dying": now + timedelta(days=14), "expired": now, "dead": now + timedelta(days=90)}
    for external_id, expires_at in ends.items():
        await gateway.connect(external_id)
        await change(
            gateway,
            "UPDATE connection SET expires_at = :expires_at, status = :status WHERE id = "
            "(SELECT connection_id FROM connection_external_map WHERE external_id = :external_id)",
            {
                "expires_at": expires_at.isoformat(timespec="microseconds"),
                "status": "INVALID" if external_id == "dead" else "ACTIVE",
                "external_id": external_id,
            },
        )

    assert parse(await scrape(gateway)) == {
        'juncture_connections{status="active"}': 1,
        'juncture_connections{status="dying"}': 1,
        'juncture_connections{status="invalid"}': 1,
        'juncture_connections{status="expired"}': 1,
        "juncture_audit_events": 8,
        **NOTHING_YET,
    }


@pytest.mark.parametrize("kind", ["API_TOKEN", "OAUTH2"])
async def test_what_has_no_end_or_cannot_be_renewed_is_active(gateway: Gateway, kind: str) -> None:
    soon = gateway.clock.now + timedelta(days=1)
    await change(
        gateway,
        "UPDATE connection SET expires_at = :expires_at, authorization_kind = :kind",
        {
            "expires_at": None if kind == "OAUTH2" else soon.isoformat(timespec="microseconds"),
            "kind": kind,
        },
    )

    samples = parse(await scrape(gateway))

    assert samples['juncture_connections{status="active"}'] == 1
    assert samples['juncture_connections{status="dying"}'] == 0


async def test_open_refreshes_and_notices_are_counted_by_their_state(gateway: Gateway) -> None:
    await change(
        gateway,
        "INSERT INTO refresh_lease (connection_id, generation, owner, expires_at, opened_at, "
        "attempts) SELECT id, 1, 'process-1', updated_at, updated_at, 1 FROM connection",
        {},
    )
    old, now = gateway.clock.now - timedelta(days=14), gateway.clock.now
    for number, (made_at, delivered_at) in enumerate(
        [(now, None), (now, None), (now, None), (now, now), (old, now), (old, None)]
    ):
        await change(
            gateway,
            "INSERT INTO notice (id, kind, connection_id, occasion, payload, created_at, attempts, "
            "retry_at, delivered_at) SELECT :id, 'grant.dead', connection.id, :id, '', :made_at, "
            "0, :made_at, :delivered_at FROM connection",
            {
                "id": f"notice-{number}",
                "made_at": made_at.isoformat(timespec="microseconds"),
                "delivered_at": delivered_at and delivered_at.isoformat(timespec="microseconds"),
            },
        )

    samples = parse(await scrape(gateway))

    assert samples["juncture_refresh_intents_open"] == 1
    assert samples['juncture_notices{state="waiting"}'] == 3
    assert samples['juncture_notices{state="delivered"}'] == 2
    assert samples['juncture_notices{state="given_up"}'] == 1


async def test_nothing_tells_whose_they_are(gateway: Gateway) -> None:
    text = (await scrape(gateway)).text

    connection = await gateway.ask_connection("id site { name }")
    assert not any(
        secret in text for secret in ("acme", connection["id"], connection["site"]["name"])
    )


async def test_every_process_says_the_same(gateway: Gateway) -> None:
    async with open_neighbour(gateway) as beside:
        assert parse(await scrape(beside)) == parse(await scrape(gateway))


async def test_however_many_scrape_the_database_is_asked_once_in_five_seconds(
    gateway: Gateway,
) -> None:
    with watch_statements(gateway) as statements:
        await asyncio.gather(*(scrape(gateway) for _ in range(5)))
        gateway.clock.advance(seconds=5)
        await scrape(gateway)

    assert len(statements) == 2


async def test_the_gauges_are_for_administrators(gateway: Gateway) -> None:
    answers = [
        await gateway.http.get(URL),
        await scrape(gateway, key="wrong"),
        await scrape(gateway, key=await make_key(gateway, "GRAPH_READ", "CONNECTIONS_READ")),
        await scrape(gateway, key=await mint(gateway, scopes=("READ", "WRITE", "CONNECT"))),
        await scrape(gateway, key=await make_key(gateway, "ADMIN")),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 403, 403, 200]
    told = [answer.json()["errors"][0]["extensions"]["code"] for answer in answers[:4]]
    assert told == ["UNAUTHENTICATED", "UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert all("juncture_" not in answer.text for answer in answers[:4])


async def test_a_database_that_does_not_answer_is_a_503_and_is_asked_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_positional: object, **_named: object) -> Gauges:
        raise StorageUnavailableError("it is down")

    with monkeypatch.context() as down:
        down.setattr("server.metrics.read_gauges", fail)
        refused = await scrape(gateway)
    answered = await scrape(gateway)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    [error] = refused.json()["errors"]
    assert error["extensions"]["code"] == "STORAGE_UNAVAILABLE"
    assert answered.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_gauges_are_read_and_nothing_else(gateway: Gateway, method: str) -> None:
    answer = await gateway.http.request(method, URL)

    assert answer.status_code == 405
