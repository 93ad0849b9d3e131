"""GraphQL over HTTP at `/graphql`, and GraphiQL for browsers that open it.

Source: the GraphQL over HTTP draft, read 2026-11: a request that nothing was executed of is a 400,
anything that was executed a 200, for both media types.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from resolvers.access.viewer import Viewer, ViewerKind
from resolvers.context import Context, SentJql, Services
from resolvers.errors import ErrorCode, Failure, describe
from schema.build import MOST_TOKENS, JunctureSchema
from schema.failures import failure_body, format_error
from server.authentication import Authenticator, UnauthenticatedError
from server.operations import CallerGoneError, Operations, OverdueError
from server.pages import Pages
from server.request_body import GraphQLRequest, RequestError, read_request
from server.request_ids import request_id_of
from storage.audit import Acting, acting
from storage.errors import StorageUnavailableError

JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
EXPLAIN_HEADER = "X-Juncture-Explain"
"""With the value 1 it asks for what the operation's searches sent to Jira."""
_OPERATION_KEYWORD = re.compile(r"\b(?:query|mutation|subscription)\b")
_INTROSPECTION = frozenset({"__schema", "__type", "__typename"})
_GRACE = timedelta(seconds=1)
"""Past an operation's deadline, by which its calls to Jira have ended with errors of their own."""
_HEADERS: Mapping[HTTPStatus, Mapping[str, str]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: {"Allow": "POST"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}
"""What a refusal tells beside its status."""
_CALLER_GONE = 499
"""Nobody reads it but the access log. Source: nginx, ngx_http_request.h."""
_NOBODY = Viewer(kind=ViewerKind.API_KEY, scopes=frozenset())
_log = logging.getLogger("juncture.graphql")


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """Answers GraphQL requests; `pages` is None where GraphiQL is off."""

    schema: JunctureSchema
    is_introspection_open: bool
    pages: Pages | None
    operations: Operations = field(default_factory=Operations)

    async def handle(self, request: Request) -> Response:
        """The answer to a request of any method."""
        if request.method == "GET" and self.pages is not None and _wants_page(request):
            return self.pages.graphiql(request)
        media_type = _response_type(request)
        try:
            if media_type is None:
                raise _not_acceptable()
            if request.method != "POST":
                raise _method_refused()
            viewer = await self._viewer(request)
            asked = await read_request(request)
            return await self._execute(request, asked, viewer, media_type)
        except UnauthenticatedError as error:
            failure = Failure(ErrorCode.UNAUTHENTICATED, str(error))
            refusal = _refusal(request, failure, HTTPStatus.UNAUTHORIZED, media_type)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        except CallerGoneError:
            return Response(status_code=_CALLER_GONE)
        except OverdueError:
            _log.warning("request %s was ended: its time was over", request_id_of(request))
            return _overdue(request, media_type)
        except RequestError as error:
            failure = Failure(error.code, error.message)
            refusal = _refusal(request, failure, error.status, media_type)
            refusal.headers.update(_HEADERS.get(error.status, {}))
            return refusal

    async def _viewer(self, request: Request) -> Viewer | None:
        """The caller; None for one without a key where the schema may be read by anybody."""
        headers = request.headers.getlist("Authorization")
        if not headers and self.is_introspection_open:
            return None
        authenticator: Authenticator = request.app.state.authenticator
        try:
            return await authenticator.authenticate(headers)
        except StorageUnavailableError as error:
            raise _unavailable(error) from None

    async def _execute(
        self, request: Request, asked: GraphQLRequest, viewer: Viewer | None, media_type: str | None
    ) -> Response:
        if viewer is None and not _asks_schema_alone(asked):
            raise UnauthenticatedError("Send one header `Authorization: Bearer <key>`.")
        if asked.operation_name is None and _has_several_operations(asked.query):
            raise _bad_request("Name the operation to run in `operationName`: there are several.")
        services: Services = request.app.state.services
        context = Context(services, viewer or _NOBODY, request_id=request_id_of(request))
        try:
            with acting(Acting(context.viewer.actor, context.request_id)):
                result = await self.operations.run(
                    self._carry_out(asked, context),
                    request,
                    longest=services.operation_deadline + _GRACE,
                )
        except CannotGetOperationTypeError:
            raise _bad_request("The document has no such operation.") from None
        if not isinstance(result, ExecutionResult):
            raise _bad_request("This operation cannot be answered over HTTP.")
        sent = context.sent_jql if request.headers.get(EXPLAIN_HEADER) == "1" else None
        return _answer(result, context.request_id, media_type, sent)

    async def _carry_out(self, asked: GraphQLRequest, context: Context) -> object:
        try:
            return await self.schema.execute(
                asked.query,
                variable_values=dict(asked.variables),
                context_value=context,
                operation_name=asked.operation_name,
            )
        finally:
            await context.close()


def _answer(
    result: ExecutionResult,
    request_id: str,
    media_type: str | None,
    sent: Sequence[SentJql] | None,
) -> Response:
    """The answer; where `sent` is not None, with what the operation's searches sent."""
    errors = [format_error(error, request_id=request_id) for error in result.errors or ()]
    is_executed = result.data is not None or any("path" in error for error in errors)
    body: dict[str, Any] = {"data": result.data} if is_executed else {}
    if errors:
        body["errors"] = errors
    if sent is not None and is_executed:
        told = [{"path": list(each.path), "jql": each.jql} for each in sent]
        body["extensions"] = {"jira": {"jql": told}}
    status = HTTPStatus.OK if is_executed else HTTPStatus.BAD_REQUEST
    return _json(body, status, media_type)


def _overdue(request: Request, media_type: str | None) -> Response:
    """An operation that was begun and not done: no status that proxies send it again for."""
    failure = Failure(
        ErrorCode.DEADLINE_EXCEEDED,
        "The operation was not done in time and was ended; what it was changing may have been "
        "changed, so look before you repeat it.",
    )
    body = failure_body(failure, request_id=request_id_of(request))
    return _json({"data": None, **body}, HTTPStatus.OK, media_type)


def _refusal(
    request: Request, failure: Failure, status: HTTPStatus, media_type: str | None
) -> Response:
    return _json(failure_body(failure, request_id=request_id_of(request)), status, media_type)


def _json(body: Mapping[str, Any], status: HTTPStatus, media_type: str | None) -> Response:
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return Response(
        text, status_code=status, media_type=f"{media_type or JSON_TYPE}; charset=utf-8"
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _response_type(request: Request) -> str | None:
    """The media type to answer with; None where the caller accepts none of ours."""
    accepted = [
        part.partition(";")[0].strip().lower()
        for part in request.headers.get("Accept", "*/*").split(",")
    ]
    if GRAPHQL_TYPE in accepted:
        return GRAPHQL_TYPE
    is_json = any(each in {JSON_TYPE, "application/*", "*/*", ""} for each in accepted)
    return JSON_TYPE if is_json else None


def _has_several_operations(query: str) -> bool:
    # Only named operations can stand side by side, so that their keywords must show in the text.
    # Strawberry would run the first of them.
    if len(_OPERATION_KEYWORD.findall(query)) < 2:
        return False
    return len(_list_operations(query) or ()) > 1


def _list_operations(query: str) -> list[OperationDefinitionNode] | None:
    """The operations of a document; None where it cannot be parsed."""
    try:
        document = parse(query, no_location=True, max_tokens=MOST_TOKENS)
    except (GraphQLError, RecursionError):
        return None
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _asks_schema_alone(asked: GraphQLRequest) -> bool:
    operations = _list_operations(asked.query)
    if operations is None:
        return False
    roots = [root for each in operations for root in each.selection_set.selections]
    return all(isinstance(r, FieldNode) and r.name.value in _INTROSPECTION for r in roots)


def _not_acceptable() -> RequestError:
    return RequestError(
        f"Answers come as {GRAPHQL_TYPE} or {JSON_TYPE}.",
        status=HTTPStatus.NOT_ACCEPTABLE,
        code=ErrorCode.BAD_REQUEST,
    )


def _method_refused() -> RequestError:
    return RequestError(
        "Send GraphQL by POST.", status=HTTPStatus.METHOD_NOT_ALLOWED, code=ErrorCode.BAD_REQUEST
    )


def _unavailable(error: StorageUnavailableError) -> RequestError:
    failure = describe(error)
    return RequestError(failure.message, status=HTTPStatus.SERVICE_UNAVAILABLE, code=failure.code)


def _bad_request(message: str) -> RequestError:
    return RequestError(message, status=HTTPStatus.BAD_REQUEST, code=ErrorCode.BAD_REQUEST)
