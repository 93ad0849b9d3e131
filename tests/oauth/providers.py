"""A provider whose answers a test writes down beforehand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pydantic import SecretStr

from storage.records import Site, Tokens
from tests.storage.builders import HOUR, NOW, a_site, some_tokens


def fresh_tokens(number: int = 1) -> Tokens:
    """What a refresh brings, good for another hour."""
    renewed = some_tokens(f"access token {number}", f"refresh token {number}")
    return replace(renewed, access_expires_at=NOW + 2 * HOUR)


@dataclass
class ScriptedProvider:
    """Answers refreshes in the order written, the last one for ever; codes always.

    A closed `gate` holds every refresh until it is set; `arrived` tells that one is held there.
    """

    name: str = "jira"
    answers: list[Tokens | Exception] = field(default_factory=lambda: [fresh_tokens()])
    sites: Sequence[Site] = field(default_factory=lambda: [a_site()])
    refusal: Exception | None = None
    gate: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    longest: timedelta | None = None
    codes: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)

    @property
    def display_name(self) -> str:
        return "Notes"

    @property
    def longest_grant(self) -> timedelta | None:
        return self.longest

    def authorization_url(self, state: str) -> str:
        return f"https://consent.test/?state={state}"

    async def exchange_code(self, code: str) -> Tokens:
        self.codes.append(code)
        if self.refusal is not None:
            raise self.refusal
        return some_tokens(f"access of {code}", f"refresh of {code}")

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        self.refreshed.append(refresh_token.get_secret_value())
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def list_sites(
        self,
        access_token: SecretStr,  # noqa: ARG002 - the protocol's name
    ) -> Sequence[Site]:
        return self.sites
