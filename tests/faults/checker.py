"""Finds out, from what the token endpoint noted and what is stored, whether a token was lost.

It asks nobody: the history is the sandbox's, the stored refresh tokens were read and decrypted
before. Tokens are told by `sandbox.token_history.hash_token`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

LEEWAY = timedelta(minutes=10)
"""For how long a used refresh token still works. Source: developer.atlassian.com, Refresh tokens,
read 2026-11."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the sandbox's history."""

    at: datetime
    grant: str | None
    token: str | None
    child: str | None
    is_fork: bool = False
    error: str | None = None


def read_history(file: Path) -> list[Exchange]:
    """The history that a sandbox wrote to a file, a line cut short by a kill left out."""
    whole = [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [_read(json.loads(line)) for line in whole]


def count_refreshes(history: Iterable[Exchange]) -> int:
    """How many refreshes were answered with tokens."""
    return sum(each.token is not None and each.error is None for each in history)


def count_forks(history: Iterable[Exchange]) -> int:
    """How many of them came with a token that had been used before."""
    return sum(each.is_fork for each in history)


def find_broken_rules(history: Sequence[Exchange], stored: Mapping[str, str]) -> list[str]:
    """What is wrong, in sentences; nothing where every grant's custody is whole.

    `stored` names for each grant the refresh token that its connection has now, once everything
    that was under way has ended.
    """
    by_grant: dict[str | None, list[Exchange]] = defaultdict(list)
    for each in history:
        by_grant[each.grant].append(each)
    found = [f"an unknown token {each.token} was used" for each in by_grant.pop(None, [])]
    for grant, exchanges in by_grant.items():
        family = _Family(str(grant))
        for each in exchanges:
            found += family.take(each)
        found += family.check_stored(stored.get(str(grant)))
    return [*found, *(f"{grant}: never given" for grant in stored if grant not in by_grant)]


class _Family:
    """The tokens of one grant: when each was first used, and how far from the first it is."""

    def __init__(self, grant: str) -> None:
        self._grant = grant
        self._used_at: dict[str, datetime] = {}
        self._depths: dict[str, int] = {}

    def take(self, each: Exchange) -> Iterator[str]:
        if each.error is not None:
            yield f"{self._grant}: {each.token} was refused as {each.error}"
            return
        if each.token is not None:
            yield from self._check_use(each.token, each)
        if each.child is not None:
            self._depths[each.child] = self._depth(each.token) + 1

    def check_stored(self, stored: str | None) -> Iterator[str]:
        newest = max(self._depths.values(), default=0)
        if stored is None:
            yield f"{self._grant}: no token is stored"
        elif self._depth(stored) < newest:
            lost = newest - self._depth(stored)
            yield f"{self._grant}: the stored {stored} is {lost} behind the newest given: lost"

    def _check_use(self, token: str, each: Exchange) -> Iterator[str]:
        if token not in self._depths:
            yield f"{self._grant}: {token} was used and never given"
        is_again = token in self._used_at
        first_used_at = self._used_at.setdefault(token, each.at)
        if is_again and each.at - first_used_at > LEEWAY:
            yield f"{self._grant}: {token} was used twice, {each.at - first_used_at} apart"
        if is_again != each.is_fork:
            yield f"{self._grant}: {token} makes a fork that was not noted, or none that was"

    def _depth(self, token: str | None) -> int:
        return self._depths.get(token or "", 0)


def _read(line: Mapping[str, object]) -> Exchange:
    def text(name: str) -> str | None:
        value = line[name]
        return None if value is None else str(value)

    return Exchange(
        at=datetime.fromisoformat(str(line["at"])),
        grant=text("grant"),
        token=text("token"),
        child=text("child"),
        is_fork=line["isFork"] is True,
        error=text("error"),
    )
