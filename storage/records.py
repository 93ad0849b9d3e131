"""What storage hands out: frozen, with instants in UTC and secrets that hide in a repr."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

from pydantic import JsonValue, SecretStr

ConnectionId = NewType("ConnectionId", str)
NEVER = datetime.max.replace(tzinfo=UTC)
"""When the tokens and passwords end that have no end of their own."""


class AuthorizationKind(StrEnum):
    """How Jira is asked to trust the requests of a connection."""

    OAUTH2 = "OAUTH2"
    API_TOKEN = "API_TOKEN"  # noqa: S105 - a kind, not a secret
    SCOPED_API_TOKEN = "SCOPED_API_TOKEN"  # noqa: S105 - a kind, not a secret
    PERSONAL_ACCESS_TOKEN = "PERSONAL_ACCESS_TOKEN"  # noqa: S105 - a kind, not a secret
    BASIC = "BASIC"


class GrantStatus(StrEnum):
    """Whether the provider still honours the grant, as far as is known."""

    ACTIVE = "ACTIVE"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class LinkedId:
    """A caller's own id of something at a provider, linked or not yet."""

    external_id: str
    provider: str


@dataclass(frozen=True, slots=True)
class Site:
    """One Jira site; `cloud_id` is None where the site is not an Atlassian Cloud tenant."""

    cloud_id: str | None
    name: str
    url: str
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One link between a caller's own id and one Jira site, without its secrets.

    `generation` grows by one each time its tokens are replaced. `expires_at` is the end of the
    grant itself, not of the access token.
    """

    connection_id: ConnectionId
    external_id: str
    provider: str
    authorization_kind: AuthorizationKind
    status: GrantStatus
    scopes: tuple[str, ...]
    expires_at: datetime | None
    generation: int
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None
    metadata: JsonValue
    site: Site
    selected_project_id: str | None
    consented_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one authorization or refresh yields; `expires_at` is the end of the grant itself.

    Where a person's own token or password is the access token, `login` is who signs in with it.
    """

    access_token: SecretStr
    refresh_token: SecretStr | None
    access_expires_at: datetime
    scopes: tuple[str, ...]
    expires_at: datetime | None
    login: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """A connection's tokens with the generation that a compare-and-swap must name."""

    tokens: Tokens
    generation: int
    status: GrantStatus
    consented_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationFlow:
    """One invitation to authorize, from its link to its pending grant."""

    flow_id: str
    external_id: str
    provider: str
    return_to: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PendingGrant:
    """Tokens that the provider gave and nobody has confirmed yet, with the sites they open."""

    grant_id: str
    flow_id: str
    external_id: str
    provider: str
    return_to: str | None
    tokens: Tokens
    sites: tuple[Site, ...]
    expires_at: datetime
