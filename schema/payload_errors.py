"""What a mutation's caller can act on, as data."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from resolvers.changes.refusals import RefusedError
from resolvers.errors import EXPECTED, ProblemError, describe
from schema.argument_checks import check_arguments
from schema.enums import ErrorCode
from schema.failures import whole_seconds
from schema.info import JunctureInfo


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


@dataclass(frozen=True, slots=True)
class FieldComplaint(Complaint):
    """An error about one field of an issue."""

    field_id: str
    field_name: str | None


@dataclass(frozen=True, slots=True)
class PauseComplaint(Complaint):
    """An error that time mends."""

    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class ScopeComplaint(Complaint):
    """An error that another consent mends."""

    scopes: Sequence[str]


@strawberry.type(description="An error without more to tell.")
class GeneralError(UserError):
    """An error without more to tell."""

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a resolver's value is such an error."""
        return type(value) is Complaint


@strawberry.type(description="What Jira says against one field of an issue.")
class FieldError(UserError):
    """What Jira says against one field."""

    field_id: str | None = strawberry.field(description="Such as customfield_10016.")
    field_name: str | None = strawberry.field(
        description="Such as Story Points, as people know it; null where it could not be read."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a resolver's value is such an error."""
        return isinstance(value, FieldComplaint)


@strawberry.type(description="Jira asks for a pause.")
class RateLimitedError(UserError):
    """Jira asks for a pause."""

    retry_after_seconds: int = strawberry.field(description="Ask again after so many seconds.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a resolver's value is such an error."""
        return isinstance(value, PauseComplaint)


@strawberry.type(description="The connection lacks scopes that this needs.")
class MissingScopeError(UserError):
    """The connection lacks scopes."""

    scopes: list[str] = strawberry.field(description="Those that would open it.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a resolver's value is such an error."""
        return isinstance(value, ScopeComplaint)


ERROR_TYPES = (GeneralError, FieldError, RateLimitedError, MissingScopeError)


class ErrorsAsData(FieldExtension):
    """Gives what goes wrong in a mutation as its payload's `errors`.

    An error at the top level would take the payloads of the mutations before it away, whose changes
    are made. What nobody foresaw alone stays there, since its text must reach the log.
    """

    def __init__(self, payload: Callable[..., Any]) -> None:
        """Make payloads by `payload`, which takes `errors` alone."""
        self._payload = payload

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: JunctureInfo, **kwargs: Any
    ) -> Any:
        """The payload; nothing is changed where an argument below it is malformed."""
        try:
            check_arguments(info)
            return await next_(source, info, **kwargs)
        except EXPECTED as error:
            return self._payload(errors=complaints_of(error))


def complaints_of(error: Exception) -> Sequence[Complaint]:
    """An error as a payload tells it: one entry, or one for each field that Jira refuses."""
    failure = describe(error)
    if isinstance(error, RefusedError):
        return _refusals(error)
    path = _path(error.argument) if isinstance(error, ProblemError) else None
    if failure.code is ErrorCode.MISSING_SCOPE:
        return (ScopeComplaint(failure.code, failure.message, path, failure.scopes),)
    if failure.code is ErrorCode.RATE_LIMITED and failure.retry_after is not None:
        seconds = whole_seconds(failure.retry_after)
        return (PauseComplaint(failure.code, failure.message, path, seconds),)
    return (Complaint(failure.code, failure.message, path),)


def _refusals(error: RefusedError) -> Sequence[Complaint]:
    general = [Complaint(error.code, message, None) for message in error.general]
    return general + [
        FieldComplaint(
            error.code, each.message, _path(each.argument), each.field_id, each.field_name
        )
        for each in error.refusals
    ]


def _path(argument: str | None) -> list[str] | None:
    return ["input", *argument.split(".")] if argument else None
