"""`juncture demo`: a server, a sandbox Jira as a process of its own, and a connection."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from rich.console import Console

from server.application import create_application
from server.demo_flow import DemoFlowError, connect_demo
from server.demo_page import EXTERNAL_ID, PATH
from server.logs import configure_logs
from server.settings import Environment, LogLevel, Settings
from storage.encryption import generate_key
from storage.migrate import migrate

_CLIENT_ID = "sandbox-client"
_CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - the sandbox's own, known to everybody
HOSTS = {
    "127.0.0.1": "127.0.0.1",
    "localhost": "localhost",
    "::1": "[::1]",
    "0.0.0.0": "127.0.0.1",  # noqa: S104 - for containers: the operator asks for it
    "::": "[::1]",
}
"""What the demo may listen on, and how a browser of the same machine then names it."""
_POLL_S = 0.05
_SANDBOX_START_S = 60
_QUERIES = (
    (
        '{ connection(externalId: "demo") { status site { name url } '
        "projects { nodes { key name lead { displayName } } } } }"
    ),
    (
        '{ connection(externalId: "demo") { boards(first: 3) { nodes { name type '
        "activeSprints { name issues(first: 5) { nodes { key summary status { category } } } } "
        "} } } }"
    ),
    (
        '{ connection(externalId: "demo") { issues(filter: { statusCategories: [IN_PROGRESS], '
        "isResolved: false }, first: 10) { approximateCount nodes { key summary priority { name } "
        "assignee { displayName } } } } }"
    ),
)


class DemoError(Exception):
    """The demo cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for."""

    host: str
    port: int
    sandbox_port: int
    state: Path
    data: Sequence[Path]

    @property
    def public_url(self) -> str:
        """Where the server is reached."""
        return f"http://{HOSTS[self.host]}:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox is reached."""
        return f"http://{HOSTS[self.host]}:{self.sandbox_port}"


class _Server(uvicorn.Server):
    """Leaves signals to the demo: uvicorn would raise them again, past the sandbox's end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def run_demo(options: DemoOptions, console: Console) -> None:
    """Run until interrupted.

    Raises:
        DemoError: a part does not start, or stops.
        SettingsError: a setting of the environment is malformed.
        StorageError: the database cannot be used.
    """
    settings = _settings(options)
    configure_logs(settings.log_level, settings.log_format)
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    server = _Server(
        uvicorn.Config(
            create_application(settings),
            host=options.host,
            port=options.port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
        )
    )
    with console.status("Starting the sandbox Jira …"):
        sandbox = await _start_sandbox(options)
    try:
        async with _serving(server) as serving:
            key = settings.secret_key.get_secret_value() if settings.secret_key else ""
            await connect_demo(options.public_url, key)
            _print_welcome(options, key, console)
            await _wait_for_first(serving, sandbox)
    except DemoFlowError as error:
        raise DemoError(str(error)) from None
    finally:
        await _stop(sandbox)


def _settings(options: DemoOptions) -> Settings:
    """The demo's own settings, with a few of the environment's on top.

    The database, its keys and `.env` are left alone: they may be those of a real Juncture.
    """
    given = Settings.load(_env_file=None, environment=Environment.DEMO)
    kept = _read_keys(options.state)
    changes: dict[str, Any] = {
        "environment": Environment.DEMO,
        "database_url": f"sqlite:///{options.state / 'juncture.db'}",
        "redis_url": None,
        "encryption_keys": kept["encryptionKey"],
        "public_url": options.public_url,
        "jira_client_id": _CLIENT_ID,
        "jira_client_secret": _CLIENT_SECRET,
        "jira_redirect_uri": f"{options.public_url}/oauth/jira/callback",
        "jira_auth_url": options.sandbox_url,
        "jira_api_url": options.sandbox_url,
        "allowed_return_urls": (*given.allowed_return_urls, f"{options.public_url}{PATH}"),
        "graphiql": True,
    }
    if given.secret_key is None:
        changes["secret_key"] = kept["secretKey"]
    if "log_level" not in given.model_fields_set:
        changes["log_level"] = LogLevel.WARNING
    return Settings.load(_env_file=None, **changes)


def _read_keys(state: Path) -> dict[str, str]:
    """The keys of this state folder, made once: what they encrypted must stay readable."""
    file = state / "demo-keys.json"
    try:
        if not file.exists():
            _write_keys(file)
        kept = json.loads(file.read_text())
        return {name: str(kept[name]) for name in ("secretKey", "encryptionKey")}
    except OSError as error:
        raise DemoError(
            f"{error.filename} cannot be used ({error.strerror}): choose another folder with "
            "--state."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise DemoError(
            f"{file} holds no keys: delete the folder {state} to start afresh, or choose another "
            "with --state."
        ) from None


def _write_keys(file: Path) -> None:
    made = {
        "secretKey": secrets.token_urlsafe(32),
        "encryptionKey": generate_key(datetime.now(UTC).date()),
    }
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(made, opened)


async def _start_sandbox(options: DemoOptions) -> asyncio.subprocess.Process:
    """The sandbox, which ends with the demo, however that ends: its stdin is a pipe we hold."""
    command = ["-P", "-m", "sandbox", "--host", options.host, "--port", str(options.sandbox_port)]
    for file in options.data:
        command += ["--data", str(file)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        "--until-stdin-ends",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        # A terminal's Ctrl-C is for the demo; it stops the sandbox in its turn.
        start_new_session=True,
    )
    try:
        await _wait_until_up(process, options.sandbox_url)
    except DemoError:
        await _stop(process)
        raise
    return process


async def _wait_until_up(process: asyncio.subprocess.Process, url: str) -> None:
    try:
        async with asyncio.timeout(_SANDBOX_START_S), httpx.AsyncClient(trust_env=False) as http:
            while process.returncode is None:
                if await _is_up(http, url):
                    return
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise DemoError("The sandbox Jira did not answer in time.") from None
    raise DemoError("The sandbox Jira did not start; its message stands above.")


async def _is_up(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/__sandbox__/health")).is_success
    except httpx.TransportError:
        return False


@contextlib.asynccontextmanager
async def _serving(server: uvicorn.Server) -> AsyncIterator[asyncio.Task[None]]:
    serving = asyncio.create_task(server.serve())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    try:
        while not server.started:
            if serving.done():
                raise DemoError("The server did not start; its message stands above.")
            await asyncio.sleep(_POLL_S)
        yield serving
    finally:
        server.should_exit = True
        await asyncio.wait([serving])


async def _wait_for_first(serving: asyncio.Task[None], sandbox: asyncio.subprocess.Process) -> None:
    ended = asyncio.create_task(sandbox.wait())
    try:
        await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not serving.done():
            raise DemoError("The sandbox Jira has stopped, and the demo with it.")
    finally:
        ended.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _print_welcome(options: DemoOptions, key: str, console: Console) -> None:
    fragment = urlencode({"key": key, "externalId": EXTERNAL_ID})
    lines = [
        "",
        "Juncture is ready.",
        "",
        f"  GraphiQL     {options.public_url}/graphql#{fragment}",
        f"  Demo page    {options.public_url}{PATH}",
        f"  Secret key   {key}",
        f"  External id  {EXTERNAL_ID}",
        f"  Sandbox      {options.sandbox_url}",
        "",
        "Worth pasting:",
        *(f"\n  {query}" for query in _QUERIES),
        "",
        "Ctrl-C stops both.",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
