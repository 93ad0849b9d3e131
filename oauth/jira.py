"""Jira as a provider: Atlassian's endpoints, and which of its sites count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from jira_api.authorization import (
    IssuedTokens,
    OAuthClient,
    authorization_url,
    exchange_code,
    list_accessible_sites,
    refresh_tokens,
)
from jira_api.records import AccessibleSite
from storage.records import Site, Tokens

GRANT_LIFETIME = timedelta(days=90)
"""How long a grant lives without a refresh. Source: Atlassian staff, developer community, topics
54172 and 60806, read 2026-11."""
LONGEST_GRANT = timedelta(days=365)
"""After which a person has to consent again. Source: as above; a later note doubts it."""


@dataclass(frozen=True, slots=True)
class JiraProvider:
    """Jira Cloud through Atlassian's OAuth 2.0 (3LO)."""

    http: httpx.AsyncClient
    client: OAuthClient
    scopes: Sequence[str]
    clock: Callable[[], datetime]

    @property
    def name(self) -> str:
        """The provider's name in rows and routes."""
        return "jira"

    @property
    def display_name(self) -> str:
        """The provider's name on pages."""
        return "Jira"

    @property
    def longest_grant(self) -> timedelta | None:
        """A year after its consent a grant ends, as far as is known."""
        return LONGEST_GRANT

    def authorization_url(self, state: str) -> str:
        """Atlassian's consent page for the configured scopes."""
        return authorization_url(self.client, scopes=self.scopes, state=state)

    async def exchange_code(self, code: str) -> Tokens:
        """The tokens of one consent."""
        issued = await exchange_code(self.http, self.client, code)
        tokens = self._tokens(issued)
        return replace(tokens, scopes=tokens.scopes or tuple(self.scopes))

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        """New tokens; Atlassian rotates the refresh token every time, and may not repeat scopes."""
        issued = await refresh_tokens(self.http, self.client, refresh_token)
        return self._tokens(issued, previous=refresh_token)

    async def list_sites(self, access_token: SecretStr) -> Sequence[Site]:
        """The sites opened with scopes of Jira; Atlassian lists other products' beside them."""
        listed = await list_accessible_sites(self.http, self.client, access_token)
        opened = {site.cloud_id: site for site in listed if _opens_jira(site)}
        return [
            Site(cloud_id=site.cloud_id, name=site.name, url=site.url, avatar_url=site.avatar_url)
            for site in opened.values()
        ]

    def _tokens(self, issued: IssuedTokens, previous: SecretStr | None = None) -> Tokens:
        now = self.clock()
        refresh_token = issued.refresh_token or previous
        return Tokens(
            access_token=issued.access_token,
            refresh_token=refresh_token,
            access_expires_at=now + issued.lifetime,
            scopes=issued.scopes,
            expires_at=now + (GRANT_LIFETIME if refresh_token else issued.lifetime),
        )


def _opens_jira(site: AccessibleSite) -> bool:
    return any("jira" in scope for scope in site.scopes)
