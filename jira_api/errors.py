"""What can go wrong between Juncture and Atlassian.

JiraApiError
├── InvalidArgumentError     a value that must not leave for Jira; no call was made
├── UpstreamNotAllowedError  an address that must not be asked; no connection was made
├── DialectNotServedError    a call that the site's kind of Jira has no counterpart for here
├── JiraUnavailableError     no answer, a timeout, or a 5xx
├── OutcomeUnknownError      the same for a change that Jira may have made all the same
├── DeadlineExceededError    the operation's time is over
├── OverloadedError          as much is under way as may be; no call was made
├── RateLimitedError         429, with the wait that Jira asked for
├── UnauthorizedError        401: the access token is not accepted
├── MissingScopeError        401 "scope does not match"
├── ForbiddenError           403
├── NotFoundError            404: absent, or hidden from this person
├── RejectedError            400 and the like, with Jira's own words for each field
│   └── ConflictError        409
├── InvalidResponseError     an answer that is not what Atlassian documents
└── AuthorizationError       the authorisation server refused
    ├── InvalidGrantError    the grant or the code is dead
    └── ClientRefusedError   the operator's client id, secret or redirect URI is wrong
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final


class JiraApiError(Exception):
    """The base of this room's errors."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class InvalidArgumentError(JiraApiError):
    """A value that has not the form Jira gives to such a thing."""


class UpstreamNotAllowedError(JiraApiError):
    """An address that must not be asked: not public, not encrypted, or with a password in it."""


class DialectNotServedError(JiraApiError):
    """Jira Data Center is asked by other paths than Jira Cloud, and those are not known here."""


class JiraUnavailableError(JiraApiError):
    """Jira gave no usable answer; the same call may succeed later.

    `retry_after` is the wait that a 503 asked for, None where it named none; `was_sent` is False
    where the call certainly never reached Jira.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        was_sent: bool = True,
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        self.was_sent = was_sent


class OutcomeUnknownError(JiraApiError):
    """Jira may have carried the change out, or not: its answer was lost."""


class DeadlineExceededError(JiraApiError):
    """The operation's time was over before Jira had answered."""


class OverloadedError(JiraApiError):
    """As much of this is under way as may be at once: nothing was asked of Jira."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimitedError(JiraApiError):
    """Jira asks for a pause."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message, status=429)
        self.retry_after = retry_after


class UnauthorizedError(JiraApiError):
    """Jira does not accept the access token, a fresh one included."""


class MissingScopeError(JiraApiError):
    """The connection was not granted a scope that the call needs; `scopes` names what lacks."""

    def __init__(
        self, message: str, *, status: int | None = None, scopes: Sequence[str] = ()
    ) -> None:
        super().__init__(message, status=status)
        self.scopes = tuple(scopes)


class ForbiddenError(JiraApiError):
    """The person behind the connection may not do this."""


class NotFoundError(JiraApiError):
    """Absent, or hidden from the person behind the connection: Jira does not tell which."""


class RejectedError(JiraApiError):
    """Jira understood the call and refused it.

    `field_errors` maps field ids to Jira's words, `general` are those about no field; `message` is
    all of them. Where the call asked for several things, `elements` are the refusals of each, by
    its number.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        field_errors: Mapping[str, str] | None = None,
        general: Sequence[str] = (),
        elements: "Mapping[int, RejectedError] | None" = None,
    ) -> None:
        super().__init__(message, status=status)
        self.field_errors = dict(field_errors or {})
        self.general = tuple(general)
        self.elements = dict(elements or {})


class ConflictError(RejectedError):
    """Somebody else changed the same thing at the same time."""


class InvalidResponseError(JiraApiError):
    """Jira's answer cannot be read as what its documents promise."""


class AuthorizationError(JiraApiError):
    """The authorisation server refused; `code` is OAuth's `error`, `unreadable` without one.

    Never one of Jira's own refusals: a 404 here says nothing about what was asked of Jira.
    """

    def __init__(self, message: str, *, code: str, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.code = code


class InvalidGrantError(AuthorizationError):
    """The code or the refresh token is used, expired, revoked or unknown."""


class ClientRefusedError(AuthorizationError):
    """The client id, its secret or the redirect URI is not what Atlassian has on file."""


UNDECIDED: Final = (
    JiraUnavailableError,
    DeadlineExceededError,
    InvalidResponseError,
    RateLimitedError,
)
"""What tells nothing of a change that was sent before and whose answer was lost."""
