"""Keeps what Juncture asks of Jira and what the sandbox answers; a pytest plugin.

With `--record-exchanges=FOLDER` each process of a run writes files of its own there: the sandboxes
that it makes, those that run as processes of their own, and the requests that leave through
`jira_api.exchange`, be it to a sandbox or to a test's own answers. `tests/contract` reads them with
`--check-exchanges=FOLDER`. The `=` matters: before pytest knows these options, it takes a folder
that stands alone for one of tests.
"""

import os
import re
from pathlib import Path

import httpx
import pytest

from jira_api import exchange
from sandbox.application import create_application
from sandbox.exchange_log import ExchangeLog

RECORD_OPTION = "--record-exchanges"
CHECK_OPTION = "--check-exchanges"
WHOLE_RUN = "whole-run"
"""A file of this name says that every test ran, and so everything was asked that ever is."""
OWN_USER_AGENT = "juncture"
"""As `jira_api.client.open_http` sets it; some tests bring an HTTP client of their own."""

_API_PATH = re.compile(r"/ex/jira/[^/]*(?P<path>/rest/.*)")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the folder to write to, or to read from."""
    group = parser.getgroup("exchanges with Jira")
    group.addoption(RECORD_OPTION, type=Path, metavar="FOLDER", help="keep all exchanges there")
    group.addoption(
        CHECK_OPTION, type=Path, metavar="FOLDER", help="check the exchanges kept there"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Record everything that this process will make, if asked to."""
    folder: Path | None = config.getoption(RECORD_OPTION)
    if folder is None:
        return
    folder = folder.resolve()  # tests change the working folder
    folder.mkdir(parents=True, exist_ok=True)
    if _runs_everything(config):
        (folder / WHOLE_RUN).touch()
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    _record_sandboxes(ExchangeLog(folder / f"sandbox-{process}.jsonl"))
    _record_requests(ExchangeLog(folder / f"juncture-{process}.jsonl"))
    os.environ["SANDBOX_RECORD"] = str(folder / f"process-{process}.jsonl")


def _runs_everything(config: pytest.Config) -> bool:
    is_narrowed = config.option.keyword or config.option.markexpr
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_narrowed


def _record_sandboxes(log: ExchangeLog) -> None:
    # The function's own default, as modules have imported it by its name.
    assert create_application.__kwdefaults__ is not None
    create_application.__kwdefaults__["exchanges"] = log


def _record_requests(log: ExchangeLog) -> None:
    send = exchange._exchange

    async def record_and_send(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        match = _API_PATH.fullmatch(request.url.raw_path.decode().partition("?")[0])
        if match:
            log.write(describe_request(request, match["path"]))
        return await send(http, request)

    exchange._exchange = record_and_send


def describe_request(request: httpx.Request, path: str) -> dict[str, object]:
    """One of Juncture's requests as `sandbox.exchange_log` writes it, without an answer."""
    return {
        "method": request.method,
        "path": path,
        "query": request.url.query.decode(),
        "requestType": request.headers.get("content-type", ""),
        "requestBody": _read_body(request),
        "userAgent": OWN_USER_AGENT,
    }


def _read_body(request: httpx.Request) -> str | None:
    """The body; None where it is a stream, as files are."""
    try:
        return request.content.decode()
    except httpx.RequestNotRead:
        return None
