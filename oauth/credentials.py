"""As whom the calls of a connection are made, and at which address, by its kind.

A token or a password that somebody gave is only ever sent to the site that it was given for: where
a connection was linked anew between the reading of its row and of its tokens, nothing is sent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import httpx
from pydantic import SecretStr

from jira_api.doors import Dialect, Door, basic, bearer
from oauth.errors import ConnectionChangedError, SiteTokenRefusedError
from oauth.refresh import TokenKeeper
from storage.records import NEVER, AuthorizationKind, Connection, GrantStatus, Tokens

_AT_THE_SITE: Final[Mapping[AuthorizationKind, Dialect]] = {
    AuthorizationKind.API_TOKEN: Dialect.CLOUD,
    AuthorizationKind.PERSONAL_ACCESS_TOKEN: Dialect.DATA_CENTER,
    AuthorizationKind.BASIC: Dialect.DATA_CENTER,
}
"""The kinds that ask at the site's own address; the others ask at Atlassian's gateway.

Source: the project's notes on the Jira API, sections 1 and 9.
"""

_REFUSED: Final = "NEEDS_REAUTHORIZATION"
_LEFT_ALONE_FOR: Final = timedelta(minutes=1)


async def get_current_tokens(keeper: TokenKeeper, connection: Connection) -> Tokens:
    """What a connection signs in with now, refreshed where its kind can be and it is due.

    Raises:
        ConnectionChangedError: it was linked anew since its row was read.
        NeedsReauthorizationError: its grant is dead.
        SiteTokenRefusedError: its token or password was refused less than a minute ago.
        CredentialUnreadableError: the stored tokens cannot be decrypted.
        JiraApiError: the refresh failed; the grant lives.
        StorageError: the tokens could not be read or kept.
    """
    if connection.authorization_kind is AuthorizationKind.OAUTH2:
        tokens = await keeper.get(connection)
        if tokens.access_expires_at == NEVER:
            raise ConnectionChangedError
        return tokens
    stored = await keeper.read(connection)
    if stored.generation != connection.generation:
        raise ConnectionChangedError
    if stored.status is GrantStatus.INVALID or _was_refused_lately(connection, keeper.clock()):
        raise SiteTokenRefusedError
    return stored.tokens


def _was_refused_lately(connection: Connection, now: datetime) -> bool:
    """Whether to leave the site alone: many lock an account out after a few wrong passwords."""
    refused_at = connection.last_error_at if connection.last_error == _REFUSED else None
    return refused_at is not None and now - refused_at < _LEFT_ALONE_FOR


async def renew_tokens(keeper: TokenKeeper, connection: Connection, rejected: SecretStr) -> Tokens:
    """Tokens other than the access token that Jira refused, where the kind has any others.

    Raises:
        SiteTokenRefusedError: it has none.
        NeedsReauthorizationError: its grant is dead.
        JiraApiError: the refresh failed; the grant lives.
        StorageError: the tokens could not be read or kept.
    """
    if connection.authorization_kind is not AuthorizationKind.OAUTH2:
        raise SiteTokenRefusedError
    return await keeper.renew(connection, rejected)


def authorization_of(secret: SecretStr, login: SecretStr | None) -> SecretStr:
    """The Authorization header of a token or a password: Basic where there is a login."""
    return bearer(secret) if login is None else basic(login, secret)


def find_door(kind: AuthorizationKind, site_url: str, http: httpx.AsyncClient) -> Door | None:
    """The door of a site that is asked at its own address; None for Atlassian's gateway."""
    dialect = _AT_THE_SITE.get(kind)
    return None if dialect is None else Door(http, site_url.rstrip("/"), dialect)
