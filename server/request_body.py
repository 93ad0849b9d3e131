"""The body of a GraphQL request over HTTP, read with suspicion.

Source: the GraphQL over HTTP draft, sections Request and Media Types, read 2026-11.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

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


async def find_body(request: Request, *, most_bytes: int) -> bytes | None:
    """The bytes of a body; None where there are more than `most_bytes`.

    Raises:
        ClientDisconnect: the sender broke off.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)


async def read_request(request: Request) -> GraphQLRequest:
    """The operation in a POST's body.

    Raises:
        RequestError: another media type, too long, no JSON, or of another shape.
    """
    _check_media_type(request)
    try:
        body = await find_body(request, most_bytes=MOST_BYTES)
    except ClientDisconnect:
        _refuse("The body breaks off.")
    if body is None:
        raise RequestError(
            f"The body is longer than {MOST_BYTES} bytes.",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            code=ErrorCode.PAYLOAD_TOO_LARGE,
        )
    parsed = _parse(body)
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


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        parsed = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates
        )
        # Refuses lone surrogates, and numbers such as 1e999 that became infinite.
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        _refuse("The body is no JSON in UTF-8, or names a member twice.")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member comes twice")
    return members


def _refuse(message: str) -> NoReturn:
    raise RequestError(message, status=HTTPStatus.BAD_REQUEST, code=ErrorCode.BAD_REQUEST)
