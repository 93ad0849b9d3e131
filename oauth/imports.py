"""Taking over the grants of another system, each proven by one refresh.

A grant is written down first, then refreshed like any other, under its lease, and becomes a
connection that anybody sees once its new access token opens the site. Whatever breaks off in
between is gone on with by the next run: a refresh token whose successor is kept is not used again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from jira_api.errors import ClientRefusedError, JiraApiError, RateLimitedError
from oauth.errors import NeedsReauthorizationError, OAuthError, SiteNotGrantedError
from oauth.provider import Provider
from oauth.refresh import TokenKeeper
from storage.audit import AuditKind, Subject, append_event
from storage.connections import load_connections_by_external_id
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import ConnectionMissingError, CredentialUnreadableError
from storage.foreign_connections import ForeignConnection, names_site
from storage.records import Connection, GrantStatus, Site
from storage.unproven import (
    Candidate,
    TokenTakenError,
    prove,
    save_unproven,
)


class Outcome(StrEnum):
    """What became of an entry."""

    IMPORTED = "imported"
    READY = "ready"
    SKIPPED = "skipped"
    UNREADABLE = "unreadable"
    NEEDS_CONSENT = "needs consent"
    SITE_NOT_GRANTED = "site not granted"
    LINKED_ELSEWHERE = "linked elsewhere"
    UNAVAILABLE = "unavailable"
    APP_REFUSED = "app refused"

    @property
    def is_good(self) -> bool:
        """Whether nothing is left to do."""
        return self in {Outcome.IMPORTED, Outcome.READY, Outcome.SKIPPED}


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one entry, in words that hold no secret."""

    line: int | None
    external_id: str | None
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes over grants of other systems; `source` is the kind they come from, for the record."""

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    tokens: TokenKeeper
    clock: Callable[[], datetime]
    source: str

    async def examine(self, entry: ForeignConnection) -> Finding:
        """What taking over would begin with: nothing is called, and nothing written.

        Raises:
            StorageError: nobody knows.
        """
        if entry.provider not in self.providers:
            return _unknown_provider(entry)
        linked = await load_connections_by_external_id(
            self.database, provider=entry.provider, external_ids=[entry.external_id]
        )
        if entry.external_id in linked:
            return _compare(entry, linked[entry.external_id])
        return _find(entry, Outcome.READY, "would be imported")

    async def take_over(self, entry: ForeignConnection) -> Finding:
        """Link the external id with the foreign grant, or go on where an earlier run broke off.

        Raises:
            StorageError: the database is away; nothing is lost.
        """
        if entry.provider not in self.providers:
            return _unknown_provider(entry)
        try:
            candidate = await self._save(entry)
        except TokenTakenError:
            return _find(entry, Outcome.UNREADABLE, "has another external id's `refreshToken`")
        if candidate.is_proven:
            return _compare(entry, candidate.connection)
        try:
            return await self._prove(entry, candidate.connection)
        except (
            OAuthError,
            JiraApiError,
            ConnectionMissingError,
            CredentialUnreadableError,
        ) as error:
            return _explain(entry, error)

    async def _save(self, entry: ForeignConnection) -> Candidate:
        async with self.database.transaction() as queries:
            return await save_unproven(
                queries,
                self.ring,
                external_id=entry.external_id,
                provider=entry.provider,
                refresh_token=entry.refresh_token,
                now=self.clock(),
            )

    async def _prove(self, entry: ForeignConnection, connection: Connection) -> Finding:
        tokens = await self.tokens.get(connection)
        sites = await self.providers[entry.provider].list_sites(tokens.access_token)
        site = _granted_site(entry, sites)
        now = self.clock()
        async with self.database.transaction() as queries:
            is_proven = await prove(
                queries,
                connection.connection_id,
                site=site,
                selected_project_id=entry.selected_project_id,
                now=now,
            )
            if is_proven:
                await append_event(
                    queries,
                    self.ring,
                    AuditKind.IMPORTED,
                    now=now,
                    subject=Subject.of(connection),
                    details={"source": self.source, "site": urlsplit(site.url).hostname},
                )
        return _imported(entry, site) if is_proven else await self._look_again(entry)

    async def _look_again(self, entry: ForeignConnection) -> Finding:
        """What somebody else has made of the external id in the meantime."""
        finding = await self.examine(entry)
        if finding.outcome is not Outcome.READY:
            return finding
        return _find(entry, Outcome.UNAVAILABLE, "was removed in the meantime: run again")


def _granted_site(entry: ForeignConnection, sites: Sequence[Site]) -> Site:
    for site in sites:
        if names_site(entry.site, cloud_id=site.cloud_id, url=site.url):
            return site
    raise SiteNotGrantedError("The grant does not open the site of the entry.")


def _explain(entry: ForeignConnection, error: Exception) -> Finding:
    """What an error means for whoever moves in, and what they can do."""
    match error:
        case NeedsReauthorizationError():
            text = "its grant is dead at the provider: let its person authorise again"
            return _find(entry, Outcome.NEEDS_CONSENT, text)
        case SiteNotGrantedError():
            text = (
                "its grant does not open the site: mend `site`, or let its person authorise again"
            )
            return _find(entry, Outcome.SITE_NOT_GRANTED, text)
        case ClientRefusedError():
            text = f"{error} They have to be those of the app that the grants were given to."
            return _find(entry, Outcome.APP_REFUSED, text)
        case RateLimitedError():
            text = "the provider asks for a pause: run again, with a lower --concurrency"
            return _find(entry, Outcome.UNAVAILABLE, text)
    return _find(entry, Outcome.UNAVAILABLE, f"{error} Run again.")


def _compare(entry: ForeignConnection, linked: Connection) -> Finding:
    """What to say of an external id that is linked already; it is left as it is."""
    site = linked.site
    if not names_site(entry.site, cloud_id=site.cloud_id, url=site.url):
        text = f"is linked to {site.url} already, and stays so: disconnect it first"
        return _find(entry, Outcome.LINKED_ELSEWHERE, text)
    if linked.status is GrantStatus.INVALID:
        text = "is linked already, and its grant has died since: let its person authorise again"
        return _find(entry, Outcome.NEEDS_CONSENT, text)
    return _find(entry, Outcome.SKIPPED, "is linked already")


def _imported(entry: ForeignConnection, site: Site) -> Finding:
    loss = f"; {entry.loss}" if entry.loss else ""
    return _find(entry, Outcome.IMPORTED, f"is linked to {site.url}{loss}")


def _unknown_provider(entry: ForeignConnection) -> Finding:
    return _find(entry, Outcome.UNREADABLE, "has a `provider` that is not set up here")


def _find(entry: ForeignConnection, outcome: Outcome, text: str) -> Finding:
    return Finding(entry.line, entry.external_id, outcome, text)
