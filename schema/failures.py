"""Errors of an answer, in the form that clients branch on."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from resolvers.errors import ErrorCode, Failure, describe

_NULL_VIOLATION = "Cannot return null for non-nullable field"
_BAD_ARGUMENT = "Argument '"
"""How graphql-core begins where a variable turns out null, in a place that takes no null."""
_TOO_MANY_TOKENS = "Document contains more than"
_VALUE = re.compile(r"(?:[,.?] [Ff]ound|(?<= value)): .*", re.DOTALL)
"""How graphql-core goes on where it shows a value of another form, which may hold a password."""
_NULL_BY_JIRA = "Jira's answer lacks this field, which every such thing has."


def format_error(error: GraphQLError, *, request_id: str) -> dict[str, Any]:
    """An error as clients get it: message, locations, path, and extensions with code and request.

    The text of an error that nobody foresaw stays out of it.
    """
    failure = failure_of(error)
    formatted: dict[str, Any] = {"message": failure.message}
    if error.locations:
        formatted["locations"] = [
            {"line": each.line, "column": each.column} for each in error.locations
        ]
    if error.path is not None:
        formatted["path"] = error.path
    formatted["extensions"] = extensions_of(failure, request_id=request_id)
    return formatted


def extensions_of(failure: Failure, *, request_id: str) -> Mapping[str, Any]:
    """Code, request id, and where there are such, the wait in whole seconds and Jira's status."""
    extensions: dict[str, Any] = {"code": failure.code.value, "requestId": request_id}
    if failure.retry_after is not None:
        extensions["retryAfterSeconds"] = whole_seconds(failure.retry_after)
    if failure.jira_status is not None:
        extensions["jiraStatus"] = failure.jira_status
    return {**extensions, **failure.details}


def failure_body(failure: Failure, *, request_id: str) -> dict[str, Any]:
    """The body of an answer that is one failure and nothing else."""
    return error_body(failure.message, extensions_of(failure, request_id=request_id))


def error_body(message: str, extensions: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an answer that is one error and nothing else."""
    return {"errors": [{"message": message, "extensions": extensions}]}


def whole_seconds(wait: timedelta) -> int:
    """A wait in seconds, never shorter than it is."""
    return math.ceil(wait.total_seconds())


def failure_of(error: GraphQLError) -> Failure:
    """What an error of graphql-core stands for."""
    if isinstance(error, GraphQLSyntaxError):
        is_too_long = _TOO_MANY_TOKENS in error.message
        code = ErrorCode.QUERY_TOO_COMPLEX if is_too_long else ErrorCode.GRAPHQL_PARSE_FAILED
        return Failure(code, error.message)
    if is_null_violation(error):
        return Failure(ErrorCode.JIRA_INVALID_RESPONSE, _NULL_BY_JIRA)
    original = _original(error)
    if original is not None:
        return describe(original)
    if error.message.startswith(_BAD_ARGUMENT):
        return Failure(ErrorCode.BAD_USER_INPUT, error.message)
    if error.path is not None:
        return Failure(ErrorCode.INTERNAL, error.message)
    return Failure(ErrorCode.GRAPHQL_VALIDATION_FAILED, _VALUE.sub(".", error.message))


def is_null_violation(error: GraphQLError) -> bool:
    """Whether a value is missing where the schema promises one."""
    return isinstance(_original(error), TypeError) and error.message.startswith(_NULL_VIOLATION)


def _original(error: GraphQLError) -> Exception | None:
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original
