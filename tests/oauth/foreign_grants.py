"""A provider whose refresh tokens rotate as Atlassian's do, and the grants of another system."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from jira_api.errors import InvalidGrantError
from jira_api.retry import RetryPolicy
from oauth.import_runs import handle_all, iter_once
from oauth.imports import Finding, Importer, Outcome
from oauth.refresh import RefreshTimes, TokenKeeper
from storage.database import Database
from storage.encryption import KeyRing
from storage.foreign_connections import Entry, ForeignConnection
from storage.records import Site, Tokens
from tests.storage.builders import HOUR, NOW, a_site
from tests.support.gateway import MovingClock

LEEWAY = timedelta(minutes=10)
HASTE = RefreshTimes(
    retry=RetryPolicy(retries=1, first_wait=timedelta(0)), poll=timedelta(seconds=2)
)


class KilledError(BaseException):
    """The process ends here; nothing of ours catches it."""


@dataclass
class RotatingProvider:
    """Each token works once, and ten minutes on; a later use ends its whole family.

    `before` and `after` happen around the exchange of a token, and `at_sites` before its sites are
    listed; each may raise. A closed `gate` holds every answer until it is set; `arrived` tells that
    one is held there.
    """

    clock: Callable[[], datetime]
    sites: Sequence[Site] = field(default_factory=lambda: [a_site()])
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    at_sites: Callable[[], None] = lambda: None
    gate: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "jira"
    display_name: str = "Jira"
    longest_grant: timedelta | None = None
    uses: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    _used_at: dict[str, datetime] = field(default_factory=dict)
    _dead: set[str] = field(default_factory=set)

    def authorization_url(self, state: str) -> str:
        raise NotImplementedError(state)

    async def exchange_code(self, code: str) -> Tokens:
        raise NotImplementedError(code)

    def is_alive(self, token: str) -> bool:
        """Whether a token would be taken now."""
        used_at = self._used_at.get(token)
        is_in_time = used_at is None or self.clock() - used_at <= LEEWAY
        return family_of(token) not in self._dead and is_in_time

    def kill(self, token: str) -> None:
        """End a family, as a person does who revokes a grant."""
        self._dead.add(family_of(token))

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        token = refresh_token.get_secret_value()
        self.before()
        self.uses[token] += 1
        if not self.is_alive(token):
            self.kill(token)
            raise InvalidGrantError("dead", code="invalid_grant", status=403)
        self._used_at.setdefault(token, self.clock())
        self.after()
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        child = f"{token}.{self.uses[token]}"
        return Tokens(
            access_token=SecretStr(f"access of {child}"),
            refresh_token=SecretStr(child),
            access_expires_at=self.clock() + HOUR,
            scopes=("read:jira-work",),
            expires_at=self.clock() + 90 * 24 * HOUR,
        )

    async def list_sites(self, access_token: SecretStr) -> Sequence[Site]:
        self.at_sites()
        self.listed += 1
        assert access_token.get_secret_value().startswith("access of ")
        return self.sites


def family_of(token: str) -> str:
    return token.partition(".")[0]


def foreign(name: str = "acme", **changes: str | int | SecretStr | None) -> ForeignConnection:
    """A connection of the other system, its token named after its external id."""
    entry = ForeignConnection(1, name, "jira", "cloud-1", SecretStr(f"token-of-{name}"), None)
    return replace(entry, **changes)  # type: ignore[arg-type]  # the tests name its fields


@dataclass
class Move:
    """A database to move into, and who hands out new tokens there.

    Whoever sleeps moves the clock, unless `has_still_clock`: then a lease never ends by itself.
    """

    database: Database
    ring: KeyRing
    clock: MovingClock = field(default_factory=lambda: MovingClock(NOW))
    has_still_clock: bool = False
    pauses: list[float] = field(default_factory=list)
    provider: RotatingProvider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = RotatingProvider(self.clock)

    def importer(self) -> Importer:
        """That of a process of its own."""

        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)
            if self.has_still_clock:
                await asyncio.sleep(0.001)
            else:
                self.clock.advance(seconds=seconds)

        providers = {"jira": self.provider}
        keeper = TokenKeeper(self.database, self.ring, providers, self.clock, HASTE, sleep=sleep)
        return Importer(self.database, self.ring, providers, keeper, self.clock, "file")

    async def run(self, entries: Iterable[Entry], *, concurrency: int = 1) -> list[Finding]:
        """What became of the entries, handled by a process of its own."""
        findings: list[Finding] = []
        importer = self.importer()
        try:
            await handle_all(
                iter_once(iterate(entries)),
                importer.take_over,
                concurrency=concurrency,
                tell=findings.append,
            )
        finally:
            await importer.tokens.settle()
        return findings

    async def kinds(self) -> list[str]:
        """The kinds of the events so far, in their order."""
        rows = await self.database.fetch_all("SELECT kind FROM audit_event ORDER BY sequence")
        return [row["kind"] for row in rows]


@pytest.fixture
async def move(database: Database, ring: KeyRing) -> Move:
    return Move(database, ring)


async def iterate(entries: Iterable[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


def outcomes(findings: Iterable[Finding]) -> list[Outcome]:
    return [finding.outcome for finding in findings]


def fail_with(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail
