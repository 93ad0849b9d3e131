"""Frontend tokens live as long as they say, and no longer than what they are for."""

from datetime import datetime, timedelta

import pytest

from resolvers.access.frontend_tokens import TokenRefusedError
from storage.errors import StorageUnavailableError
from tests.resolvers.token_bench import (
    ACME,
    NOW,
    TEN_MINUTES,
    Disconnections,
    is_refused,
    mint,
    sign,
    the_claims,
    the_header,
    the_tokens,
)


@pytest.mark.parametrize(
    ("now", "is_good"),
    [
        (NOW + timedelta(minutes=9, seconds=59), True),
        (NOW.replace(microsecond=0) + TEN_MINUTES, False),
        (NOW + timedelta(days=30), False),
        (NOW - timedelta(seconds=60), True),
        (NOW - timedelta(seconds=61), False),
    ],
    ids=["before its end", "at its end", "long after", "a fast clock", "not yet valid"],
)
def test_a_token_lives_from_its_beginning_to_its_end(now: datetime, *, is_good: bool) -> None:
    assert is_refused(mint(), the_tokens(now=now)) is not is_good


@pytest.mark.parametrize(
    ("after", "is_good"),
    [(timedelta(0), False), (timedelta(microseconds=1), True), (timedelta(seconds=-1), False)],
    ids=["made at that instant", "made after", "made before"],
)
def test_a_disconnection_kills_every_token_made_until_then(
    after: timedelta, *, is_good: bool
) -> None:
    rows = Disconnections({"acme": NOW - after})

    assert is_refused(mint(), the_tokens(rows=rows)) is not is_good


def test_a_disconnection_of_another_id_kills_nothing() -> None:
    assert not is_refused(mint(), the_tokens(rows=Disconnections({"other": NOW})))


async def test_a_disconnection_is_seen_within_the_interval_and_read_once_in_it() -> None:
    rows, elapsed_s = Disconnections(), 0.0
    tokens = the_tokens(rows=rows, monotonic=lambda: elapsed_s)
    token = mint(tokens)
    for _ in range(3):
        await tokens.verify(token)

    rows.rows["acme"] = NOW
    elapsed_s = 0.5

    assert rows.reads == 1
    with pytest.raises(TokenRefusedError):
        await tokens.verify(token)


async def test_the_process_that_disconnects_refuses_at_once() -> None:
    rows = Disconnections()
    tokens = the_tokens(rows=rows)
    token = mint(tokens)
    await tokens.verify(token)

    rows.rows["acme"] = NOW
    tokens.forget(ACME)

    with pytest.raises(TokenRefusedError):
        await tokens.verify(token)


async def test_a_forged_token_reads_no_row() -> None:
    rows = Disconnections()

    with pytest.raises(TokenRefusedError):
        await the_tokens(rows=rows).verify(sign(the_header(), the_claims(), b"wrong"))

    assert rows.reads == 0


async def test_a_database_that_is_down_refuses_nobody_for_good() -> None:
    rows = Disconnections()
    tokens = the_tokens(rows=rows)
    token = mint(tokens)
    rows.is_down = True
    with pytest.raises(StorageUnavailableError):
        await tokens.verify(token)

    rows.is_down = False

    assert (await tokens.verify(token)).linked_id == ACME
