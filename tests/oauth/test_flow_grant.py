"""The unfinished grant, and the connection that is made of it when a site is chosen."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

import oauth.flow
from oauth.errors import (
    SiteNotGrantedError,
    StateInvalidError,
    UnknownProviderError,
)
from oauth.flow import FinishedFlow
from oauth.refresh import TokenKeeper
from storage.connections import (
    get_tokens,
    save_connection,
    select_project,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import Connection, GrantStatus
from tests.oauth.flow_bench import MOMENT, SITES, Bench, on_sqlite, set_up_bench
from tests.storage.builders import NOW, end_grant


@pytest.fixture
def bench(database: Database, ring: KeyRing) -> Bench:
    return set_up_bench(database, ring)


async def test_neither_tokens_nor_one_time_values_lie_readable_in_the_database(
    bench: Bench,
) -> None:
    link = await bench.begin()
    state = await bench.open(link)
    rows = await bench.database.fetch_all("SELECT * FROM authorization_flow")
    code = await bench.receive(state)
    rows += await bench.database.fetch_all("SELECT * FROM pending_grant")
    secret = bench.cookies[link.flow_id]

    kept = repr([dict(row) for row in rows])

    for canary in ("access of", "refresh of", link.text, state.text, code.text, secret):
        assert canary not in kept
    assert link.hash in kept
    assert code.hash in kept


async def test_an_unfinished_grant_waits_in_a_row_of_its_own(bench: Bench) -> None:
    code = await bench.arrive()

    pending = await bench.flows.get_pending(code=code, browser_secret=bench.cookies[code.flow_id])

    assert list(pending.sites) == SITES
    assert pending.tokens.refresh_token == SecretStr("refresh of code-1")
    assert pending.expires_at == NOW + timedelta(minutes=15)
    assert (await bench.count_rows())["connection"] == 0


@on_sqlite
@pytest.mark.parametrize(
    ("age", "works"),
    [(timedelta(minutes=15) - MOMENT, True), (timedelta(minutes=15), False)],
    ids=["just before", "fifteen minutes"],
)
async def test_a_site_may_be_chosen_for_fifteen_minutes(
    bench: Bench, age: timedelta, *, works: bool
) -> None:
    code = await bench.arrive()
    bench.clock.now += age

    if works:
        await bench.choose(code)
    else:
        with pytest.raises(StateInvalidError):
            await bench.choose(code)
        with pytest.raises(StateInvalidError):
            await bench.flows.get_pending(code=code, browser_secret=bench.cookies[code.flow_id])

    assert (await bench.find() is not None) is works


async def test_the_page_is_for_the_browser_that_consented(bench: Bench) -> None:
    code = await bench.arrive()

    with pytest.raises(StateInvalidError):
        await bench.flows.get_pending(code=code, browser_secret="another")
    with pytest.raises(StateInvalidError):
        await bench.flows.finalize(code=code, browser_secret="another", cloud_id="cloud-1")

    assert (await bench.choose(code)).connection.site == SITES[0]


@pytest.mark.parametrize("cloud_id", ["cloud-9", "", "cloud-1 "])
async def test_a_site_that_the_consent_does_not_open_is_refused_and_the_page_works_on(
    bench: Bench, cloud_id: str
) -> None:
    code = await bench.arrive()

    with pytest.raises(SiteNotGrantedError):
        await bench.choose(code, cloud_id)

    assert await bench.find() is None
    assert (await bench.choose(code)).connection.site == SITES[0]


async def test_of_twenty_choices_at_once_one_is_made(bench: Bench) -> None:
    code = await bench.arrive()

    answers = await asyncio.gather(*(bench.choose(code) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(answer, FinishedFlow) for answer in answers) == 1
    assert sum(isinstance(answer, StateInvalidError) for answer in answers) == 19
    connection = await bench.find()
    assert connection is not None
    assert connection.generation == 1


async def test_nothing_of_a_connection_changes_before_a_site_is_chosen(bench: Bench) -> None:
    before = await bench.connect("code-1")
    keeper = TokenKeeper(bench.database, bench.flows.ring, {"jira": bench.jira}, bench.clock)

    await bench.arrive(code="code-2")

    assert await bench.find() == before
    tokens = await keeper.get(before)
    assert tokens.access_token == SecretStr("access of code-1")


async def test_choosing_again_renews_the_same_connection(bench: Bench) -> None:
    first = await bench.connect("code-1")
    await end_grant(bench.database, first, now=bench.clock.now)

    second = await bench.connect("code-2")

    stored = await get_tokens(bench.database, bench.flows.ring, first.connection_id)
    assert second.connection_id == first.connection_id
    assert (stored.generation, stored.status) == (2, GrantStatus.ACTIVE)
    assert stored.tokens.refresh_token == SecretStr("refresh of code-2")


@pytest.mark.parametrize(
    ("cloud_id", "selected"),
    [("cloud-1", "10001"), ("cloud-2", None)],
    ids=["same site", "another site"],
)
async def test_the_selected_project_stays_with_its_site(
    bench: Bench, cloud_id: str, selected: str | None
) -> None:
    first = await bench.connect("code-1", "cloud-1")
    await select_project(bench.database, first.connection_id, "10001", now=bench.clock.now)

    second = await bench.connect("code-2", cloud_id)

    assert second.selected_project_id == selected


@pytest.mark.parametrize("is_linked", [False, True], ids=["new", "linked before"])
async def test_a_connection_is_made_wholly_or_not_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, is_linked: bool
) -> None:
    before = await bench.connect("code-1") if is_linked else None
    code = await bench.arrive(code="code-2")

    async def save_and_fail(*args: Any, **kwargs: Any) -> Connection:
        await save_connection(*args, **kwargs)
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(oauth.flow, "save_connection", save_and_fail)
        with pytest.raises(StorageUnavailableError):
            await bench.choose(code)

    assert await bench.find() == before
    for table in ("connection", "connection_external_map", "jira_connection"):
        count = await bench.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
        assert count == (1 if is_linked else 0), table
    assert (await bench.choose(code)).connection.site == SITES[0]


@on_sqlite
async def test_external_ids_are_linked_apart(bench: Bench) -> None:
    first = await bench.choose(await bench.arrive("acme", "code-1"), "cloud-1")
    second = await bench.choose(await bench.arrive("umbrella", "code-2"), "cloud-2")

    assert first.connection.connection_id != second.connection.connection_id
    assert await bench.find("acme") == first.connection
    assert await bench.find("umbrella") == second.connection


@on_sqlite
async def test_a_flow_whose_provider_is_no_longer_set_up_is_refused(bench: Bench) -> None:
    link = await bench.begin()
    bench.flows = replace(bench.flows, providers={})

    with pytest.raises(UnknownProviderError):
        await bench.open(link)


async def test_a_browser_that_comes_back_after_another_finished_the_flow_keeps_no_grant(
    bench: Bench,
) -> None:
    link = await bench.begin()
    state = await bench.open(link)
    secret = bench.cookies[link.flow_id]
    slow = await bench.flows.consume(provider="jira", state=state, browser_secret=secret)
    await bench.choose(await bench.receive(await bench.open(link)))

    with pytest.raises(StateInvalidError):
        await bench.flows.receive_code(slow, code="code-2", browser_secret=secret)

    assert (await bench.count_rows())["pending_grant"] == 0
