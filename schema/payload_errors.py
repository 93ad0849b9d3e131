"""What a mutation's caller can act on, as data."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from resolvers.errors import ProblemError, describe
from schema.enums import ErrorCode


@strawberry.interface(description="Something that the caller can act on.")
class UserError:
    """Something that the caller can act on."""

    code: ErrorCode = strawberry.field(description="Branch on this.")
    message: str = strawberry.field(description="For the developer: what happened, what to do.")
    path: list[str] | None = strawberry.field(description="The input at fault.")


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error of a payload."""

    code: ErrorCode
    message: str
    path: Sequence[str] | None


@strawberry.type(description="An error without more to tell.")
class GeneralError(UserError):
    """An error without more to tell."""

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a resolver's value is such an error."""
        return isinstance(value, Complaint)


_IN_PAYLOADS = frozenset(
    {
        ErrorCode.BAD_USER_INPUT,
        ErrorCode.NOT_FOUND,
        ErrorCode.FORBIDDEN,
        ErrorCode.CONNECTION_NOT_FOUND,
        ErrorCode.NEEDS_REAUTHORIZATION,
        ErrorCode.MISSING_SCOPE,
        ErrorCode.RATE_LIMITED,
        ErrorCode.JIRA_UNAVAILABLE,
        ErrorCode.JIRA_INVALID_RESPONSE,
        ErrorCode.REDIRECT_NOT_ALLOWED,
    }
)


def complaint_of(error: Exception) -> Complaint:
    """An error as a payload tells it, with the input at fault where there is one.

    Raises:
        Exception: the same error, where it belongs at the top level.
    """
    failure = describe(error)
    if failure.code not in _IN_PAYLOADS:
        raise error
    argument = error.argument if isinstance(error, ProblemError) else None
    return Complaint(failure.code, failure.message, _path(argument))


def _path(argument: str | None) -> list[str] | None:
    return ["input", *argument.split(".")] if argument else None
