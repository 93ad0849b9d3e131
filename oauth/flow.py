"""From a start link to a connection: open, call back, choose a site.

A flow belongs to one browser from the moment its link is opened there: the cookie's value is bound
to the state and to the unfinished grant. Nothing of an existing connection changes before a site
is chosen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from jira_api.errors import JiraApiError
from oauth.errors import (
    FlowFailedError,
    NoSiteGrantedError,
    SiteNotGrantedError,
    StateInvalidError,
    UnknownProviderError,
)
from oauth.one_time import (
    FlowSecret,
    hash_secret,
    new_browser_secret,
    new_flow_id,
    new_flow_secret,
)
from oauth.provider import Provider
from oauth.return_urls import check_return_url
from storage.audit import AuditKind, Subject, append_event
from storage.authorizations import (
    consume_pending_grant,
    consume_state,
    create_flow,
    delete_expired,
    find_flow_by_link,
    find_pending_grant,
    open_flow,
    save_pending_grant,
)
from storage.connections import save_connection
from storage.database import Database, Queries
from storage.encryption import KeyRing
from storage.records import (
    AuthorizationFlow,
    AuthorizationKind,
    Connection,
    PendingGrant,
    Site,
)

LINK_LIFETIME = timedelta(minutes=10)
STATE_LIFETIME = timedelta(minutes=10)
PENDING_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class BegunFlow:
    """A start link's secret, and until when it opens."""

    link: FlowSecret
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedFlow:
    """Where to send the browser, state included, and the value its cookie gets."""

    flow_id: str
    browser_secret: str = field(repr=False)
    authorization_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceivedGrant:
    """A grant that waits for the choice of a site under a one-time code."""

    code: FlowSecret
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FinishedFlow:
    """A connection that was made or renewed, and where the person goes next."""

    connection: Connection
    return_to: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationFlows:
    """The flows of every provider; `providers` is keyed by their names."""

    database: Database
    ring: KeyRing
    providers: Mapping[str, Provider]
    allowed_return_urls: frozenset[str]
    clock: Callable[[], datetime]

    async def sweep(self) -> None:
        """Remove the flows and the encrypted tokens that nobody came back for in time.

        Every step of a flow sweeps too; a server on which nobody begins one does it at its start.

        Raises:
            StorageError: they could not be removed.
        """
        await delete_expired(self.database, now=self.clock())

    async def begin(self, *, external_id: str, provider: str, return_to: str | None) -> BegunFlow:
        """A link that starts the authorisation of an external id.

        Raises:
            UnknownProviderError: no such provider.
            RedirectNotAllowedError: `return_to` is not listed.
            StorageError: it could not be kept.
        """
        self._provider(provider)
        check_return_url(return_to, self.allowed_return_urls)
        await self.sweep()
        now = self.clock()
        flow_id = new_flow_id()
        link = new_flow_secret(flow_id)
        async with self.database.transaction() as queries:
            await create_flow(
                queries,
                flow_id=flow_id,
                link_hash=link.hash,
                external_id=external_id,
                provider=provider,
                return_to=return_to,
                # The flow outlives its link, for whoever opens it in the last minute.
                expires_at=now + LINK_LIFETIME + STATE_LIFETIME,
                now=now,
            )
            await append_event(
                queries,
                self.ring,
                AuditKind.AUTHORIZATION_BEGUN,
                now=now,
                subject=Subject(external_id, provider),
                details={"returnTo": urlsplit(return_to).netloc if return_to else None},
            )
        return BegunFlow(link, now + LINK_LIFETIME)

    async def open(self, *, provider: str, link: FlowSecret) -> OpenedFlow:
        """Bind a flow to a browser and send it to the consent; each opening replaces the last.

        Raises:
            StateInvalidError: the link is unknown or older than ten minutes.
            StorageError: it could not be kept.
        """
        linked = self._provider(provider)
        now = self.clock()
        linked_flow = await find_flow_by_link(self.database, link.hash, now + STATE_LIFETIME)
        if linked_flow is None or linked_flow.provider != provider:
            raise StateInvalidError("The link is unknown or has expired.")
        state, browser_secret = new_flow_secret(link.flow_id), new_browser_secret()
        flow = await open_flow(
            self.database,
            link_hash=link.hash,
            state_hash=state.hash,
            browser_hash=hash_secret(browser_secret),
            state_expires_at=now + STATE_LIFETIME,
            now=now,
        )
        if flow is None:
            raise StateInvalidError("The link is unknown or has expired.")
        return OpenedFlow(flow.flow_id, browser_secret, linked.authorization_url(state.text))

    async def consume(
        self, *, provider: str, state: FlowSecret, browser_secret: str
    ) -> AuthorizationFlow:
        """The flow that a callback belongs to; its state works this once.

        Raises:
            StateInvalidError: stale, used, or of another browser or provider.
            StorageError: it could not be read.
        """
        self._provider(provider)
        flow = await consume_state(
            self.database,
            state_hash=state.hash,
            browser_hash=hash_secret(browser_secret),
            now=self.clock(),
        )
        if flow is None or flow.provider != provider:
            raise StateInvalidError("The state is stale, used, or of another browser.")
        return flow

    async def receive_code(
        self, flow: AuthorizationFlow, *, code: str, browser_secret: str
    ) -> ReceivedGrant:
        """Exchange the code, and keep the grant until a site is chosen.

        Raises:
            FlowFailedError: the provider gave no grant.
            NoSiteGrantedError: the grant opens no site.
            StateInvalidError: another browser has finished the flow in the meantime.
            StorageError: it could not be kept.
        """
        provider = self._provider(flow.provider)
        await self.sweep()
        try:
            tokens = await provider.exchange_code(code)
            sites = await provider.list_sites(tokens.access_token)
        except JiraApiError as error:
            raise FlowFailedError(flow.return_to) from error
        if not sites:
            raise NoSiteGrantedError(flow.return_to)
        finalize = new_flow_secret(flow.flow_id)
        now = self.clock()
        is_kept = await save_pending_grant(
            self.database,
            self.ring,
            grant_id=new_flow_id(),
            code_hash=finalize.hash,
            browser_hash=hash_secret(browser_secret),
            flow=flow,
            tokens=tokens,
            sites=tuple(sites),
            expires_at=now + PENDING_LIFETIME,
            now=now,
        )
        if not is_kept:
            raise StateInvalidError("The flow was finished in another browser, or has expired.")
        return ReceivedGrant(finalize, now + PENDING_LIFETIME)

    async def get_pending(self, *, code: FlowSecret, browser_secret: str) -> PendingGrant:
        """The grant that waits under a code, for showing its sites.

        Raises:
            StateInvalidError: stale, used, or of another browser.
            StorageError: it could not be read.
        """
        pending = await find_pending_grant(
            self.database,
            self.ring,
            code_hash=code.hash,
            browser_hash=hash_secret(browser_secret),
            now=self.clock(),
        )
        if pending is None:
            raise StateInvalidError("The code is stale, used, or of another browser.")
        return pending

    async def finalize(
        self, *, code: FlowSecret, browser_secret: str, cloud_id: str
    ) -> FinishedFlow:
        """Make the connection for the chosen site, or renew it, in one transaction.

        Raises:
            StateInvalidError: stale, used, or of another browser.
            SiteNotGrantedError: the grant does not open that site; the code stays good.
            StorageError: nothing was changed.
        """
        await self.sweep()
        async with self.database.transaction() as queries:
            now = self.clock()
            pending = await consume_pending_grant(
                queries,
                self.ring,
                code_hash=code.hash,
                browser_hash=hash_secret(browser_secret),
                now=now,
            )
            if pending is None:
                raise StateInvalidError("The code is stale, used, or of another browser.")
            site = _granted_site(pending, cloud_id)
            connection = await save_connection(
                queries,
                self.ring,
                external_id=pending.external_id,
                provider=pending.provider,
                kind=AuthorizationKind.OAUTH2,
                tokens=pending.tokens,
                site=site,
                now=now,
            )
            await self._record_finish(queries, connection)
        return FinishedFlow(connection, pending.return_to)

    async def _record_finish(self, queries: Queries, connection: Connection) -> None:
        is_new = connection.generation == 1
        await append_event(
            queries,
            self.ring,
            AuditKind.CONNECTED if is_new else AuditKind.REAUTHORIZED,
            now=connection.updated_at,
            subject=Subject.of(connection),
            details={"site": connection.site.url},
        )

    def display_name(self, provider: str) -> str:
        """How people call a provider.

        Raises:
            UnknownProviderError: no such provider.
        """
        return self._provider(provider).display_name

    def _provider(self, name: str) -> Provider:
        provider = self.providers.get(name)
        if provider is None:
            raise UnknownProviderError(f"There is no provider {name!r}.")
        return provider


def _granted_site(pending: PendingGrant, cloud_id: str) -> Site:
    for site in pending.sites:
        if site.cloud_id == cloud_id:
            return site
    raise SiteNotGrantedError("The consent does not open that site.")
