"""Marks every secret that the tests make, and looks for the marks where no secret may be.

A pytest plugin: `pytest -p tests.faults.canaries PATHS`. It reads what the log would have written,
what the tests' processes printed, the errors and metrics that were answered, and the bytes of each
test's database; any mark there fails the run.
"""

import asyncio
import json
import logging
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import server.application
from server.logs import TextFormatter
from server.request_ids import RequestIds

MARK: Final = "cAnArY0"
# API keys and frontend tokens cannot be marked; their own first characters tell them.
_SECRET: Final = re.compile(rf"{MARK}|jgk_[0-9A-Za-z]{{8,}}_[0-9A-Za-z]{{8}}|eyJhbGciOi".encode())
_FOREIGN_LOGGERS: Final = ("httpx", "httpcore", "asyncio", "hpack", "faker", "hypothesis")
_SHOWN: Final = 40


@dataclass
class Findings:
    """How much was looked at, and where marks were."""

    made: int = 0
    looked_at_bytes: Counter[str] = field(default_factory=Counter)
    hits: list[str] = field(default_factory=list)

    def look_at(self, place: str, text: bytes | str, test: str) -> None:
        """Search a text; a hit tells the place, the test and what stood before the secret."""
        sought = text.encode("utf-8", "replace") if isinstance(text, str) else text
        self.looked_at_bytes[place] += len(sought)
        for found in _SECRET.finditer(sought):
            before = sought[max(0, found.start() - _SHOWN) : found.start()]
            self.hits.append(f"{place} of {test}: after {before!r}")


FINDINGS: Final = Findings()
_running = "no test"


class _LogWatcher(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(TextFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(_FOREIGN_LOGGERS):
            FINDINGS.look_at("log", self.format(record), _running)


class _AnswerWatcher(RequestIds):
    """Looks at what leaves the application as an error, a page or metrics."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        status, body = 0, bytearray()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            body.extend(message.get("body", b""))
            await send(message)

        await super().__call__(scope, receive, watched)
        if scope["type"] == "http":
            _look_at_answer(scope["path"], status, bytes(body))


def _look_at_answer(path: str, status: int, body: bytes) -> None:
    if path == "/metrics":
        FINDINGS.look_at("metrics", body, _running)
    elif path == "/graphql" and body.startswith(b"{"):
        errors = json.loads(body).get("errors", [])
        FINDINGS.look_at("errors", json.dumps(errors), _running)
    elif status >= 400:
        FINDINGS.look_at("pages", body, _running)


def _marked(make: Callable[..., str]) -> Callable[..., str]:
    def make_marked(*arguments: int) -> str:
        FINDINGS.made += 1
        # In the place of its first characters: it stays as long as it would be.
        return MARK + make(*arguments)[len(MARK) :]

    return make_marked


def pytest_configure(config: pytest.Config) -> None:
    """Mark from here on."""
    secrets.token_urlsafe = _marked(secrets.token_urlsafe)
    vars(server.application)["RequestIds"] = _AnswerWatcher  # the outermost layer
    logging.getLogger().addHandler(_LogWatcher())
    for name in ("juncture", "oauth", "storage", "resolvers", "server", "jira_api", "schema"):
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture(autouse=True)
def _look_at_the_database(request: pytest.FixtureRequest) -> Iterator[None]:
    url = (
        str(request.getfixturevalue("database_url"))
        if "database_url" in request.fixturenames
        else None
    )
    yield
    if url is not None:
        FINDINGS.look_at("database", _read_database(url), request.node.nodeid)


def _read_database(url: str) -> bytes:
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        # The files beside it too: what was written and not yet taken over, and the journal.
        return b"\n".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _read_postgresql(url)).result()


async def _read_postgresql(url: str) -> bytes:
    connection = await asyncpg.connect(dsn=url, timeout=5)
    try:
        names = await connection.fetch(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        rows = [await connection.fetch(f"SELECT t::text FROM {name[0]} t") for name in names]
        return "\n".join(row[0] for table in rows for row in table).encode()
    finally:
        await connection.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Know whose traces are found from here on."""
    global _running  # noqa: PLW0603 - one test runs at a time in a process
    _running = item.nodeid


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Look at what was printed; the last report of a test holds all of it."""
    if report.when != "teardown":
        return
    for name, text in report.sections:
        if "stdout" in name or "stderr" in name:
            FINDINGS.look_at("output", text, report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was looked at, and every hit."""
    looked = ", ".join(f"{n:,} bytes of {name}" for name, n in FINDINGS.looked_at_bytes.items())
    terminalreporter.section("canaries")
    terminalreporter.line(f"{FINDINGS.made:,} secrets marked; looked at {looked}")
    terminalreporter.line(f"{len(FINDINGS.hits)} hits")
    for hit in FINDINGS.hits:
        terminalreporter.line(hit)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail for any hit, and where nothing was marked at all."""
    if FINDINGS.hits or not FINDINGS.made:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
