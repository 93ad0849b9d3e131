"""Refreshes while the provider or the database is away: what waits, what is spent, what is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

import oauth.refresher
from jira_api.errors import JiraUnavailableError
from jira_api.retry import RetryPolicy
from oauth.errors import UnknownProviderError
from oauth.refresh import RefreshTimes
from storage.connections import get_tokens
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StatementRefusedError, StorageError, StorageUnavailableError
from storage.records import StoredTokens
from storage.refreshes import Lease, claim_refresh, save_refreshed_tokens
from tests.oauth.providers import fresh_tokens
from tests.oauth.refresh_bench import SILENT, Bench, access, on_sqlite, set_up_bench
from tests.storage.builders import refuse_leases


@pytest.fixture
async def bench(database: Database, ring: KeyRing) -> Bench:
    return await set_up_bench(database, ring)


def silent_for(seconds: float) -> JiraUnavailableError:
    return JiraUnavailableError("later", status=503, retry_after=timedelta(seconds=seconds))


def failing_save(times: int, error: Exception) -> Callable[..., Any]:
    """A save that fails so often, and works from then on."""
    failures = [error] * times

    async def save(*args: Any, **kwargs: Any) -> bool:
        if failures:
            raise failures.pop()
        return await save_refreshed_tokens(*args, **kwargs)

    return save


async def test_a_save_that_fails_twice_is_tried_until_the_new_token_is_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = failing_save(2, StorageUnavailableError("the disk is full"))
    monkeypatch.setattr(oauth.refresher, "save_refreshed_tokens", save)

    tokens = await bench.keeper.get(bench.connection)

    stored = await bench.stored()
    assert access(tokens) == "access token 1"
    assert bench.provider.refreshed == ["a refresh token"]
    assert stored.tokens.refresh_token == SecretStr("refresh token 1")
    assert len(bench.pauses) == 2


@on_sqlite
async def test_a_save_is_not_tried_longer_than_it_may(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = failing_save(3, StorageUnavailableError("the disk is full"))
    monkeypatch.setattr(oauth.refresher, "save_refreshed_tokens", save)
    pauses = (timedelta(seconds=1), timedelta(seconds=2))
    keeper = replace(bench.keeper, times=RefreshTimes(save_pauses=pauses))

    with pytest.raises(StorageUnavailableError):
        await keeper.get(bench.connection)

    assert bench.pauses == [1, 2]


@on_sqlite
async def test_a_save_that_will_never_work_is_not_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = failing_save(1, StatementRefusedError("22000"))
    monkeypatch.setattr(oauth.refresher, "save_refreshed_tokens", save)

    with pytest.raises(StatementRefusedError):
        await bench.keeper.get(bench.connection)

    assert bench.pauses == []


async def test_no_token_is_spent_while_the_database_takes_no_writes(bench: Bench) -> None:
    await refuse_leases(bench.database)

    with pytest.raises(StorageError):
        await bench.keeper.get(bench.connection)

    assert bench.provider.refreshed == []


async def test_no_token_is_spent_that_another_process_has_just_replaced(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def claim_late(*args: Any, **kwargs: Any) -> Lease | None:
        if (await bench.stored()).generation == 1:
            await bench.renew_elsewhere()
        return await claim_refresh(*args, **kwargs)

    monkeypatch.setattr(oauth.refresher, "claim_refresh", claim_late)

    tokens = await bench.keeper.get(bench.connection)

    assert access(tokens) == "access token 9"
    assert bench.provider.refreshed == []


async def test_no_token_is_spent_that_was_replaced_between_the_claim_and_the_reading(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_late(*args: Any) -> StoredTokens:
        await bench.reconnect_elsewhere()
        return await get_tokens(*args)

    monkeypatch.setattr(oauth.refresher, "get_tokens", read_late)

    tokens = await bench.keeper.get(bench.connection)

    assert access(tokens) == "access token 9"
    assert bench.provider.refreshed == []


@on_sqlite
@pytest.mark.parametrize(
    ("failure", "waited"),
    [(SILENT, 0.5), (silent_for(3), 3.0), (silent_for(0), 0.5)],
    ids=["no hint", "a hint", "a hint of none"],
)
async def test_a_provider_is_asked_again_after_the_pause_it_asked_for(
    bench: Bench, failure: Exception, waited: float
) -> None:
    bench.provider.answers = [failure, fresh_tokens()]
    keeper = replace(
        bench.keeper, times=RefreshTimes(retry=RetryPolicy(retries=1, jitter=lambda: 1.0))
    )

    tokens = await keeper.get(bench.connection)

    assert access(tokens) == "access token 1"
    assert bench.pauses == [waited]


@on_sqlite
async def test_a_pause_beyond_the_deadline_is_told_and_not_waited(bench: Bench) -> None:
    bench.provider.answers = [silent_for(11), fresh_tokens()]

    with pytest.raises(JiraUnavailableError) as caught:
        await bench.keeper.get(bench.connection)

    assert caught.value.retry_after == timedelta(seconds=11)
    assert bench.pauses == []
    assert len(bench.provider.refreshed) == 1


@on_sqlite
async def test_a_connection_of_a_provider_that_is_no_longer_set_up_is_told_as_such(
    bench: Bench,
) -> None:
    keeper = replace(bench.keeper, providers={})

    with pytest.raises(UnknownProviderError):
        await keeper.get(bench.connection)
