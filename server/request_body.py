"""The body of a GraphQL request over HTTP, read with suspicion.

Source: the GraphQL over HTTP draft, sections Request and Media Types, read 2026-11.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn

from starlette.requests import Request

from resolvers.errors import ErrorCode

MOST_BYTES = 1_000_000
_JSON_TYPE = "application/json"


class RequestError(Exception):
    """A request that no operation can be made of."""

    def __init__(self, message: str, *, status: HTTPStatus, code: ErrorCode) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to run."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


async def read_request(request: Request) -> GraphQLRequest:
    """The operation in a POST's body.

    Raises:
        RequestError: another media type, too long, no JSON, or of another shape.
    """
    _check_media_type(request)
    parsed = _parse(await _read(request))
    if not isinstance(parsed, dict):
        _refuse("The body is one JSON object with `query`, `variables` and `operationName`.")
    query = parsed.get("query")
    if not isinstance(query, str) or not query.strip():
        _refuse("`query` is the text of a GraphQL document.")
    name = parsed.get("operationName")
    if name is not None and not isinstance(name, str):
        _refuse("`operationName` is text or null.")
    for member in ("variables", "extensions"):
        if not isinstance(parsed.get(member, {}), dict | None):
            _refuse(f"`{member}` is an object or null.")
    return GraphQLRequest(query, parsed.get("variables") or {}, name)


def _check_media_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("Content-Type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != _JSON_TYPE or charset not in {"", "utf-8"}:
        raise RequestError(
            "Send the body as application/json in UTF-8.",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            code=ErrorCode.BAD_REQUEST,
        )
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestError(
            "Send the body without compression.",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            code=ErrorCode.BAD_REQUEST,
        )


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RequestError(
                f"The body is longer than {MOST_BYTES} bytes.",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                code=ErrorCode.PAYLOAD_TOO_LARGE,
            )
    return bytes(body)


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        parsed = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates
    except (ValueError, RecursionError):
        _refuse("The body is no JSON in UTF-8.")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse(message: str) -> NoReturn:
    raise RequestError(message, status=HTTPStatus.BAD_REQUEST, code=ErrorCode.BAD_REQUEST)
