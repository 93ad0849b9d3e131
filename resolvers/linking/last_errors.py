"""What connections fail at as a whole, kept for whoever looks after them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from jira_api.errors import MissingScopeError, UnauthorizedError, UpstreamNotAllowedError
from oauth.errors import SiteTokenRefusedError
from resolvers.errors import ErrorCode, describe
from storage.connection_notes import note_error
from storage.database import Database
from storage.errors import CredentialUnreadableError, StorageError
from storage.records import Connection

_NOTED_EVERY = timedelta(minutes=1)
_KNOWN: Mapping[str, ErrorCode] = {code.value: code for code in ErrorCode}

OF_THE_LINK = (
    UnauthorizedError,
    MissingScopeError,
    UpstreamNotAllowedError,
    CredentialUnreadableError,
    SiteTokenRefusedError,
)
"""What no other issue or project would help against: the consent or its tokens have to be mended.

Refreshes that fail, and grants that die by it, are noted by whoever refreshes.
"""


@dataclass(frozen=True, slots=True)
class LastError:
    """What a connection failed at last, and has not done without failing since."""

    code: ErrorCode
    at: datetime


def find_last_error(connection: Connection) -> LastError | None:
    """What a connection failed at last; None where all is well."""
    if connection.last_error is None or connection.last_error_at is None:
        return None
    # Another release may know codes that this one does not.
    code = _KNOWN.get(connection.last_error, ErrorCode.INTERNAL)
    return LastError(code, connection.last_error_at)


async def note_link_error(
    database: Database, connection: Connection, error: Exception, *, now: datetime
) -> None:
    """Keep what a connection fails at, once a minute; no query fails for want of it.

    What was read of the connection does not tell whether it is time: a token that is renewed and
    refused again has cleared the error in between.
    """
    with suppress(StorageError):
        await note_error(
            database,
            connection,
            describe(error).code.value,
            now=now,
            noted_before=now - _NOTED_EVERY,
        )
