"""Linking a site with a token or a password: proven at Jira first, saved after.

Nothing is sent to another host than the one that was named, but for scoped API tokens, which
Atlassian's gateway alone accepts.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import httpx
from pydantic import SecretStr

from jira_api.client import JiraClient, JiraSession
from jira_api.data_center import get_server_info
from jira_api.errors import (
    ForbiddenError,
    JiraApiError,
    NotFoundError,
    RejectedError,
    UnauthorizedError,
)
from jira_api.paths import CloudId
from jira_api.records import Origin
from jira_api.site_metadata import get_cloud_id, prove_person
from jira_api.site_urls import SiteUrl
from oauth.credentials import authorization_of, find_door
from oauth.errors import CredentialRefusedError, NotCloudError, NotDataCenterError
from storage.audit import AuditKind, Subject, append_event
from storage.connections import save_connection, select_project
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import NEVER, AuthorizationKind, Connection, Site, Tokens

PROVIDER: Final = "jira"
_CLOUD_KINDS: Final = frozenset({AuthorizationKind.API_TOKEN, AuthorizationKind.SCOPED_API_TOKEN})


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody signs in with; `login` is None where the secret alone does."""

    kind: AuthorizationKind
    secret: SecretStr
    login: SecretStr | None = None

    @property
    def is_for_cloud(self) -> bool:
        """Whether it is of Jira Cloud, and not of a Data Center or Server."""
        return self.kind in _CLOUD_KINDS


@dataclass(frozen=True, slots=True)
class ProvenSite:
    """A site that a credential opens, and calls to it."""

    credential: Credential
    site: Site
    host: str
    session: JiraSession

    @property
    def tokens(self) -> Tokens:
        """The credential as connections keep it: it never falls due, and nothing renews it."""
        return Tokens(
            access_token=self.credential.secret,
            refresh_token=None,
            access_expires_at=NEVER,
            scopes=(),
            expires_at=None,
            login=self.credential.login,
        )


@dataclass(frozen=True, slots=True)
class SiteProver:
    """Tries credentials at the sites that they are given for."""

    jira: JiraClient
    site_http: httpx.AsyncClient

    async def prove(
        self, site_url: SiteUrl, credential: Credential, *, deadline_at: float
    ) -> ProvenSite:
        """The site, once Jira has named the person whom the credential signs in.

        No call goes on past `deadline_at`, an instant of the event loop's clock.

        Raises:
            CredentialRefusedError: Jira accepts it not, or not here.
            NotCloudError: a credential of Jira Cloud for what is none.
            NotDataCenterError: a credential of Data Center or Server for Jira Cloud.
            JiraApiError: the site cannot be asked.
        """
        if not credential.is_for_cloud and site_url.is_cloud:
            raise NotDataCenterError
        cloud_id = await self._find_cloud_id(site_url, credential, deadline_at)
        session = self._enter(site_url, cloud_id, credential, deadline_at)
        try:
            await prove_person(session)
        except (UnauthorizedError, ForbiddenError):
            raise CredentialRefusedError from None
        name = site_url.host if cloud_id else await _find_title(session) or site_url.host
        name = name.removesuffix(".atlassian.net")
        site = Site(cloud_id=cloud_id, name=name, url=str(site_url), avatar_url=None)
        return ProvenSite(credential, site, site_url.host, session)

    async def _find_cloud_id(
        self, site_url: SiteUrl, credential: Credential, deadline_at: float
    ) -> CloudId | None:
        if not credential.is_for_cloud:
            return None
        left = timedelta(seconds=max(0.0, deadline_at - asyncio.get_running_loop().time()))
        try:
            return await get_cloud_id(
                self.site_http,
                str(site_url),
                now=self.jira.clock(),
                deadline=min(left, self.jira.call_deadline),
            )
        except (NotFoundError, UnauthorizedError, ForbiddenError, RejectedError):
            raise NotCloudError from None

    def _enter(
        self,
        site_url: SiteUrl,
        cloud_id: CloudId | None,
        credential: Credential,
        deadline_at: float,
    ) -> JiraSession:
        # No connection bears this label, and so nothing else waits for its calls.
        origin = Origin(cloud_id or CloudId(""), str(site_url), f"proof:{uuid4()}")
        door = find_door(credential.kind, str(site_url), self.site_http)
        shown = _Shown(authorization_of(credential.secret, credential.login))
        return self.jira.session(origin, shown, deadline_at=deadline_at, door=door)


async def save_proven(
    database: Database,
    ring: KeyRing,
    proven: ProvenSite,
    *,
    external_id: str,
    project_id: str | None,
    now: datetime,
) -> Connection:
    """Link the external id to the site that was proven, as a consent would have.

    Without a project of its own, what is selected stays where the site does.

    Raises:
        StorageError: it could not be kept; nothing was.
    """
    async with database.transaction() as queries:
        connection = await save_connection(
            queries,
            ring,
            external_id=external_id,
            provider=PROVIDER,
            kind=proven.credential.kind,
            tokens=proven.tokens,
            site=proven.site,
            now=now,
        )
        if project_id is not None:
            await select_project(queries, connection.connection_id, project_id, now=now)
        await append_event(
            queries,
            ring,
            AuditKind.CONNECTED if connection.generation == 1 else AuditKind.REAUTHORIZED,
            now=now,
            subject=Subject.of(connection),
            details={"kind": proven.credential.kind.value, "site": proven.host},
        )
    return connection


@dataclass(frozen=True, slots=True)
class _Shown:
    """As whom a proof asks: what was refused is refused."""

    header: SecretStr

    async def authorization(self) -> SecretStr:
        return self.header

    async def renew(self, rejected: SecretStr) -> SecretStr:  # noqa: ARG002 - as sessions call it
        raise CredentialRefusedError


async def _find_title(session: JiraSession) -> str | None:
    """What people call a server; it is shown alone, and nothing fails for want of it.

    Raises:
        NotDataCenterError: it is Jira Cloud, by an address that does not show it.
    """
    try:
        told = await get_server_info(session)
    except JiraApiError:
        return None
    if told.is_cloud:
        raise NotDataCenterError
    return told.title
