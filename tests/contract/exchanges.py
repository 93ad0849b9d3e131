"""Reads the exchanges that a run of the tests kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.exchanges import OWN_USER_AGENT, WHOLE_RUN


@dataclass(frozen=True, slots=True)
class Request:
    """What Jira's API was asked; `body` is None where the call was answered before it was read."""

    method: str
    path: str
    query: str
    content_type: str
    body: str | None

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} {self.body or ''}".rstrip()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a path, whatever its query."""

    method: str
    path: str
    status: int
    content_type: str
    body: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status} {self.body}".rstrip()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Each different request of Juncture's and each different answer of the sandbox's, once."""

    requests: frozenset[Request]
    answers: frozenset[Answer]

    def take_each(self, step: int, first: int) -> "Recorded":
        """Each so-many-th of them, from one on; different ones for each first."""
        return Recorded(
            frozenset(sorted(self.requests, key=str)[first::step]),
            frozenset(sorted(self.answers, key=str)[first::step]),
        )


def is_whole_run(folder: Path) -> bool:
    """Whether every test ran when the folder was written."""
    return (folder / WHOLE_RUN).exists()


def read_answer(response: httpx.Response) -> Answer:
    """The answer that a test just got from the sandbox."""
    path = response.request.url.raw_path.decode().partition("?")[0]
    return Answer(
        method=response.request.method,
        path=path[path.index("/rest/") :],
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        body=response.text,
    )


def read_exchanges(folder: Path) -> Recorded:
    """All that the processes of a run wrote into the folder."""
    lines: set[str] = set()
    for file in sorted(folder.glob("*.jsonl")):
        lines.update(file.read_text(encoding="utf-8").split("\n"))
    return collect_exchanges(json.loads(line) for line in lines if line)


def collect_exchanges(exchanges: Iterable[dict[str, Any]]) -> Recorded:
    """Part what Juncture asked from what the sandbox answered to whomever.

    An answer that a fault made is nobody's, and left out.
    """
    requests: set[Request] = set()
    answers: set[Answer] = set()
    for exchange in exchanges:
        if exchange["userAgent"] == OWN_USER_AGENT:
            requests.add(_read_request(exchange))
        if "status" in exchange and not exchange["isInjected"]:
            answers.add(_read_answer(exchange))
    return Recorded(frozenset(requests), frozenset(answers))


def _read_request(exchange: dict[str, Any]) -> Request:
    return Request(
        method=exchange["method"],
        path=exchange["path"],
        query=exchange["query"],
        content_type=exchange["requestType"],
        body=exchange["requestBody"],
    )


def _read_answer(exchange: dict[str, Any]) -> Answer:
    return Answer(
        method=exchange["method"],
        path=exchange["path"],
        status=exchange["status"],
        content_type=exchange["answerType"],
        body=exchange["answerBody"],
    )
