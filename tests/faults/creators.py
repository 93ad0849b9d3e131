"""Callers who create issues under keys of their own, and repeat what they do not know."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.processes import House, Process

_CREATE = """
mutation($input: CreateIssueInput!) {
  createIssue(input: $input) { issue { key } errors { code message } }
}
"""
_PATIENCE_S = 60.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 3.0
PROJECT = "SHOP"


@dataclass(slots=True)
class Creation:
    """What one caller wanted, and was told: the outcome of each try, in order."""

    key: str
    summary: str
    external_id: str
    told: list[str] = field(default_factory=list)
    issue_key: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether the caller knows its issue."""
        return self.issue_key is not None


@dataclass(frozen=True, slots=True)
class Creators:
    """The way of the callers to the processes of a house; made by `open_creators`."""

    house: House
    http: httpx.AsyncClient

    async def create(self, process: Process, creation: Creation) -> str:
        """Ask once: `created`, `lost` where the process ended, or the code of the error."""
        outcome = await self._ask(process, creation)
        creation.told.append(outcome)
        return outcome

    async def create_surely(
        self, processes: Sequence[Process], creation: Creation, *, first: int, longest_s: float
    ) -> None:
        """Ask until the issue is known, of another process each time."""
        ends_s = asyncio.get_running_loop().time() + longest_s
        pause_s = _FIRST_PAUSE_S
        for turn in itertools.count(first):
            await self.create(processes[turn % len(processes)], creation)
            if creation.is_known or asyncio.get_running_loop().time() >= ends_s:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _ask(self, process: Process, creation: Creation) -> str:
        issue = {
            "project": {"key": PROJECT},
            "issueType": {"name": "Task"},
            "summary": creation.summary,
        }
        given = {
            "connection": {"externalId": creation.external_id},
            "issue": issue,
            "idempotencyKey": creation.key,
        }
        try:
            answer = await self.http.post(
                f"{process.address}/graphql",
                json={"query": _CREATE, "variables": {"input": given}},
                headers={"Authorization": f"Bearer {self.house.key}"},
            )
        except httpx.TransportError:
            return "lost"
        return _read(answer.json(), creation)


def _read(body: Any, creation: Creation) -> str:
    if body.get("errors"):
        return str(body["errors"][0]["extensions"]["code"])
    payload = body["data"]["createIssue"]
    if payload["errors"]:
        return str(payload["errors"][0]["code"])
    key = str(payload["issue"]["key"])
    if creation.issue_key not in {None, key}:
        return "another issue"
    creation.issue_key = key
    return "created"


@asynccontextmanager
async def open_creators(house: House) -> AsyncIterator[Creators]:
    """Callers of a house."""
    limits = httpx.Limits(max_connections=500)
    async with httpx.AsyncClient(timeout=_PATIENCE_S, limits=limits) as http:
        yield Creators(house, http)
