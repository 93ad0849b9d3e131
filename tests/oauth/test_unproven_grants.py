"""Grants that were to move in and were not proven: when they are let go, and what is told of it."""

import asyncio
import logging
from datetime import timedelta

import pytest
from pydantic import SecretStr

from oauth.imports import Outcome
from oauth.unproven_grants import UnprovenGrants
from storage.connections import load_connections_by_external_id
from storage.database import Database
from storage.encryption import KeyRing
from storage.unproven import GIVEN_UP_AFTER, derive_connection_id
from tests.oauth.foreign_grants import Move, foreign, outcomes
from tests.storage.builders import a_connection
from tests.support.gateway import Gateway

ELSEWHERE = "https://other.atlassian.example"


@pytest.fixture
async def move(database: Database, ring: KeyRing) -> Move:
    return Move(database, ring)


def unproven_grants(move: Move) -> UnprovenGrants:
    return UnprovenGrants(move.database, move.clock)


async def list_ids(move: Move) -> list[str]:
    return [row["id"] for row in await move.database.fetch_all("SELECT id FROM connection")]


async def test_a_grant_that_does_not_open_its_site_is_let_go_after_a_week(
    move: Move, caplog: pytest.LogCaptureFixture
) -> None:
    await move.run([foreign(site=ELSEWHERE)])
    linked = await a_connection(move.database, move.ring, external_id="linked")
    unproven_id = derive_connection_id("jira", foreign().refresh_token)
    before = await list_ids(move)

    move.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    with caplog.at_level(logging.INFO, "juncture.oauth"):
        await asyncio.gather(*(unproven_grants(move).run_once() for _ in range(4)))

    assert sorted(before) == sorted([linked.connection_id, unproven_id])
    assert await list_ids(move) == [linked.connection_id]
    [told] = [record for record in caplog.records if "let go" in record.getMessage()]
    assert unproven_id in told.getMessage()
    assert "7 days" in told.getMessage()
    assert "token-of" not in caplog.text
    assert "DISCONNECTED" not in await move.kinds()


async def test_nothing_is_let_go_before_its_time(move: Move) -> None:
    await move.run([foreign(site=ELSEWHERE)])

    move.clock.advance(seconds=(GIVEN_UP_AFTER - timedelta(seconds=1)).total_seconds())
    await unproven_grants(move).run_once()

    assert len(await list_ids(move)) == 1


async def test_a_corrected_site_is_in_time_for_a_week(move: Move) -> None:
    await move.run([foreign(site=ELSEWHERE)])
    move.clock.advance(days=6)
    findings = await move.run([foreign()])

    move.clock.advance(days=30)
    await unproven_grants(move).run_once()

    found = await load_connections_by_external_id(
        move.database, provider="jira", external_ids=["acme"]
    )
    assert outcomes(findings) == [Outcome.IMPORTED]
    assert list(found) == ["acme"]


async def test_an_external_id_that_was_let_go_moves_in_with_another_token(move: Move) -> None:
    await move.run([foreign(site=ELSEWHERE)])
    move.clock.advance(days=8)
    await unproven_grants(move).run_once()

    findings = await move.run([foreign(refresh_token=SecretStr("another-token"))])

    assert outcomes(findings) == [Outcome.IMPORTED]


async def test_every_server_lets_go_of_what_nobody_proved(gateway: Gateway) -> None:
    services = gateway.services
    move = Move(services.database, services.ring, clock=gateway.clock)
    linked = await list_ids(move)
    [finding] = await move.run([foreign("newcomer", site=ELSEWHERE)])

    gateway.clock.advance(days=8)
    await gateway.chores.do("unproven grants")

    assert finding.outcome is Outcome.SITE_NOT_GRANTED
    assert await list_ids(move) == linked
