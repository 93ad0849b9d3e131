"""Runs over many grants of another system: each once, side by side, and no further than needed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from jira_api.errors import ClientRefusedError
from oauth.import_runs import handle_all, iter_once
from oauth.imports import Finding, Outcome
from storage.errors import StorageUnavailableError
from storage.foreign_connections import Entry, UnreadableEntry
from tests.oauth.foreign_grants import Move, fail_with, foreign, iterate, move, outcomes
from tests.oauth.refresh_bench import on_sqlite

__all__ = ["move"]

SECRET = "token-of-"


async def test_two_runs_use_each_token_once(move: Move) -> None:
    entries = [foreign(f"user-{number}") for number in range(40)]

    first = await move.run(entries, concurrency=4)
    second = await move.run(entries, concurrency=4)

    assert set(outcomes(first)) == {Outcome.IMPORTED}
    assert set(outcomes(second)) == {Outcome.SKIPPED}
    assert len(first) == len(second) == 40
    assert move.provider.uses == Counter(f"token-of-user-{number}" for number in range(40))


async def test_two_processes_at_once_use_each_token_once(move: Move) -> None:
    move.has_still_clock = True
    entries = [foreign(f"user-{number}") for number in range(20)]

    findings = await asyncio.gather(*(move.run(entries, concurrency=2) for _ in range(2)))

    told = outcomes([each for run in findings for each in run])
    assert set(told) == {Outcome.IMPORTED, Outcome.SKIPPED}
    assert told.count(Outcome.IMPORTED) == 20
    assert move.provider.uses == Counter(f"token-of-user-{number}" for number in range(20))


async def test_an_app_that_is_refused_ends_the_run_and_costs_no_grant(move: Move) -> None:
    error = ClientRefusedError("refused", code="access_denied", status=401)
    move.provider.before = fail_with(error)
    entries = [foreign(f"user-{number}") for number in range(9)]

    first = await move.run(entries)
    move.provider.before = lambda: None
    second = await move.run(entries)

    assert outcomes(first) == [Outcome.APP_REFUSED]
    assert outcomes(second) == [Outcome.IMPORTED] * 9
    assert set(move.provider.uses.values()) == {1}


@on_sqlite
async def test_an_external_id_that_comes_twice_is_imported_once_and_told(move: Move) -> None:
    findings = await move.run(
        [foreign(line=1), foreign(line=2, refresh_token=SecretStr("another-token"))]
    )

    assert outcomes(findings) == [Outcome.IMPORTED, Outcome.UNREADABLE]
    assert "line 1" in findings[1].text
    assert move.provider.uses == {"token-of-acme": 1}


@on_sqlite
async def test_a_token_that_comes_twice_is_used_for_the_first_alone(move: Move) -> None:
    twin = replace(foreign("other"), refresh_token=SecretStr("token-of-acme"))

    findings = await move.run([foreign("acme"), twin])

    assert outcomes(findings) == [Outcome.IMPORTED, Outcome.UNREADABLE]
    assert move.provider.uses == {"token-of-acme": 1}


@on_sqlite
async def test_an_examination_finds_what_comes_twice_too(move: Move) -> None:
    twins = [
        foreign("a"),
        foreign("a"),
        replace(foreign("b"), refresh_token=SecretStr("token-of-a")),
    ]
    findings: list[Finding] = []

    await handle_all(
        iter_once(iterate(twins)), move.importer().examine, concurrency=1, tell=findings.append
    )

    assert outcomes(findings) == [Outcome.READY, Outcome.UNREADABLE, Outcome.UNREADABLE]


@on_sqlite
async def test_what_is_unreadable_is_told_and_the_rest_goes_on(move: Move) -> None:
    findings = await move.run([UnreadableEntry(1, None, "is nothing"), foreign(line=2)])

    assert findings[0] == Finding(1, None, Outcome.UNREADABLE, "is nothing")
    assert findings[1].outcome is Outcome.IMPORTED


@on_sqlite
async def test_no_more_than_the_asked_number_are_handled_at_once(move: Move) -> None:
    running, most = 0, 0

    async def handle(entry: object) -> Finding:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return Finding(None, None, Outcome.SKIPPED, "")

    findings: list[Finding] = []
    entries = [foreign(f"user-{number}") for number in range(50)]
    await handle_all(iter_once(iterate(entries)), handle, concurrency=3, tell=findings.append)

    assert len(findings) == 50
    assert most == 3


@on_sqlite
async def test_entries_are_read_no_further_than_they_are_handled(move: Move) -> None:
    read, told, furthest = 0, 0, 0

    async def iterate_counting() -> AsyncIterator[Entry]:
        nonlocal read
        for number in range(100):
            read += 1
            yield foreign(f"user-{number}")

    def tell(_finding: Finding) -> None:
        nonlocal told, furthest
        furthest = max(furthest, read - told)
        told += 1

    importer = move.importer()
    await handle_all(iter_once(iterate_counting()), importer.examine, concurrency=5, tell=tell)

    assert (read, told) == (100, 100)
    assert furthest <= 5


@on_sqlite
async def test_a_database_that_goes_away_ends_the_run(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise StorageUnavailableError("it is gone")

    monkeypatch.setattr("oauth.imports.save_unproven", fail)
    entries: list[Entry] = [foreign(f"user-{number}") for number in range(9)]

    with pytest.raises(StorageUnavailableError):
        await move.run(entries, concurrency=2)


@on_sqlite
async def test_no_finding_holds_a_token(move: Move) -> None:
    move.provider.kill("token-of-b")
    told = await move.run([foreign("a"), foreign("a"), foreign("b"), foreign("c", site="nine")])

    assert len(told) == 4
    assert not any(SECRET in str(finding) or "access of" in str(finding) for finding in told)
    assert SECRET not in repr(foreign("a"))
