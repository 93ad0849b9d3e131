from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.token_history import TokenExchange, TokenHistory
from tests.faults.checker import (
    Exchange,
    count_forks,
    count_refreshes,
    find_broken_rules,
    read_history,
)

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def given(child: str = "a") -> Exchange:
    return Exchange(AT, "grant-1", None, child)


def used(
    token: str, child: str, *, minutes: float = 1, is_fork: bool = False, grant: str = "grant-1"
) -> Exchange:
    return Exchange(AT + timedelta(minutes=minutes), grant, token, child, is_fork)


GOOD = [
    pytest.param([given()], "a", id="never refreshed"),
    pytest.param([given(), used("a", "b"), used("b", "c", minutes=2)], "c", id="a line"),
    pytest.param(
        [given(), used("a", "b"), used("a", "c", minutes=11, is_fork=True)],
        "c",
        id="a fork within the leeway, the later child stored",
    ),
    pytest.param(
        [given(), used("a", "b"), used("a", "c", minutes=2, is_fork=True)],
        "b",
        id="a fork within the leeway, the earlier child stored",
    ),
    pytest.param(
        [given(), used("a", "b"), used("a", "c", is_fork=True), used("c", "d", minutes=3)],
        "d",
        id="a line that goes on from a fork",
    ),
]

BAD = [
    pytest.param([given(), used("a", "b")], "a", "1 behind the newest", id="the answer was lost"),
    pytest.param(
        [given(), used("a", "b"), used("b", "c"), used("a", "d", is_fork=True)],
        "d",
        "1 behind the newest",
        id="a newer grant was overwritten by an older one",
    ),
    pytest.param(
        [given(), used("a", "b"), used("a", "c", minutes=11.1, is_fork=True)],
        "c",
        "used twice",
        id="used twice, after the leeway",
    ),
    pytest.param(
        [given(), used("a", "b"), used("a", "c", minutes=2)],
        "c",
        "not noted",
        id="used twice, as if it were the first time",
    ),
    pytest.param([given(), used("x", "y")], "y", "never given", id="a token from nowhere"),
    pytest.param(
        [given(), replace(used("a", "b"), child=None, error="invalid_grant")],
        "a",
        "refused",
        id="refused",
    ),
    pytest.param([given()], None, "no token is stored", id="nothing stored"),
    pytest.param([given(), used("a", "b")], "z", "behind", id="something else stored"),
]


@pytest.mark.parametrize(("history", "stored"), GOOD)
def test_a_custody_that_is_whole_breaks_no_rule(history: list[Exchange], stored: str) -> None:
    assert find_broken_rules(history, {"grant-1": stored}) == []


@pytest.mark.parametrize(("history", "stored", "told"), BAD)
def test_a_broken_custody_is_told(history: list[Exchange], stored: str | None, told: str) -> None:
    found = find_broken_rules(history, {"grant-1": stored} if stored else {})

    assert [told in sentence for sentence in found] == [True]


def test_each_grant_is_held_against_its_own_history() -> None:
    other = [
        Exchange(AT, "grant-2", None, "m"),
        used("m", "n", grant="grant-2"),
    ]

    found = find_broken_rules([given(), *other, used("a", "b")], {"grant-1": "b", "grant-2": "m"})

    assert [sentence.partition(":")[0] for sentence in found] == ["grant-2"]


def test_a_token_of_no_grant_and_a_grant_of_no_history_are_told() -> None:
    unknown = Exchange(AT, None, "x", None, error="invalid_grant")

    found = find_broken_rules([given(), unknown], {"grant-1": "a", "grant-9": "q"})

    assert found == ["an unknown token x was used", "grant-9: never given"]


def test_what_a_sandbox_wrote_is_read_but_for_a_line_cut_short(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    written = TokenHistory(file)
    written.note(
        TokenExchange(
            AT, "authorization_code", "grant-1", token=None, child="a", is_fork=False, error=None
        )
    )
    written.note(
        TokenExchange(
            AT, "refresh_token", "grant-1", token="a", child="b", is_fork=True, error=None
        )
    )
    with file.open("a") as target:
        target.write('{"number": 3, "at"')

    history = read_history(file)

    assert history == [given(), used("a", "b", minutes=0, is_fork=True)]
    assert (count_refreshes(history), count_forks(history)) == (1, 1)
