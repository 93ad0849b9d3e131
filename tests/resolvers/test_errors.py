"""Every error of the rooms below has a code that clients know."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from jira_api import errors as jira
from oauth import errors as oauth
from resolvers import errors as ours
from resolvers.access.viewer import Right, Scope, Viewer, ViewerKind
from resolvers.errors import ErrorCode, describe
from storage import errors as storage
from storage.records import ConnectionId


def leaves(base: type[jira.JiraApiError]) -> Iterator[type[jira.JiraApiError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from leaves(kind)


def an_error(kind: type[jira.JiraApiError]) -> jira.JiraApiError:
    if issubclass(kind, jira.RateLimitedError | jira.OverloadedError):
        return kind("said", retry_after=timedelta(seconds=3))
    if issubclass(kind, jira.RejectedError):
        return kind("said", status=400)
    if issubclass(kind, jira.AuthorizationError):
        return kind("said", code="x")
    return kind("said")


@pytest.mark.parametrize("kind", [*leaves(jira.JiraApiError)], ids=lambda kind: kind.__name__)
def test_every_error_of_jira_has_a_code(kind: type[jira.JiraApiError]) -> None:
    failure = describe(an_error(kind))

    assert failure.code is not ErrorCode.INTERNAL
    assert failure.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (oauth.NeedsReauthorizationError(ConnectionId("c")), ErrorCode.NEEDS_REAUTHORIZATION),
        (oauth.UnknownProviderError("x"), ErrorCode.NOT_FOUND),
        (storage.StorageUnavailableError("x"), ErrorCode.STORAGE_UNAVAILABLE),
        (storage.CredentialUnreadableError("c", "access_token"), ErrorCode.CREDENTIAL_UNREADABLE),
        (storage.ConnectionMissingError("c"), ErrorCode.CONNECTION_NOT_FOUND),
        (ours.ConnectionNotFoundError("x"), ErrorCode.CONNECTION_NOT_FOUND),
        (ValueError("secret"), ErrorCode.INTERNAL),
    ],
    ids=lambda value: getattr(value, "name", type(value).__name__),
)
def test_other_errors_have_theirs(error: Exception, code: ErrorCode) -> None:
    failure = describe(error)

    assert failure.code is code
    assert "secret" not in failure.message


def test_a_wait_and_jiras_status_are_told() -> None:
    error = jira.RateLimitedError("wait", retry_after=timedelta(seconds=3))

    failure = describe(error)

    assert failure.retry_after == timedelta(seconds=3)
    assert failure.jira_status == 429


def test_a_viewer_without_a_scope_is_refused() -> None:
    viewer = Viewer(ViewerKind.API_KEY, frozenset({Scope.GRAPH_READ}))

    viewer.require(Right.READ_GRAPH)
    with pytest.raises(ours.ForbiddenError, match="CREDENTIALS_READ"):
        viewer.require(Right.READ_CREDENTIALS)
