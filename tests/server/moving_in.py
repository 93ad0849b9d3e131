"""A sandbox whose grants another system has, and a Juncture to move into; for the command."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typer.testing import CliRunner, Result

from sandbox.application import create_application as create_sandbox
from server.command_line import app
from server.settings import PREFIX
from storage.encryption import generate_key
from tests.support.foreign_grants import give_grant
from tests.support.house import a_world
from tests.support.servers import serve

SITE = "https://acme.atlassian.example"


@dataclass
class HeldAnswers:
    """A sandbox whose token endpoint does what it is asked, and keeps back its answers on demand.

    `has_held` tells that one is kept back.
    """

    app: ASGIApp
    has_held: asyncio.Event = field(default_factory=asyncio.Event)
    _free: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._opened.set()

    def hold(self, *, after: int = 0) -> None:
        """Keep back all answers but so many."""
        self._free = after
        self.has_held.clear()
        self._opened.clear()

    def open(self) -> None:
        self._opened.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/oauth/token" or self._opened.is_set():
            await self.app(scope, receive, send)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        if self._free:
            self._free -= 1
        else:
            self.has_held.set()
            await self._opened.wait()
        for message in answer:
            await send(message)


@dataclass(frozen=True)
class Place:
    """Where the command runs: a folder, the sandbox's address, the environment.

    Answers of the sandbox's token endpoint go through the `door`.
    """

    folder: Path
    sandbox: str
    environment: Mapping[str, str]
    door: HeldAnswers

    @property
    def file(self) -> Path:
        return self.folder / "grants.jsonl"

    async def write_grants(self, *names: str, **changes: Any) -> list[str]:
        """Write a line with a new grant for each external id: their refresh tokens."""
        tokens = [await give_grant(self.sandbox) for _ in names]
        lines = [
            json.dumps({"externalId": name, "site": SITE, "refreshToken": token, **changes})
            for name, token in zip(names, tokens, strict=True)
        ]
        self.file.write_text("\n".join(lines) + "\n")
        return tokens

    async def run(self, *arguments: str) -> Result:
        """What the command did with these arguments."""
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["import", *arguments]))


@asynccontextmanager
async def open_place(
    folder: Path, database_url: str, set_variable: Callable[[str, str], None]
) -> AsyncIterator[Place]:
    """A place on a migrated database; its environment is set for this process too."""
    door = HeldAnswers(create_sandbox(a_world()))
    async with serve(door) as sandbox:
        settings = {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "a-secret-key-of-these-very-tests-alone",
            "ENCRYPTION_KEYS": generate_key(datetime(2026, 6, 1, tzinfo=UTC).date()),
            "JIRA_CLIENT_ID": "sandbox-client",
            "JIRA_CLIENT_SECRET": "sandbox-secret",
            "JIRA_AUTH_URL": sandbox,
            "JIRA_API_URL": sandbox,
            "ENVIRONMENT": "development",
            # So that nobody waits for the lease of a run that was killed.
            "REFRESH_DEADLINE_SECONDS": "0.5",
            "REFRESH_LEASE_SECONDS": "1",
        }
        environment = {PREFIX + name: value for name, value in settings.items()}
        for name, value in environment.items():
            set_variable(name, value)
        yield Place(folder, sandbox, environment, door)


def has_taken_signals(process_id: int) -> bool:
    """Whether a process was sent no signal that it has not met, and waits for something else.

    Source: proc(5), `status`.
    """
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    status = {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}
    is_met = int(status["SigPnd"], 16) == int(status["ShdPnd"], 16) == 0
    return is_met and not status["State"].startswith("R")


@pytest.fixture
async def place(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    monkeypatch.chdir(tmp_path)
    async with open_place(tmp_path, database_url, monkeypatch.setenv) as place:
        yield place
