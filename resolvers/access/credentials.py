"""What a connection signs in with, shown to those who may see it; every showing is recorded."""

from dataclasses import dataclass, field
from datetime import datetime

from resolvers.access.viewer import Right
from resolvers.context import Context
from resolvers.linking.connections import LinkedConnection
from storage.audit import AuditKind, Subject, new_event
from storage.records import AuthorizationKind, GrantStatus


@dataclass(frozen=True, slots=True)
class Credentials:
    """What keeps a connection alive."""

    refresh_token: str | None = field(repr=False)
    expires_at: datetime | None
    is_invalid: bool


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that Jira accepts now."""

    token: str = field(repr=False)
    expires_at: datetime


async def find_access_token(context: Context, connection: LinkedConnection) -> AccessToken | None:
    """An access token that Jira accepts now; refreshed where it is due.

    None where the connection is of another kind than OAuth: what a person typed is never shown.

    Raises:
        ForbiddenError: the caller may not read credentials.
        NeedsReauthorizationError: the grant is dead.
        JiraApiError: the refresh failed.
        StorageError: that it is shown could not be recorded.
    """
    context.viewer.require(Right.READ_CREDENTIALS)
    if connection.authorization_kind is not AuthorizationKind.OAUTH2:
        return None
    async with context.use(connection.record):
        tokens = await context.services.tokens.get(connection.record)
    await _record_reading(context, connection, "accessToken")
    return AccessToken(tokens.access_token.get_secret_value(), tokens.access_expires_at)


async def find_credentials(context: Context, connection: LinkedConnection) -> Credentials | None:
    """What keeps the connection alive, as stored: no call to Jira, even where it is dead.

    None where the connection is of another kind than OAuth: what a person typed is never shown.

    Raises:
        ForbiddenError: the caller may not read credentials.
        CredentialUnreadableError: the stored tokens cannot be decrypted.
        StorageError: that it is shown could not be recorded.
    """
    context.viewer.require(Right.READ_CREDENTIALS)
    if connection.authorization_kind is not AuthorizationKind.OAUTH2:
        return None
    stored = await context.services.tokens.read(connection.record)
    await _record_reading(context, connection, "credentials")
    refresh_token = stored.tokens.refresh_token
    return Credentials(
        refresh_token=refresh_token.get_secret_value() if refresh_token else None,
        expires_at=stored.tokens.expires_at,
        is_invalid=stored.status is GrantStatus.INVALID,
    )


async def _record_reading(context: Context, connection: LinkedConnection, field_name: str) -> None:
    """Keep that a credential is about to be shown; where it cannot be kept, it is not shown."""
    record = connection.record
    event = new_event(
        AuditKind.CREDENTIALS_READ,
        now=context.now,
        subject=Subject.of(record),
        details={"field": field_name},
    )
    key = (record.connection_id, "audit", field_name)
    await context.calls.once(key, lambda: context.services.events.record(event))
