"""Grants, codes and rotating tokens, as Atlassian's authorisation server treats them.

Source: the project's notes on the Jira API, section 1 (access tokens of an hour, refresh tokens
that die after 90 idle days, 10 minutes of leeway, a family that dies with a reused token).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sandbox.clock import MovableClock
from sandbox.errors import OAuthError
from sandbox.world import JsonObject

ACCESS_LIFETIME: Final = timedelta(hours=1)
CODE_LIFETIME: Final = timedelta(minutes=5)
REFRESH_LEEWAY: Final = timedelta(minutes=10)
REFRESH_IDLE_LIMIT: Final = timedelta(days=90)


@dataclass(slots=True)
class Grant:
    """One consent and the family of tokens that came of it."""

    id: str
    client_id: str
    scopes: tuple[str, ...]
    is_alive: bool = True
    forks: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, waiting behind a code for the exchange."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    cloud_id: str
    expires_at: datetime


@dataclass(slots=True)
class _RefreshToken:
    grant: Grant
    issued_at: datetime
    used_at: datetime | None = None


@dataclass(slots=True)
class TokenStore:
    """Every code, grant and token of this process."""

    clock: MovableClock
    grants: dict[str, Grant] = field(default_factory=dict)
    _codes: dict[str, Consent] = field(default_factory=dict)
    _access: dict[str, tuple[Grant, datetime]] = field(default_factory=dict)
    _refresh: dict[str, _RefreshToken] = field(default_factory=dict)
    _sites: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def issue_code(
        self, *, client_id: str, redirect_uri: str, scopes: Sequence[str], cloud_id: str
    ) -> str:
        """A code for one exchange within five minutes; the site stays open to the app."""
        code = secrets.token_urlsafe(32)
        expires_at = self.clock.now() + CODE_LIFETIME
        self._codes[code] = Consent(client_id, redirect_uri, tuple(scopes), cloud_id, expires_at)
        return code

    def exchange_code(self, code: str, *, client_id: str, redirect_uri: str) -> JsonObject:
        """The token answer for a code.

        Raises:
            OAuthError: 403 invalid_grant for a code that is unknown, used, old, or another's.
        """
        consent = self._codes.pop(code, None)
        if (
            consent is None
            or consent.client_id != client_id
            or consent.redirect_uri != redirect_uri
            or self.clock.now() >= consent.expires_at
        ):
            raise OAuthError(403, "invalid_grant", "Invalid authorization code")
        grant = Grant(f"grant-{len(self.grants) + 1}", client_id, consent.scopes)
        self.grants[grant.id] = grant
        sites = self._sites.setdefault(client_id, {})
        sites.setdefault(consent.cloud_id, set()).update(consent.scopes)
        return self._answer(grant)

    def refresh(self, token: str, *, client_id: str) -> JsonObject:
        """The token answer for a refresh token, with a new refresh token.

        A token used less than ten minutes ago works again and is recorded as a fork; one used
        longer ago takes its whole family with it.

        Raises:
            OAuthError: 403 invalid_grant.
        """
        found = self._refresh.get(token)
        now = self.clock.now()
        if found is None or not found.grant.is_alive or found.grant.client_id != client_id:
            raise _unknown_refresh_token()
        if found.used_at is None:
            if now - found.issued_at > REFRESH_IDLE_LIMIT:
                raise _unknown_refresh_token()
            found.used_at = now
        elif now - found.used_at <= REFRESH_LEEWAY:
            found.grant.forks += 1
        else:
            found.grant.is_alive = False
            raise _unknown_refresh_token()
        return self._answer(found.grant)

    def find_grant(self, access_token: str) -> Grant | None:
        """The living grant of an access token that has not run out."""
        grant, expires_at = self._access.get(access_token, (None, None))
        if grant is None or expires_at is None or not grant.is_alive:
            return None
        return grant if self.clock.now() < expires_at else None

    def find_grant_of_refresh_token(self, token: str) -> Grant | None:
        """The grant a refresh token belongs or belonged to."""
        found = self._refresh.get(token)
        return None if found is None else found.grant

    def list_sites(self, client_id: str) -> dict[str, set[str]]:
        """Every cloud id the person opened to an app, with the scopes granted there."""
        return self._sites.get(client_id, {})

    def revoke(self, grant_id: str | None) -> list[str]:
        """End one grant, or all; the ids ended. Without a living grant an app's sites close."""
        ended = [
            grant
            for grant in self.grants.values()
            if grant.is_alive and grant_id in (None, grant.id)
        ]
        for grant in ended:
            grant.is_alive = False
        living = {grant.client_id for grant in self.grants.values() if grant.is_alive}
        self._sites = {app: sites for app, sites in self._sites.items() if app in living}
        return [grant.id for grant in ended]

    def _answer(self, grant: Grant) -> JsonObject:
        now = self.clock.now()
        access_token = secrets.token_urlsafe(48)
        self._access[access_token] = (grant, now + ACCESS_LIFETIME)
        answer: JsonObject = {
            "access_token": access_token,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }
        if "offline_access" in grant.scopes:
            refresh_token = secrets.token_urlsafe(48)
            self._refresh[refresh_token] = _RefreshToken(grant, now)
            answer["refresh_token"] = refresh_token
        return answer


def _unknown_refresh_token() -> OAuthError:
    return OAuthError(403, "invalid_grant", "Unknown or invalid refresh token.")
