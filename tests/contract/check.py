"""Holds Juncture's requests and the sandbox's answers against Atlassian's documents."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import ImmutableMultiDict

from tests.contract.documents import HOST, Documents, Operation
from tests.contract.exchanges import Answer, Request

NO_OPERATION = "no operation of Atlassian's documents"
_EDGE_STATUSES = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}
)
_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Violation:
    """How a call differs from the documents; `operation` is its name, or method and path."""

    operation: str
    what: str
    call: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.what}\n    {_shorten(self.call)}"


def check_request(documents: Documents, request: Request) -> list[Violation]:
    """What is wrong with a request; [] where nothing is."""
    operation = documents.find_operation(request.method, request.path)
    if operation is None:
        return [Violation(f"{request.method} {request.path}", NO_OPERATION, str(request))]
    faults = (*_check_names(operation, request), *_check_parts(operation, request))
    return [Violation(str(operation), fault, str(request)) for fault in faults]


def _check_names(operation: Operation, request: Request) -> Iterator[str]:
    if operation.is_deprecated:
        yield "the operation is deprecated"
    asked = {name for name, _ in parse_qsl(request.query, keep_blank_values=True)}
    for name in sorted(asked - operation.query_names):
        yield f"it has no query parameter {name!r}"


def _check_parts(operation: Operation, request: Request) -> Iterator[str]:
    asked = _as_openapi(request)
    yield from _explain(operation.document.parameters.iter_errors(asked))
    if request.body is None:
        return
    if "requestBody" in operation.raw:
        yield from _explain(operation.document.body.iter_errors(asked))
    elif request.body:
        yield "it takes no body"


def check_answer(documents: Documents, answer: Answer) -> list[Violation]:
    """What is wrong with an answer; [] where nothing is.

    Atlassian's edge stands before Jira, and not all of its answers are in the documents: it refuses
    with a 401 what it does not know, with a 429 what is too much, and tells with a 5xx what broke
    behind it. A site's own address answers a 404 to what is no operation.
    """
    operation = documents.find_operation(answer.method, answer.path)
    if operation is None:
        if is_refusal(answer):
            return []
        return [Violation(f"{answer.method} {answer.path}", NO_OPERATION, str(answer))]
    told = operation.find_answer(answer.status)
    if answer.status in _EDGE_STATUSES and (told is None or _is_of_the_edge(answer)):
        return []
    faults = _check_body(operation, answer, told)
    return [Violation(str(operation), fault, str(answer)) for fault in faults]


def is_refusal(answer: Answer) -> bool:
    """Whether the answer can be one to a call that is no operation."""
    return answer.status in _EDGE_STATUSES or answer.status == HTTPStatus.NOT_FOUND


def _is_of_the_edge(answer: Answer) -> bool:
    """Whether the body is the edge's, which never has the form that Jira's errors have."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return True
    return isinstance(body, dict) and body.keys() <= {"code", "message"}


def _check_body(operation: Operation, answer: Answer, told: dict[str, Any] | None) -> Iterator[str]:
    if told is None:
        yield f"it answers no {answer.status}"
    elif answer.status == HTTPStatus.NO_CONTENT:
        if answer.body:
            yield "204: it has a body"
    elif "content" in told:
        asked = MockRequest(HOST, answer.method, answer.path)
        response = MockResponse(
            answer.body.encode(), answer.status, content_type=answer.content_type or "none"
        )
        for fault in _explain(operation.document.answer.iter_errors(asked, response)):
            yield f"{answer.status}: {fault}"


def _as_openapi(request: Request) -> MockRequest:
    body = request.body.encode() if request.body else None
    asked = MockRequest(
        HOST, request.method, request.path, data=body, content_type=request.content_type
    )
    pairs = parse_qsl(request.query, keep_blank_values=True)
    asked.parameters.query = ImmutableMultiDict(pairs)
    return asked


def _explain(errors: Iterable[Exception]) -> Iterator[str]:
    for error in errors:
        cause = error.__cause__
        if isinstance(cause, InvalidSchemaValue):
            faults: Iterable[Any] = cause.schema_errors
            for each in faults:
                yield f"{type(error).__name__}: {each.json_path}: {_shorten(each.message)}"
        else:
            yield _shorten(f"{error}" + (f": {cause}" if cause else ""))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
