"""What a caller is told, whatever room it went wrong in.

ProblemError
├── BadUserInputError          a value that no call was made for
├── TooComplexError            more than one operation may ask for
├── ForbiddenError             a right that the caller lacks
└── ConnectionNotFoundError    no such connection, or not the caller's: the two look alike
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from jira_api import errors as jira
from oauth import errors as oauth
from storage import errors as storage


class ErrorCode(StrEnum):
    """Every code that an answer can carry."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    NO_PROJECT_SELECTED = "NO_PROJECT_SELECTED"
    CONNECTION_NOT_FOUND = "CONNECTION_NOT_FOUND"
    NEEDS_REAUTHORIZATION = "NEEDS_REAUTHORIZATION"
    MISSING_SCOPE = "MISSING_SCOPE"
    RATE_LIMITED = "RATE_LIMITED"
    JIRA_VALIDATION = "JIRA_VALIDATION"
    JIRA_UNAVAILABLE = "JIRA_UNAVAILABLE"
    JIRA_INVALID_RESPONSE = "JIRA_INVALID_RESPONSE"
    UPSTREAM_NOT_ALLOWED = "UPSTREAM_NOT_ALLOWED"
    REDIRECT_NOT_ALLOWED = "REDIRECT_NOT_ALLOWED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    BAD_REQUEST = "BAD_REQUEST"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OVERLOADED = "OVERLOADED"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    CREDENTIAL_UNREADABLE = "CREDENTIAL_UNREADABLE"
    INTERNAL = "INTERNAL"


class ProblemError(Exception):
    """The base of this room's errors; `argument` names the input at fault, with dots into it."""

    code: ErrorCode

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument

    def as_failure(self) -> "Failure":
        """The error in a caller's terms."""
        return Failure(self.code, self.message)


class BadUserInputError(ProblemError):
    """A value that has not the form asked for."""

    code = ErrorCode.BAD_USER_INPUT


class TooComplexError(ProblemError):
    """More than one operation may ask for."""

    code = ErrorCode.QUERY_TOO_COMPLEX


class ForbiddenError(ProblemError):
    """A right that the caller lacks."""

    code = ErrorCode.FORBIDDEN


class ConnectionNotFoundError(ProblemError):
    """No such connection, or not the caller's."""

    code = ErrorCode.CONNECTION_NOT_FOUND


EXPECTED = (ProblemError, jira.JiraApiError, oauth.OAuthError, storage.StorageError)
"""What the rooms below raise on purpose."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in a caller's terms; `details` are told beside its code."""

    code: ErrorCode
    message: str
    retry_after: timedelta | None = None
    jira_status: int | None = None
    scopes: tuple[str, ...] = ()
    details: Mapping[str, str | int] = field(default_factory=dict)


_REAUTHORIZE = "Jira no longer accepts this connection: authorise its external id again."
_INTERNAL = "Something went wrong inside Juncture; its log has more under this request id."
_SCOPE = (
    "The connection was not granted a scope that this needs{}: add it to JUNCTURE_JIRA_SCOPES "
    "and authorise the external id again, or connect it with a token that has it."
)

_JIRA_CODES: Mapping[type[jira.JiraApiError], ErrorCode] = {
    jira.InvalidArgumentError: ErrorCode.BAD_USER_INPUT,
    jira.UpstreamNotAllowedError: ErrorCode.UPSTREAM_NOT_ALLOWED,
    jira.DialectNotServedError: ErrorCode.BAD_USER_INPUT,
    jira.JiraUnavailableError: ErrorCode.JIRA_UNAVAILABLE,
    jira.OutcomeUnknownError: ErrorCode.OUTCOME_UNKNOWN,
    jira.DeadlineExceededError: ErrorCode.DEADLINE_EXCEEDED,
    jira.OverloadedError: ErrorCode.OVERLOADED,
    jira.RateLimitedError: ErrorCode.RATE_LIMITED,
    jira.UnauthorizedError: ErrorCode.NEEDS_REAUTHORIZATION,
    jira.ForbiddenError: ErrorCode.FORBIDDEN,
    jira.NotFoundError: ErrorCode.NOT_FOUND,
    jira.RejectedError: ErrorCode.JIRA_VALIDATION,
    jira.ConflictError: ErrorCode.CONFLICT,
    jira.InvalidResponseError: ErrorCode.JIRA_INVALID_RESPONSE,
    jira.InvalidGrantError: ErrorCode.NEEDS_REAUTHORIZATION,
    jira.ClientRefusedError: ErrorCode.JIRA_UNAVAILABLE,
    jira.AuthorizationError: ErrorCode.JIRA_UNAVAILABLE,
}
_JIRA_MESSAGES: Mapping[type[jira.JiraApiError], str] = {
    jira.UnauthorizedError: _REAUTHORIZE,
    jira.InvalidGrantError: _REAUTHORIZE,
}
_OTHER_FAILURES: Mapping[type[Exception], Failure] = {
    oauth.NeedsReauthorizationError: Failure(ErrorCode.NEEDS_REAUTHORIZATION, _REAUTHORIZE),
    oauth.SiteTokenRefusedError: Failure(
        ErrorCode.NEEDS_REAUTHORIZATION,
        "Jira no longer accepts the token or password of this connection: connect its external id "
        "again with `connectWithToken`.",
    ),
    oauth.ConnectionChangedError: Failure(
        ErrorCode.CONFLICT, "The connection was linked anew while it was asked: ask again."
    ),
    oauth.UnknownProviderError: Failure(
        ErrorCode.NOT_FOUND, "The linked system is not set up on this server."
    ),
    storage.StorageUnavailableError: Failure(
        ErrorCode.STORAGE_UNAVAILABLE, "Juncture's database does not answer; try again."
    ),
    storage.CredentialUnreadableError: Failure(
        ErrorCode.CREDENTIAL_UNREADABLE,
        "The connection's stored tokens cannot be decrypted with the keys of this server.",
    ),
    storage.ConnectionMissingError: Failure(
        ErrorCode.CONNECTION_NOT_FOUND, "There is no such connection."
    ),
}


def describe(error: BaseException) -> Failure:
    """What the caller is told about an error; `INTERNAL` for what nobody foresaw."""
    if isinstance(error, ProblemError):
        return error.as_failure()
    if isinstance(error, jira.JiraApiError):
        return _describe_jira(error)
    for kind, failure in _OTHER_FAILURES.items():
        if isinstance(error, kind):
            return failure
    return Failure(ErrorCode.INTERNAL, _INTERNAL)


def _describe_jira(error: jira.JiraApiError) -> Failure:
    kind = type(error)
    if isinstance(error, jira.MissingScopeError):
        named = f" ({', '.join(error.scopes)})" if error.scopes else ""
        return Failure(
            code=ErrorCode.MISSING_SCOPE,
            message=_SCOPE.format(named),
            jira_status=error.status,
            scopes=error.scopes,
        )
    return Failure(
        code=_JIRA_CODES.get(kind, ErrorCode.INTERNAL),
        message=_JIRA_MESSAGES.get(kind, error.message),
        retry_after=_wait_of(error),
        jira_status=error.status,
    )


def _wait_of(error: jira.JiraApiError) -> timedelta | None:
    if isinstance(error, jira.RateLimitedError | jira.JiraUnavailableError | jira.OverloadedError):
        return error.retry_after
    return None
