import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.application import create_application
from sandbox.exchange_log import ExchangeLog, ExchangeRecorder
from tests.sandbox.visitors import Visitor, a_site

HOST = "http://sandbox.test:8001"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "exchanges.jsonl"


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read_text(file).splitlines()]


def read_text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


async def ask(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        return await http.request(method, path, **request)


def answer_with(file: Path, answer: Any, *, fault: str | None = None) -> ASGIApp:
    """An application of one answer, recorded into the file."""
    recorder = ExchangeRecorder(
        Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]),
        log=ExchangeLog(file),
    )

    async def strike(scope: Scope, receive: Receive, send: Send) -> None:
        await recorder(scope if fault is None else {**scope, "sandbox.fault": fault}, receive, send)

    return strike


async def echo(request: Request) -> Response:
    return Response(await request.body(), 201, media_type="application/json")


async def test_a_call_to_jira_is_kept_with_its_answer_and_without_credentials(file: Path) -> None:
    world, site = a_site()
    site.add_issue(site.add_project("TEST"), summary="Größer")
    visitor = Visitor(create_application(world.world, exchanges=ExchangeLog(file)))
    await visitor.enter(site.data.site.cloud_id)
    visitor.http.cookies.set("session", "secret-cookie")

    root = f"/ex/jira/{site.data.site.cloud_id}/rest/api/3"
    body = {"jql": "project = TEST", "fields": ["summary"]}
    response = await visitor.http.post(
        f"{root}/search/jql?a=%20b", json=body, headers={**visitor.headers, "User-Agent": "mine"}
    )

    (kept,) = read(file)
    assert json.loads(kept.pop("answerBody")) == response.json()
    assert json.loads(kept.pop("requestBody")) == body
    assert kept == {
        "method": "POST",
        "path": "/rest/api/3/search/jql",
        "query": "a=%20b",
        "requestType": "application/json",
        "userAgent": "mine",
        "status": 200,
        "answerType": "application/json;charset=UTF-8",
        "isInjected": False,
    }
    text = read_text(file)
    assert visitor.tokens["access_token"] not in text
    assert "secret-cookie" not in text
    assert "Größer" in text


async def test_the_same_exchange_is_kept_once(file: Path) -> None:
    app = answer_with(file, echo)

    for text in ("one", "two", "one"):
        await ask(app, "POST", "/ex/jira/a/rest/x", content=text)

    assert [kept["answerBody"] for kept in read(file)] == ["one", "two"]


async def test_sandboxes_may_share_a_file(file: Path) -> None:
    first, second = answer_with(file, echo), answer_with(file, echo)

    await ask(first, "POST", "/ex/jira/a/rest/x", content="one")
    await ask(second, "POST", "/ex/jira/a/rest/x", content="two")

    assert [kept["answerBody"] for kept in read(file)] == ["one", "two"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/ex/jira/a/rest/api/3/x", "/rest/api/3/x"),
        ("/sites/acme/rest/api/3/x", "/rest/api/3/x"),
        ("/ex/jira/a/rest/api/3/issue/A%2FB", "/rest/api/3/issue/A%2FB"),
        ("/ex/jira/a/rest/agile/1.0/board/", "/rest/agile/1.0/board/"),
    ],
)
async def test_a_path_is_kept_from_rest_on_as_it_was_sent(file: Path, path: str, kept: str) -> None:
    await ask(answer_with(file, echo), "GET", path)

    assert [exchange["path"] for exchange in read(file)] == [kept]


@pytest.mark.parametrize(
    "path",
    ["/oauth/token", "/authorize", "/__sandbox__/health", "/rest/x", "/jira/rest/api/2/myself"],
)
async def test_what_is_not_jiras_api_is_not_kept(file: Path, path: str) -> None:
    await ask(answer_with(file, echo), "GET", path)

    assert read(file) == []


async def test_a_body_that_nobody_read_is_told_from_an_empty_one(file: Path) -> None:
    async def refuse(_request: Request) -> Response:
        return Response(status_code=401)

    await ask(answer_with(file, refuse), "POST", "/ex/jira/a/rest/unread", content="text")
    await ask(answer_with(file, echo), "POST", "/ex/jira/a/rest/empty")

    assert [(kept["path"], kept["requestBody"]) for kept in read(file)] == [
        ("/rest/unread", None),
        ("/rest/empty", ""),
    ]


async def test_the_answer_of_a_fault_is_marked_and_its_body_is_not_kept(file: Path) -> None:
    async def pour(_request: Request) -> Response:
        return StreamingResponse(_drops(), 418)

    answer = await ask(answer_with(file, pour, fault="fault-1"), "GET", "/ex/jira/a/rest/x")

    assert answer.text == "drop" * 3
    (kept,) = read(file)
    assert (kept["status"], kept["isInjected"], kept["answerBody"]) == (418, True, "")


async def _drops() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b"drop"


async def test_a_call_without_an_answer_is_not_kept(file: Path) -> None:
    async def break_off(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionResetError

    app = ExchangeRecorder(break_off, log=ExchangeLog(file))

    with pytest.raises(ConnectionResetError):
        await ask(app, "GET", "/ex/jira/a/rest/x")
    assert read(file) == []


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        ExchangeLog(tmp_path / "none" / "exchanges.jsonl")


def test_a_new_file_is_for_its_owner_alone(file: Path) -> None:
    ExchangeLog(file)

    assert file.stat().st_mode & 0o777 == 0o600
