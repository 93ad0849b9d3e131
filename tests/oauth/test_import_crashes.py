"""An import that is killed anywhere and run again loses no grant, and ends none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from oauth.imports import Importer, Outcome
from storage.connections import get_tokens, load_connections_by_external_id
from storage.errors import StorageUnavailableError
from storage.refreshes import save_refreshed_tokens
from tests.oauth.foreign_grants import KilledError, Move, foreign, move, outcomes

__all__ = ["move"]

Kill = Callable[[Move, pytest.MonkeyPatch], None]
USERS = [f"user-{number}" for number in range(6)]
VICTIM = USERS[3]


def once() -> Callable[..., None]:
    """Kills the fourth time it is reached: what came before must stay as it is."""
    left = [USERS.index(VICTIM)]

    def kill(*_args: object, **_kwargs: object) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise KilledError

    return kill


def replaced(target: str) -> Kill:
    """Dies in the place of an asynchronous function."""

    def arrange(_move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
        module, _, name = target.rpartition(".")
        owner = Importer if module == "Importer" else __import__(module, fromlist=[name])
        function, kill = getattr(owner, name), once()

        async def die(*args: object, **kwargs: object) -> object:
            kill()
            return await function(*args, **kwargs)

        monkeypatch.setattr(owner, name, die)

    return arrange


def at_provider(hook: str) -> Kill:
    """Dies within a call to the provider."""

    def arrange(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(move.provider, hook, once())

    return arrange


POINTS = {
    "before it is written down": (replaced("oauth.imports.save_unproven"), 1),
    "after it is written down": (replaced("Importer._prove"), 1),
    "under the lease": (at_provider("before"), 1),
    "after the exchange": (at_provider("after"), 2),
    "at the save of the tokens": (replaced("oauth.refresher.save_refreshed_tokens"), 2),
    "before the sites": (at_provider("at_sites"), 1),
    "before the last update": (replaced("oauth.imports.prove"), 1),
    "before the record": (replaced("oauth.imports.append_event"), 1),
}


@pytest.mark.parametrize(("kill", "uses"), POINTS.values(), ids=POINTS.keys())
async def test_the_next_run_goes_on_where_one_was_killed(
    move: Move, monkeypatch: pytest.MonkeyPatch, kill: Kill, uses: int
) -> None:
    entries = [foreign(name) for name in USERS]
    with monkeypatch.context() as patched:
        kill(move, patched)
        with pytest.raises(KilledError):
            await move.run(entries)

    findings = await move.run(entries)

    assert outcomes(findings) == [Outcome.SKIPPED] * 3 + [Outcome.IMPORTED] * 3
    assert {token: amount for token, amount in move.provider.uses.items() if amount != 1} == (
        {} if uses == 1 else {f"token-of-{VICTIM}": uses}
    )
    assert sum(move.pauses) < 60
    await assert_every_grant_lives(move)
    assert (await move.kinds()).count("IMPORTED") == len(USERS)


async def assert_every_grant_lives(move: Move) -> None:
    found = await load_connections_by_external_id(
        move.database, provider="jira", external_ids=USERS
    )
    assert sorted(found) == USERS
    move.clock.advance(hours=2)
    for connection in found.values():
        stored = await get_tokens(move.database, move.ring, connection.connection_id)
        token = stored.tokens.refresh_token
        assert token is not None
        assert move.provider.uses[token.get_secret_value()] == 0
        assert move.provider.is_alive(token.get_secret_value())


@pytest.mark.parametrize(("kill", "uses"), POINTS.values(), ids=POINTS.keys())
async def test_nobody_meets_a_connection_that_was_broken_off(
    move: Move, monkeypatch: pytest.MonkeyPatch, kill: Kill, uses: int
) -> None:
    kill(move, monkeypatch)
    with pytest.raises(KilledError):
        await move.run([foreign(name) for name in USERS])

    found = await load_connections_by_external_id(
        move.database, provider="jira", external_ids=USERS
    )

    assert sorted(found) == USERS[:3]


async def test_an_answer_that_cannot_be_kept_at_once_is_kept_later(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [3]

    async def fail_first(*args: Any, **kwargs: Any) -> bool:
        failures[0] -= 1
        if failures[0] >= 0:
            raise StorageUnavailableError("it is away")
        return await save_refreshed_tokens(*args, **kwargs)

    monkeypatch.setattr("oauth.refresher.save_refreshed_tokens", fail_first)
    findings = await move.run([foreign("acme")])

    assert outcomes(findings) == [Outcome.IMPORTED]
    assert move.provider.uses == {"token-of-acme": 1}


async def test_a_run_that_is_ended_keeps_the_answer_that_is_on_its_way(move: Move) -> None:
    move.provider.gate = asyncio.Event()
    run = asyncio.create_task(move.run([foreign("acme")]))
    await move.provider.arrived.wait()

    run.cancel()
    asyncio.get_running_loop().call_soon(move.provider.gate.set)
    with pytest.raises(asyncio.CancelledError):
        await run
    findings = await move.run([foreign("acme")])

    assert outcomes(findings) == [Outcome.IMPORTED]
    assert move.provider.uses == {"token-of-acme": 1}


async def test_a_newer_token_of_the_other_system_takes_the_place_of_one_not_proven(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(move.provider, "before", _die)
        with pytest.raises(KilledError):
            await move.run([foreign("acme")])

    findings = await move.run([foreign("acme", refresh_token=SecretStr("a-newer-token"))])

    assert outcomes(findings) == [Outcome.IMPORTED]
    assert move.provider.uses == {"a-newer-token": 1}
    assert await move.database.fetch_all("SELECT connection_id FROM refresh_lease") == []


def _die() -> None:
    raise KilledError
