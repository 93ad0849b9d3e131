"""Failures as answers of the routes that speak plain HTTP: GraphQL's form, with a status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.errors import ErrorCode, Failure
from schema.failures import failure_body, whole_seconds
from server.request_ids import request_id_of

_STATUSES: Final[Mapping[ErrorCode, HTTPStatus]] = {
    ErrorCode.BAD_USER_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.MISSING_SCOPE: HTTPStatus.FORBIDDEN,
    ErrorCode.NEEDS_REAUTHORIZATION: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.CONNECTION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.PAYLOAD_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.JIRA_VALIDATION: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.JIRA_UNAVAILABLE: HTTPStatus.BAD_GATEWAY,
    ErrorCode.JIRA_INVALID_RESPONSE: HTTPStatus.BAD_GATEWAY,
    ErrorCode.UPSTREAM_NOT_ALLOWED: HTTPStatus.BAD_GATEWAY,
    ErrorCode.STORAGE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
}
"""Any other code is a 500, OUTCOME_UNKNOWN among them: proxies send a 502 or 503 again."""


def refuse(request: Request, failure: Failure, status: HTTPStatus | None = None) -> Response:
    """The answer that a failure is, with the status of its code unless another is given."""
    chosen = status or _STATUSES.get(failure.code, HTTPStatus.INTERNAL_SERVER_ERROR)
    body = failure_body(failure, request_id=request_id_of(request))
    answer = JSONResponse(body, status_code=chosen)
    if chosen == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if failure.retry_after is not None:
        answer.headers["Retry-After"] = str(whole_seconds(failure.retry_after))
    elif chosen == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "1"
    return answer
