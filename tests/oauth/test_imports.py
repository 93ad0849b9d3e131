"""Grants of another system: what becomes of each, and how often its token is used."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from jira_api.errors import (
    InvalidResponseError,
    JiraUnavailableError,
    RateLimitedError,
)
from oauth.imports import Outcome
from storage.audit import list_events
from storage.connection_lists import list_connections
from storage.connections import find_newest_connection, get_tokens, load_connections_by_external_id
from storage.records import Connection, GrantStatus
from storage.unproven import derive_connection_id
from tests.oauth.foreign_grants import Move, fail_with, foreign, move, outcomes
from tests.oauth.refresh_bench import on_sqlite
from tests.storage.builders import a_connection, a_site, some_tokens

__all__ = ["move"]


async def linked(move: Move, *external_ids: str) -> dict[str, Connection]:
    return await load_connections_by_external_id(
        move.database, provider="jira", external_ids=external_ids
    )


async def test_a_grant_is_linked_to_its_site_after_one_refresh(move: Move) -> None:
    [finding] = await move.run([foreign(selected_project_id="10001")])

    connection = (await linked(move, "acme"))["acme"]
    stored = await get_tokens(move.database, move.ring, connection.connection_id)
    assert finding.outcome is Outcome.IMPORTED
    assert move.provider.uses == {"token-of-acme": 1}
    assert connection.site == a_site()
    assert connection.selected_project_id == "10001"
    assert (connection.status, connection.scopes) == (GrantStatus.ACTIVE, ("read:jira-work",))
    assert stored.tokens.refresh_token == SecretStr("token-of-acme.1")


async def test_the_import_is_on_record_once_with_its_source_and_site(move: Move) -> None:
    await move.run([foreign()])
    await move.run([foreign()])

    [event] = [e for e in await list_events(move.database, amount=9) if e.kind == "IMPORTED"]
    assert event.details == {"source": "file", "site": "acme.atlassian.example"}
    assert event.subject.external_id == "acme"


@pytest.mark.parametrize("site", ["https://acme.atlassian.example/jira/", "cloud-1"])
async def test_a_site_is_named_by_its_address_or_its_cloud_id(move: Move, site: str) -> None:
    assert outcomes(await move.run([foreign(site=site)])) == [Outcome.IMPORTED]


async def test_a_dead_grant_is_asked_for_once_and_nobody_meets_its_connection(move: Move) -> None:
    move.provider.kill("token-of-acme")

    first = await move.run([foreign()])
    second = await move.run([foreign()])

    assert outcomes(first + second) == [Outcome.NEEDS_CONSENT] * 2
    assert move.provider.uses == {"token-of-acme": 1}
    assert await linked(move, "acme") == {}


async def test_a_new_token_takes_the_place_of_a_dead_one(move: Move) -> None:
    move.provider.kill("token-of-acme")
    await move.run([foreign()])

    findings = await move.run([foreign(refresh_token=SecretStr("a-newer-token"))])

    assert outcomes(findings) == [Outcome.IMPORTED]
    assert move.provider.uses == {"token-of-acme": 1, "a-newer-token": 1}
    rows = await move.database.fetch_all("SELECT id FROM connection")
    assert [row["id"] for row in rows] == [derive_connection_id("jira", SecretStr("a-newer-token"))]


async def test_a_site_that_the_grant_does_not_open_is_mended_without_another_use(
    move: Move,
) -> None:
    first = await move.run([foreign(site="https://other.atlassian.example")])
    hidden = await linked(move, "acme")
    second = await move.run([foreign()])

    assert outcomes(first + second) == [Outcome.SITE_NOT_GRANTED, Outcome.IMPORTED]
    assert hidden == {}
    assert move.provider.uses == {"token-of-acme": 1}


async def test_nobody_meets_a_connection_before_its_site_is_proven(move: Move) -> None:
    await move.run([foreign(site="https://other.atlassian.example")])

    assert await linked(move, "acme") == {}
    assert await find_newest_connection(move.database) is None
    assert await list_all(move) == []


async def list_all(move: Move) -> list[Connection]:
    return await list_connections(
        move.database, standing=None, now=move.clock(), after=None, amount=9
    )


@pytest.mark.parametrize(
    "error",
    [
        JiraUnavailableError("no answer"),
        RateLimitedError("too many", retry_after=timedelta(seconds=9)),
        InvalidResponseError("not what is documented"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("place", ["before", "at_sites"])
async def test_what_fails_for_a_while_succeeds_in_the_next_run(
    move: Move, error: Exception, place: str
) -> None:
    setattr(move.provider, place, fail_with(error))
    first = await move.run([foreign()])
    setattr(move.provider, place, lambda: None)
    second = await move.run([foreign()])

    assert outcomes(first + second) == [Outcome.UNAVAILABLE, Outcome.IMPORTED]
    assert move.provider.uses == {"token-of-acme": 1}


async def test_an_external_id_that_is_linked_to_the_site_is_left_as_it_is(move: Move) -> None:
    before = await a_connection(move.database, move.ring, external_id="acme")

    findings = await move.run([foreign()])

    assert outcomes(findings) == [Outcome.SKIPPED]
    assert (await linked(move, "acme"))["acme"] == before
    assert move.provider.uses == {}


async def test_an_external_id_that_is_linked_to_another_site_is_left_as_it_is(move: Move) -> None:
    before = await a_connection(
        move.database,
        move.ring,
        external_id="acme",
        site=a_site("cloud-9", url="https://nine.test"),
    )

    [finding] = await move.run([foreign()])

    assert finding.outcome is Outcome.LINKED_ELSEWHERE
    assert "https://nine.test" in finding.text
    assert (await linked(move, "acme"))["acme"] == before
    assert move.provider.uses == {}


async def test_a_linked_external_id_whose_grant_has_died_since_needs_a_consent(move: Move) -> None:
    await move.run([foreign()])
    await move.database.execute("UPDATE connection SET status = 'INVALID'")

    assert outcomes(await move.run([foreign()])) == [Outcome.NEEDS_CONSENT]


async def test_a_token_that_another_external_id_was_linked_with_is_not_used(move: Move) -> None:
    await move.run([foreign("acme")])

    [finding] = await move.run(
        [replace(foreign("other"), refresh_token=SecretStr("token-of-acme"))]
    )

    assert finding.outcome is Outcome.UNREADABLE
    assert move.provider.uses == {"token-of-acme": 1}
    assert await linked(move, "other") == {}
    rows = await move.database.fetch_all("SELECT external_id FROM connection_external_map")
    assert rows == [{"external_id": "acme"}]


async def test_a_person_who_consents_in_the_meantime_is_not_overruled(move: Move) -> None:
    async def consent() -> None:
        await a_connection(
            move.database,
            move.ring,
            external_id="acme",
            tokens=some_tokens("access of a consent", "refresh of a consent"),
        )

    importer = move.importer()
    listing = importer.providers["jira"].list_sites

    async def list_late(access_token: SecretStr) -> object:
        await consent()
        return await listing(access_token)

    move.provider.list_sites = list_late  # type: ignore[assignment, method-assign]  # in its place
    finding = await importer.take_over(foreign())

    connection = (await linked(move, "acme"))["acme"]
    stored = await get_tokens(move.database, move.ring, connection.connection_id)
    assert finding.outcome is Outcome.SKIPPED
    assert stored.tokens.refresh_token == SecretStr("refresh of a consent")
    assert "IMPORTED" not in await move.kinds()


async def test_a_connection_that_is_removed_in_the_meantime_does_not_come_back(move: Move) -> None:
    importer = move.importer()
    listing = importer.providers["jira"].list_sites

    async def list_late(access_token: SecretStr) -> object:
        await move.database.execute("DELETE FROM connection")
        return await listing(access_token)

    move.provider.list_sites = list_late  # type: ignore[assignment, method-assign]  # in its place
    finding = await importer.take_over(foreign())

    assert finding.outcome is Outcome.UNAVAILABLE
    assert await move.database.fetch_all("SELECT id FROM connection") == []


async def test_a_consent_makes_a_connection_of_what_waits_for_its_proof(move: Move) -> None:
    await move.run([foreign(site="https://other.atlassian.example")])

    await a_connection(move.database, move.ring, external_id="acme")

    assert (await linked(move, "acme"))["acme"].site == a_site()
    assert len(await move.database.fetch_all("SELECT id FROM connection")) == 1


async def test_a_provider_that_is_not_set_up_is_told(move: Move) -> None:
    [finding] = await move.run([foreign(provider="notes")])

    assert finding.outcome is Outcome.UNREADABLE
    assert await move.database.fetch_all("SELECT id FROM connection") == []


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("none", Outcome.READY), ("same", Outcome.SKIPPED), ("other", Outcome.LINKED_ELSEWHERE)],
)
async def test_an_examination_writes_nothing_and_calls_nobody(
    move: Move, state: str, outcome: Outcome
) -> None:
    if state != "none":
        site = a_site() if state == "same" else a_site("cloud-9", url="https://nine.test")
        await a_connection(move.database, move.ring, external_id="acme", site=site)
    before = await everything(move)

    finding = await move.importer().examine(foreign())

    assert finding.outcome is outcome
    assert await everything(move) == before
    assert (move.provider.uses, move.provider.listed) == ({}, 0)


async def everything(move: Move) -> list[object]:
    tables = ("connection", "connection_external_map", "jira_connection", "audit_event")
    return [await move.database.fetch_all(f"SELECT * FROM {table}") for table in tables]


@on_sqlite
async def test_what_could_not_be_taken_over_is_told_with_the_link(move: Move) -> None:
    [finding] = await move.run([foreign(loss="its selected project is no id there")])

    assert finding.outcome is Outcome.IMPORTED
    assert finding.text.endswith("; its selected project is no id there")
